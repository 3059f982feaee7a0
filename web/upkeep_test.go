package web

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"juma/merchants"
	"juma/merchants/check"
)

const accountAt = "/merchant/account"

// cardOfB is another card of merchant B's owner.
var cardOfB = check.MakeCard("621626100000000777")

func cardForm(no string) url.Values {
	return url.Values{
		"account.kind": {"personal"}, "account.no": {no}, "account.name": {"张小三"}, "account.bank_name": {"新新银行"}, "account.cnaps": {"105331000018"},
		"account.phone": {"13800000077"}, "reason": {"换卡"},
	}
}

func (s *site) change(t *testing.T, id string) merchants.AccountChange {
	t.Helper()
	c, err := s.keep.AccountChange(context.Background(), id, "")
	must(t, err)
	return c
}

// decides sends a decision on merchant C's change as a person of the platform.
func (s *site) decides(who, action, id string, form url.Values) *http.Response {
	at := "/console/changes/" + id + "/" + action
	return probe{route: "POST " + at, form: form}.send(s, who)
}

func (s *site) sweep(t *testing.T) {
	t.Helper()
	_, err := s.keep.open().up.SweepAccounts(context.Background())
	must(t, err)
}

// TestAccountIsChangedByPages goes the whole way of a personal card: asked for by
// the owner, proven by the bank, approved by two people, cooled, in force.
func TestAccountIsChangedByPages(t *testing.T) {
	s := newSite(t)
	b := s.browser(t, safariUA).as("owner-b")
	wantRedirect(t, b.submit(b.open(accountAt), accountAt, cardForm(cardOfB[:4]+" "+cardOfB[4:])), accountAt)
	open, err := s.keep.AccountChanges(context.Background(), merchants.ChangeQuery{MerchantNo: merchantB, Limit: 9})
	must(t, err)
	if len(open) != 1 || open[0].Account.No != cardOfB || open[0].RequestedBy != "owner-b" || open[0].Reason != "换卡" {
		t.Fatalf("changes %+v", open)
	}
	id := open[0].ID
	if page := b.open(accountAt); strings.Contains(page, cardOfB) || strings.Contains(page, "更换结算账户") {
		t.Error("the page shows the new number in full, or the form for a second change")
	}
	s.sweep(t)
	wantContains(t, b.open(accountAt), "待审批", "账户核验通过")

	rev := url.Values{"revision": {revision(t, bodyOf(t, s.browser(t, safariUA).as("reviewer").get("/console/changes/"+id)))}}
	wantRedirect(t, s.decides("reviewer", "approve", id, rev), "/console/changes/"+id)
	rev.Set("revision", revision(t, bodyOf(t, s.browser(t, safariUA).as("risk").get("/console/changes/"+id))))
	wantRedirect(t, s.decides("risk", "approve", id, rev), "/console/changes/"+id)

	s.clock.AdvanceTo(noon.Add(merchants.DefaultCooling - 1))
	s.sweep(t)
	page := b.open(accountAt)
	wantContains(t, page, "冷静期", "2026-03-11 12:00:00")
	if strings.Contains(page, "reviewer") {
		t.Error("a merchant reads who of the platform approved")
	}
	if c := s.change(t, id); c.State != merchants.AccountCooling {
		t.Errorf("before the wait is over: %s", c.State)
	}
	s.clock.AdvanceTo(noon.Add(merchants.DefaultCooling))
	s.sweep(t)
	if c := s.change(t, id); c.State != merchants.AccountEffective {
		t.Errorf("after the wait: %s", c.State)
	}
	wantContains(t, b.open(accountAt), "已生效", "更换结算账户")
}

// TestAccountFaultsAreNamed: each number is refused below its field, by the rule
// that it breaks, and what was typed stays.
func TestAccountFaultsAreNamed(t *testing.T) {
	s := newSite(t)
	b := s.browser(t, safariUA).as("owner-b")
	wrong := cardOfB[:len(cardOfB)-1] + string('0'+(cardOfB[len(cardOfB)-1]-'0'+1)%10)
	for name, c := range map[string]struct {
		field, value string
		rule         check.Rule
	}{
		"Luhn":      {"account.no", wrong, check.Card.Rule(wrong, 20260310)},
		"CNAPS":     {"account.cnaps", "105331000019", check.CNAPS.Rule("105331000019", 20260310)},
		"holder":    {"account.name", "李四", check.AccountHolder},
		"no name":   {"account.name", "", check.Required},
		"no reason": {"reason", "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			form := cardForm(cardOfB)
			form.Set(c.field, c.value)
			text := zh.text("error.reason")
			if c.rule != "" {
				text = zh.text("rule." + string(c.rule))
			} else if name != "no reason" {
				t.Fatal("the value breaks no rule")
			}
			page := wantStatus(t, b.submit(b.open(accountAt), accountAt, form), http.StatusUnprocessableEntity)
			wantContains(t, page, `id="f-`+c.field+`-error">`+text, `value="新新银行"`)
		})
	}
	form := cardForm("1234567")
	form.Set("account.kind", "corporate")
	page := wantStatus(t, b.submit(b.open(accountAt), accountAt, form), http.StatusUnprocessableEntity)
	wantContains(t, page, zh.text("rule."+string(check.CorporateAccount.Rule("1234567", 20260310))))
	all, err := s.keep.AccountChanges(context.Background(), merchants.ChangeQuery{MerchantNo: merchantB, Limit: 9})
	must(t, err)
	if len(all) != 0 {
		t.Errorf("a faulty account was asked for: %+v", all)
	}
	same := cardForm(fakeMerchants[merchantB].Account.AccountNo)
	wantContains(t, wantStatus(t, b.submit(b.open(accountAt), accountAt, same), http.StatusUnprocessableEntity), zh.text("error.upkeep_same"))
}

// TestOneChangeAtATime: a second one is refused while one is under way.
func TestOneChangeAtATime(t *testing.T) {
	s := newSite(t)
	b := s.browser(t, safariUA).as("owner-a")
	form := cardForm("33050161888800000001")
	form.Set("account.kind", "corporate")
	wantContains(t, wantStatus(t, b.submit(b.open(accountAt), accountAt, form), http.StatusConflict), zh.text("error.upkeep_under_way"))
}

// TestTransferIsTold: wrong amounts cost tries, an unreadable one does not, the
// last wrong one ends the change, the right one brings it to approval.
func TestTransferIsTold(t *testing.T) {
	tell := func(s *site, amount string) (int, string) {
		b := s.browser(t, safariUA).as("owner-a")
		res := b.submit(b.open(accountAt), accountAt+"/"+changeOfA+"/amount", url.Values{"amount": {amount}})
		return res.StatusCode, bodyOf(t, res)
	}
	s := newSite(t)
	if code, _ := tell(s, "0.37"); code != http.StatusSeeOther || s.change(t, changeOfA).State != merchants.AccountApproving {
		t.Errorf("the right amount: status %d, %s", code, s.change(t, changeOfA).State)
	}
	if code, page := tell(s, "0.37"); code != http.StatusConflict || !strings.Contains(page, zh.text("error.upkeep_moved")) {
		t.Errorf("told again: status %d", code)
	}
	s = newSite(t)
	if code, _ := tell(s, "much"); code != http.StatusUnprocessableEntity || s.change(t, changeOfA).Proof.Tries != 0 {
		t.Errorf("an unreadable amount: status %d, %d tries", code, s.change(t, changeOfA).Proof.Tries)
	}
	for range merchants.TransferTries {
		if code, _ := tell(s, "0.36"); code != http.StatusUnprocessableEntity {
			t.Fatalf("a wrong amount: status %d", code)
		}
	}
	if c := s.change(t, changeOfA); c.State != merchants.AccountUnproven {
		t.Errorf("after the last try: %s", c.State)
	}
}

// TestOwnerWithdraws ends a change, with a reason.
func TestOwnerWithdraws(t *testing.T) {
	s := newSite(t)
	b := s.browser(t, safariUA).as("owner-a")
	at := accountAt + "/" + changeOfA + "/withdraw"
	wantStatus(t, b.submit(b.open(accountAt), at, url.Values{"reason": {" "}}), http.StatusUnprocessableEntity)
	wantRedirect(t, b.submit(b.open(accountAt), at, url.Values{"reason": {"不是我申请的"}}), accountAt)
	if c := s.change(t, changeOfA); c.State != merchants.AccountWithdrawn || c.EndedBy != "owner-a" || c.EndReason != "不是我申请的" {
		t.Errorf("%s by %s, %q", c.State, c.EndedBy, c.EndReason)
	}
}

// TestChangeWantsTwoPeople: the first cannot be the second, who asked is neither,
// and who comes too late reads who was faster and when.
func TestChangeWantsTwoPeople(t *testing.T) {
	s := newSite(t)
	first := url.Values{"revision": {"1"}}
	page := bodyOf(t, s.browser(t, safariUA).as("reviewer").get("/console/changes"))
	wantContains(t, page, changeAt, "丙丙茶")
	wantRedirect(t, s.decides("reviewer", "approve", changeOfC, first), changeAt)
	wantContains(t, wantStatus(t, s.decides("reviewer", "approve", changeOfC, url.Values{"revision": {"2"}}), http.StatusUnprocessableEntity), zh.text("error.change_own"))
	if strings.Contains(bodyOf(t, s.browser(t, safariUA).as("reviewer").get(changeAt)), `action="`+changeAt+`/approve"`) {
		t.Error("who approved is offered to approve again")
	}
	wantContains(t, wantStatus(t, s.decides("risk", "approve", changeOfC, first), http.StatusConflict), "这项变更已由 reviewer 于 2026-03-10 12:00:00 处理")
	if c := s.change(t, changeOfC); c.State != merchants.AccountApproving || c.SecondBy != "" {
		t.Fatalf("%s, second %q", c.State, c.SecondBy)
	}
	wantRedirect(t, s.decides("risk", "approve", changeOfC, url.Values{"revision": {"2"}}), changeAt)
	if c := s.change(t, changeOfC); c.State != merchants.AccountCooling || c.FirstBy != "reviewer" || c.SecondBy != "risk" {
		t.Errorf("%s, %s and %s", c.State, c.FirstBy, c.SecondBy)
	}
	wantStatus(t, s.decides("reviewer", "refuse", changeOfC, url.Values{}), http.StatusUnprocessableEntity)
	wantRedirect(t, s.decides("reviewer", "refuse", changeOfC, url.Values{"reason": {"来电称非本人"}}), changeAt)
	wantContains(t, wantStatus(t, s.decides("risk", "refuse", changeOfC, url.Values{"reason": {"x"}}), http.StatusConflict), "这项变更已由 reviewer 于")
}

// TestChangeIsReadMasked: the file shows what differs and no number in full; one
// answer does, for a reason.
func TestChangeIsReadMasked(t *testing.T) {
	s := newSite(t)
	page := bodyOf(t, s.browser(t, safariUA).as("audit").get(changeAt))
	wantContains(t, page, "3305 **** 0003", "3305 **** 0001", "测试银行", "新新银行", "小额打款", merchantC)
	if strings.Contains(page, accountOfA.No) || strings.Contains(page, "/approve") || strings.Contains(page, "/reveal") {
		t.Error("an auditor reads a number in full or may decide")
	}
	wantStatus(t, s.decides("reviewer", "reveal", changeOfC, url.Values{}), http.StatusUnprocessableEntity)
	wantContains(t, wantStatus(t, s.decides("reviewer", "reveal", changeOfC, url.Values{"reason": {"回访核对"}}), http.StatusOK), accountOfA.No)
	entries, err := s.keep.store.AuditOf(context.Background(), merchants.MerchantObject(merchantC), "", 9)
	must(t, err)
	if len(entries) != 1 || entries[0].Action != "account.revealed" || entries[0].Actor != "reviewer" || entries[0].Reason != "回访核对" {
		t.Errorf("audit %v", entries)
	}
}

// TestNumbersThatLookAlikeDiffer: masks hide the middle, the comparison does not.
func TestNumbersThatLookAlikeDiffer(t *testing.T) {
	old := accountOfA
	old.No = strings.Replace(accountOfA.No, "9999", "8888", 1)
	for _, c := range zh.accountChanges(old, accountOfA) {
		if want := c.Label == zh.label("account.no"); c.Changed() != want {
			t.Errorf("%s: changed %v", c.Label, c.Changed())
		}
	}
}
