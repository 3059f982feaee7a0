package web

import (
	"context"
	"errors"
	"net/http"

	"juma/acquiring/channel"
	"juma/clearing"
	"juma/internal/bizdate"
	"juma/internal/fault"
	"juma/internal/money"
)

// maxDays is how many settlement days the list shows: a month.
const maxDays = 31

// daysPage is what days.html shows.
type daysPage struct {
	Open  []openDay // begun and not settled
	Days  []dayRow
	Total int // of all days, shown or not
}

// dayRow is one settlement batch with its totals.
type dayRow struct {
	Batch     clearing.Batch
	Totals    batchTotals
	Held      clearing.Sum // paid, of this date or before, and in no batch
	HeldBack  clearing.Sum // refunds that wait likewise
	NextDay   clearing.Sum // paid, of a later clearing date
	FileCount int
}

// batchTotals sums a batch's settlements.
type batchTotals struct {
	Merchants, Rows                  int
	Gross, Refund, Fee, Adjust, Net  money.Fen
	Suspended, Replenished, Credited money.Fen
}

// totalsOf adds up with overflow checked: a total on a page that a bank reads
// is right or absent.
func totalsOf(rows []clearing.Settlement) (batchTotals, error) {
	t := batchTotals{Merchants: len(rows)}
	for _, r := range rows {
		t.Rows += r.Rows
		for _, a := range []struct {
			sum *money.Fen
			add money.Fen
		}{
			{&t.Gross, r.Gross}, {&t.Refund, r.Refund}, {&t.Fee, r.Fee}, {&t.Adjust, r.ErrAmt}, {&t.Adjust, r.ErrFeeBack},
			{&t.Adjust, r.OtherAmt}, {&t.Net, r.Net()}, {&t.Suspended, r.Suspended}, {&t.Replenished, r.Replenished}, {&t.Credited, r.Credited},
		} {
			var err error
			if *a.sum, err = a.sum.Add(a.add); err != nil {
				return t, fault.Wrap("web.totalsOf", fault.Corrupt, err)
			}
		}
	}
	return t, nil
}

// settlementDays lists settlement batches, newest first.
func (s *Server) settlementDays(ctx context.Context, r *request) (response, error) {
	batches, err := s.cfg.Clearing.Batches(ctx)
	if err != nil {
		return response{}, err
	}
	page := daysPage{Total: len(batches)}
	for _, b := range batches[:min(len(batches), maxDays)] {
		row, err := s.dayRow(ctx, b)
		if err != nil {
			return response{}, err
		}
		page.Days = append(page.Days, row)
	}
	if page.Open, err = s.openDays(ctx, batches); err != nil {
		return response{}, err
	}
	return s.page(r, "days", http.StatusOK, page), nil
}

func (s *Server) dayRow(ctx context.Context, b clearing.Batch) (dayRow, error) {
	row := dayRow{Batch: b}
	settlements, err := s.cfg.Clearing.Settlements(ctx, b.Date)
	if err != nil {
		return row, err
	}
	if row.Totals, err = totalsOf(settlements); err != nil {
		return row, err
	}
	files, err := s.cfg.Clearing.Files(ctx, b.Date)
	if err != nil {
		return row, err
	}
	row.FileCount = len(files)
	row.Held, row.NextDay, row.HeldBack, _, err = s.cfg.Clearing.Unsettled(ctx, b.Date)
	return row, err
}

// dayPage is what day.html shows.
type dayPage struct {
	dayRow
	Channels    []channelDay
	KindTabs    Tabs // discrepancies by kind, in the order of clearing.Kinds
	Found       int  // discrepancies in all
	Items       pager[clearing.Item]
	Settlements pager[settlementRow]
	Files       pager[clearing.FileRow]
	// What the reader can do: settle, write the files, release, download.
	CanSettle, CanRelease, CanDownload bool

	Own      bool   // the reader settled it
	NotReady bool   // a channel is not reconciled, so there is nothing to preview
	Code     string // text code of what went wrong
}

// channelDay is the funnel of one channel: lines read, matched, differing.
type channelDay struct {
	clearing.Day
	Matched, Differing int
}

type settlementRow struct {
	clearing.Settlement
	Name string
}

// settlementDay shows a clearing day: channels, discrepancies, and its batch with
// merchants and files, or before that what the batch would be.
func (s *Server) settlementDay(ctx context.Context, r *request) (response, error) {
	d, err := pathDate(r)
	if err != nil {
		return response{}, err
	}
	return s.showDay(ctx, r, d, http.StatusOK, "")
}

func (s *Server) showDay(ctx context.Context, r *request, d bizdate.Date, status int, code string) (response, error) {
	batch, err := s.cfg.Clearing.Batch(ctx, d)
	if fault.Is(err, fault.NotFound) {
		if begun, none := s.begun(ctx, d); none != nil || !begun {
			return response{}, errors.Join(none, err)
		}
		batch, err = clearing.Batch{Date: d}, nil
	}
	if err != nil {
		return response{}, err
	}
	page := dayPage{Code: code}
	if page.dayRow, err = s.dayRow(ctx, batch); err != nil {
		return response{}, err
	}
	settlements, err := s.fillSteps(ctx, r, d, &page)
	if err != nil {
		return response{}, err
	}
	if err := s.fillReconciliation(ctx, r, d, &page); err != nil {
		return response{}, err
	}
	if err := s.fillSettlements(ctx, r, settlements, &page); err != nil {
		return response{}, err
	}
	files, err := s.cfg.Clearing.Files(ctx, d)
	if err != nil {
		return response{}, err
	}
	page.Files = paginate(files, r.URL.Query(), "files", r.rows())
	return s.page(r, "day", status, page), nil
}

// fillReconciliation counts the day's items by channel and by kind.
func (s *Server) fillReconciliation(ctx context.Context, r *request, d bizdate.Date, page *dayPage) error {
	items, err := s.cfg.Clearing.Items(ctx, d)
	if err != nil {
		return err
	}
	matched, differing := map[channel.Name]int{}, map[channel.Name]int{}
	byKind := map[clearing.Class][]clearing.Item{}
	for _, it := range items {
		if it.Class == clearing.Matched {
			matched[it.Channel]++
			continue
		}
		differing[it.Channel]++
		byKind[it.Class] = append(byKind[it.Class], it)
	}
	accounts, err := s.cfg.Clearing.ChannelAccounts(ctx)
	if err != nil {
		return err
	}
	for _, ch := range channel.NamesOn(d, accounts) {
		day, err := s.cfg.Clearing.Day(ctx, ch, d)
		if err != nil {
			return err
		}
		day.Channel = ch
		page.Channels = append(page.Channels, channelDay{Day: day, Matched: matched[ch], Differing: differing[ch]})
	}
	var shown []clearing.Item
	want := r.URL.Query().Get("kind")
	var tabs []Tab
	for _, kind := range clearing.Kinds {
		n := len(byKind[kind])
		page.Found += n
		if want == "" || want == string(kind) {
			shown = append(shown, byKind[kind]...)
		}
		if n > 0 {
			tabs = append(tabs, Tab{Path: "?kind=" + string(kind) + "#items", Text: r.lang.text("kind." + string(kind)), Count: n, Current: want == string(kind)})
		}
	}
	all := Tab{Path: "?#items", Text: r.lang.text("day.all_kinds"), Count: page.Found, Current: want == ""}
	page.KindTabs = Tabs{Label: r.lang.text("day.discrepancies"), Tabs: append([]Tab{all}, tabs...)}
	page.Items = paginate(shown, r.URL.Query(), "items", r.rows())
	return nil
}

// fillSettlements shows a page of merchants, with their names.
func (s *Server) fillSettlements(ctx context.Context, r *request, settlements []clearing.Settlement, page *dayPage) error {
	rows := make([]settlementRow, len(settlements))
	for i, st := range settlements {
		rows[i].Settlement = st
	}
	page.Settlements = paginate(rows, r.URL.Query(), "merchants", r.rows())
	for i := range page.Settlements.Rows {
		row := &page.Settlements.Rows[i]
		m, err := s.cfg.Merchants.Merchant(ctx, row.MerchantNo)
		if err != nil && !fault.Is(err, fault.NotFound) {
			return err
		}
		row.Name = m.ShortName
	}
	return nil
}

// pathDate reads the date of a path; anything that is no date is no page.
func pathDate(r *request) (bizdate.Date, error) {
	d, err := bizdate.Parse(r.param("date"))
	if err != nil {
		return 0, fault.Wrap("web", fault.NotFound, err)
	}
	return d, nil
}

// Carry is what of earlier batches counts in: released, less what is taken back.
func (r settlementRow) Carry() money.Fen { return r.Released + r.Replenished }

// Adjust is all that corrections add to or take from the merchant's day.
func (r settlementRow) Adjust() money.Fen { return r.ErrAmt + r.ErrFeeBack + r.OtherAmt }

// findSettlement finds a settlement day by its clearing date.
func (s *Server) findSettlement(ctx context.Context, r *request, typed string) ([]hit, error) {
	d, err := bizdate.Parse(typed)
	if err != nil {
		return nil, nil // no date, so no day
	}
	batch, err := s.cfg.Clearing.Batch(ctx, d)
	switch {
	case fault.Is(err, fault.NotFound):
		return nil, nil
	case err != nil:
		return nil, err
	}
	return []hit{{
		Kind: textKey("days.title"), Title: d.String(), Text: r.lang.word("batch.", batch.State).Text, Path: "/console/settlement/" + d.String(), Exact: true,
	}}, nil
}
