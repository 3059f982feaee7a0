package wechat

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1" // RSAES-OAEP with SHA-1 is what API v3 prescribes
	"encoding/base64"
	"errors"
	"regexp"
	"slices"

	"juma/acquiring/sandbox"
)

// Applyment states.
const (
	applymentAuditing = "APPLYMENT_STATE_AUDITING"
	applymentRejected = "APPLYMENT_STATE_REJECTED"
	applymentFinished = "APPLYMENT_STATE_FINISHED"
)

var applymentText = map[string]string{applymentAuditing: "审核中", applymentRejected: "已驳回", applymentFinished: "已完成"}

var businessCodeForm = regexp.MustCompile(`^[0-9A-Za-z_]{1,124}$`)

// applymentRequest is POST /v3/applyment4sub/applyment/. What is read is what is
// checked or kept; pictures are media ids, which the sandbox does not look up.
type applymentRequest struct {
	BusinessCode string `json:"business_code"`
	ContactInfo  struct {
		ContactType  string `json:"contact_type"`
		ContactName  string `json:"contact_name"`
		MobilePhone  string `json:"mobile_phone"`
		ContactEmail string `json:"contact_email"`
	} `json:"contact_info"`
	SubjectInfo struct {
		SubjectType  string `json:"subject_type"`
		MicroBizInfo *struct {
			MicroBizType   string    `json:"micro_biz_type"`
			MicroStoreInfo storeInfo `json:"micro_store_info"`
		} `json:"micro_biz_info"`
		BusinessLicenseInfo *struct {
			LicenseCopy   string `json:"license_copy"`
			LicenseNumber string `json:"license_number"`
			MerchantName  string `json:"merchant_name"`
			LegalPerson   string `json:"legal_person"`
			PeriodEnd     string `json:"period_end"`
		} `json:"business_license_info"`
		IdentityInfo struct {
			IDHolderType string `json:"id_holder_type"`
			IDDocType    string `json:"id_doc_type"`
			IDCardInfo   struct {
				IDCardCopy     string `json:"id_card_copy"`
				IDCardNational string `json:"id_card_national"`
				IDCardName     string `json:"id_card_name"`
				IDCardNumber   string `json:"id_card_number"`
				CardPeriodEnd  string `json:"card_period_end"`
			} `json:"id_card_info"`
			Owner bool `json:"owner"`
		} `json:"identity_info"`
	} `json:"subject_info"`
	BusinessInfo struct {
		MerchantShortname string `json:"merchant_shortname"`
		ServicePhone      string `json:"service_phone"`
		SalesInfo         struct {
			SalesScenesType []string  `json:"sales_scenes_type"`
			BizStoreInfo    storeInfo `json:"biz_store_info"`
		} `json:"sales_info"`
	} `json:"business_info"`
	SettlementInfo struct {
		SettlementID      string `json:"settlement_id"`
		QualificationType string `json:"qualification_type"`
	} `json:"settlement_info"`
	BankAccountInfo struct {
		BankAccountType string `json:"bank_account_type"`
		AccountName     string `json:"account_name"`
		AccountBank     string `json:"account_bank"`
		BankAddressCode string `json:"bank_address_code"`
		BankBranchID    string `json:"bank_branch_id"`
		AccountNumber   string `json:"account_number"`
	} `json:"bank_account_info"`
}

// storeInfo is a store; a micro merchant's has other names for the same things.
type storeInfo struct {
	BizStoreName     string `json:"biz_store_name,omitempty"`
	BizAddressCode   string `json:"biz_address_code,omitempty"`
	BizStoreAddress  string `json:"biz_store_address,omitempty"`
	MicroName        string `json:"micro_name,omitempty"`
	MicroAddressCode string `json:"micro_address_code,omitempty"`
	MicroAddress     string `json:"micro_address,omitempty"`
}

// secretField is a field that must come encrypted.
type secretField struct {
	name  string
	value *string
	must  bool
}

func (q *applymentRequest) secrets() []secretField {
	card := &q.SubjectInfo.IdentityInfo.IDCardInfo
	return []secretField{
		{"contact_info.contact_name", &q.ContactInfo.ContactName, true},
		{"contact_info.mobile_phone", &q.ContactInfo.MobilePhone, true},
		{"contact_info.contact_email", &q.ContactInfo.ContactEmail, false},
		{"subject_info.identity_info.id_card_info.id_card_name", &card.IDCardName, true},
		{"subject_info.identity_info.id_card_info.id_card_number", &card.IDCardNumber, true},
		{"bank_account_info.account_name", &q.BankAccountInfo.AccountName, true},
		{"bank_account_info.account_number", &q.BankAccountInfo.AccountNumber, true},
	}
}

// decryptFields opens what the provider encrypted for the platform key that
// Wechatpay-Serial names.
func (w *Wallet) decryptFields(serial string, fields []secretField) *apiError {
	var key *rsa.PrivateKey
	if serial == w.keys.pubID {
		key = w.keys.pub
	}
	for _, p := range w.platformCerts() {
		if p.serial == serial {
			key = p.key
		}
	}
	if key == nil {
		return badParam("header", "Wechatpay-Serial", serial, "want the platform key that the fields are encrypted with")
	}
	for _, f := range fields {
		if *f.value == "" && !f.must {
			continue
		}
		sealed, err := base64.StdEncoding.DecodeString(*f.value)
		if err == nil {
			var plain []byte
			plain, err = rsa.DecryptOAEP(sha1.New(), rand.Reader, key, sealed, nil)
			*f.value = string(plain)
		}
		if err != nil || *f.value == "" {
			return badParam("body", f.name, "", "want the value encrypted with RSAES-OAEP under %s", serial)
		}
	}
	return nil
}

// check reads the request as a list of rules.
func (q *applymentRequest) check() *apiError {
	var c checks
	subject := q.SubjectInfo.SubjectType
	c.form("business_code", q.BusinessCode, businessCodeForm)
	c.require(q.ContactInfo.ContactType == "LEGAL" || q.ContactInfo.ContactType == "SUPER", "contact_info.contact_type", q.ContactInfo.ContactType, "want LEGAL or SUPER")
	c.require(slices.Contains([]string{"SUBJECT_TYPE_ENTERPRISE", "SUBJECT_TYPE_INDIVIDUAL", "SUBJECT_TYPE_MICRO"}, subject), "subject_info.subject_type", subject, "want one of the subject types")
	if micro := q.SubjectInfo.MicroBizInfo; subject == "SUBJECT_TYPE_MICRO" {
		c.require(micro != nil && micro.MicroBizType == "MICRO_TYPE_STORE", "subject_info.micro_biz_info", "", "want the micro merchant's store")
		if micro != nil {
			c.text("subject_info.micro_biz_info.micro_store_info.micro_name", micro.MicroStoreInfo.MicroName, 1, 128)
		}
	} else if licence := q.SubjectInfo.BusinessLicenseInfo; licence == nil {
		c.require(false, "subject_info.business_license_info", "", "is missing")
	} else {
		c.require(len(licence.LicenseNumber) == 18, "subject_info.business_license_info.license_number", licence.LicenseNumber, "want 18 characters")
		c.text("subject_info.business_license_info.merchant_name", licence.MerchantName, 1, 128)
		c.text("subject_info.business_license_info.legal_person", licence.LegalPerson, 1, 64)
	}
	c.require(q.SubjectInfo.IdentityInfo.IDDocType == "IDENTIFICATION_TYPE_IDCARD", "subject_info.identity_info.id_doc_type", q.SubjectInfo.IdentityInfo.IDDocType, "want IDENTIFICATION_TYPE_IDCARD")
	c.text("business_info.merchant_shortname", q.BusinessInfo.MerchantShortname, 1, 64)
	c.text("business_info.service_phone", q.BusinessInfo.ServicePhone, 1, 32)
	c.require(slices.Contains(q.BusinessInfo.SalesInfo.SalesScenesType, "SALES_SCENES_STORE"), "business_info.sales_info.sales_scenes_type", "", "want SALES_SCENES_STORE")
	c.text("settlement_info.settlement_id", q.SettlementInfo.SettlementID, 1, 3)
	c.text("settlement_info.qualification_type", q.SettlementInfo.QualificationType, 1, 64)
	bank := q.BankAccountInfo
	c.require(bank.BankAccountType == "BANK_ACCOUNT_TYPE_CORPORATE" || bank.BankAccountType == "BANK_ACCOUNT_TYPE_PERSONAL", "bank_account_info.bank_account_type", bank.BankAccountType, "want CORPORATE or PERSONAL")
	c.text("bank_account_info.account_bank", bank.AccountBank, 1, 128)
	c.require(len(bank.BankAddressCode) == 6, "bank_account_info.bank_address_code", bank.BankAddressCode, "want 6 digits")
	return c.fault
}

// apply takes a merchant's application in.
func (w *Wallet) apply(c *call) (*answer, *apiError) {
	var q applymentRequest
	if refusal := decode(c.body, &q); refusal != nil {
		return nil, refusal
	}
	if refusal := w.decryptFields(c.namedKey(), q.secrets()); refusal != nil {
		return nil, refusal
	}
	if refusal := q.check(); refusal != nil {
		return nil, refusal
	}
	a, err := w.applications.Submit(sandbox.Submission{
		Code: q.BusinessCode, ShortName: q.BusinessInfo.MerchantShortname, Content: string(marshal(q)), Overwrites: true,
		Number: func(try int) string { return "19" + sandbox.Digits(8, "wechat sub_mchid %s %d", q.BusinessCode, try) },
	}, w.now())
	if errors.Is(err, sandbox.ErrOtherContent) {
		return nil, refuse(invalidRequest, "business_code 已用于另一申请单")
	}
	return &answer{body: map[string]any{"applyment_id": number(a.No)}, strike: "enrol", numbers: []string{q.BusinessCode}}, nil
}

// applymentState is the answer of a query.
type applymentState struct {
	BusinessCode string        `json:"business_code"`
	ApplymentID  number        `json:"applyment_id"`
	SubMchID     string        `json:"sub_mchid,omitempty"`
	SignURL      string        `json:"sign_url,omitempty"`
	State        string        `json:"applyment_state"`
	StateMsg     string        `json:"applyment_state_msg"`
	AuditDetail  []auditDetail `json:"audit_detail,omitempty"`
}

type auditDetail struct {
	Field        string `json:"field"`
	FieldName    string `json:"field_name"`
	RejectReason string `json:"reject_reason"`
}

// number is text of digits that JSON shows as a number.
type number string

// MarshalJSON prints the digits.
func (n number) MarshalJSON() ([]byte, error) { return []byte(n), nil }

// applyment tells how an application stands.
func (w *Wallet) applyment(c *call) (*answer, *apiError) {
	a, known := w.applications.Find(c.r.PathValue("code"))
	if !known {
		return nil, refuse(resourceMissing, "申请单不存在")
	}
	s := applymentState{BusinessCode: a.Code, ApplymentID: number(a.No), State: applymentFinished}
	switch {
	case a.Pending(w.now()):
		s.State, s.SignURL = applymentAuditing, w.baseURL()+"/public/apply4ec_sign/s?applymentId="+a.No
	case a.Rejected():
		s.State = applymentRejected
		for _, r := range a.Reasons {
			s.AuditDetail = append(s.AuditDetail, auditDetail{r.Field, r.Field, r.Text})
		}
	default:
		s.SubMchID = a.MerchantID
	}
	s.StateMsg = applymentText[s.State]
	return &answer{body: s, strike: "enrol_query", numbers: []string{a.Code}}, nil
}
