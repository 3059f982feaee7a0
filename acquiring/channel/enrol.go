package channel

import (
	"context"
	"fmt"
	"log/slog"
	"regexp"

	"juma/internal/bizdate"
	"juma/internal/fault"
	"juma/internal/money"
)

// Enroller is an adapter's ability to register a merchant at its wallet (进件).
// It is found by assertion; the rules about errors and lost answers are those of
// Adapter. Succeeded is accepted, Refused is rejected and final for this
// business code, Pending is with the wallet's reviewers.
type Enroller interface {
	// Enrol hands in an application. The same business code again is the same
	// application and answers how it stands, or Pending.
	Enrol(ctx context.Context, req EnrolRequest) (EnrolResult, error)
	// QueryEnrolment asks what became of an application. NotFound: the wallet has
	// never seen it, it may be handed in again under the same code.
	QueryEnrolment(ctx context.Context, req EnrolQuery) (EnrolResult, error)
}

// EnrolQuery names an application at the wallet.
type EnrolQuery struct {
	// BusinessCode is ours: the idempotency key, 8 to 32 letters or digits. What is
	// handed in anew after a rejection has another one.
	BusinessCode string `json:"business_code"`
	// MerchantNo is the merchant's number with us (15 characters), which UnionPay
	// registers as merId.
	MerchantNo string `json:"merchant_no"`
}

// EnrolKind is what a merchant is in law.
type EnrolKind string

// The kinds of merchant.
const (
	EnterpriseKind EnrolKind = "enterprise" // 企业
	IndividualKind EnrolKind = "individual" // 个体工商户
	MicroKind      EnrolKind = "micro"      // 小微商户: a person without a licence
)

// EnrolRequest is an application. It holds personal data: it is for the wire only
// and prints as its business code alone.
type EnrolRequest struct {
	EnrolQuery
	Kind         EnrolKind     `json:"kind"`
	Name         string        `json:"name"`       // registered name
	ShortName    string        `json:"short_name"` // shown to the consumer
	USCC         string        `json:"uscc,omitempty"`
	LicenceUntil bizdate.Date  `json:"licence_until,omitempty"` // 0 = long term
	Legal        EnrolPerson   `json:"legal"`
	Contact      EnrolContact  `json:"contact"`
	MCC          string        `json:"mcc"`
	Region       string        `json:"region"` // GB/T 2260, 6 digits
	Address      string        `json:"address"`
	StoreName    string        `json:"store_name"`
	Account      EnrolAccount  `json:"account"`
	Rate         money.RatePPM `json:"rate_ppm"` // what the merchant agreed to for this channel
	// Photos are references to pictures, by what they show. Where the wire wants
	// the wallet's own media ids, they are those.
	Photos map[string]string `json:"photos,omitempty"`
}

// EnrolPerson is a natural person with an identity card.
type EnrolPerson struct {
	Name    string       `json:"name"`
	IDNo    string       `json:"id_no"`
	IDUntil bizdate.Date `json:"id_until,omitempty"` // 0 = long term
	Phone   string       `json:"phone"`
}

// EnrolContact is who the wallet calls and writes to.
type EnrolContact struct {
	Name  string `json:"name"`
	Phone string `json:"phone"`
	Email string `json:"email,omitempty"`
}

// EnrolAccount is where the merchant wants to be paid.
type EnrolAccount struct {
	Corporate bool   `json:"corporate"`
	No        string `json:"no"`
	Name      string `json:"name"`                // holder
	BankName  string `json:"bank_name,omitempty"` // this or CNAPS is there
	CNAPS     string `json:"cnaps,omitempty"`
}

// The kinds of photo, keys of EnrolRequest.Photos.
const (
	LicencePhoto    = "licence"
	IDFrontPhoto    = "id_front"
	IDBackPhoto     = "id_back"
	StorefrontPhoto = "storefront"
	InteriorPhoto   = "interior"
)

// EnrolResult is what the wallet knows about an application.
type EnrolResult struct {
	Result
	NotFound bool `json:"not_found,omitempty"` // the wallet has never seen it (Outcome Refused)
	// MerchantID is the merchant's number at the wallet, once accepted.
	MerchantID string `json:"merchant_id,omitempty"`
	// ApplicationNo is the wallet's own number of the application, for people.
	ApplicationNo string        `json:"application_no,omitempty"`
	Reasons       []EnrolReason `json:"reasons,omitempty"` // of a rejection
}

// EnrolReason is why a field was not accepted.
type EnrolReason struct {
	// Path is our field, as in the JSON of EnrolRequest: "account.name"; "" when the
	// wallet names none, or one of its own that we do not know.
	Path  string `json:"path"`
	Field string `json:"field,omitempty"` // the wallet's own name of it
	Text  string `json:"text"`            // the wallet's words
}

var (
	businessCodeShape = regexp.MustCompile(`^[0-9A-Za-z]{8,32}$`)
	merchantNoShape   = regexp.MustCompile(`^[0-9A-Z]{15}$`)
)

// Check refuses a question that no wallet could be asked (kind Invalid).
func (q EnrolQuery) Check(op string) error {
	if !businessCodeShape.MatchString(q.BusinessCode) {
		return fault.Field(op, "business_code", q.BusinessCode, "want 8 to 32 letters or digits")
	}
	if !merchantNoShape.MatchString(q.MerchantNo) {
		return fault.Field(op, "merchant_no", q.MerchantNo, "want 15 digits or capital letters")
	}
	return nil
}

// Check refuses an application that every wallet would refuse for what it lacks
// (kind Invalid). It names the field and never its value.
func (r EnrolRequest) Check(op string) error {
	if err := r.EnrolQuery.Check(op); err != nil {
		return err
	}
	switch r.Kind {
	case EnterpriseKind, IndividualKind, MicroKind:
	default:
		return fault.Field(op, "kind", string(r.Kind), "want enterprise, individual or micro")
	}
	for _, f := range []struct{ path, value string }{
		{"name", r.Name}, {"short_name", r.ShortName}, {"legal.name", r.Legal.Name}, {"legal.id_no", r.Legal.IDNo},
		{"contact.name", r.Contact.Name}, {"contact.phone", r.Contact.Phone}, {"mcc", r.MCC}, {"region", r.Region}, {"address", r.Address},
		{"account.no", r.Account.No}, {"account.name", r.Account.Name},
	} {
		if f.value == "" {
			return fault.Field(op, f.path, "", "is missing")
		}
	}
	if r.Account.BankName == "" && r.Account.CNAPS == "" {
		return fault.Field(op, "account.bank_name", "", "is missing, and so is the bank's number")
	}
	if r.Kind != MicroKind && r.USCC == "" {
		return fault.Field(op, "uscc", "", "is missing: only a micro merchant has none")
	}
	return nil
}

// String names the application and nobody in it.
func (r EnrolRequest) String() string { return "application " + r.BusinessCode }

// GoString keeps personal data out of %#v.
func (r EnrolRequest) GoString() string { return r.String() }

// Format keeps personal data out of every other verb.
func (r EnrolRequest) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(r.String())) }

// LogValue keeps personal data out of logs.
func (r EnrolRequest) LogValue() slog.Value { return slog.StringValue(r.String()) }

// EnrolledBefore tells an adapter whether a refusal meant that the channel has the
// application already: then how that one stands is the answer. The application was
// sent, so no error may say that it was not.
func EnrolledBefore(ctx context.Context, a Enroller, q EnrolQuery, refusal Result) (EnrolResult, error) {
	known, err := a.QueryEnrolment(ctx, q)
	switch {
	case err != nil:
		return EnrolResult{Result: Result{Outcome: Unknown, Code: refusal.Code, Message: err.Error()}}, nil
	case !known.NotFound:
		return known, nil
	}
	return EnrolResult{Result: refusal, Reasons: []EnrolReason{{Text: refusal.Message}}}, nil
}
