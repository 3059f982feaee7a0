package web

import (
	"context"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"juma/internal/fault"
	"juma/qrcode"
)

// batchesPage is what batches.html shows.
type batchesPage struct {
	Rows     []qrcode.Batch
	Pager    keyset
	Orders   bool // the reader may order
	Form     batchForm
	Problems problems
	Grammars []Option
}

// batchForm is what was typed.
type batchForm struct{ Count, Payload, Institution, Reason string }

func (s *Server) batchList(ctx context.Context, r *request) (response, error) {
	return s.showBatches(ctx, r, http.StatusOK, batchesPage{Form: batchForm{Payload: string(qrcode.Own)}})
}

func (s *Server) showBatches(ctx context.Context, r *request, status int, page batchesPage) (response, error) {
	batches, err := s.cfg.PlateRecords.LatestBatches(ctx, r.query().Get("before"), r.rows()+1)
	if err != nil {
		return response{}, err
	}
	last := ""
	if len(batches) > r.rows() {
		batches = batches[:r.rows()]
		last = batches[len(batches)-1].ID
	}
	page.Rows, page.Pager, page.Orders = batches, r.keysetOf("before", last, "batches"), mayOrder(r.user)
	for _, g := range grammars {
		page.Grammars = append(page.Grammars, option(g, r.lang.text("grammar."+string(g)), r.lang.text("grammar."+string(g)+".hint")))
	}
	return s.page(r, "batches", status, page), nil
}

// grammars are what people may order.
var grammars = []qrcode.Grammar{qrcode.Own, qrcode.UnionPay, qrcode.EMV}

// batchRequest orders plates. An order that needs nobody's approval is ready to be
// made.
func (s *Server) batchRequest(ctx context.Context, r *request) (response, error) {
	f := batchForm{r.PostForm.Get("count"), r.PostForm.Get("payload"), strings.TrimSpace(r.PostForm.Get("institution")), strings.TrimSpace(r.PostForm.Get("reason"))}
	refuse := func(p problems) (response, error) {
		return s.showBatches(ctx, r, http.StatusUnprocessableEntity, batchesPage{Form: f, Problems: p})
	}
	o, wrong := f.order(r.user.Login)
	if len(wrong) > 0 {
		return refuse(wrong)
	}
	b, err := s.cfg.PlateOffice.Request(ctx, o)
	switch {
	case fault.Is(err, fault.Invalid) && faultField(err) == "reason":
		return refuse(problems{"reason": "why_needed"})
	case fault.Is(err, fault.Invalid):
		return refuse(problems{"payload": "batch_payload"})
	case err != nil:
		return response{}, err
	}
	return s.withToast(redirect(http.StatusSeeOther, batchesPath+"/"+b.ID), "batch_"+string(b.State)), nil
}

// order reads the form.
func (f batchForm) order(by string) (qrcode.Order, problems) {
	wrong := problems{}
	count, err := strconv.Atoi(f.Count)
	if err != nil || count < 1 || count > qrcode.MaxBatch {
		wrong["count"] = "batch_count"
	}
	g := qrcode.Grammar(f.Payload)
	if !slices.Contains(grammars, g) {
		wrong["payload"] = "batch_payload"
	}
	if digits := strings.Trim(f.Institution, "0123456789") == ""; g == qrcode.UnionPay && (!digits || len(f.Institution) != 8) {
		wrong["institution"] = "batch_institution"
	}
	if f.Reason == "" {
		wrong["reason"] = "why_needed"
	}
	o := qrcode.Order{Grammar: g, Count: count, By: by, Reason: f.Reason}
	if g == qrcode.UnionPay {
		o.Institution = f.Institution
	}
	return o, wrong
}

// batchPage is what batch.html shows.
type batchPage struct {
	qrcode.Batch
	First, Last string // serials
	Decides     bool   // the reader may approve or reject it now
	Makes       bool   // … may have its plates made
	Exports     bool   // … may have it printed
	Products    []Option
	Code        string
	Problems    problems
	Typed       string
}

func (s *Server) batchFile(ctx context.Context, r *request) (response, error) {
	return s.showBatch(ctx, r, http.StatusOK, batchPage{})
}

func (s *Server) showBatch(ctx context.Context, r *request, status int, page batchPage) (response, error) {
	b, err := s.cfg.PlateRecords.Batch(ctx, r.param("id"))
	if err != nil {
		return response{}, err
	}
	page.Batch = b
	if b.Source == qrcode.Issued {
		page.First, page.Last = qrcode.Serial(b.SerialDay, b.SerialFrom), qrcode.Serial(b.SerialDay, b.SerialFrom+b.Count-1)
	}
	if mayOrder(r.user) {
		page.Decides = qrcode.MoveApprove.Allows(b.State) && b.CreatedBy != r.user.Login
		page.Makes = qrcode.MoveGenerate.Allows(b.State)
		page.Exports = qrcode.MoveExport.Allows(b.State)
	}
	page.Products = r.lang.productOptions()
	return s.page(r, "batch", status, page), nil
}

func (s *Server) batchApprove(ctx context.Context, r *request) (response, error) {
	_, err := s.cfg.PlateOffice.Approve(ctx, r.param("id"), r.user.Login, r.PostForm.Get("reason"))
	return s.batchMoved(ctx, r, err, "batch_approved")
}

func (s *Server) batchReject(ctx context.Context, r *request) (response, error) {
	reason := strings.TrimSpace(r.PostForm.Get("reason"))
	if reason == "" {
		return s.showBatch(ctx, r, http.StatusUnprocessableEntity, batchPage{Problems: problems{"reason": "why_needed"}})
	}
	_, err := s.cfg.PlateOffice.Reject(ctx, r.param("id"), r.user.Login, reason)
	return s.batchMoved(ctx, r, err, "batch_rejected")
}

// makeTime is how long one request makes plates. What is missing then is made when
// the button is pressed again: nothing that is stored is lost.
const makeTime = 20 * time.Second

func (s *Server) batchGenerate(ctx context.Context, r *request) (response, error) {
	ctx, cancel := context.WithTimeout(ctx, makeTime)
	defer cancel()
	_, err := s.cfg.PlateOffice.Generate(ctx, r.param("id"), nil)
	if err != nil && ctx.Err() != nil {
		return s.withToast(redirect(http.StatusSeeOther, batchesPath+"/"+r.param("id")), "batch_going_on"), nil
	}
	return s.batchMoved(ctx, r, err, "batch_generated")
}

// batchMoved goes back to the batch, or says why nothing was done.
func (s *Server) batchMoved(ctx context.Context, r *request, err error, done string) (response, error) {
	code := map[fault.Kind]string{fault.Conflict: "batch_moved", fault.NotReady: "batch_waits", fault.Forbidden: "batch_own"}[fault.KindOf(err)]
	switch {
	case err != nil && fault.Is(err, fault.Invalid):
		return s.showBatch(ctx, r, http.StatusUnprocessableEntity, batchPage{Problems: problems{"reason": "why_needed"}, Typed: r.PostForm.Get("reason")})
	case err != nil && code != "":
		return s.showBatch(ctx, r, http.StatusConflict, batchPage{Code: code})
	case err != nil:
		return response{}, err
	}
	return s.withToast(redirect(http.StatusSeeOther, batchesPath+"/"+r.param("id")), done), nil
}

// batchExport streams the ZIP file of a batch. What can be refused is refused
// before the answer begins.
func (s *Server) batchExport(ctx context.Context, r *request) (response, error) {
	b, err := s.cfg.PlateRecords.Batch(ctx, r.param("id"))
	if err != nil {
		return response{}, err
	}
	product := r.PostForm.Get("product")
	if !qrcode.MoveExport.Allows(b.State) || product != "" && !slices.Contains(products(), product) {
		return s.showBatch(ctx, r, http.StatusConflict, batchPage{Code: "batch_waits"})
	}
	write := func(w io.Writer) error { return s.cfg.Press.Archive(ctx, w, b.ID, product, r.user.Login) }
	return response{contentType: "application/zip", write: write}.with("Content-Disposition", attachment("plates-"+b.ID+".zip")), nil
}
