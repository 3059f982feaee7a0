package app

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"log/slog"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"juma/acquiring"
	"juma/acquiring/channel"
	"juma/acquiring/channel/alipay"
	"juma/acquiring/channel/channeltest"
	"juma/acquiring/channel/unionpay"
	"juma/acquiring/channel/wechat"
	"juma/acquiring/sandbox"
	alibox "juma/acquiring/sandbox/alipay"
	upbox "juma/acquiring/sandbox/unionpay"
	wxbox "juma/acquiring/sandbox/wechat"
	"juma/internal/clock"
	"juma/internal/dbtest"
	"juma/internal/id"
	"juma/internal/store"
	"juma/qrcode"
)

// kitOf is a wallet and its adapter.
func kitOf[W sandbox.Wallet, Config any, A channel.Adapter](wallet func(*sandbox.Core) (W, error), build func(Config, clock.Clock, *http.Client) (A, error), merchant string) channeltest.Kit {
	return channeltest.Kit{
		Wallet: func(core *sandbox.Core) (sandbox.Wallet, error) { return wallet(core) },
		Adapter: func(credentials []byte, clk clock.Clock, client *http.Client) (channel.Adapter, error) {
			var cfg Config
			if err := json.Unmarshal(credentials, &cfg); err != nil {
				return nil, err
			}
			return build(cfg, clk, client)
		},
		Reader:     func([]byte) (channel.StatementReader, error) { return nil, nil }, // no statement is read here
		MerchantID: merchant, OtherMerchantID: merchant[:len(merchant)-1] + "9",
	}
}

// forgery is a notice that nobody who means well sends: a genuine one changed, or
// one made of two.
type forgery struct {
	name   string
	change func(genuine, other channel.RawNotice) channel.RawNotice
}

func body(f func(b []byte) []byte) func(genuine, other channel.RawNotice) channel.RawNotice {
	return func(g, _ channel.RawNotice) channel.RawNotice {
		return channel.RawNotice{Header: g.Header, Body: f(bytes.Clone(g.Body))}
	}
}

func flip(at func(n int) int) func(genuine, other channel.RawNotice) channel.RawNotice {
	return body(func(b []byte) []byte { b[at(len(b))] ^= 1; return b })
}

func header(name string, f func(old string) []string) func(genuine, other channel.RawNotice) channel.RawNotice {
	return func(g, _ channel.RawNotice) channel.RawNotice {
		h := maps.Clone(g.Header)
		if h[name] = f(h[name][0]); h[name] == nil {
			delete(h, name)
		}
		return channel.RawNotice{Header: h, Body: g.Body}
	}
}

func form(f func(v, other url.Values)) func(genuine, other channel.RawNotice) channel.RawNotice {
	return func(g, o channel.RawNotice) channel.RawNotice {
		v, _ := url.ParseQuery(string(g.Body))
		w, _ := url.ParseQuery(string(o.Body))
		f(v, w)
		return channel.RawNotice{Header: g.Header, Body: []byte(v.Encode())}
	}
}

func set(name, value string) func(genuine, other channel.RawNotice) channel.RawNotice {
	return form(func(v, _ url.Values) { v.Set(name, value) })
}

func none(string) []string { return nil }

func to(value string) func(string) []string { return func(string) []string { return []string{value} } }

// anyWallet are forgeries that need no knowledge of the wallet.
var anyWallet = []forgery{
	{"nothing at all", func(_, _ channel.RawNotice) channel.RawNotice { return channel.RawNotice{} }},
	{"empty body", body(func([]byte) []byte { return nil })},
	{"half a body", body(func(b []byte) []byte { return b[:len(b)/2] })},
	{"twice the body", body(func(b []byte) []byte { return append(b, b...) })},
	{"byte order mark", body(func(b []byte) []byte { return append([]byte("\xef\xbb\xbf"), b...) })},
	{"zero byte", body(func(b []byte) []byte { return append([]byte{0}, b...) })},
	{"not a notice", body(func([]byte) []byte { return []byte("hello & = % {") })},
	{"only brackets", body(func([]byte) []byte { return []byte(strings.Repeat("[", 4096)) })},
	{"too long", body(func(b []byte) []byte { return append(b, bytes.Repeat([]byte("x"), 128<<10)...) })},
}

const (
	wxSignature, wxTimestamp, wxNonce, wxSerial = "Wechatpay-Signature", "Wechatpay-Timestamp", "Wechatpay-Nonce", "Wechatpay-Serial"
)

var forgeries = map[channel.Name][]forgery{
	channel.WeChat: append(slices.Clone(anyWallet), []forgery{
		{"first byte", flip(func(int) int { return 0 })},
		{"a byte in the middle", flip(func(n int) int { return n / 2 })},
		{"last byte", flip(func(n int) int { return n - 1 })},
		{"a space more", body(func(b []byte) []byte { return append(b, ' ') })},
		{"another order's body", func(g, o channel.RawNotice) channel.RawNotice {
			return channel.RawNotice{Header: g.Header, Body: o.Body}
		}},
		{"another order's signature", func(g, o channel.RawNotice) channel.RawNotice {
			return header(wxSignature, to(o.Header[wxSignature][0]))(g, o)
		}},
		{"no signature", header(wxSignature, none)},
		{"empty signature", header(wxSignature, to(""))},
		{"signature of zeros", header(wxSignature, to(base64.StdEncoding.EncodeToString(make([]byte, 256))))},
		{"signature not base64", header(wxSignature, to("!!!"))},
		{"probe of WeChat's", header(wxSignature, func(old string) []string { return []string{"WECHATPAY/SIGNTEST/" + old} })},
		{"no time", header(wxTimestamp, none)},
		{"another time", header(wxTimestamp, func(old string) []string {
			n, _ := strconv.ParseInt(old, 10, 64)
			return []string{strconv.FormatInt(n+1, 10)}
		})},
		{"time in words", header(wxTimestamp, to("now"))},
		{"time with a sign", header(wxTimestamp, func(old string) []string { return []string{"+" + old} })},
		{"no nonce", header(wxNonce, none)},
		{"another nonce", header(wxNonce, to("0123456789abcdef0123456789abcdef"))},
		{"no serial", header(wxSerial, none)},
		{"unknown serial", header(wxSerial, to("5157F09EFDC096DE15EBE81A47057A7232F1B8E1"))},
	}...),
	channel.Alipay: append(slices.Clone(anyWallet), []forgery{
		{"amount", set("total_amount", "0.01")},
		{"amount left out", form(func(v, _ url.Values) { v.Del("total_amount") })},
		{"amount twice", form(func(v, _ url.Values) { v.Add("total_amount", "99.99") })},
		{"order", set("out_trade_no", "P2026031099999999000001")},
		{"trade number", set("trade_no", "2026031022001400000000000001")},
		{"state", set("trade_status", "TRADE_FINISHED")},
		{"application", set("app_id", "2014000000000001")},
		{"event", set("notify_id", "forged")},
		{"time", set("notify_time", "2026-03-11 00:00:00")},
		{"payer", set("buyer_id", "2088000000000001")},
		{"a parameter more", set("smuggled_in", "1")},
		{"no signature", form(func(v, _ url.Values) { v.Del("sign") })},
		{"empty signature", set("sign", "")},
		{"signature of zeros", set("sign", base64.StdEncoding.EncodeToString(make([]byte, 256)))},
		{"another order's signature", form(func(v, o url.Values) { v.Set("sign", o.Get("sign")) })},
		{"another order under this signature", form(func(v, o url.Values) { s := v.Get("sign"); maps.Copy(v, o); v.Set("sign", s) })},
		{"as JSON", body(func(b []byte) []byte { return append([]byte(`{"sign":"`), append(b, `"}`...)...) })},
	}...),
	channel.UnionPay: append(slices.Clone(anyWallet), []forgery{
		{"amount", set("txnAmt", "1")},
		{"amount left out", form(func(v, _ url.Values) { v.Del("txnAmt") })},
		{"amount twice", form(func(v, _ url.Values) { v.Add("txnAmt", "9999") })},
		{"order", set("orderId", "P2026031099999999000001")},
		{"number", set("queryId", "202603101015301001088")},
		{"merchant", set("merId", "999581054110002")},
		{"result", set("respCode", "A6")},
		{"kind", set("txnType", "04")},
		{"currency", set("currencyCode", "840")},
		{"day", set("settleDate", "0311")},
		{"a parameter more", set("smuggledIn", "1")},
		{"no signature", form(func(v, _ url.Values) { v.Del("signature") })},
		{"empty signature", set("signature", "")},
		{"signature of zeros", set("signature", base64.StdEncoding.EncodeToString(make([]byte, 256)))},
		{"another order's signature", form(func(v, o url.Values) { v.Set("signature", o.Get("signature")) })},
		{"another method", set("signMethod", "11")},
		{"older version", set("version", "5.0.0")},
		{"no certificate", form(func(v, _ url.Values) { v.Del("signPubKeyCert") })},
		{"a certificate of somebody", set("signPubKeyCert", "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----")},
	}...),
}

var noticeKits = map[channel.Name]channeltest.Kit{
	channel.WeChat:   kitOf(wxbox.New, wechat.New, "1999000001"),
	channel.Alipay:   kitOf(alibox.New, alipay.New, "2088999000000011"),
	channel.UnionPay: kitOf(upbox.New, unionpay.New, "999290058120001"),
}

// TestTB5ForgedNotices, for the direct channels (the aggregate has its own suite): whatever is forged, altered or replayed is refused with the
// wallet's own refusal, counted, moves nothing, and leaves nothing of itself in a
// log or a row.
func TestTB5ForgedNotices(t *testing.T) {
	tried := 0
	for ch := range noticeKits {
		t.Run(string(ch), func(t *testing.T) {
			h := channeltest.Start(t, noticeKits[ch])
			d := newNoticeDesk(t, dbtest.Migrated(t), h)
			paid := channeltest.Paid(t, h, 4321, 1234)
			other, order, letter := paid[0].Letter, paid[1].PrepayRequest, paid[1].Letter
			d.insert(order)
			for _, f := range forgeries[ch] {
				d.refuses(f.name, order.OrderNo, f.change(letter.Raw, other.Raw))
				tried++
			}
			d.accepts(order.OrderNo, letter.Raw) // so that nothing was refused for another reason
			if ch != channel.WeChat {
				return // their notices carry no time that is signed: a replay is the same event, told again
			}
			h.Clock.AdvanceTo(h.Clock.Now().Add(301 * time.Second))
			d.refuses("replayed after five minutes", order.OrderNo, letter.Raw)
			h.Clock.AdvanceTo(h.Clock.Now().Add(time.Hour))
			late := letter.Raw
			d.refuses("replayed under a fresh time", order.OrderNo, header(wxTimestamp, to(strconv.FormatInt(h.Clock.Now().Unix(), 10)))(late, late))
			tried += 2
		})
	}
	if tried < 60 {
		t.Errorf("%d forgeries were tried, want 60 at least", tried)
	}
}

// noticeDesk is acquiring before a database, and everything that it logs.
type noticeDesk struct {
	*testing.T
	h         channeltest.Harness
	store     *store.Store
	acquiring *acquiring.Service
	log       *bytes.Buffer
	forged    int
}

func newNoticeDesk(t *testing.T, s *store.Store, h channeltest.Harness) *noticeDesk {
	d := &noticeDesk{T: t, h: h, store: s, log: &bytes.Buffer{}, forged: forgedSoFar(t, s)}
	ids := id.NewULIDs(id.Seeded(7, "notices "+string(h.Adapter.Name())))
	var err error
	d.acquiring, err = acquiring.NewService(acquiring.Config{
		Store: s.Acquiring(), Merchants: s.Merchants(), Channels: map[channel.Name]channel.Adapter{h.Adapter.Name(): h.Adapter}, Clock: h.Clock, IDs: ids,
		Plates: qrcode.NewService(qrcode.Config{Repo: s.Plates(), Clock: h.Clock, IDs: ids, Random: id.Seeded(7, "keys"), Host: "pay.test"}),
		Random: id.Seeded(7, "tokens"), NotifyURL: func(channel.Name) string { return "" },
		Log: slog.New(slog.NewJSONHandler(d.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func forgedSoFar(t *testing.T, s *store.Store) int {
	t.Helper()
	totals, err := s.Clearing().Totals(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return totals.Notices.ForgedRefused
}

// insert stores the order that the notices are about.
func (d *noticeDesk) insert(order channel.PrepayRequest) {
	d.Helper()
	p := acquiring.Payment{
		OrderNo: order.OrderNo, MerchantNo: "999290058120001", TerminalNo: "10000001", Wallet: channel.Wallet(d.h.Adapter.Name()), Channel: d.h.Adapter.Name(),
		ChannelID: order.MerchantID, Amount: order.Amount, State: acquiring.Pending, RRN: "606900000001", RequestID: order.OrderNo, ResultToken: order.OrderNo, CreatedAt: order.CreatedAt,
	}
	if err := d.store.Acquiring().Update(context.Background(), func(tx acquiring.Tx) error { return tx.InsertPayment(p) }); err != nil {
		d.Fatal(err)
	}
}

// refuses hands a forged notice in.
func (d *noticeDesk) refuses(what, orderNo string, raw channel.RawNotice) {
	d.Helper()
	before, err := d.store.Acquiring().Payment(context.Background(), orderNo)
	if err != nil {
		d.Fatal(err)
	}
	d.log.Reset()
	reply, err := d.acquiring.Notice(context.Background(), d.h.Adapter.Name(), raw)
	if err != nil || reply.Status < 400 || reply.Status > 499 {
		d.Errorf("%s: status %d, error %v; want 4xx", what, reply.Status, err)
	}
	d.forged++
	if n := forgedSoFar(d.T, d.store); n != d.forged {
		d.Errorf("%s: %d forgeries are counted, want %d", what, n, d.forged)
		d.forged = n
	}
	after, err := d.store.Acquiring().Payment(context.Background(), orderNo)
	if err != nil || after != before {
		d.Errorf("%s: the payment is now %+v, %v", what, after, err)
	}
	for _, part := range telling(raw.Body) {
		if strings.Contains(d.log.String(), part) {
			d.Errorf("%s: the log holds %q of the body: %s", what, part, d.log)
		}
	}
}

// telling are the parts of a body that would be recognised in a log.
func telling(b []byte) (parts []string) {
	if v, err := url.ParseQuery(string(b)); err == nil && len(v) > 3 {
		for _, values := range v {
			for _, one := range values {
				if len(one) >= 12 {
					parts = append(parts, one[:min(len(one), 40)])
				}
			}
		}
		return parts
	}
	for i := 0; i+24 <= min(len(b), 4096); i += 24 {
		parts = append(parts, string(b[i:i+24]))
	}
	return parts
}

// accepts hands the genuine notice in.
func (d *noticeDesk) accepts(orderNo string, raw channel.RawNotice) {
	d.Helper()
	reply, err := d.acquiring.Notice(context.Background(), d.h.Adapter.Name(), raw)
	if err != nil || reply.Status > 299 {
		d.Errorf("the genuine notice: status %d, error %v", reply.Status, err)
	}
	p, err := d.store.Acquiring().Payment(context.Background(), orderNo)
	if err != nil || p.State != acquiring.Paid {
		d.Errorf("after the genuine notice the payment is %s, %v", p.State, err)
	}
}
