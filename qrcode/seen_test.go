package qrcode_test

import (
	"strings"
	"sync"
	"testing"

	"juma/internal/fault"
	"juma/internal/id"
	"juma/qrcode"
)

// TestBindFromWhatWasSeen: of two people who looked at the same plate one moves it,
// and the other is told who and when.
func TestBindFromWhatWasSeen(t *testing.T) {
	each(t, func(t *testing.T, b bench) {
		key := b.issue(t, 1)[0].Key
		for seen := range 3 { // blank, and two versions
			errs := make([]error, 4)
			var all sync.WaitGroup
			for i := range errs {
				all.Go(func() {
					to := qrcode.Binding{PlateKey: key, MerchantNo: "999290058120001", StoreID: "S", TerminalNo: "1000000" + string(rune('0'+i))}
					_, errs[i] = b.BindFrom(ctx, seen, to, "agent", "seen")
				})
			}
			all.Wait()
			won := 0
			for _, err := range errs {
				switch {
				case err == nil:
					won++
				case !fault.Is(err, fault.Conflict) || !strings.Contains(err.Error(), "since 2026-03-10 09:00:0") || !strings.Contains(err.Error(), "by agent"):
					t.Errorf("version %d: %v, want a conflict that says who and when", seen, err)
				}
			}
			if _, now, err := b.repo.Plate(ctx, key); won != 1 || err != nil || now.Version != seen+1 {
				t.Errorf("version %d: %d moved it, now %+v, %v", seen, won, now, err)
			}
		}
	})
}

// TestReplaceFromWhatWasSeen: a plate that moved on since is not replaced.
func TestReplaceFromWhatWasSeen(t *testing.T) {
	each(t, func(t *testing.T, b bench) {
		plates := b.issue(t, 2)
		old, fresh := plates[0].Key, plates[1].Key
		to := qrcode.Binding{PlateKey: old, MerchantNo: "999290058120001", StoreID: "S", TerminalNo: "10000001"}
		for seen := range 2 {
			if _, err := b.BindFrom(ctx, seen, to, "agent", "x"); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := b.ReplaceFrom(ctx, old, 1, fresh, "other", "scratched"); !fault.Is(err, fault.Conflict) {
			t.Errorf("from a version that is over: %v, want a conflict", err)
		}
		if _, err := b.ReplaceFrom(ctx, old, -1, fresh, "other", "scratched"); !fault.Is(err, fault.Invalid) {
			t.Errorf("from no version: %v, want invalid", err)
		}
		now, err := b.ReplaceFrom(ctx, old, 2, fresh, "other", "scratched")
		if err != nil || now.PlateKey != fresh || now.TerminalNo != "10000001" {
			t.Errorf("%+v, %v", now, err)
		}
	})
}

// TestRecognise: whatever was read of a plate must be what was printed on it.
func TestRecognise(t *testing.T) {
	each(t, func(t *testing.T, b bench) {
		for _, o := range []qrcode.Order{
			{Grammar: qrcode.Own, Count: 1, By: "p"}, {Grammar: qrcode.UnionPay, Institution: "99982900", Count: 1, By: "p"}, {Grammar: qrcode.EMV, Count: 1, By: "p"},
		} {
			_, plates, err := b.Issue(ctx, o)
			if err != nil {
				t.Fatal(err)
			}
			p := plates[0]
			read, err := qrcode.ParsePayload(p.Payload)
			if err != nil {
				t.Fatal(err)
			}
			tap, err := read.TapURL("q.example.com")
			if err != nil {
				t.Fatal(err)
			}
			for _, text := range []string{p.Payload, tap, p.Serial, p.Key} {
				if got, _, err := b.Recognise(ctx, text); err != nil || got.Key != p.Key {
					t.Errorf("%s by %q: %v, %v", o.Grammar, text, got.Key, err)
				}
			}
			elsewhere := qrcode.Payload{Grammar: qrcode.Own, Host: "q.evil.example", Key: p.Key}
			if o.Grammar == qrcode.Own {
				elsewhere = qrcode.Payload{Grammar: qrcode.UnionPay, Institution: "11110000", Key: p.Key}
			}
			text, err := elsewhere.Print()
			if err != nil {
				t.Fatal(err)
			}
			if _, _, err := b.Recognise(ctx, text); !fault.Is(err, fault.Refused) {
				t.Errorf("%s with another address around its key: %v, want refused", o.Grammar, err)
			}
		}
		own := "https://q.example.com/q/"
		for text, want := range map[string]fault.Kind{
			own + id.NewPlateKey(id.Seeded(8, "forged")):            fault.Refused,
			own + strings.Repeat("A", id.PlateKeyLen):               fault.Refused,
			own + ring.New(id.Seeded(8, "lost")):                    fault.NotFound,
			"https://example.com/menu":                              fault.Invalid,
			"https://qr.95516.com/00010000/62221234567890123456789": fault.Invalid,
			"0002":          fault.Invalid,
			"2603100099999": fault.NotFound,
			"nonsense":      fault.NotFound,
			"":              fault.NotFound,
		} {
			if _, _, err := b.Recognise(ctx, text); !fault.Is(err, want) {
				t.Errorf("%q: %v, want %s", text, err, want)
			}
		}
	})
}
