package unionpay

import (
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
)

// Vectors signed elsewhere and sample files prove our signing text and layout.

func publicKey(t *testing.T, certPEM string) *rsa.PublicKey {
	t.Helper()
	block, _ := pem.Decode([]byte(certPEM))
	cert, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	return cert.PublicKey.(*rsa.PublicKey)
}

func TestVectors(t *testing.T) {
	for _, name := range []string{"unionpay-510-request.json", "unionpay-510-notify.json"} {
		data, err := os.ReadFile("testdata/" + name)
		if err != nil {
			t.Fatal(err)
		}
		var v struct {
			Cert   string `json:"sign_cert"`
			Text   string `json:"sign_string"`
			Sum    string `json:"sha256_hex_lower"`
			Form   string `json:"form_body"`
			Notice string `json:"raw_form_body"`
		}
		if err := json.Unmarshal(data, &v); err != nil {
			t.Fatal(err)
		}
		r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(v.Form+v.Notice))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded;charset=UTF-8")
		p, err := readForm(r)
		if err != nil {
			t.Fatal(err)
		}
		if got := p.signText(); got != v.Text {
			t.Errorf("%s: signing text\n got %q\nwant %q", name, got, v.Text)
		}
		if sum := sha256.Sum256([]byte(p.signText())); hex.EncodeToString(sum[:]) != v.Sum {
			t.Errorf("%s: sha256 %x, want %s", name, sum, v.Sum)
		}
		if v.Cert == "" {
			v.Cert = p["signPubKeyCert"]
		}
		if err := p.verify(publicKey(t, v.Cert)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		p["txnAmt"] = "5001"
		if p.verify(publicKey(t, v.Cert)) == nil {
			t.Errorf("%s: verifies with another amount", name)
		}
	}
}

// TestLayout takes the sample statements apart by the layout and puts them
// together again, byte for byte.
func TestLayout(t *testing.T) {
	width := len(zmLayout) - 1
	for _, c := range zmLayout {
		width += c.width
	}
	if len(zmLayout) != 42 || width != 607 {
		t.Fatalf("%d fields, %d bytes; want 42, 607", len(zmLayout), width)
	}
	for _, merID := range []string{"999290058120001", "999581054110002", "999584059120003"} {
		data, err := os.ReadFile("testdata/INN26031088ZM_" + merID)
		if err != nil {
			t.Fatal(err)
		}
		for _, line := range strings.SplitAfter(strings.TrimSuffix(string(data), "\r\n"), "\r\n") {
			line = strings.TrimSuffix(line, "\r\n")
			values, at := map[string]string{}, 0
			for _, c := range zmLayout {
				values[c.name] = strings.TrimRight(line[at:at+c.width], " ")
				at += c.width + 1
			}
			if values["merId"] != merID {
				t.Errorf("merId %q, want %q", values["merId"], merID)
			}
			if got, err := zmRecord(values); err != nil || got != line {
				t.Errorf("got  %q (%v)\nwant %q", got, err, line)
			}
		}
	}
	if _, err := zmRecord(map[string]string{"termId": "123456789"}); err == nil {
		t.Error("a value that is too long was laid out")
	}
}

// TestRecordLikeSample builds the rows of the samples from what they mean.
func TestRecordLikeSample(t *testing.T) {
	read := func(merID string) []string {
		data, err := os.ReadFile("testdata/INN26031088ZM_" + merID)
		if err != nil {
			t.Fatal(err)
		}
		return strings.Split(strings.TrimSuffix(string(data), "\r\n"), "\r\n")
	}
	at := func(stamped, trace string) mark {
		d, ok := parseStamp(stamped)
		if !ok {
			t.Fatal(stamped)
		}
		return mark{at: d, trace: trace, queryID: stamped + trace + "8"}
	}
	bought := row{
		orderID: "P20260310000008", txnType: "01", subType: "07", merID: "999290058120001", termID: "T0000001", account: "621626*********0018",
		cardType: "01", amount: 5000, fee: 19, mark: at("20260310101530", "100108"),
	}
	if got, err := bought.record(); err != nil || got != read("999290058120001")[1] {
		t.Errorf("purchase\n got %q %v\nwant %q", got, err, read("999290058120001")[1])
	}
	first := row{orderID: "P20260308000021", mark: at("20260308130501", "090021")}
	back := row{
		orderID: "R20260310000003", txnType: "04", subType: "00", merID: "999581054110002", termID: "T0000001", account: "621626*********0216",
		cardType: "01", amount: 2000, fee: 8, mark: at("20260310143000", "100112"), orig: &first,
	}
	if got, err := back.record(); err != nil || got != read("999581054110002")[0] {
		t.Errorf("refund\n got %q %v\nwant %q", got, err, read("999581054110002")[0])
	}
	original := row{orderID: "P20260310000010", mark: at("20260310112001", "100110")}
	cancel := row{
		orderID: "V20260310000001", txnType: "31", subType: "00", merID: "999584059120003", termID: "T0000001", account: "621626*********0356",
		cardType: "02", amount: 700, fee: 3, mark: at("20260310112105", "100111"), orig: &original,
	}
	if got, err := cancel.record(); err != nil || got != read("999584059120003")[1] {
		t.Errorf("cancellation\n got %q %v\nwant %q", got, err, read("999584059120003")[1])
	}
}

// A year without one: MMDD is the latest such day that is not in the future.
func TestDayOf(t *testing.T) {
	now, _ := parseStamp("20260105120000")
	for mmdd, want := range map[string]string{"0105": "2026-01-05", "0106": "2025-01-06", "1231": "2025-12-31", "0229": "", "1301": "", "13": "", "": ""} {
		got := ""
		if day, ok := dayOf(mmdd, now); ok {
			got = day.Format("2006-01-02")
		}
		if got != want {
			t.Errorf("dayOf(%q) = %q, want %q", mmdd, got, want)
		}
	}
}

func TestClearingDay(t *testing.T) {
	for stamped, want := range map[string]string{
		"20260310225959": "2026-03-10", "20260310230000": "2026-03-11", "20261231230000": "2027-01-01", "20260310000000": "2026-03-10",
	} {
		at, _ := parseStamp(stamped)
		if got := clearingDay(at.UTC()); got != want {
			t.Errorf("%s clears on %s, want %s", stamped, got, want)
		}
	}
}

func TestTraceNumbersAreUnique(t *testing.T) {
	b, seen := newBook(), map[string]bool{}
	now, _ := parseStamp("20260310120000")
	for i := range 20_000 {
		m := b.stampMark(key{DefaultMerID, fmt.Sprintf("P%020d", i), "20260310120000"}, now)
		if seen[m.trace] || len(m.trace) != 6 || len(m.queryID) != 21 {
			t.Fatalf("mark %d: %+v", i, m)
		}
		seen[m.trace] = true
	}
}
