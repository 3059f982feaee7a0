package merchants

import (
	"context"
	"time"

	"juma/internal/money"
)

// Subject is what a verification proves.
type Subject string

// The subjects.
const (
	IdentityOf Subject = "identity" // that the legal person is who they say
	AccountOf  Subject = "account"  // that the settlement account is the merchant's
)

// Subjects lists what must be proven before a merchant is approved.
var Subjects = []Subject{IdentityOf, AccountOf}

// Method is how a subject is proven.
type Method string

// The methods. Two-factor asks the public-security registry; its copy may be
// stale for a person whose household registration moved, so its "no" leads to
// four-factor, which asks the person's bank.
const (
	TwoFactor     Method = "two_factor"  // 二要素: name, identity number
	FourFactor    Method = "four_factor" // 四要素: and card, phone kept at the bank
	SmallTransfer Method = "transfer"    // 小额打款: the holder tells the amount that came
	Override      Method = "override"    // two people accept the person, with a reason
)

// VerificationState is where a verification stands.
type VerificationState string

// The states. Asking includes that the provider did not answer: nobody has failed
// then, it is asked again.
const (
	Asking   VerificationState = "asking"
	Awaiting VerificationState = "awaiting" // the amount was sent, the holder must tell it
	Passed   VerificationState = "passed"
	Failed   VerificationState = "failed" // a definite no
)

// Verification is one question to a provider with its answer and evidence.
type Verification struct {
	ID            string // ULID
	ApplicationID string
	Submission    int
	Subject       Subject
	Method        Method
	State         VerificationState
	Provider      string
	Reference     string    // the provider's number of the answer: the evidence
	Reason        string    // stable key of the answer, or what a person wrote
	Amount        money.Fen // of a small transfer; never shown
	Tries         int       // wrong amounts told
	Attempts      int       // times asked
	CreatedAt     time.Time
	NextAt        time.Time // when it is asked next; when a transfer expires
	DecidedAt     time.Time
	By            string // people of an override
}

// Open tells that there is no outcome yet.
func (v Verification) Open() bool { return v.State == Asking || v.State == Awaiting }

// Verdict is what a provider says.
type Verdict string

// The verdicts.
const (
	Match    Verdict = "match"
	Mismatch Verdict = "mismatch"  // the registry or bank says no
	NotFound Verdict = "not_found" // it does not know the person or account
	Busy     Verdict = "busy"      // it answered that it cannot tell now: ask again
)

// Answer is a provider's answer.
type Answer struct {
	Verdict   Verdict
	Provider  string
	Reference string
	Reason    string // the provider's own word
}

// IdentityProvider asks whether a person is who they say. An error means that
// there is no answer: the matter stays open and is asked again.
type IdentityProvider interface {
	TwoFactor(ctx context.Context, name, idNo string) (Answer, error)
	FourFactor(ctx context.Context, name, idNo, card, phone string) (Answer, error)
	// SendSmallAmount pays a few fen into an account; the same reference again
	// pays once. Match means that it was sent.
	SendSmallAmount(ctx context.Context, reference string, account ProfileAccount, amount money.Fen) (Answer, error)
}

// Limits of a small transfer.
const (
	TransferTries = 3
	TransferLife  = 5 * 24 * time.Hour
)

// askGaps are the waits between questions that are not answered.
var askGaps = []time.Duration{30 * time.Second, 2 * time.Minute, 10 * time.Minute, 30 * time.Minute, 2 * time.Hour}

func askGap(attempts int) time.Duration { return askGaps[min(attempts, len(askGaps)-1)] }

// Proof is how a subject stands, over all its verifications.
type Proof struct {
	State  VerificationState
	Method Method // the one that decided, or is under way
}

// ProofOf puts the verifications of a submission together: one that passed is
// enough, and nothing failed while another is open.
func ProofOf(all []Verification, submission int, s Subject) Proof {
	p := Proof{State: Failed}
	for _, v := range all {
		if v.Submission != submission || v.Subject != s {
			continue
		}
		switch {
		case v.State == Passed:
			return Proof{Passed, v.Method}
		case v.Open():
			p = Proof{v.State, v.Method}
		case !(Verification{State: p.State}).Open() && p.Method != FourFactor: // the last word on an identity
			p = Proof{Failed, v.Method}
		}
	}
	return p
}

// firstQuestions are those that a submission begins with.
func firstQuestions(p Profile) []Verification {
	return []Verification{{Subject: IdentityOf, Method: TwoFactor}, accountQuestion(p)}
}

// accountQuestion is how the profile's settlement account is proven.
func accountQuestion(p Profile) Verification {
	if p.Account.Kind == Corporate {
		return Verification{Subject: AccountOf, Method: SmallTransfer, State: Asking}
	}
	return Verification{Subject: AccountOf, Method: FourFactor, State: Asking}
}

// cardOfLegal tells whether the settlement account is the legal person's own
// card, which four-factor can ask about.
func cardOfLegal(p Profile) bool {
	return p.Account.Kind == Personal && p.Account.Name == p.Legal.Name
}

// phoneAtBank is the phone that the bank knows: the account's, else the person's.
func phoneAtBank(p Profile) string {
	if p.Account.Phone != "" {
		return p.Account.Phone
	}
	return p.Legal.Phone
}
