package web

import (
	"archive/zip"
	"bytes"
	"net/http"
	"strings"
	"testing"
)

// TestOwnStatements: a merchant's people read their own months and days, in
// their language, and nobody else's.
func TestOwnStatements(t *testing.T) {
	owner := newSite(t).browser(t, safariUA).as("owner-a")
	page := wantStatus(t, owner.get(billsPath), http.StatusOK)
	wantContains(t, page, "/merchant/statements?month=2026-02", "/merchant/slips/2026-03-09", `href="/merchant/statements/2026-03-08/rows.csv"`, "¥4,961.63")
	if strings.Contains(page, "/merchant/slips/2026-02-27") {
		t.Error("the days of a month that was not asked for")
	}
	wantContains(t, wantStatus(t, owner.get(billsPath+"?month=2026-02"), http.StatusOK), "/merchant/slips/2026-02-27")

	res := owner.get(billsPath + "/2026-03/rows.csv")
	if res.StatusCode != http.StatusOK || res.Header.Get("Content-Type") != "text/csv; charset=utf-8" || !strings.Contains(res.Header.Get("Content-Disposition"), merchantA+"-2026-03-rows.csv") {
		t.Errorf("%d, %v", res.StatusCode, res.Header)
	}
	text := bodyOf(t, res)
	wantContains(t, text, "P1-"+merchantA, "R-"+merchantA)
	if strings.Contains(text, merchantB) || strings.Count(text, "\r\n") != 7 {
		t.Errorf("%q", text)
	}
	wantContains(t, bodyOf(t, owner.get(billsPath+"/2026-03-08/days.csv")), "0.50,2481.06")
	if old := bodyOf(t, owner.get(billsPath+"/2026-03-08/rows.csv?encoding=gbk")); strings.Contains(old, "老王") || !strings.Contains(old, "\xc0\xcf\xcd\xf5") {
		t.Error("the text is not GBK")
	}
	book := bodyOf(t, owner.get(billsPath+"/2026-03/statement.xlsx"))
	if _, err := zip.NewReader(bytes.NewReader([]byte(book)), int64(len(book))); err != nil {
		t.Errorf("no workbook: %v", err)
	}
	for _, none := range []string{"2026-01", "2026-3", "x", "2026-03-10"} {
		wantStatus(t, owner.get(billsPath+"/"+none+"/rows.csv"), http.StatusNotFound)
	}
}
