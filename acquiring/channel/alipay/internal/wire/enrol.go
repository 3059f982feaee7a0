package wire

import (
	"context"

	"github.com/smartwalle/alipay/v3"
)

// ZftCreate is ant.merchant.expand.indirect.zft.create: a sub-merchant's
// application. The SDK has no type for it; the names are those of Alipay's own
// SDKs.
type ZftCreate struct {
	alipay.AuxParam
	ExternalID      string       `json:"external_id"` // ours, unique within the provider
	Name            string       `json:"name"`
	AliasName       string       `json:"alias_name"`
	MerchantType    string       `json:"merchant_type"` // 01 enterprise, 07 individual business, 06 person
	MCC             string       `json:"mcc"`
	CertNo          string       `json:"cert_no"`
	CertType        string       `json:"cert_type"` // 201 licence, 100 identity card
	CertName        string       `json:"cert_name,omitempty"`
	CertImage       string       `json:"cert_image,omitempty"`
	LegalName       string       `json:"legal_name"`
	LegalCertNo     string       `json:"legal_cert_no"`
	LegalCertType   string       `json:"legal_cert_type"` // 100
	LegalFrontImage string       `json:"legal_cert_front_image,omitempty"`
	LegalBackImage  string       `json:"legal_cert_back_image,omitempty"`
	BusinessAddress ZftAddress   `json:"business_address"`
	ServicePhone    string       `json:"service_phone"`
	Contacts        []ZftContact `json:"contact_infos"`
	Cards           []ZftCard    `json:"biz_cards"`
	Services        []string     `json:"service"` // 当面付
	OutDoorImages   []string     `json:"out_door_images,omitempty"`
	InDoorImages    []string     `json:"in_door_images,omitempty"`
}

// ZftAddress is a place, by GB/T 2260 codes.
type ZftAddress struct {
	ProvinceCode string `json:"province_code"`
	CityCode     string `json:"city_code"`
	DistrictCode string `json:"district_code"`
	Address      string `json:"address"`
}

// ZftContact is a person to talk to.
type ZftContact struct {
	Name   string `json:"name"`
	Mobile string `json:"mobile"`
	Email  string `json:"email,omitempty"`
	IDCard string `json:"id_card_no,omitempty"`
	Tag    string `json:"tag"`  // 06: who signs
	Type   string `json:"type"` // LEGAL_PERSON, CONTROLLER, AGENT or OTHER
}

// ZftCard is a settlement account.
type ZftCard struct {
	AccountHolderName string `json:"account_holder_name"`
	AccountNo         string `json:"account_no"`
	AccountInstName   string `json:"account_inst_name"`
	AccountType       string `json:"account_type"` // DC
	UsageType         string `json:"usage_type"`   // 01 corporate, 02 personal
	BankCode          string `json:"bank_code,omitempty"`
}

// APIName is the method's name.
func (ZftCreate) APIName() string { return "ant.merchant.expand.indirect.zft.create" }

// Params are the parameters outside biz_content.
func (ZftCreate) Params() map[string]string { return nil }

// ZftCreated is the answer of CreateMerchant.
type ZftCreated struct {
	OrderID string `json:"order_id"`
}

// CreateMerchant hands in an application.
func (c *Client) CreateMerchant(ctx context.Context, p ZftCreate) (ZftCreated, Status, error) {
	return call[ZftCreated](ctx, c, p)
}

// zftOrderQuery is ant.merchant.expand.indirect.zftorder.query.
type zftOrderQuery struct {
	alipay.AuxParam
	ExternalID string `json:"external_id"`
}

// APIName is the method's name.
func (zftOrderQuery) APIName() string { return "ant.merchant.expand.indirect.zftorder.query" }

// Params are the parameters outside biz_content.
func (zftOrderQuery) Params() map[string]string { return nil }

// ZftOrder is an application as Alipay knows it.
type ZftOrder struct {
	OrderID     string `json:"order_id"`
	ExternalID  string `json:"external_id"`
	Status      string `json:"status"` // 99 done, -1 failed, 031 under review
	SMID        string `json:"smid"`   // counts only with status 99
	Reason      string `json:"reason"`
	RiskAudit   string `json:"fk_audit"` // CREATE, SKIP, PASS, REJECT
	RiskMemo    string `json:"fk_audit_memo"`
	ClientAudit string `json:"kz_audit"`
	ClientMemo  string `json:"kz_audit_memo"`
}

// ZftOrders is the answer of QueryMerchant.
type ZftOrders struct {
	Orders []ZftOrder `json:"orders"`
}

// QueryMerchant asks for the applications under our number.
func (c *Client) QueryMerchant(ctx context.Context, externalID string) (ZftOrders, Status, error) {
	return call[ZftOrders](ctx, c, zftOrderQuery{ExternalID: externalID})
}
