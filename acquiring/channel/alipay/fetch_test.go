package alipay_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"juma/acquiring/channel"
	"juma/internal/bizdate"
	"juma/internal/fault"
)

func TestStatementDay(t *testing.T) {
	const method = "alipay.data.dataservice.bill.downloadurl.query"
	g := newGateway(t)
	ask := func() (channel.StatementFile, error) {
		return g.adapter.Statement(ctx, channel.StatementRequest{Date: 20260310})
	}
	if _, err := ask(); !fault.Is(err, fault.NotReady) || len(g.calls) != 0 {
		t.Errorf("the day is not over: %v", err)
	}
	g.answers[method] = failure("40004", "isp.bill_not_exist")
	g.clock.AdvanceTo(time.Date(2026, 3, 11, 9, 59, 59, 0, bizdate.Zone))
	if _, err := ask(); !fault.Is(err, fault.NotReady) {
		t.Errorf("before 10:00: %v", err)
	}
	g.clock.AdvanceTo(time.Date(2026, 3, 11, 10, 0, 0, 0, bizdate.Zone))
	if f, err := ask(); err != nil || !f.Empty || f.Date != 20260310 || f.Channel != channel.Alipay {
		t.Errorf("at 10:00: %+v, %v", f, err)
	}
	if biz := g.last(method).biz; biz["bill_type"] != "trade" || biz["bill_date"] != "2026-03-10" {
		t.Errorf("request %v", biz)
	}
	g.answers[method] = failure("40006", "isv.insufficient-isv-permissions")
	if _, err := ask(); !fault.Is(err, fault.Refused) {
		t.Errorf("no permission: %v", err)
	}
	g.answers[method] = failure("20000", "isp.unknow-error")
	if _, err := ask(); !fault.Is(err, fault.Unavailable) {
		t.Errorf("busy: %v", err)
	}
	g.lost = true
	if _, err := ask(); !fault.Is(err, fault.Unavailable) {
		t.Errorf("no answer: %v", err)
	}
	if _, err := g.adapter.Statement(ctx, channel.StatementRequest{}); !fault.Is(err, fault.Invalid) {
		t.Errorf("no date: %v", err)
	}
}

func TestStatementDownload(t *testing.T) {
	g := newGateway(t)
	g.clock.AdvanceTo(time.Date(2026, 3, 11, 11, 0, 0, 0, bizdate.Zone))
	bill := sampleBill(t)
	serve := func(url string, h http.HandlerFunc) (channel.StatementFile, error) {
		g.answers["alipay.data.dataservice.bill.downloadurl.query"] = `{"code":"10000","bill_download_url":"` + url + `"}`
		g.bill = h
		return g.adapter.Statement(ctx, channel.StatementRequest{Date: 20260310})
	}
	here := strings.ReplaceAll(g.server.URL, "/", `\/`) + `\/bill?token=1`
	write := func(data []byte) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) { w.Write(data) }
	}
	f, err := serve(here, write(bill))
	if err != nil || string(f.Data) != string(bill) || f.Empty || f.Name != appID+"_20260310.csv.zip" {
		t.Fatalf("download: %d bytes %q, %v", len(f.Data), f.Name, err)
	}
	f, err = serve(here, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Disposition", `attachment; filename="20889990000000010156_20260310.csv.zip"`)
		w.Write(bill)
	})
	if err != nil || f.Name != "20889990000000010156_20260310.csv.zip" {
		t.Errorf("named: %q, %v", f.Name, err)
	}
	for name, c := range map[string]struct {
		url  string
		h    http.HandlerFunc
		kind fault.Kind
	}{
		"cut off":            {here, write(bill[:len(bill)-1]), fault.Corrupt},
		"a page":             {here, write([]byte("<html>expired</html>")), fault.Corrupt},
		"broken off":         {here, func(w http.ResponseWriter, r *http.Request) { w.Header().Set("Content-Length", "99999"); w.Write(bill) }, fault.Unavailable},
		"not found":          {here, http.NotFound, fault.Unavailable},
		"another host":       {"http://localhost:1/bill", write(bill), fault.Unavailable},
		"redirected outside": {here, http.RedirectHandler("http://localhost:1/bill", http.StatusFound).ServeHTTP, fault.Unavailable},
	} {
		if f, err := serve(c.url, c.h); !fault.Is(err, c.kind) || f.Data != nil {
			t.Errorf("%s: %v, want kind %s", name, err, c.kind)
		}
	}
}
