package web

import (
	"context"
	"html"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"juma/merchants"
	"juma/merchants/check"
)

func (s *site) places(t *testing.T, no string) ([]merchants.Store, []merchants.Terminal) {
	t.Helper()
	stores, err := s.keep.StoresOf(context.Background(), no)
	must(t, err)
	terminals, err := s.keep.TerminalsOf(context.Background(), no)
	must(t, err)
	return stores, terminals
}

// TestManagerKeepsStores opens a store, renames it, gives it a terminal, disables
// one and closes it.
func TestManagerKeepsStores(t *testing.T) {
	s := newSite(t)
	b := s.browser(t, safariUA).as("manager-a")
	res := b.submit(b.open(storesPath), storesPath, maps.Clone(storeForm))
	at := res.Header.Get("Location")
	wantRedirect(t, res, at)
	page := b.open(at)
	wantContains(t, page, "老王面馆（滨江店）", "江南大道1号", check.RegionName("330100", "zh-CN"), "使用中")
	stores, terminals := s.places(t, merchantA)
	if len(stores) != 2 || len(terminals) != 2 || stores[1].RegionCode != "330100" || terminals[1].StoreID != stores[1].ID {
		t.Fatalf("stores %+v, terminals %+v", stores, terminals)
	}

	wantRedirect(t, b.submit(page, at+"/rename", url.Values{"from": {"老王面馆（滨江店）"}, "name": {"老王江南店"}}), at)
	again := b.submit(b.open(at), at+"/rename", url.Values{"from": {"老王面馆（滨江店）"}, "name": {"又一个名字"}})
	wantContains(t, wantStatus(t, again, http.StatusConflict), zh.text("error.place_moved"), "老王江南店")
	wantStatus(t, b.submit(b.open(at), at+"/rename", url.Values{"from": {"老王江南店"}, "name": {" "}}), http.StatusUnprocessableEntity)

	wantRedirect(t, b.submit(b.open(at), at+"/terminals", url.Values{}), at)
	_, terminals = s.places(t, merchantA)
	last := at + "/terminals/" + terminals[2].No + "/disable"
	wantStatus(t, b.submit(b.open(at), last, url.Values{}), http.StatusUnprocessableEntity)
	wantRedirect(t, b.submit(b.open(at), last, url.Values{"reason": {"坏了"}}), at)
	wantStatus(t, b.submit(b.open(at), last, url.Values{"reason": {"坏了"}}), http.StatusConflict)

	wantStatus(t, b.submit(b.open(at), at+"/close", url.Values{}), http.StatusUnprocessableEntity)
	wantRedirect(t, b.submit(b.open(at), at+"/close", url.Values{"reason": {"租约到期"}}), at)
	stores, terminals = s.places(t, merchantA)
	if stores[1].ClosedAt.IsZero() || terminals[1].ClosedAt.IsZero() || terminals[2].ClosedAt.IsZero() || !terminals[0].ClosedAt.IsZero() {
		t.Errorf("stores %+v, terminals %+v", stores, terminals)
	}
	if page := b.open(at); strings.Contains(page, "/close") || !strings.Contains(page, "已停用") {
		t.Error("a closed store is offered to be closed")
	}
}

// TestStoreFaultsAreNamed: nothing is opened, and what was typed stays.
func TestStoreFaultsAreNamed(t *testing.T) {
	s := newSite(t)
	b := s.browser(t, safariUA).as("owner-a")
	form := maps.Clone(storeForm)
	form.Set("stores[0].region", "999999")
	form.Set("stores[0].name", "")
	page := wantStatus(t, b.submit(b.open(storesPath), storesPath, form), http.StatusUnprocessableEntity)
	wantContains(t, html.UnescapeString(page), `id="f-stores[0].name-error"`, `id="f-stores[0].region-error"`, `value="江南大道1号"`)
	if stores, _ := s.places(t, merchantA); len(stores) != 1 {
		t.Errorf("%d stores, want 1", len(stores))
	}
}

// TestClerkOnlyLooks: the pages show and offer nothing; what they would post is
// refused (TestAuthorisationMatrix).
func TestClerkOnlyLooks(t *testing.T) {
	s := newSite(t)
	b := s.browser(t, safariUA).as("clerk-a")
	for _, path := range []string{storesPath, storeAt} {
		page := b.open(path)
		wantContains(t, page, "老王面馆")
		if strings.Contains(page, `action="`+storesPath) {
			t.Errorf("%s offers a clerk a form", path)
		}
	}
}

// TestTerminalIsOfItsStore: the terminal of another store, though of the own
// merchant's, is not there under this one's address.
func TestTerminalIsOfItsStore(t *testing.T) {
	s := newSite(t)
	b := s.browser(t, safariUA).as("owner-a")
	other := b.submit(b.open(storesPath), storesPath, maps.Clone(storeForm)).Header.Get("Location")
	wantStatus(t, b.submit(b.open(other), other+"/terminals/"+terminalNo+"/disable", url.Values{"reason": {"x"}}), http.StatusNotFound)
}

// TestMessagesAreRead: unread ones are marked, and reading marks what the page
// showed and nothing that came since.
func TestMessagesAreRead(t *testing.T) {
	s := newSite(t)
	b := s.browser(t, safariUA).as("owner-a")
	page := b.open(messagesPath)
	wantContains(t, page, "1 条未读", "owner-a 申请将结算账户更换为 3305 **** 0001")
	_, err := s.keep.WithdrawAccount(context.Background(), changeOfA, merchantA, "owner-a", "不是我申请的")
	must(t, err)
	wantRedirect(t, b.submit(page, messagesPath+"/read", url.Values{"up_to": {messageOfA}}), messagesPath)
	page = b.open(messagesPath)
	wantContains(t, page, "1 条未读", "更换为 3305 **** 0001 的申请已撤回。原因：不是我申请的")
	if n := strings.Count(page, ">未读<"); n != 1 {
		t.Errorf("%d messages are marked, want the one that came since", n)
	}
	if other := s.browser(t, safariUA).as("owner-b").open(messagesPath); strings.Contains(other, "3305") {
		t.Error("another merchant reads the message")
	}
}

// TestEveryMessageIsFilled: no text of a kind lacks a parameter or has one too many,
// in either language.
func TestEveryMessageIsFilled(t *testing.T) {
	params := map[string]string{
		"reason": "r", "account": "6222 **** 1234", "before": "6222 **** 9999", "at": "2026-03-11 12:00:00", "by": "owner-a",
		"channel": "unionpay", "card_kind": "debit", "rate": "0.38%", "cap": "18.00", "from": "2026-04-01",
	}
	for _, kind := range merchants.MessageKinds {
		for _, l := range langs {
			row := l.message(merchants.Message{Kind: kind, Params: params})
			if strings.Contains(row.Text, "%!") || row.Text == "" || strings.Contains(row.Text, "[") {
				t.Errorf("%s in %s: %q", kind, l.tag(), row.Text)
			}
		}
	}
}
