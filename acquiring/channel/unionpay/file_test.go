package unionpay

import (
	"archive/zip"
	"bytes"
	"compress/zlib"
	"encoding/base64"
	"net/url"
	"os"
	"testing"
	"time"

	"juma/acquiring/channel"
	"juma/acquiring/channel/unionpay/statement"
	"juma/internal/bizdate"
	"juma/internal/fault"
)

func content(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile("statement/testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	var z bytes.Buffer
	w := zip.NewWriter(&z)
	e, _ := w.Create(name)
	e.Write(text)
	w.Close()
	var d bytes.Buffer
	c := zlib.NewWriter(&d)
	c.Write(z.Bytes())
	c.Close()
	return base64.StdEncoding.EncodeToString(d.Bytes())
}

func TestStatement(t *testing.T) {
	g := newGateway(t)
	a, sim := newAdapter(t, g)
	sim.AdvanceTo(time.Date(2026, 3, 11, 9, 30, 0, 0, bizdate.Zone))
	g.answer = values("settleDate", "0310", "fileName", "999290058120001_20260311083000.zip", "fileContent", content(t, "INN26031088ZM_999290058120001"))
	f, err := a.Statement(ctx, channel.StatementRequest{Date: 20260310, MerchantID: merchant})
	if err != nil || f.Empty || f.Name != "999290058120001_20260311083000.zip" || f.MerchantID != merchant || f.Date != 20260310 {
		t.Fatalf("got %+v, %v", f, err)
	}
	for k, want := range map[string]string{"txnType": "76", "txnSubType": "01", "bizType": "000000", "merId": merchant, "settleDate": "0310", "fileType": "00", "txnTime": "20260311093000", "orderId": ""} {
		if got := g.last().form.Get(k); got != want {
			t.Errorf("%s = %q, want %q", k, got, want)
		}
	}
	if g.last().path != "/files/" {
		t.Errorf("path %s", g.last().path)
	}
	s, err := statement.Reader{}.Read(f)
	if err != nil || len(s.Lines) != 2 {
		t.Fatalf("%d lines, %v", len(s.Lines), err)
	}
}

func TestStatementThatIsNotThere(t *testing.T) {
	next := func(h, m int) time.Time { return time.Date(2026, 3, 11, h, m, 0, 0, bizdate.Zone) }
	for _, c := range []struct {
		name   string
		now    time.Time
		date   bizdate.Date
		answer func(call) url.Values
		kind   fault.Kind // "" = an empty day
	}{
		{"not made yet", next(9, 59), 20260310, values("respCode", "98"), fault.NotReady},
		{"no trade", next(10, 0), 20260310, values("respCode", "98"), ""},
		{"day not begun", next(9, 0), 20260312, nil, fault.NotReady},
		{"no date", next(9, 0), 0, nil, fault.Invalid},
		{"another year's day", next(9, 0), 20250310, nil, fault.Invalid},
		{"refused", next(9, 0), 20260310, values("respCode", "32"), fault.Refused},
		{"unclear", next(9, 0), 20260310, values("respCode", "03"), fault.Unavailable},
		{"another merchant's", next(11, 0), 20260310, values("respCode", "98", "merId", "999290058120009"), fault.Unavailable},
		{"another day's", next(11, 0), 20260310, values("settleDate", "0309"), fault.Unavailable},
		{"no content", next(11, 0), 20260310, nil, fault.Corrupt},
		{"broken content", next(11, 0), 20260310, values("fileContent", "AAAA"), fault.Corrupt},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := newGateway(t)
			g.answer = c.answer
			a, sim := newAdapter(t, g)
			sim.AdvanceTo(c.now)
			f, err := a.Statement(ctx, channel.StatementRequest{Date: c.date})
			if c.kind == "" && (err != nil || !f.Empty || f.MerchantID != merchant) {
				t.Fatalf("got %+v, %v", f, err)
			}
			if c.kind != "" && !fault.Is(err, c.kind) {
				t.Fatalf("got %v, want kind %s", err, c.kind)
			}
		})
	}
}
