package unionpay

import (
	"encoding/base64"
	"encoding/json"

	"juma/acquiring/sandbox"
)

// UnionPay has no public wire for registering a merchant (入网). What is served
// here is the message that this project assumes for it: txnType 92, sub-type 01
// to hand in and 02 to ask, named by orderId alone, the application as JSON in
// Base64 in merInfo.
const (
	merReviewing = "00"
	merAccepted  = "01"
	merRejected  = "02"
)

// mustHave are the fields of merInfo that may not be empty.
var mustHave = []string{"merName", "merAbbr", "merType", "merCatCode", "legalName", "legalId", "contact", "phone", "areaCode", "address", "accType", "accNo", "accName"}

// handIn takes a merchant's application in. Its merId is the merchant's from the
// acceptance on; another merchant's is refused.
func (w *Wallet) handIn(p params) (params, *refusal) {
	raw, err := base64.StdEncoding.DecodeString(p["merInfo"])
	var info map[string]string
	if err != nil || json.Unmarshal(raw, &info) != nil {
		return nil, refuse(respFormat, "merInfo")
	}
	for _, name := range mustHave {
		if info[name] == "" {
			return nil, refuse(respMissing, "merInfo."+name)
		}
	}
	if info["accBank"] == "" && info["accBankCode"] == "" {
		return nil, refuse(respMissing, "merInfo.accBank")
	}
	if info["merType"] != "3" && len(info["licNo"]) != 18 {
		return nil, refuse(respFormat, "merInfo.licNo")
	}
	a, err := w.applications.Submit(sandbox.Submission{
		Code: p["orderId"], ShortName: info["merAbbr"], Content: p["merId"] + string(raw),
		Number: func(int) string { return p["merId"] }, NumberField: "merId",
	}, w.core.Clock.Now())
	if err != nil {
		return nil, refuse(respDuplicate, "")
	}
	return w.applied(a)
}

// askEnrolment tells how an application stands.
func (w *Wallet) askEnrolment(p params) (params, *refusal) {
	a, known := w.applications.Find(p["orderId"])
	if !known || a.MerchantID != p["merId"] {
		return nil, refuse(respNotFound, "")
	}
	return w.applied(a)
}

func (w *Wallet) applied(a sandbox.Application) (params, *refusal) {
	out := params{"queryId": a.No, "merState": merAccepted}
	switch {
	case a.Pending(w.core.Clock.Now()):
		out["merState"] = merReviewing
	case a.Rejected():
		type reason struct {
			Field  string `json:"field"`
			Reason string `json:"reason"`
		}
		var reasons []reason
		for _, r := range a.Reasons {
			reasons = append(reasons, reason{r.Field, r.Text})
		}
		raw, err := json.Marshal(reasons)
		if err != nil {
			return nil, refuse(respUnclear, "")
		}
		out["merState"], out["merReasons"] = merRejected, base64.StdEncoding.EncodeToString(raw)
	}
	return out, nil
}
