package channel_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"juma/acquiring/channel"
	"juma/internal/fault"
)

func application() channel.EnrolRequest {
	return channel.EnrolRequest{
		EnrolQuery: channel.EnrolQuery{BusinessCode: "999290058120001W01", MerchantNo: "999290058120001"},
		Kind:       channel.EnterpriseKind, Name: "CANARY-company", ShortName: "CANARY-short", USCC: "CANARY-uscc",
		Legal:   channel.EnrolPerson{Name: "CANARY-person", IDNo: "CANARY-id", Phone: "CANARY-phone"},
		Contact: channel.EnrolContact{Name: "CANARY-contact", Phone: "CANARY-phone"},
		MCC:     "5812", Region: "310101", Address: "CANARY-address",
		Account: channel.EnrolAccount{No: "CANARY-card", Name: "CANARY-holder", BankName: "CANARY-bank"},
	}
}

// TestApplicationsPrintNobody: a request that lands in a log or an error by
// accident must not tell who it is about.
func TestApplicationsPrintNobody(t *testing.T) {
	req := application()
	var out bytes.Buffer
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x"} {
		fmt.Fprintf(&out, verb+"\n", req)
		fmt.Fprintf(&out, verb+"\n", &req)
	}
	slog.New(slog.NewJSONHandler(&out, nil)).Info("enrol", "request", req)
	slog.New(slog.NewTextHandler(&out, nil)).Info("enrol", "request", &req)
	if text := out.String(); strings.Contains(text, "CANARY") || !strings.Contains(text, "999290058120001W01") {
		t.Errorf("printed as\n%s", text)
	}
}

func TestApplicationsAreChecked(t *testing.T) {
	if err := application().Check("test"); err != nil {
		t.Fatal(err)
	}
	for field, change := range map[string]func(*channel.EnrolRequest){
		"business_code":     func(r *channel.EnrolRequest) { r.BusinessCode = "short" },
		"merchant_no":       func(r *channel.EnrolRequest) { r.MerchantNo = "99929005812000" },
		"kind":              func(r *channel.EnrolRequest) { r.Kind = "" },
		"name":              func(r *channel.EnrolRequest) { r.Name = "" },
		"uscc":              func(r *channel.EnrolRequest) { r.USCC = "" },
		"legal.id_no":       func(r *channel.EnrolRequest) { r.Legal.IDNo = "" },
		"account.bank_name": func(r *channel.EnrolRequest) { r.Account.BankName, r.Account.CNAPS = "", "" },
	} {
		req := application()
		change(&req)
		err := req.Check("test")
		if !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), field) || strings.Contains(err.Error(), "CANARY") {
			t.Errorf("%s: %v", field, err)
		}
	}
	micro := application()
	micro.Kind, micro.USCC = channel.MicroKind, ""
	if err := micro.Check("test"); err != nil {
		t.Errorf("a micro merchant has no code: %v", err)
	}
}
