package merchants

import (
	"context"
	"fmt"
	"strings"
	"time"

	"juma/internal/audit"
	"juma/internal/bizdate"
	"juma/internal/clock"
	"juma/internal/fault"
	"juma/internal/id"
)

// Enroller registers merchants at one channel, wherever that runs. An error means
// that nothing was sent or that the request itself will not do; what the channel
// did or may have done is in the answer.
type Enroller interface {
	// Enrol hands in an application; the same business code again is the same one.
	Enrol(ctx context.Context, e Enrolment, p Profile) (EnrolmentAnswer, error)
	// Ask asks what became of it.
	Ask(ctx context.Context, e Enrolment) (EnrolmentAnswer, error)
}

// EnrolmentAnswer is what a channel says of an application.
type EnrolmentAnswer struct {
	// State is EnrolPending, EnrolAccepted or EnrolRejected, and "" when nothing is
	// known: then it is asked again.
	State EnrolmentState
	// NotFound: the channel has never seen it, it may be handed in again.
	NotFound  bool
	ChannelID string   // the merchant's number there, once accepted
	Reasons   []Reason // of a rejection, by the profile's paths
	Message   string   // the channel's own word
}

// ChannelReason is the code of a reason that a channel gave; the words are the
// channel's.
const ChannelReason = "channel"

// Resubmission is an application that was handed in anew after a rejection: what
// it was sent with, and what had been rejected.
type Resubmission struct {
	ID             string // ULID
	MerchantNo     string
	Channel        string
	Version        int     // from 2
	Profile        Profile // what this version is sent with
	RejectedCode   string  // business code of the version before
	RejectedFor    []Reason
	RejectedAnswer string // the channel's word
	By             string
	Why            string
	At             time.Time
}

// EnrolmentEvent is told to others once a state change is committed. It says
// nothing of persons.
type EnrolmentEvent struct {
	ID      string // ULID
	Subject string
	Key     string // merchant number
	Payload []byte // JSON
	At      time.Time
}

// EnrolmentChanged is the subject of every EnrolmentEvent.
const EnrolmentChanged = "merchant.enrolment"

// EnrolmentQuery selects enrolments, by merchant and channel after a place.
type EnrolmentQuery struct {
	States                        []EnrolmentState // nil: all
	DueAt                         time.Time        // not zero: only those with NextAt until then
	AfterMerchantNo, AfterChannel string
	Limit                         int
}

// EnrolmentStore is what the enrolment needs from storage.
type EnrolmentStore interface {
	UpdateEnrolments(ctx context.Context, f func(EnrolmentTx) error) error
	// Enrolment is kind NotFound where none was asked for.
	Enrolment(ctx context.Context, merchantNo, channel string) (Enrolment, error)
	EnrolmentQueue(ctx context.Context, q EnrolmentQuery) ([]Enrolment, error)
	CountEnrolments(ctx context.Context) (map[EnrolmentState]int, error)
	// Resubmissions lists a merchant's at a channel, oldest first.
	Resubmissions(ctx context.Context, merchantNo, channel string) ([]Resubmission, error)
}

// EnrolmentTx is a transaction of the enrolment.
type EnrolmentTx interface {
	// InsertEnrolment stores a new row; kind Conflict with Field "channel" when the
	// merchant has one at that channel.
	InsertEnrolment(e Enrolment) error
	// SaveEnrolment writes e if the row still is as it was seen: same version, state
	// and number of attempts. Kind Conflict with Field "channel_id" when the number
	// is another merchant's.
	SaveEnrolment(e, seen Enrolment) (moved bool, err error)
	KeepResubmission(r Resubmission) error
	// Emit puts an event into the outbox.
	Emit(e EnrolmentEvent) error
	Audit(e audit.Entry) error
}

// EnrolmentConfig is what an EnrolmentService is made of. Fields without a stated
// default must be given.
type EnrolmentConfig struct {
	Store EnrolmentStore
	// Channels are the channels that merchants are registered at by request.
	Channels map[string]Enroller
	// ProfileOf is a merchant's approved profile; kind NotFound when there is none.
	ProfileOf func(ctx context.Context, merchantNo string) (Profile, error)
	// Check finds what is wrong with a corrected profile; nil finds nothing.
	Check func(Profile, bizdate.Date) []Problem
	Clock clock.Clock
	IDs   *id.ULIDs
	// AfterCommit is called when an event waits in the outbox; may be nil.
	AfterCommit func()
}

// EnrolmentService takes merchants to the channels: it hands in what is
// requested, asks about what is pending, and hands in anew what was rejected and
// mended. It holds no state of its own; any number may run side by side.
type EnrolmentService struct {
	EnrolmentConfig
}

// NewEnrolmentService checks the configuration and returns the service.
func NewEnrolmentService(cfg EnrolmentConfig) (*EnrolmentService, error) {
	if cfg.Store == nil || cfg.ProfileOf == nil || cfg.Clock == nil || cfg.IDs == nil {
		return nil, fault.New("merchants.NewEnrolmentService", fault.Internal, "a dependency is missing")
	}
	if cfg.Check == nil {
		cfg.Check = func(Profile, bizdate.Date) []Problem { return nil }
	}
	if cfg.AfterCommit == nil {
		cfg.AfterCommit = func() {}
	}
	return &EnrolmentService{cfg}, nil
}

// Request registers a merchant at one more channel; Sweep hands the application in.
// Kinds: NotFound without a profile, Conflict when there is an enrolment already.
func (s *EnrolmentService) Request(ctx context.Context, merchantNo, channel, by, why string) (Enrolment, error) {
	const op = "merchants.RequestEnrolment"
	if why == "" {
		return Enrolment{}, fault.Field(op, "reason", "", "say why")
	}
	if _, err := s.ProfileOf(ctx, merchantNo); err != nil {
		return Enrolment{}, fault.Wrap(op, "", err)
	}
	e := enrolmentOf(merchantNo, channel, Known{}, s.Clock.Now())
	err := s.Store.UpdateEnrolments(ctx, func(tx EnrolmentTx) error {
		if err := tx.InsertEnrolment(e); err != nil {
			return err
		}
		return s.tell(tx, Enrolment{}, e, by, why)
	})
	if err != nil {
		return Enrolment{}, fault.Wrap(op, "", err)
	}
	s.AfterCommit()
	return e, nil
}

// BusinessCode is our number of a merchant's application at a channel: merchant
// number, the channel's letter, version. It is the idempotency key there.
func BusinessCode(merchantNo, channel string, version int) string {
	letter := strings.ToUpper(channel[:1])
	if _, more, ok := strings.Cut(channel, "-"); ok { // unionpay-aggregate's applications are UnionPay's too, so they need a letter of their own
		letter = strings.ToUpper(more[1:2])
	}
	return fmt.Sprintf("%s%s%02d", merchantNo, letter, version)
}
