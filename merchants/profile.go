package merchants

import (
	"juma/internal/bizdate"
	"juma/internal/money"
)

// Kind is what a merchant is in law.
type Kind string

// The kinds of merchant.
const (
	Enterprise Kind = "enterprise" // 企业
	Individual Kind = "individual" // 个体工商户
	Micro      Kind = "micro"      // 小微商户: a person without a licence
)

// Kinds lists the kinds in the order in which they are shown.
var Kinds = []Kind{Enterprise, Individual, Micro}

// AccountKind is whose account a settlement account is.
type AccountKind string

// The kinds of settlement account.
const (
	Corporate AccountKind = "corporate" // 对公: no Luhn rule, 9 to 32 digits
	Personal  AccountKind = "personal"  // 对私: a card
)

// Profile is everything that is known of a merchant before it may be paid: what
// the applicant types, what the reviewer reads, what the channels are sent. It
// holds personal data and is stored sealed as a whole.
type Profile struct {
	Kind      Kind
	Name      string // registered name, 商户全称; the person's name for a micro merchant
	ShortName string // shown to the consumer
	USCC      string // 统一社会信用代码 (GB 32100); "" for a micro merchant
	// LicenceUntil is the last day of the licence; 0 = long term (长期).
	LicenceUntil bizdate.Date
	Legal        Person // legal person, owner of an individual business, or the micro merchant
	Owners       []BeneficialOwner
	Contact      Contact
	MCC          string // 4 digits
	Region       string // GB/T 2260, 6 digits
	Address      string
	Account      ProfileAccount
	Stores       []ProfileStore
	Rates        []RateOffer
	Contract     string // version of the contract that the applicant accepted
	Pictures     []PictureRef
}

// Person is a natural person with an identity card (GB 11643).
type Person struct {
	Name    string
	IDNo    string
	IDUntil bizdate.Date // last day of the card; 0 = long term
	Phone   string
}

// BeneficialOwner (受益所有人) is a person who owns or controls an enterprise.
type BeneficialOwner struct {
	Person
	Share money.RatePPM // of the capital
}

// Contact is who is called and written to.
type Contact struct {
	Name  string
	Phone string
	Email string
}

// ProfileAccount is where the merchant wants to be paid.
type ProfileAccount struct {
	Kind     AccountKind
	No       string
	Name     string // holder
	BankName string // 开户行
	CNAPS    string // 12 digits
	Phone    string // kept at the bank for a personal card (四要素)
}

// ProfileStore is a place of business.
type ProfileStore struct {
	Name    string
	Address string
	Region  string
}

// CardKind is what a payment is made from, where a rate depends on it.
type CardKind string

// The card kinds. AnyCard is for channels and rates that do not tell them apart.
const (
	AnyCard CardKind = ""
	Debit   CardKind = "debit"  // 借记
	Credit  CardKind = "credit" // 贷记
)

// RateOffer is a rate that is agreed for one channel and card kind.
type RateOffer struct {
	Channel  string
	CardKind CardKind
	Rate     money.RatePPM
	Cap      money.Fen // per payment; 0 = no cap
}

// PictureKind is what a picture shows.
type PictureKind string

// The pictures of an application.
const (
	LicencePicture   PictureKind = "licence"
	IDFrontPicture   PictureKind = "id_front"
	IDBackPicture    PictureKind = "id_back"
	StorefrontPhoto  PictureKind = "storefront"
	InteriorPhoto    PictureKind = "interior"
	CounterPhoto     PictureKind = "counter"
	AccountProof     PictureKind = "account_proof" // 开户许可证 or card
	AgreementPicture PictureKind = "agreement"
)

// PictureRef points at a stored upload.
type PictureRef struct {
	Kind     PictureKind
	UploadID string // ULID
}
