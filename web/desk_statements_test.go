package web

import (
	"bytes"
	"context"
	"mime/multipart"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"

	"juma/acquiring/channel"
	"juma/clearing"
	"juma/clearing/intake"
	"juma/clearing/intake/layouts"
	"juma/internal/bizdate"
	"juma/internal/clock"
	"juma/internal/dbtest"
	"juma/internal/id"
)

// shelf is the real intake over a real store, opened when it is first asked. It holds
// WeChat's bill of a day, one whose header was changed, and a proposal about it; and a
// bare text that waits for a proposal.
type shelf struct {
	t      testing.TB
	clk    clock.Clock
	once   sync.Once
	office *clearing.Service
	ids    map[string]string // what stands in the addresses of samples → the file's id
}

const (
	statementDay   = bizdate.Date(20260309)
	staged         = "01JQSTATEMENTFILE000000001"
	quarantined    = "01JQSTATEMENTFILE000000002" // with an open proposal
	bareText       = "01JQSTATEMENTFILE000000003" // without
	openClearance  = "01JQCLEARANCE0000000000001"
	weChatBillPath = "../acquiring/channel/wechat/statement/testdata/20260310_ALL.csv"
)

func (x *shelf) open() *clearing.Service {
	x.once.Do(func() {
		store := dbtest.Migrated(x.t)
		x.office = clearing.NewService(clearing.Config{Store: store.Clearing(), Merchants: store.Merchants(), Layouts: layouts.All(nil),
			Clock: x.clk, IDs: id.NewULIDs(id.Seeded(7, "statements")), DataDir: x.t.TempDir(), Calendar: bizdate.Official()})
		bill, err := os.ReadFile(weChatBillPath)
		must(x.t, err)
		text := strings.ReplaceAll(strings.ReplaceAll(string(bill), "2026-03-10", "2026-03-09"), "午餐,含饮料", "午餐")
		renamed := strings.NewReplacer("手续费,", "交易手续费,").Replace(text)
		renamed = strings.ReplaceAll(renamed[:strings.Index(renamed, "总交易单数")], "000,`0.38%", ",`0.38%")
		bare, err := os.ReadFile("../acquiring/channel/unionpay/statement/testdata/IND26031001ACOMN")
		must(x.t, err)
		x.ids = map[string]string{}
		x.bring(staged, intake.File{Name: "20260309_ALL.csv", Data: []byte(text)})
		x.bring(quarantined, intake.File{Name: "20260309_NEW.csv", Data: []byte(renamed), Channel: channel.WeChat})
		x.bring(bareText, intake.File{Name: "IND26031001ACOMN", Data: bare})
		ctx := context.Background()
		c, err := x.office.Propose(ctx, clearing.Wish{FileID: x.ids[quarantined], Channel: channel.WeChat, Date: statementDay, Rows: 4, Sum: 13_430, By: "clear-2", Reason: "商户平台账单页",
			Map: "header: yes\nunit: yuan\nstrip: \"`\"\ncolumns:\n  order_no: 商户订单号\n  channel: =wechat\n  amount_fen: 订单金额\n  fee_fen: 交易手续费\n"})
		must(x.t, err)
		x.ids[openClearance] = c.ID
	})
	return x.office
}

func (x *shelf) bring(as string, f intake.File) {
	x.t.Helper()
	all, err := x.office.Import(context.Background(), f, "clear-2")
	must(x.t, err)
	x.ids[as] = all[0].Row.ID
}

// id tells the id that a sample's address stands for.
func (x *shelf) id(s string) string {
	x.open()
	if real, ok := x.ids[s]; ok {
		return real
	}
	return s
}

func (x *shelf) StatementDay(ctx context.Context, d bizdate.Date) ([]clearing.ChannelFiles, error) {
	return x.open().StatementDay(ctx, d)
}

func (x *shelf) StatementFiles(ctx context.Context, d bizdate.Date) ([]clearing.StatementRow, error) {
	return x.open().StatementFiles(ctx, d)
}

func (x *shelf) Quarantine(ctx context.Context, limit int) ([]clearing.StatementRow, error) {
	return x.open().Quarantine(ctx, limit)
}

func (x *shelf) StatementFile(ctx context.Context, id string) (clearing.StatementRow, []clearing.Clearance, error) {
	return x.open().StatementFile(ctx, x.id(id))
}

func (x *shelf) KnownMap(ctx context.Context, row clearing.StatementRow) (string, error) {
	return x.open().KnownMap(ctx, row)
}

func (x *shelf) Import(ctx context.Context, f intake.File, actor string) ([]clearing.Taken, error) {
	return x.open().Import(ctx, f, actor)
}

func (x *shelf) Propose(ctx context.Context, w clearing.Wish) (clearing.Clearance, error) {
	w.FileID = x.id(w.FileID)
	return x.open().Propose(ctx, w)
}

func (x *shelf) Decide(ctx context.Context, id string, approve bool, by, note string) (clearing.Taken, error) {
	return x.open().Decide(ctx, x.id(id), approve, by, note)
}

// sendStatement brings a file by the page's form.
func (s *site) sendStatement(session, name, content string, form map[string]string) *http.Response {
	s.t.Helper()
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	must(s.t, w.WriteField("csrf", s.sealer.formToken(session)))
	for k, v := range form {
		must(s.t, w.WriteField(k, v))
	}
	part, err := w.CreateFormFile("statement", name)
	must(s.t, err)
	_, err = part.Write([]byte(content))
	must(s.t, err)
	must(s.t, w.Close())
	return s.browser(s.t, safariUA).as(session).do(http.MethodPost, statementsPath, w.FormDataContentType(), body.String())
}

// TestStatementsAreBroughtAndCleared: what is brought is told at once what became of
// it; a quarantined file shows how its header differs, and takes two people.
func TestStatementsAreBroughtAndCleared(t *testing.T) {
	s := newSite(t)
	b := s.browser(t, safariUA).as("clear")
	wantContains(t, wantStatus(t, b.get("/console/statements?date=2026-03-09"), http.StatusOK), "20260309_ALL.csv", "待对账", "隔离", "134.30", "上传文件")
	bill, err := os.ReadFile(weChatBillPath)
	must(t, err)
	wantContains(t, wantStatus(t, s.sendStatement("clear", "cut.csv", string(bill[:len(bill)-20]), nil), http.StatusUnprocessableEntity), "拒收", "cut.csv")
	wantContains(t, wantStatus(t, s.sendStatement("clear", "20260310_ALL.csv", string(bill), map[string]string{"date": "2026-03-10"}), http.StatusOK), "刚上传的文件", "待对账")
	wantContains(t, wantStatus(t, s.sendStatement("clear", "again.csv", string(bill), nil), http.StatusOK), "没有改变")
	wantContains(t, wantStatus(t, s.sendStatement("clear", "a.csv", string(bill), map[string]string{"channel": "cash", "date": "x"}), http.StatusUnprocessableEntity), "请选择渠道", "请填写日期")

	page := wantStatus(t, b.get("/console/statements/"+quarantined), http.StatusOK)
	wantContains(t, page, "wechat-all", "交易手续费", "改名", "另有 26 列", "格式未知", "列对应版本 1")
	post := func(session, path string, status int, form url.Values, want ...string) {
		t.Helper()
		wantContains(t, wantStatus(t, probe{route: "POST " + path, path: path, form: form}.send(s, session), status), want...)
	}
	file := "/console/statements/" + quarantined
	post("approver", file+"/decide", http.StatusUnprocessableEntity, url.Values{"clearance": {openClearance}, "act": {"reject"}})
	post("approver", file+"/decide", http.StatusSeeOther, url.Values{"clearance": {openClearance}, "act": {"approve"}, "note": {"一致"}})
	post("approver", file+"/decide", http.StatusConflict, url.Values{"clearance": {openClearance}, "act": {"approve"}}, "其他人已先处理")

	bare := "/console/statements/" + bareText
	wantContains(t, wantStatus(t, b.get(bare), http.StatusOK), "whether it is whole", "无法证明完整", "试读并提出")
	post("clear", bare+"/propose", http.StatusUnprocessableEntity, url.Values{"rows": {"x"}, "sum": {"y"}}, "请填写笔数", "请填写金额")
	post("clear", bare+"/propose", http.StatusUnprocessableEntity, url.Values{"rows": {"5"}, "sum": {"1364.00"}, "reason": {"页面"}}, "the count that was given is 5")
	post("clear", bare+"/propose", http.StatusSeeOther, url.Values{"rows": {"6"}, "sum": {"1364.00"}, "reason": {"页面"}})
	wantContains(t, wantStatus(t, b.get(bare), http.StatusOK), "须由另一人决定")
}
