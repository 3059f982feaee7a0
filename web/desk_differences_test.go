package web

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"juma/acquiring"
	"juma/acquiring/channel"
	"juma/clearing"
	"juma/clearing/cases"
	"juma/internal/access"
	"juma/internal/bizdate"
	"juma/internal/clock"
	"juma/internal/dbtest"
	"juma/internal/fault"
	"juma/internal/id"
	"juma/merchants"
)

// Differences that every bench has.
const (
	shortItem    = "01JQBENCH00000000000000001"
	amountItem   = "01JQBENCH00000000000000002" // a proposal waits, by clear-2
	longItem     = "01JQBENCH00000000000000003"
	nightItem    = "01JQBENCH00000000000000004"
	settledDiff  = "01JQBENCH00000000000000005"
	disputedItem = "01JQBENCH00000000000000006" // settled, and in dispute
)

// bench is the real work on differences over a real store, filled when it is first
// asked.
type bench struct {
	t     testing.TB
	clk   clock.Clock
	once  sync.Once
	cases *cases.Service
}

func (b *bench) open() *cases.Service {
	b.once.Do(func() {
		s := dbtest.Migrated(b.t)
		b.cases = cases.NewService(cases.Config{Store: s.Cases(), People: b, Books: s.Clearing(), Orders: b, Parties: b, Calendar: bizdate.Official(), Clock: b.clk, IDs: id.NewULIDs(id.Seeded(6, "bench"))})
		ctx := context.Background()
		must(b.t, s.Acquiring().Update(ctx, func(tx acquiring.Tx) error {
			for i, no := range []string{"P2026030900000001000901", "P2026030900000001000902", "P2026030900000001000905", "P2026030900000001000906"} {
				at := noon.Add(-20 * time.Hour)
				err := tx.InsertPayment(acquiring.Payment{OrderNo: no, MerchantNo: merchantA, StoreID: storeID, TerminalNo: "00000001", PlateKey: goodKey, BindingVersion: 1, Wallet: channel.WeChatWallet, Channel: channel.WeChat,
					ChannelID: "1900000888", Trace: fmt.Sprintf("00090%d", i), RRN: fmt.Sprintf("60680900000%d", i), Amount: 10_000, State: acquiring.Paid, FeeRate: 3800, PayerID: "oPayer", RequestID: "bench-" + no, ResultToken: "bench-" + no,
					CreatedAt: at, ExpiresAt: at.Add(time.Hour), PaidAt: at.Add(time.Second), ClearingDate: 20260309, ChannelNo: "42000" + no})
				if err != nil {
					return err
				}
			}
			return nil
		}))
		must(b.t, s.Merchants().CreateMerchant(ctx, fakeMerchants[merchantA], nil, []merchants.Terminal{{No: "00000001", MerchantNo: merchantA, StoreID: storeID}}, nil, nil))
		must(b.t, s.Clearing().Update(ctx, func(tx clearing.Tx) error { return fillBench(tx) }))
		b.propose(ctx, amountItem, cases.Proposal{Action: cases.Adjust, Amount: 9_900, Reason: "the till's receipt says 99.00"})
		b.propose(ctx, disputedItem, cases.Proposal{Action: cases.Disputed, Amount: 2_000, Code: "E23", ReasonCode: "4515", Reason: "the payer's bank asks"})
		f, err := b.cases.File(ctx, disputedItem)
		must(b.t, err)
		must(b.t, b.cases.Approve(ctx, f.Proposal.ID, "approver-2", "seen"))
	})
	return b.cases
}

func (b *bench) propose(ctx context.Context, itemID string, p cases.Proposal) {
	_, refused, err := b.cases.Propose(ctx, []string{itemID}, p, "clear-2")
	if err != nil || len(refused) > 0 {
		b.t.Fatal(err, refused)
	}
}

func fillBench(tx clearing.Tx) error {
	base := clearing.Item{Channel: channel.WeChat, Date: 20260309, Kind: channel.PaymentLine, MerchantNo: merchantA, State: clearing.Waiting, Ours: true, Theirs: true, OursDate: 20260309,
		OursAmount: 10_000, TheirsAmount: 10_000, OursCost: 20, TheirsFee: 20, OursPayer: "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o", TheirsPayer: "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o", TheirsTime: noon.Add(-20 * time.Hour), File: "20260309_ALL.csv", LineNo: 7}
	short, amount, long, night, settled, disputed := base, base, base, base, base, base
	short.ID, short.OrderNo, short.Class, short.Theirs, short.TheirsAmount, short.File, short.LineNo = shortItem, "P2026030900000001000901", clearing.MissingTheirs, false, 0, "", 0
	amount.ID, amount.OrderNo, amount.Class, amount.TheirsAmount, amount.ChannelNo = amountItem, "P2026030900000001000902", clearing.AmountDiffers, 9_900, "4200001"
	long.ID, long.OrderNo, long.Class, long.Ours, long.OursAmount, long.MerchantNo = longItem, "=P9", clearing.MissingOurs, false, 0, ""
	night.ID, night.OrderNo, night.Class, night.Ours, night.OursAmount, night.MerchantNo, night.TheirsTime = nightItem, "P8", clearing.MissingOurs, false, 0, "", bizdate.Date(20260310).Start().Add(-time.Minute)
	settled.ID, settled.OrderNo, settled.Class, settled.State = settledDiff, "P2026030900000001000905", clearing.Matched, clearing.Ready
	disputed.ID, disputed.OrderNo, disputed.Class, disputed.State = disputedItem, "P2026030900000001000906", clearing.Matched, clearing.Ready
	if err := tx.InsertItems([]clearing.Item{short, amount, long, night, settled, disputed}); err != nil {
		return err
	}
	settled.SettledOn, disputed.SettledOn = 20260309, 20260309
	return tx.SettleItems([]clearing.Item{settled, disputed})
}

// The wallets and merchants behind the bench.

func (b *bench) Ask(_ context.Context, kind channel.LineKind, no string) error {
	return fault.New("ask", fault.NotFound, "no %s %s", kind, no)
}

func (b *bench) RequestRefund(context.Context, acquiring.RefundInput) (acquiring.Refund, error) {
	return acquiring.Refund{}, nil
}

func (b *bench) RefundSecond(context.Context, string, string, bizdate.Date) error { return nil }

func (b *bench) Account(_ context.Context, login string) (access.Account, error) {
	return access.Account{User: access.User{Login: login, Role: access.ClearingOperator}, State: access.Active}, nil
}

func (b *bench) Merchant(_ context.Context, no string) (merchants.Merchant, error) {
	return fakeMerchants[no], nil
}

func (b *bench) Waiting(ctx context.Context) (int, error) { return b.open().Waiting(ctx) }

func (b *bench) Queue(ctx context.Context, f cases.Filter) (cases.Queue, error) {
	return b.open().Queue(ctx, f)
}

func (b *bench) File(ctx context.Context, itemID string) (cases.File, error) {
	return b.open().File(ctx, itemID)
}

func (b *bench) SettledItem(ctx context.Context, orderNo string) (string, error) {
	return b.open().SettledItem(ctx, orderNo)
}

func (b *bench) Take(ctx context.Context, ids []string, by string) (int, []cases.Refusal, error) {
	return b.open().Take(ctx, ids, by)
}

func (b *bench) HandOver(ctx context.Context, itemID, to, by, note string) error {
	return b.open().HandOver(ctx, itemID, to, by, note)
}

func (b *bench) Comment(ctx context.Context, ids []string, by, text string) (int, []cases.Refusal, error) {
	return b.open().Comment(ctx, ids, by, text)
}

func (b *bench) Propose(ctx context.Context, ids []string, p cases.Proposal, by string) (int, []cases.Refusal, error) {
	return b.open().Propose(ctx, ids, p, by)
}

func (b *bench) Approve(ctx context.Context, proposalID, by, note string) error {
	return b.open().Approve(ctx, proposalID, by, note)
}

func (b *bench) Reject(ctx context.Context, proposalID, by, note string) error {
	return b.open().Reject(ctx, proposalID, by, note)
}

// TestDifferencesAreWorkedOnPages: the queue says what differs and is narrowed and
// exported; a selection is worked on at once; a case shows both sides, takes a
// proposal that fits, and is decided by somebody else.
func TestDifferencesAreWorkedOnPages(t *testing.T) {
	s := newSite(t)
	clear, approver := s.browser(t, safariUA).as("clear"), s.browser(t, safariUA).as("approver")
	wantContains(t, wantStatus(t, clear.get("/console/differences"), http.StatusOK), "短款 ¥100.00", "对账单 20260309_ALL.csv 第 7 行", "缓冲中", "至 2026-03-11", "争议中", "待批准")
	if page := wantStatus(t, clear.get("/console/differences?sign=long&channel=wechat&state=open"), http.StatusOK); strings.Contains(page, shortItem) || !strings.Contains(page, longItem) || strings.Contains(page, nightItem) {
		t.Error("the filter does not narrow the list")
	}
	csv := wantStatus(t, clear.get("/console/differences/list.csv?class=missing_ours"), http.StatusOK)
	if strings.Count(csv, "\n") != 3 || !strings.Contains(csv, ",'=P9,") || !strings.Contains(csv, "long,100.00") {
		t.Errorf("the table:\n%s", csv)
	}

	post := func(session, path string, status int, form url.Values, want ...string) {
		t.Helper()
		resp := probe{route: "POST " + path, path: path, form: form}.send(s, session)
		wantContains(t, wantStatus(t, resp, status), want...)
	}
	bulk := "/console/differences/bulk"
	post("clear", bulk, http.StatusUnprocessableEntity, url.Values{"do": {"take"}}, "请至少选择一笔")
	post("clear", bulk, http.StatusSeeOther, url.Values{"do": {"take"}, "id": {shortItem, longItem}})
	post("clear", bulk, http.StatusUnprocessableEntity, url.Values{"do": {"comment"}, "id": {shortItem}}, "请填写说明")
	post("clear", bulk, http.StatusOK, url.Values{"do": {"propose"}, "action": {"reverse"}, "reason": {"x"}, "id": {shortItem, longItem}}, "已处理 1 笔，1 笔未处理", "该处理方式不适用")
	post("clear", bulk, http.StatusUnprocessableEntity, url.Values{"do": {"propose"}, "action": {"wait"}, "until": {"x"}, "reason": {"x"}, "id": {longItem}}, "31 天以内的日期")

	one := "/console/differences/" + longItem
	wantContains(t, wantStatus(t, clear.get(one), http.StatusOK), "渠道对账单 20260309_ALL.csv 第 7 行", "接手经办")
	post("clear", one+"/propose", http.StatusUnprocessableEntity, url.Values{"action": {"accept"}, "reason": {"x"}}, "没有我方订单，不能作迟到成功")
	post("clear", one+"/propose", http.StatusUnprocessableEntity, url.Values{"action": {"refund"}, "reason": {"x"}}, "请写明如何退还")
	post("clear", one+"/propose", http.StatusUnprocessableEntity, url.Values{"action": {"write_off"}, "reason": {"x"}}, "超过可记入渠道成本的上限")
	post("clear", one+"/propose", http.StatusSeeOther, url.Values{"action": {"refund"}, "reference": {"transfer 7"}, "reason": {"nobody's"}})
	post("clear", one+"/propose", http.StatusConflict, url.Values{"action": {"wait"}, "until": {"2026-03-20"}, "reason": {"x"}})
	f, err := s.bench.File(context.Background(), longItem)
	must(t, err)
	post("approver", one+"/approve", http.StatusConflict, url.Values{"proposal": {"another"}}, "其他人已先处理")
	post("approver", one+"/reject", http.StatusUnprocessableEntity, url.Values{"proposal": {f.Proposal.ID}})
	wantContains(t, wantStatus(t, approver.get(one), http.StatusOK), "批准并执行", "transfer 7")
	post("approver", one+"/approve", http.StatusSeeOther, url.Values{"proposal": {f.Proposal.ID}, "note": {"agreed"}})
	wantContains(t, wantStatus(t, approver.get(one), http.StatusOK), "已结案", "agreed")

	find := "/console/differences/find"
	post("clear", find, http.StatusUnprocessableEntity, url.Values{"order_no": {"P0"}}, "没有这笔差错")
	post("clear", find, http.StatusSeeOther, url.Values{"order_no": {"P2026030900000001000905"}})
	wantContains(t, wantStatus(t, clear.get("/console/differences/"+settledDiff), http.StatusOK), "已对平", "发起差错争议", "退单")
	post("clear", "/console/differences/"+settledDiff+"/propose", http.StatusUnprocessableEntity, url.Values{"action": {"dispute"}, "amount": {"1.00"}, "code": {"E74"}, "reason_code": {"4515"}, "reason": {"x"}}, "手工退货须用 9707")
	wantContains(t, wantStatus(t, approver.get("/console/differences/"+disputedItem), http.StatusOK), "E23", "4515")
}
