package wire

import (
	"context"
	"net/http"
	"net/url"

	"github.com/wechatpay-apiv3/wechatpay-go/utils"
)

// Applyment is the body of a merchant's application (特约商户进件). Secret fields
// leave this package encrypted only.
type Applyment struct {
	BusinessCode   string        `json:"business_code"`
	ContactInfo    ApplyContact  `json:"contact_info"`
	SubjectInfo    ApplySubject  `json:"subject_info"`
	BusinessInfo   ApplyBusiness `json:"business_info"`
	SettlementInfo ApplySettle   `json:"settlement_info"`
	BankAccount    ApplyBank     `json:"bank_account_info"`
}

// ApplyContact is the super administrator (超级管理员).
type ApplyContact struct {
	ContactType  string `json:"contact_type"` // LEGAL or SUPER
	ContactName  string `json:"contact_name"` // secret
	MobilePhone  string `json:"mobile_phone"` // secret
	ContactEmail string `json:"contact_email,omitempty"`
}

// ApplySubject is who the merchant is.
type ApplySubject struct {
	SubjectType string        `json:"subject_type"` // SUBJECT_TYPE_…
	Micro       *ApplyMicro   `json:"micro_biz_info,omitempty"`
	Licence     *ApplyLicence `json:"business_license_info,omitempty"`
	Identity    ApplyIdentity `json:"identity_info"`
}

// ApplyMicro is a micro merchant's store.
type ApplyMicro struct {
	Type  string          `json:"micro_biz_type"` // MICRO_TYPE_STORE
	Store ApplyMicroStore `json:"micro_store_info"`
}

// ApplyMicroStore is a store under a micro merchant's names.
type ApplyMicroStore struct {
	Name        string `json:"micro_name"`
	AddressCode string `json:"micro_address_code"` // GB/T 2260
	Address     string `json:"micro_address"`
	EntrancePic string `json:"store_entrance_pic"`
	IndoorPic   string `json:"micro_indoor_copy"`
}

// ApplyLicence is the business licence.
type ApplyLicence struct {
	Copy         string `json:"license_copy"`
	Number       string `json:"license_number"`
	MerchantName string `json:"merchant_name"`
	LegalPerson  string `json:"legal_person"`
	PeriodEnd    string `json:"period_end"` // YYYY-MM-DD or 长期
}

// ApplyIdentity is the legal person's.
type ApplyIdentity struct {
	HolderType string      `json:"id_holder_type"` // LEGAL
	DocType    string      `json:"id_doc_type"`    // IDENTIFICATION_TYPE_IDCARD
	Card       ApplyIDCard `json:"id_card_info"`
	Owner      bool        `json:"owner"` // the person is a beneficial owner
}

// ApplyIDCard is an identity card.
type ApplyIDCard struct {
	Front     string `json:"id_card_copy"`
	Back      string `json:"id_card_national"`
	Name      string `json:"id_card_name"`    // secret
	Number    string `json:"id_card_number"`  // secret
	PeriodEnd string `json:"card_period_end"` // YYYY-MM-DD or 长期
}

// ApplyBusiness is how and where it sells.
type ApplyBusiness struct {
	ShortName    string     `json:"merchant_shortname"`
	ServicePhone string     `json:"service_phone"`
	Sales        ApplySales `json:"sales_info"`
}

// ApplySales names the scenes.
type ApplySales struct {
	Scenes []string   `json:"sales_scenes_type"` // SALES_SCENES_STORE
	Store  ApplyStore `json:"biz_store_info"`
}

// ApplyStore is a store.
type ApplyStore struct {
	Name         string   `json:"biz_store_name"`
	AddressCode  string   `json:"biz_address_code"`
	Address      string   `json:"biz_store_address"`
	EntrancePics []string `json:"store_entrance_pic,omitempty"`
	IndoorPics   []string `json:"indoor_pic,omitempty"`
}

// ApplySettle chooses WeChat's settlement rule.
type ApplySettle struct {
	SettlementID      string `json:"settlement_id"`
	QualificationType string `json:"qualification_type"`
}

// ApplyBank is the settlement account.
type ApplyBank struct {
	Type          string `json:"bank_account_type"` // BANK_ACCOUNT_TYPE_CORPORATE or _PERSONAL
	AccountName   string `json:"account_name"`      // secret
	AccountBank   string `json:"account_bank"`
	AddressCode   string `json:"bank_address_code"`
	BranchID      string `json:"bank_branch_id,omitempty"` // CNAPS
	AccountNumber string `json:"account_number"`           // secret
}

// encrypt seals the secret fields for the platform key that the request's
// Wechatpay-Serial names.
func (a *Applyment) encrypt(key PlatformKey) error {
	card, contact, bank := &a.SubjectInfo.Identity.Card, &a.ContactInfo, &a.BankAccount
	for _, f := range []*string{&contact.ContactName, &contact.MobilePhone, &contact.ContactEmail, &card.Name, &card.Number, &bank.AccountName, &bank.AccountNumber} {
		if *f == "" { // not given: a sealed nothing would be refused
			continue
		}
		sealed, err := utils.EncryptOAEPWithPublicKey(*f, key.Key)
		if err != nil {
			return &Failure{Stage: NotSent, Err: err}
		}
		*f = sealed
	}
	return nil
}

// Apply hands in an application; a successful answer has an applyment_id.
func (c *Client) Apply(ctx context.Context, a Applyment) (Answer, error) {
	key := c.ring.current()
	if err := a.encrypt(key); err != nil {
		return Answer{}, err
	}
	return c.callUnder(ctx, key.ID, http.MethodPost, "/v3/applyment4sub/applyment/", a)
}

// ApplymentState is how an application stands.
type ApplymentState struct {
	BusinessCode string        `json:"business_code"`
	ApplymentID  int64         `json:"applyment_id"`
	SubMchID     string        `json:"sub_mchid"`
	State        string        `json:"applyment_state"` // APPLYMENT_STATE_…
	StateMsg     string        `json:"applyment_state_msg"`
	AuditDetail  []AuditDetail `json:"audit_detail"`
}

// AuditDetail is why a field was rejected.
type AuditDetail struct {
	Field        string `json:"field"`
	FieldName    string `json:"field_name"`
	RejectReason string `json:"reject_reason"`
}

// QueryApplyment asks for the ApplymentState of an application.
func (c *Client) QueryApplyment(ctx context.Context, businessCode string) (Answer, error) {
	return c.call(ctx, http.MethodGet, "/v3/applyment4sub/applyment/business_code/"+url.PathEscape(businessCode), nil)
}
