package merchants

import (
	"context"
	"time"

	"juma/internal/audit"
	"juma/internal/mask"
)

// ApplicationState is where an application stands.
type ApplicationState string

// The states of an application. See applicationMoves for the table of moves.
const (
	Draft     ApplicationState = "draft"     // the applicant writes
	Submitted ApplicationState = "submitted" // identity and account are being verified
	InReview  ApplicationState = "in_review" // waits for a reviewer
	SecondEye ApplicationState = "second"    // approved once, waits for a second person
	Rejected  ApplicationState = "rejected"  // back to the applicant, with reasons
	Approved  ApplicationState = "approved"  // the merchant exists
	Withdrawn ApplicationState = "withdrawn"
)

// ApplicationStates lists the states in the order in which they are shown.
var ApplicationStates = []ApplicationState{Draft, Submitted, InReview, SecondEye, Rejected, Approved, Withdrawn}

// LiveStates are the states in which a business has an application: of these it may
// have one only.
var LiveStates = []ApplicationState{Submitted, InReview, SecondEye, Approved}

// applicationMoves is the table of moves: from where each state is reached.
var applicationMoves = map[ApplicationState][]ApplicationState{
	Submitted: {Draft, Rejected},
	InReview:  {Submitted},
	SecondEye: {InReview},
	Rejected:  {Submitted, InReview, SecondEye},
	Approved:  {InReview, SecondEye},
	Withdrawn: {Draft, Submitted, InReview, SecondEye, Rejected},
}

// ApplicationMoves tells from which states a state is reached.
func ApplicationMoves(to ApplicationState) []ApplicationState { return applicationMoves[to] }

// Source is how an application came.
type Source string

// The sources.
const (
	FromPortal Source = "portal"
	FromImport Source = "import"
)

// ApplicationFile is an application (进件) with everything that is known of it.
type ApplicationFile struct {
	ID         string // ULID
	Login      string // whose it is; "" when it was imported
	Source     Source
	State      ApplicationState
	Revision   int // counts every save; a save names the one it was made from
	Submission int // counts submissions, 0 before the first
	Profile    Profile
	Risks      []string // why two people must approve, stable keys; from the last submission
	FirstBy    string   // who approved first, when two must
	FirstAt    time.Time
	OverrideBy string // who proposed to accept the person against the registry
	MerchantNo string // once approved
	CreatedAt  time.Time
	UpdatedAt  time.Time
	UpdatedBy  string
	// SubmittedAt is when the last submission came; the queue's age counts from it.
	SubmittedAt time.Time
}

// ShownName is the merchant's name as lists show it: a micro merchant's is a
// person's and is masked.
func (a ApplicationFile) ShownName() string { return a.Profile.ShownName() }

// ShownName is the name masked where it is a person's.
func (p Profile) ShownName() string {
	if p.Kind == Micro {
		return mask.Name(p.Name)
	}
	return p.Name
}

// Reason is why a field was not accepted.
type Reason struct {
	Path string // of the field; "" for the whole
	Code string // stable key, see ReasonCodes
	Text string // what the reviewer wrote to the applicant
}

// ReasonCodes are the reasons that a reviewer chooses from.
var ReasonCodes = []string{"unreadable", "mismatch", "expired", "incomplete", "not_allowed", "other"}

// OnboardingTx is a transaction of the onboarding. Every move says whether it
// found the row as expected.
type OnboardingTx interface {
	// InsertApplications is kind Conflict with Field "applicant" when one of them, in a
	// live state, is of a business that has a live one; so is SaveApplication.
	InsertApplications(all ...ApplicationFile) error
	Application(id string) (ApplicationFile, error)
	// SaveApplication writes the row if it still has the revision and one of the
	// states from; the stored revision becomes a.Revision.
	SaveApplication(a ApplicationFile, revision int, from ...ApplicationState) (moved bool, err error)
	// KeepSubmission keeps what was submitted, for later comparison.
	KeepSubmission(all ...Submission) error
	SetReasons(applicationID string, submission int, reasons []Reason) error
	InsertVerification(all ...Verification) error
	// SaveVerification writes the outcome if nobody did since it was read with so
	// many attempts.
	SaveVerification(v Verification, attempts int) (moved bool, err error)
	Verifications(applicationID string) ([]Verification, error)
	// NextNumber takes the next number of a series, from 1.
	NextNumber(series string) (int, error)
	// CreateMerchant stores a merchant with everything that makes it payable.
	CreateMerchant(m Merchant, stores []Store, terminals []Terminal, agreements []Agreement, enrolments []Enrolment) error
	// AttachMerchant gives the applicant's account the merchant.
	AttachMerchant(login, merchantNo, by string, at time.Time) error
	Audit(e audit.Entry) error
}

// Submission is what was submitted, and what became of it.
type Submission struct {
	ID            string // ULID
	ApplicationID string
	Number        int // from 1
	Profile       Profile
	At            time.Time
	By            string
}

// ApplicationQuery selects applications.
type ApplicationQuery struct {
	States  []ApplicationState // nil: all
	Login   string             // "" : everybody's
	AfterID string             // key of the page before
	Limit   int
	// OldestFirst lists by the last submission, for the queue; else by creation,
	// newest first.
	OldestFirst bool
}

// OnboardingStore is what the onboarding needs from storage.
type OnboardingStore interface {
	UpdateOnboarding(ctx context.Context, f func(OnboardingTx) error) error
	Application(ctx context.Context, id string) (ApplicationFile, error)
	Applications(ctx context.Context, q ApplicationQuery) ([]ApplicationFile, error)
	CountApplications(ctx context.Context) (map[ApplicationState]int, error)
	// ApplicationOfMerchant is the application that a merchant came from; kind
	// NotFound for one that came otherwise.
	ApplicationOfMerchant(ctx context.Context, merchantNo string) (ApplicationFile, error)
	// FindApplications looks for an exact identifier: application id, USCC, identity
	// number, phone or account number.
	FindApplications(ctx context.Context, value string, limit int) ([]ApplicationFile, error)
	// Taken tells which of the profiles have a live application, by their places: known
	// by the USCC, one without by person and account.
	Taken(ctx context.Context, all []Profile) ([]int, error)
	Submissions(ctx context.Context, applicationID string) ([]Submission, error)
	ReasonsOf(ctx context.Context, applicationID string, submission int) ([]Reason, error)
	VerificationsOf(ctx context.Context, applicationID string) ([]Verification, error)
	// DueVerifications lists those without an outcome with NextAt ≤ now, by id after
	// the given one.
	DueVerifications(ctx context.Context, now time.Time, afterID string, limit int) ([]Verification, error)
	AuditOf(ctx context.Context, object, afterID string, limit int) ([]audit.Entry, error)
}
