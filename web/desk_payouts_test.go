package web

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"juma/acquiring/channel"
	"juma/clearing/payout"
	"juma/internal/bizdate"
	"juma/internal/fault"
	"juma/merchants"
)

const (
	payoutFile    = payoutsPath + "/files/01JQINSTRUCTION00000000001"
	returnedNo    = "O20260308" + merchantA + "01"
	payAgainNo    = "O20260227" + merchantB + "02"
	ownProposal   = "O20260228" + merchantB + "02"
	instructionID = "01JQINSTRUCTION00000000001"
)

var payoutSamples = []sample{
	{route: payoutsPath, urls: []string{payoutsPath}, session: "clear"},
	{route: payoutsPath, urls: []string{payoutsPath + "?date=2026-03-08"}, session: "approver"},
	{route: payoutsPath + "/files/:id", noPage: "a file"},
}

var payoutProbes = []probe{
	{route: "GET " + payoutsPath, anybody: "of the platform"},
	{route: "GET " + payoutsPath + "/files/:id", path: payoutFile, anybody: "of the platform"},
	{route: "POST " + payoutsPath + "/again", form: url.Values{"no": {returnedNo}, "why": {"账户已更正"}}, anybody: "of the platform"},
	{route: "POST " + payoutsPath + "/withdraw", form: url.Values{"no": {payAgainNo}}, anybody: "of the platform"},
	{route: "POST " + payoutsPath + "/release", form: url.Values{"no": {payAgainNo}}, anybody: "of the platform"},
}

// payoutDesk has one payout that came back, and a proposal of each clearing operator
// to pay again.
type payoutDesk struct{ b *backend }

func (d payoutDesk) all() []payout.Payout {
	account := merchants.SettlementAccount{BankName: "示例银行上海示例支行", AccountNo: "6216261000000000018", AccountName: "某某"}
	make := func(no string, date bizdate.Date, merchant string, s payout.State) payout.Payout {
		return payout.Payout{No: no, Date: date, MerchantNo: merchant, Attempt: 1, State: s, Amount: 248_106, Account: account, SettlementDate: date.AddDays(1), PayerName: "示例支付", MadeBy: "clear-2", MadeAt: noon}
	}
	came := make(returnedNo, 20260308, merchantA, payout.Returned)
	came.ReasonCode, came.Reason = "R03", "户名不符"
	again := make(payAgainNo, 20260227, merchantB, payout.Proposed)
	again.Attempt, again.Replaces = 2, strings.TrimSuffix(payAgainNo, "2")+"1"
	own := again
	own.No, own.Date, own.MadeBy = ownProposal, 20260228, "approver"
	return []payout.Payout{make("O20260309"+merchantA+"01", 20260309, merchantA, payout.Paid), came, again, own}
}

func (d payoutDesk) Sums(context.Context) (sums []payout.DaySum, _ error) {
	for _, p := range d.all() {
		sums = append(sums, payout.DaySum{Date: p.Date, State: p.State, Count: 1, Amount: p.Amount})
	}
	return sums, nil
}

func (d payoutDesk) PayoutsOn(_ context.Context, date bizdate.Date) (on []payout.Payout, _ error) {
	for _, p := range d.all() {
		if p.Date == date {
			on = append(on, p)
		}
	}
	return on, nil
}

func (d payoutDesk) PayoutsOf(_ context.Context, no string) (of []payout.Payout, _ error) {
	for _, p := range d.all() {
		if p.MerchantNo == no {
			of = append(of, p)
		}
	}
	return of, nil
}

func (d payoutDesk) Unpaid(context.Context) ([]payout.Payout, error) { return d.all()[1:], nil }

func (d payoutDesk) Instructions(_ context.Context, date bizdate.Date) ([]payout.Instruction, error) {
	return []payout.Instruction{{ID: instructionID, Date: date, Count: 1, Amount: 248_106, MadeBy: "clear", MadeAt: noon, Name: "PAYOUT20260309-1.csv", SHA256: fileSHA256}}, nil
}

func (d payoutDesk) Proofs(_ context.Context, date bizdate.Date) ([]payout.Proof, error) {
	return []payout.Proof{
		{Date: date, Channel: channel.WeChat, Ours: 812_300, Statement: 812_300, Bank: 812_300, State: payout.Balanced},
		{Date: date, Channel: channel.Alipay, Ours: 370_000, Statement: 370_000, Bank: 369_999, State: payout.Short},
	}, nil
}

func (d payoutDesk) ProposeAgain(_ context.Context, no, by, reason string) (payout.Payout, error) {
	d.b.called("again %s by %s", no, by)
	if reason == "" {
		return payout.Payout{}, fault.Field("fake", "reason", "", "say why")
	}
	return payout.Payout{}, nil
}

func (d payoutDesk) ReleaseAgain(_ context.Context, no, by string) error {
	d.b.called("release payout %s by %s", no, by)
	if no == ownProposal {
		return fault.New("fake", fault.Forbidden, "own")
	}
	return nil
}

func (d payoutDesk) WithdrawAgain(_ context.Context, no, by string) error {
	d.b.called("withdraw %s by %s", no, by)
	return fault.New("fake", fault.Conflict, "decided")
}

func (d payoutDesk) File(_ context.Context, id string) (payout.Instruction, []byte, error) {
	if id != instructionID {
		return payout.Instruction{}, nil, fault.New("fake", fault.NotFound, "none")
	}
	return payout.Instruction{ID: id, Name: "PAYOUT20260309-1.csv"}, []byte("payout_instruction,1"), nil
}

// TestPayoutsTakeTwoPeopleOnThePage: an operator asks to pay again, an approver
// releases it, accounts are masked, and who fetched a file is on record.
func TestPayoutsTakeTwoPeopleOnThePage(t *testing.T) {
	s := newSite(t)
	clear, approver := s.browser(t, safariUA).as("clear"), s.browser(t, safariUA).as("approver")
	page := wantStatus(t, clear.get(payoutsPath), http.StatusOK)
	wantContains(t, page, "户名不符", "退票", payoutsPath+"/again", payoutsPath+"/withdraw", payoutFile, "三方一致", "银行少入")
	if strings.Contains(page, "6216261000000000018") || strings.Contains(page, payoutsPath+"/release") {
		t.Error("an account in clear, or an operator is offered to release")
	}
	page = wantStatus(t, approver.get(payoutsPath+"?date=2026-03-08"), http.StatusOK)
	if strings.Count(page, `action="`+payoutsPath+`/release"`) != 1 { // of the two proposals one is its own
		t.Error("an approver is offered to release the own proposal, or not the other")
	}
	wantStatus(t, clear.get(payoutsPath+"?date=yesterday"), http.StatusNotFound)

	form := func(session, no, why string) url.Values {
		return url.Values{"csrf": {s.sealer.formToken(session)}, "no": {no}, "why": {why}}
	}
	wantRedirect(t, clear.postForm(payoutsPath+"/again", form("clear", returnedNo, "账户已更正")), payoutsPath)
	wantContains(t, wantStatus(t, clear.postForm(payoutsPath+"/again", form("clear", returnedNo, " ")), http.StatusUnprocessableEntity), "请填写说明")
	wantContains(t, wantStatus(t, clear.postForm(payoutsPath+"/withdraw", form("clear", payAgainNo, "")), http.StatusConflict), "已有人处理")
	wantRedirect(t, approver.postForm(payoutsPath+"/release", form("approver", payAgainNo, "")), payoutsPath)
	wantContains(t, wantStatus(t, approver.postForm(payoutsPath+"/release", form("approver", ownProposal, "")), http.StatusForbidden), "须由两人完成")
	wantCalls(t, s.back, "release payout", "release payout "+payAgainNo+" by approver", "release payout "+ownProposal+" by approver")
	wantCalls(t, s.back, "again", "again "+returnedNo+" by clear", "again "+returnedNo+" by clear")

	if got := bodyOf(t, clear.get(payoutFile)); got != "payout_instruction,1" {
		t.Errorf("the file holds %q", got)
	}
	wantCalls(t, s.back, "download", "download "+instructionID+" by clear from 192.0.2.1 at 2026-03-10 12:00:00")
}

// TestArrivalOnStatements: a merchant sees of each day whether its money has come,
// and why not.
func TestArrivalOnStatements(t *testing.T) {
	page := wantStatus(t, newSite(t).browser(t, safariUA).as("owner-a").get(billsPath+"?month=2026-03"), http.StatusOK)
	wantContains(t, page, "已到账", "退票", "户名不符")
}
