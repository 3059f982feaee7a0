package web

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"juma/acquiring"
	"juma/acquiring/channel"
	"juma/clearing"
	"juma/internal/access"
	"juma/internal/bizdate"
	"juma/internal/fault"
	"juma/internal/money"
	"juma/merchants"
	"juma/qrcode"
)

// Keys of the fake plates. The fake does not check their check characters.
const (
	goodKey      = "0123456789ABCDEFGHJKMA"
	otherKey     = "0123456789ABCDEFGHJKMB"
	blankKey     = "0123456789ABCDEFGHJKMC"
	suspendedKey = "0123456789ABCDEFGHJKMD"
	voidKey      = "0123456789ABCDEFGHJKME"
	closedShop   = "0123456789ABCDEFGHJKMF"
	brokenKey    = "0123456789ABCDEFGHJKMG"
	lostKey      = "0123456789ABCDEFGHJKMH"
	replacedKey  = "0123456789ABCDEFGHJKMJ"
	merchantA    = "999290058120001"
	merchantB    = "999290058120002"
	merchantC    = "999290058120003" // nobody of it logs in
	storeID      = "01JQSTORE00000000000000001"
)

var fakeMerchants = map[string]merchants.Merchant{
	merchantA: {No: merchantA, Name: "杭州西湖区老王面馆有限公司", ShortName: "老王面馆（西湖店）", State: merchants.Active, Account: paidTo("33050161000100000001", "杭州西湖区老王面馆有限公司")},
	merchantB: {No: merchantB, Name: "张小三", ShortName: "小三水果", State: merchants.Active, Account: paidTo("6222021001116245702", "张小三")},
	merchantC: {No: merchantC, Name: "杭州丙丙茶业有限公司", ShortName: "丙丙茶", State: merchants.Active, Account: paidTo("33050161000100000003", "杭州丙丙茶业有限公司")},
}

func paidTo(no, name string) merchants.SettlementAccount {
	return merchants.SettlementAccount{BankName: "测试银行", CNAPS: "105331000018", AccountNo: no, AccountName: name}
}

// backend is every service that the pages ask, in memory. calls lists what was
// asked to change something.
type backend struct {
	mu         sync.Mutex
	calls      []string
	authURL    func(redirectURL, state string) string
	identify   func(in acquiring.IdentifyInput) (channel.Payer, error)
	pay        func(in acquiring.PayInput) (acquiring.PayOutput, error)
	notice     func(ch channel.Name, raw channel.RawNotice) (channel.Reply, error)
	refundErr  error
	logErr     error
	sessionErr error
	settleErr  error
	behind     bool                // a channel of the newest day is not reconciled
	payments   []acquiring.Payment // newest first
	refunds    []acquiring.Refund
	batches    []clearing.Batch
	slips      []clearing.Settlement
	items      []clearing.Item
	files      []clearing.FileRow
	sessions   map[string]access.User
	accounts   map[string]access.User // password is login + "-password"
}

func (b *backend) called(format string, args ...any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.calls = append(b.calls, fmt.Sprintf(format, args...))
}

func (b *backend) Resolve(_ context.Context, key string) (acquiring.Scan, error) {
	states := map[string]string{blankKey: "blank", suspendedKey: "suspended", voidKey: "void", lostKey: "lost", replacedKey: "replaced", closedShop: "merchant"}
	if state, ok := states[key]; ok {
		return acquiring.Scan{}, &acquiring.PlateError{State: state}
	}
	if key == brokenKey {
		return acquiring.Scan{}, fault.New("fake", fault.Unavailable, "database gone")
	}
	no := map[string]string{goodKey: merchantA, otherKey: merchantB}[key]
	if no == "" {
		return acquiring.Scan{}, fault.New("fake", fault.NotFound, "no plate")
	}
	m := fakeMerchants[no]
	return acquiring.Scan{
		Plate: qrcode.Plate{Key: key, State: qrcode.Bound}, Binding: qrcode.Binding{PlateKey: key, MerchantNo: no, StoreID: storeID, TerminalNo: "00000001"},
		Merchant: m, Store: merchants.Store{ID: storeID, MerchantNo: no, Name: m.ShortName},
	}, nil
}

func (b *backend) AuthURL(_ context.Context, w channel.Wallet, redirectURL, state string) (string, error) {
	if b.authURL != nil {
		return b.authURL(redirectURL, state), nil
	}
	return "https://wallet.test/" + string(w) + "?redirect_uri=" + url.QueryEscape(redirectURL) + "&state=" + state, nil
}

func (b *backend) Identify(_ context.Context, w channel.Wallet, in acquiring.IdentifyInput) (channel.Payer, error) {
	b.called("identify %s", w)
	if b.identify != nil {
		return b.identify(in)
	}
	return channel.Payer{ID: "payer-" + url.Values(in.Query).Get("code")}, nil
}

func (b *backend) Pay(_ context.Context, in acquiring.PayInput) (acquiring.PayOutput, error) {
	b.called("pay %s %s %s %s", in.Wallet, in.PayerID, in.Amount.Yuan(), in.RequestID)
	if b.pay != nil {
		return b.pay(in)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	p := acquiring.Payment{
		OrderNo: "P2026031000000001000001", MerchantNo: in.Scan.Merchant.No, StoreID: storeID, PlateKey: in.Scan.Plate.Key, Wallet: in.Wallet, Channel: in.Wallet.Direct(),
		Amount: in.Amount, Entry: in.Entry, State: acquiring.Pending, RequestID: in.RequestID, ResultToken: "TOKEN-" + in.RequestID[:8], CreatedAt: noon,
	}
	b.payments = append([]acquiring.Payment{p}, b.payments...)
	return acquiring.PayOutput{Payment: p, Prepay: channel.PrepayResult{Result: channel.Result{Outcome: channel.Succeeded}, Bridge: fakeBridge(in, p)}}, nil
}

func fakeBridge(in acquiring.PayInput, p acquiring.Payment) channel.Bridge {
	switch in.Wallet {
	case channel.WeChatWallet:
		return channel.Bridge{Kind: "wechat", Params: map[string]string{"appId": "wx1", "package": "prepay_id=wx" + p.OrderNo}}
	case channel.AlipayWallet:
		return channel.Bridge{Kind: "alipay", Params: map[string]string{"tradeNO": "2026"}}
	}
	return channel.Bridge{Kind: "redirect", URL: "https://unionpay.test/pay?back=" + url.QueryEscape(in.ReturnURL(p.ResultToken))}
}

func (b *backend) PaymentByToken(_ context.Context, token string) (acquiring.Payment, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, p := range b.payments {
		if p.ResultToken == token && token != "" {
			return p, nil
		}
	}
	return acquiring.Payment{}, fault.New("fake", fault.NotFound, "no payment")
}

func (b *backend) setState(token string, st acquiring.PaymentState) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for i := range b.payments {
		if b.payments[i].ResultToken == token {
			b.payments[i].State, b.payments[i].PaidAt = st, noon
		}
	}
}

func (b *backend) Notice(_ context.Context, ch channel.Name, raw channel.RawNotice) (channel.Reply, error) {
	b.called("notice %s %s", ch, raw.Body)
	return b.notice(ch, raw)
}

func (b *backend) RequestRefund(_ context.Context, in acquiring.RefundInput) (acquiring.Refund, error) {
	b.called("refund %s %s %s by %s", in.OrderNo, in.Amount.Yuan(), in.Reason, in.By)
	return acquiring.Refund{RefundNo: "R1"}, b.refundErr
}

func (b *backend) Payment(_ context.Context, orderNo string) (acquiring.Payment, error) {
	for _, p := range b.payments {
		if p.OrderNo == orderNo {
			return p, nil
		}
	}
	if p, ok := codePayments[orderNo]; ok {
		return p, nil
	}
	return acquiring.Payment{}, fault.New("fake", fault.NotFound, "no payment")
}

func (b *backend) PaymentsOf(_ context.Context, merchantNo, before string, limit int) ([]acquiring.Payment, error) {
	var out []acquiring.Payment
	started := before == ""
	for _, p := range b.payments {
		if started && p.MerchantNo == merchantNo && len(out) < limit {
			out = append(out, p)
		}
		started = started || p.OrderNo == before
	}
	return out, nil
}

func (b *backend) RefundsOf(_ context.Context, orderNo string) ([]acquiring.Refund, error) {
	return slices.DeleteFunc(slices.Clone(b.refunds), func(r acquiring.Refund) bool { return r.OrderNo != orderNo }), nil
}

func (b *backend) Day(_ context.Context, ch channel.Name, d bizdate.Date) (clearing.Day, error) {
	if _, err := b.Batch(context.Background(), d); err != nil && d != 20260310 {
		return clearing.Day{Channel: ch, Date: d, State: clearing.Open}, nil
	}
	day := clearing.Day{Channel: ch, Date: d, State: clearing.Reconciled, TheirsLines: 1024, UpdatedAt: noon}
	if b.behind && ch == channel.Alipay {
		day.State = clearing.Fetched
	}
	return day, nil
}

// Days shows the day that is not settled yet, and the last that is.
func (b *backend) Days(ctx context.Context, _ bizdate.Date) (days []clearing.Day, err error) {
	for _, d := range []bizdate.Date{20260310, 20260309} {
		for _, ch := range channel.Names {
			day, _ := b.Day(ctx, ch, d)
			days = append(days, day)
		}
	}
	return days, nil
}

func (b *backend) ChannelAccounts(context.Context) ([]channel.Account, error) { return nil, nil }

func (b *backend) Jobs(context.Context, bizdate.Date) ([]clearing.Job, error) {
	return []clearing.Job{{Channel: channel.Alipay, Date: 20260310, Tries: 19, NextAt: noon, Problem: "statement: alipay's statement is not made yet", AlarmedAt: noon}}, nil
}

func (b *backend) PreviewSettlement(_ context.Context, d bizdate.Date) (clearing.Preview, error) {
	if b.behind {
		return clearing.Preview{}, fault.New("fake", fault.NotReady, "alipay's day is fetched")
	}
	s := clearing.Settlement{Date: d, MerchantNo: merchantA, Rows: 3, Gross: 77_700, Fee: 295}
	s.Credited = s.Net()
	return clearing.Preview{Batch: clearing.Batch{Date: d, SettlementDate: d.AddDays(1)}, Settlements: []clearing.Settlement{s}}, nil
}

func (b *backend) Settle(_ context.Context, d bizdate.Date, by string) error {
	b.called("settle %s by %s", d, by)
	return b.settleErr
}

func (b *backend) WriteFiles(_ context.Context, d bizdate.Date) error {
	b.called("files of %s", d)
	return nil
}

func (b *backend) Release(ctx context.Context, d bizdate.Date, by string) (clearing.Batch, error) {
	b.called("release %s by %s", d, by)
	batch, err := b.Batch(ctx, d)
	if err == nil && batch.SettledBy == by {
		err = fault.New("fake", fault.Forbidden, "settled by the same")
	}
	return batch, err
}

func (b *backend) Items(context.Context, bizdate.Date) ([]clearing.Item, error) { return b.items, nil }
func (b *backend) Batches(context.Context) ([]clearing.Batch, error)            { return b.batches, nil }

func (b *backend) Batch(_ context.Context, d bizdate.Date) (clearing.Batch, error) {
	for _, batch := range b.batches {
		if batch.Date == d {
			return batch, nil
		}
	}
	return clearing.Batch{}, fault.New("fake", fault.NotFound, "no batch")
}

func (b *backend) Settlements(_ context.Context, d bizdate.Date) ([]clearing.Settlement, error) {
	return slices.DeleteFunc(slices.Clone(b.slips), func(s clearing.Settlement) bool { return s.Date != d }), nil
}

func (b *backend) SettlementsOf(_ context.Context, no string) ([]clearing.Settlement, error) {
	return slices.DeleteFunc(slices.Clone(b.slips), func(s clearing.Settlement) bool { return s.MerchantNo != no }), nil
}

func (b *backend) Unsettled(context.Context, bizdate.Date) (held, next, refunds, refundsNext clearing.Sum, err error) {
	return clearing.Sum{Count: 3, Amount: 4567}, clearing.Sum{Count: 12, Amount: 98765}, clearing.Sum{Count: 1, Amount: 100}, clearing.Sum{}, nil
}

func (b *backend) Files(_ context.Context, d bizdate.Date) ([]clearing.FileRow, error) {
	return slices.DeleteFunc(slices.Clone(b.files), func(f clearing.FileRow) bool { return f.Date != d }), nil
}

func (b *backend) File(_ context.Context, id string) (clearing.FileRow, error) {
	for _, f := range b.files {
		if f.ID == id {
			return f, nil
		}
	}
	return clearing.FileRow{}, fault.New("fake", fault.NotFound, "no file")
}

func (b *backend) LogDownload(_ context.Context, d clearing.Download) error {
	b.called("download %s by %s from %s at %s", d.FileID, d.User, d.IP, showTime(d.At))
	return b.logErr
}

func (b *backend) Merchant(_ context.Context, no string) (merchants.Merchant, error) {
	if m, ok := fakeMerchants[no]; ok {
		return m, nil
	}
	return merchants.Merchant{}, fault.New("fake", fault.NotFound, "no merchant")
}

func (b *backend) StoreByID(_ context.Context, id string) (merchants.Store, error) {
	if id == storeID {
		return merchants.Store{ID: id, Name: "老王面馆（西湖店）"}, nil
	}
	return merchants.Store{}, fault.New("fake", fault.NotFound, "no store")
}

func (b *backend) Login(_ context.Context, login, password, ip string) (string, access.User, error) {
	b.called("login %s from %s", login, ip)
	u, ok := b.accounts[login]
	if !ok || password != login+"-password" {
		return "", access.User{}, fault.New("fake", fault.Forbidden, "login or password is wrong")
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	token := fmt.Sprintf("session-%s-%d", login, len(b.sessions))
	b.sessions[token] = u
	return token, u, nil
}

func (b *backend) Session(_ context.Context, token string) (access.Session, error) {
	if b.sessionErr != nil {
		return access.Session{}, b.sessionErr
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	u, ok := b.sessions[token]
	if !ok {
		return access.Session{}, fault.New("fake", fault.Forbidden, "no session")
	}
	needs := map[string]access.Need{halfSession: access.NeedsCode, enrollingSession: access.NeedsEnrolment}[token]
	return access.Session{User: u, StepUpAt: noon, Needs: needs}, nil
}

func (b *backend) Logout(_ context.Context, token string) error {
	b.called("logout")
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.sessions, token)
	return nil
}

var noon = time.Date(2026, 3, 10, 12, 0, 0, 0, bizdate.Zone)

// newBackend has a merchant with a day's business and a settled day before.
func newBackend() *backend {
	b := &backend{
		sessions: map[string]access.User{
			"owner-a": {Login: "owner-a", Name: "王老板", Role: access.Owner, MerchantNo: merchantA},
			"clerk-a": {Login: "clerk-a", Name: "小李", Role: access.Clerk, MerchantNo: merchantA},
			"owner-b": {Login: "owner-b", Name: "张三", Role: access.Owner, MerchantNo: merchantB},
			"clear":   {Login: "clear", Name: "清算一岗", Role: access.ClearingOperator},
			"audit":   {Login: "audit", Name: "审计", Role: access.Auditor},
			"risk":    {Login: "risk", Name: "风控", Role: access.Risk},

			"manager-a":      {Login: "manager-a", Name: "小赵", Role: access.Manager, MerchantNo: merchantA},
			"operator":       {Login: "operator", Name: "运营", Role: access.Operator},
			"reviewer":       {Login: "reviewer", Name: "审核", Role: access.OnboardingReviewer},
			"reviewer-2":     {Login: "reviewer-2", Name: "复核", Role: access.OnboardingReviewer},
			"approver":       {Login: "approver", Name: "清算二岗", Role: access.ClearingApprover},
			"admin":          {Login: "admin", Name: "管理员", Role: access.Administrator},
			"manager-b":      {Login: "manager-b", Name: "小钱", Role: access.Manager, MerchantNo: merchantB},
			"clerk-b":        {Login: "clerk-b", Name: "小孙", Role: access.Clerk, MerchantNo: merchantB},
			halfSession:      {Login: "half", Name: "半路", Role: access.Risk},
			enrollingSession: {Login: "enrol", Name: "新人", Role: access.Risk},
			"applicant":      {Login: "applicant", Name: "申请人", Role: access.Owner},
		},
		accounts: map[string]access.User{},
	}
	for _, u := range b.sessions {
		b.accounts[u.Login] = u
	}
	for i := range 60 {
		p := acquiring.Payment{
			OrderNo: fmt.Sprintf("P2026031000000001%06d", 60-i), MerchantNo: merchantA, StoreID: storeID, TerminalNo: "00000001",
			Wallet: channel.Wallets[i%3], Channel: channel.Names[i%3], Amount: money.Fen(1230 + 1111*i), State: acquiring.Paid, FeeRate: 3800, RRN: "606900000001",
			PayerID: "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o", CreatedAt: noon.Add(-time.Duration(i*31) * time.Minute),
			ChannelNo: "4200002026031000000001", ClearingDate: 20260310, ResultToken: fmt.Sprintf("T%025d", i),
		}
		p.PaidAt = p.CreatedAt.Add(4 * time.Second)
		switch i {
		case 2:
			p.State, p.PaidAt = acquiring.Pending, time.Time{}
		case 5:
			p.State, p.PaidAt = acquiring.Unknown, time.Time{}
		case 7:
			p.Refunded = 1000
			b.refunds = append(b.refunds, acquiring.Refund{
				RefundNo: "R2026031000000001000090", OrderNo: p.OrderNo, Amount: 1000, State: acquiring.RefundSucceeded,
				Reason: "少上了一份小菜", RequestedBy: "owner-a", CreatedAt: noon,
			})
		case 9:
			p.State, p.PaidAt = acquiring.Closed, time.Time{}
		}
		if i%3 == 1 {
			p.PayerAccount = "13800005678"
		}
		b.payments = append(b.payments, p)
	}
	b.payments = append(b.payments, acquiring.Payment{OrderNo: "P2026031000000009000001", MerchantNo: merchantB, Wallet: channel.AlipayWallet, Channel: channel.Alipay, Amount: 500, State: acquiring.Paid, CreatedAt: noon, PaidAt: noon})
	b.fillClearing()
	return b
}

func (b *backend) fillClearing() {
	states := []clearing.BatchState{clearing.Released, clearing.Filed, clearing.Computed}
	for i, d := range []bizdate.Date{20260309, 20260308, 20260306} {
		b.batches = append(b.batches, clearing.Batch{Date: d, SettlementDate: d.AddDays(1), State: states[i], Folder: "settlement/" + d.String(), UpdatedAt: noon, SettledBy: "clear-2", SettledAt: noon})
		for j, no := range []string{merchantA, merchantB} {
			s := clearing.Settlement{Date: d, MerchantNo: no, Rows: 412 - 100*j, Gross: 12_345_678 - money.Fen(i*777_000+j*9_000_000), Refund: 12_300, Fee: 46_900, ErrCount: 1, ErrAmt: 200}
			s.Credited = s.Net()
			b.slips = append(b.slips, s)
		}
	}
	for i := range b.slips {
		b.slips[i].Cycle, b.slips[i].SettlementDate, b.slips[i].PayerCode, b.slips[i].PayerName = "T+1", b.slips[i].Date.AddDays(1), "99982900", "示例支付有限公司"
	}
	b.batches[0].ReleasedBy, b.batches[0].ReleasedAt = "approver", noon
	b.slips[1] = clearing.Settlement{Date: 20260309, MerchantNo: merchantB, Rows: 2, Gross: 1000, Refund: 5000, Fee: -15, Suspended: -3985}
	b.files = append(b.files, clearing.FileRow{
		ID: "01JQFILE000000000000000001", Date: 20260309, Folder: "settlement/2026-03-09", Name: "IND26030932ACOMA",
		Bytes: int64(len(fileBody)), Lines: 2, SHA256: fileSHA256, CreatedAt: noon,
	})
	for i, kind := range clearing.Kinds {
		b.items = append(b.items, clearing.Item{
			ID: fmt.Sprint(i), Channel: channel.Names[i%3], Date: 20260309, Kind: channel.PaymentLine, OrderNo: fmt.Sprintf("P2026030900000001%06d", i),
			Class: kind, State: clearing.Waiting, MerchantNo: merchantA, Ours: kind != clearing.MissingOurs, Theirs: kind != clearing.MissingTheirs,
			OursAmount: 1234, TheirsAmount: 1334, OursDate: 20260309, File: "20260309_ALL.csv", LineNo: 17 + i, Note: "The statement's amount is 1.00 yuan higher.",
		})
	}
	for i := range 40 {
		b.items = append(b.items, clearing.Item{ID: fmt.Sprintf("m%d", i), Channel: channel.Names[i%3], Class: clearing.Matched, State: clearing.Settled})
	}
}

// changed returns the calls that begin with a word.
func (b *backend) changed(word string) []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(b.calls), func(c string) bool { return !strings.HasPrefix(c, word) })
}
