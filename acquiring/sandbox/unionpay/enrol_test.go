package unionpay_test

import (
	"encoding/base64"
	"encoding/json"
	"testing"

	"juma/acquiring/sandbox/unionpay"
)

// handIn is the assumed message with changes to the application in it.
func handIn(t *testing.T, code string, change func(map[string]string)) fields {
	t.Helper()
	info := map[string]string{
		"merName": "示例面馆", "merAbbr": "面馆", "merType": "2", "merCatCode": "5812", "licNo": "92310000MA1FL0000X", "legalName": "张三", "legalId": "110101199003070038",
		"contact": "张三", "phone": "13900000001", "areaCode": "310101", "address": "示例路 1 号", "accType": "2", "accNo": "6216261000000000018", "accName": "张三", "accBankCode": "999290000012",
	}
	if change != nil {
		change(info)
	}
	raw, err := json.Marshal(info)
	if err != nil {
		t.Fatal(err)
	}
	return fields{"txnType": "92", "txnSubType": "01", "orderId": code, "merInfo": base64.StdEncoding.EncodeToString(raw)}
}

func ask(code string) fields { return fields{"txnType": "92", "txnSubType": "02", "orderId": code} }

func TestMerchantIsRegistered(t *testing.T) {
	c := newClient(t)
	const path = "backTransReq.do"
	want(t, "never handed in", c.send(path, ask("CODE00000001")), "respCode", "34")
	want(t, "handed in", c.send(path, handIn(t, "CODE00000001", nil)), "respCode", "00", "merState", "01", "merId", unionpay.DefaultMerID)
	want(t, "handed in again", c.send(path, handIn(t, "CODE00000001", nil)), "respCode", "00", "merState", "01")
	want(t, "asked", c.send(path, ask("CODE00000001")), "respCode", "00", "merState", "01")
	other := func(info map[string]string) { info["merName"] = "另一家" }
	want(t, "other content", c.send(path, handIn(t, "CODE00000001", other)), "respCode", "12")
	want(t, "the number of another", c.send(path, handIn(t, "CODE00000002", other)), "respCode", "00", "merState", "02")
}

func TestMerchantIsRefused(t *testing.T) {
	c := newClient(t)
	const path = "backTransReq.do"
	for name, change := range map[string]func(map[string]string){
		"no name": func(i map[string]string) { i["merName"] = "" }, "no bank": func(i map[string]string) { i["accBankCode"] = "" },
	} {
		want(t, name, c.send(path, handIn(t, "CODE00000001", change)), "respCode", "13")
	}
	want(t, "a short code", c.send(path, handIn(t, "CODE00000001", func(i map[string]string) { i["licNo"] = "1" })), "respCode", "10")
	want(t, "no application", c.send(path, fields{"txnType": "92", "txnSubType": "01", "orderId": "CODE00000001", "merInfo": "?"}), "respCode", "10")
	form := c.sign(handIn(t, "CODE00000001", nil))
	form.Set("orderId", "CODE00000009") // after the signature
	if got, err := c.post(path, form); err != nil || got["respCode"] != "11" {
		t.Errorf("altered behind the signature: %v, %v", got, err)
	}
	want(t, "what was refused", c.send(path, ask("CODE00000001")), "respCode", "34")
}
