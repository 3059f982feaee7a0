package file

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the golden files anew")

// The files of the sample day and their control files are, byte for byte, those in
// testdata/day, which a person has looked at.
func TestGoldenDay(t *testing.T) {
	golden := func(name string, have []byte) {
		t.Helper()
		path := filepath.Join("testdata", "day", name)
		if *update {
			if err := os.WriteFile(path, have, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if string(have) != string(want) {
			t.Errorf("%s:\n%q, golden\n%q", name, have, want)
		}
	}
	files := build(t, sampleDay())
	for _, f := range files {
		golden(f.Name, f.Data)
		golden(ControlName(f.Name), f.ControlText(""))
	}
	entries, err := os.ReadDir(filepath.Join("testdata", "day"))
	if err != nil || len(entries) != 2*len(files) {
		t.Errorf("%d golden files of %d, %v", len(entries), 2*len(files), err)
	}
}

// Refusals of disputes name the field.
func TestBuildRefusesDisputes(t *testing.T) {
	for field, edit := range map[string]func(*Dispute){
		"dispute_code": func(d *Dispute) { d.Code = "E05" },
		"reason_code":  func(d *Dispute) { d.ReasonCode = "97" },
		"merchant_no":  func(d *Dispute) { d.MerchantNo = "999581054110003" },
		"terminal_no":  func(d *Dispute) { d.TerminalNo = "1" },
		"prev_trace":   func(d *Dispute) { d.PrevTrace = 0 },
		"prev_rrn":     func(d *Dispute) { d.PrevRRN = "" },
		"amount":       func(d *Dispute) { d.Amount = 0 },
		"time":         func(d *Dispute) { d.Time = at("2025-03-10 00:00:00") },
		"order_no":     func(d *Dispute) { d.OrderNo = "A-1" },
		"prev_time":    func(d *Dispute) { d.PrevDate = 0 },
		"card_type":    func(d *Dispute) { d.CardType = "9" },
		"pan":          func(d *Dispute) { d.Payer = "62162610000000000180" },
		"errAmt":       func(d *Dispute) { d.Amount = 1499 },
	} {
		day := sampleDay()
		edit(&day.Disputes[0])
		refused(t, day, field)
	}
}

func refused(t *testing.T, day Day, field string) {
	t.Helper()
	files, err := Build(day, ledgerOf(day))
	if err == nil || files != nil || !strings.Contains(err.Error(), field) {
		t.Errorf("%s: %v", field, err)
	}
}
