package channeltest

import (
	"bytes"
	"cmp"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"juma/acquiring/channel"
	"juma/acquiring/sandbox"
	"juma/internal/bizdate"
	"juma/internal/fault"
	"juma/internal/money"
)

// statementRequest asks for a day in the wallet's way.
func (s *suite) statementRequest(date bizdate.Date, merchant string) channel.StatementRequest {
	if !s.Traits.StatementPerMerchant {
		merchant = ""
	}
	return channel.StatementRequest{Date: date, MerchantID: merchant}
}

// statementMerchants lists for which merchants a day must be asked.
func (s *suite) statementMerchants() []string {
	if s.Traits.StatementPerMerchant {
		return []string{s.MerchantID, s.OtherMerchantID}
	}
	return []string{""}
}

// fetch fetches and reads a day's statements, which must be there.
func (s *suite) fetch(t testing.TB, date bizdate.Date) []channel.StatementLine {
	t.Helper()
	var lines []channel.StatementLine
	for _, merchant := range s.statementMerchants() {
		req := s.statementRequest(date, merchant)
		f, err := s.Adapter.Statement(t.Context(), req)
		if err != nil {
			t.Fatalf("statement of %s %s: %v", date, merchant, err)
		}
		if f.Channel != s.Adapter.Name() || f.Date != date || f.MerchantID != req.MerchantID || f.Name == "" {
			t.Errorf("statement of %s %s calls itself %s %s %s, named %q", date, merchant, f.Channel, f.Date, f.MerchantID, f.Name)
		}
		if f.Empty {
			continue
		}
		st, err := s.Reader.Read(f)
		if err != nil {
			t.Fatalf("read the statement of %s %s: %v", date, merchant, err)
		}
		lines = append(lines, st.Lines...)
	}
	return lines
}

// testStatement ends the suite's day and holds everything that was paid and
// refunded in it against the wallet's statement.
func (s *suite) testStatement(t *testing.T) {
	s.Clock.AdvanceTo(day.Start().Add(22 * time.Hour))
	plan := s.plantRowFaults(t)
	s.payForOther(t)
	s.Clock.AdvanceTo(day.Start().Add(23*time.Hour + 30*time.Minute)) // after UnionPay's cut, before midnight
	s.paid(t, 2_330)

	s.wantNotReady(t, day.Start().Add(23*time.Hour+59*time.Minute))
	s.wantNotReady(t, day.AddDays(1).Start().Add(8*time.Hour+59*time.Minute))
	s.Clock.AdvanceTo(day.AddDays(1).Start().Add(10*time.Hour + 30*time.Minute))

	lines := s.fetch(t, day)
	if len(lines) < 50 { // 32 consumers at once are in it, and everything else
		t.Errorf("%d rows in the statement of a busy day", len(lines))
	}
	s.checkLines(t, day, lines, plan)
	plan.check(t, s, lines)
	s.checkEmptyDay(t)
	s.checkFetchedAgain(t)
	s.checkFileDamaged(t)

	s.Clock.AdvanceTo(day.AddDays(2).Start().Add(10*time.Hour + 30*time.Minute))
	next := s.fetch(t, day.AddDays(1))
	plan.checkNextDay(t, next)
	s.checkLines(t, day.AddDays(1), next, plan)
	s.checkStatementLost(t)
}

// payForOther pays an order of the second merchant.
func (s *suite) payForOther(t testing.TB) {
	t.Helper()
	req := s.order(s.identify(t, "bob"), 5_005)
	req.MerchantID = s.OtherMerchantID
	s.place(t, req)
	s.press(t, req.OrderNo)
	s.theLetter(t, req.OrderNo)
}

func (s *suite) wantNotReady(t testing.TB, at time.Time) {
	t.Helper()
	s.Clock.AdvanceTo(at)
	for _, merchant := range s.statementMerchants() {
		if f, err := s.Adapter.Statement(t.Context(), s.statementRequest(day, merchant)); !fault.Is(err, fault.NotReady) {
			t.Errorf("statement of %s at %s: empty %v, error %v; want kind not_ready", day, at, f.Empty, err)
		}
	}
}

func (s *suite) checkEmptyDay(t testing.TB) {
	t.Helper()
	f, err := s.Adapter.Statement(t.Context(), s.statementRequest(day.AddDays(-1), s.MerchantID))
	if err != nil || !f.Empty || len(f.Data) != 0 {
		t.Errorf("a day without trade: empty %v, %d bytes, error %v; want empty", f.Empty, len(f.Data), err)
	}
}

func (s *suite) checkFetchedAgain(t testing.TB) {
	t.Helper()
	req := s.statementRequest(day, s.MerchantID)
	a, errA := s.Adapter.Statement(t.Context(), req)
	b, errB := s.Adapter.Statement(t.Context(), req)
	if errA != nil || errB != nil || !bytes.Equal(a.Data, b.Data) {
		t.Errorf("the same statement twice: %d and %d bytes that differ, errors %v and %v", len(a.Data), len(b.Data), errA, errB)
	}
}

// checkStatementLost: an answer that does not come is never an empty day. It
// clears the fault script, so it comes when the row faults have been looked at.
func (s *suite) checkStatementLost(t testing.TB) {
	t.Helper()
	for _, kind := range answerFaults {
		s.fault(t, sandbox.Fault{Kind: kind, Call: "statement", Times: 1000})
		f, err := s.Adapter.Statement(t.Context(), s.statementRequest(day, s.MerchantID))
		wantUnsettled(t, kind+" on statement", err)
		if f.Empty {
			t.Errorf("%s on statement makes an empty day of it", kind)
		}
		s.Core.Faults.Clear()
	}
}

// checkFileDamaged damages each answer that a fetch is made of, and then the
// file itself.
func (s *suite) checkFileDamaged(t testing.TB) {
	t.Helper()
	req := s.statementRequest(day, s.MerchantID)
	var whole channel.StatementFile
	answers := s.Line.Count(func() {
		var err error
		if whole, err = s.Adapter.Statement(t.Context(), req); err != nil {
			t.Fatal(err)
		}
	})
	for damaged := 1; damaged <= answers; damaged++ {
		s.Line.Alter(func() {
			f, err := s.Adapter.Statement(t.Context(), req)
			if err == nil {
				_, err = s.Reader.Read(f)
			}
			if err == nil || f.Empty {
				t.Errorf("answer %d of %d altered on its way is taken: empty %v", damaged, answers, f.Empty)
			}
		}, func(n int, _ *http.Request, answer *httptest.ResponseRecorder) {
			if n == damaged {
				flipByte(answer)
			}
		})
	}
	for cut := range 40 {
		f := whole
		f.Data = whole.Data[:len(whole.Data)*cut/40]
		if _, err := s.Reader.Read(f); !fault.Is(err, fault.Corrupt) {
			t.Errorf("a file cut to %d of %d bytes: error %v, want kind corrupt", len(f.Data), len(whole.Data), err)
		}
	}
	last := whole
	last.Data = whole.Data[:len(whole.Data)-1]
	if _, err := s.Reader.Read(last); err != nil && !fault.Is(err, fault.Corrupt) {
		t.Errorf("a file without its last byte: %v, want kind corrupt or a reader that can do without it", err)
	}
}

// row is what a statement should say of a payment or refund.
type row struct {
	kind          channel.LineKind
	orderNo, orig string
	merchant      string
	amount, fee   money.Fen
	at            time.Time
}

// expected lists what the wallet's own books say belongs to a clearing date.
func (s *suite) expected(t testing.TB, date bizdate.Date) []row {
	t.Helper()
	cut := s.Adapter.Name().Cut()
	var rows []row
	for _, o := range s.Wallet.Orders() {
		if o.PaidAt.IsZero() || o.Reversed {
			continue
		}
		total := money.Fen(o.AmountFen)
		if cut.DateOf(o.PaidAt) == date {
			rows = append(rows, row{channel.PaymentLine, o.OutTradeNo, "", o.MerchantID, total, s.fee(t, total), o.PaidAt})
		}
		refunds := slices.Clone(o.Refunds)
		slices.SortStableFunc(refunds, func(a, b sandbox.Refund) int {
			return cmp.Or(a.CreatedAt.Compare(b.CreatedAt), cmp.Compare(a.OutRefundNo, b.OutRefundNo))
		})
		var back, given money.Fen
		for _, r := range refunds {
			back += money.Fen(r.AmountFen)
			fee := s.fee(t, total) - s.fee(t, total-back) - given
			given += fee
			if cut.DateOf(r.CreatedAt) == date {
				rows = append(rows, row{channel.RefundLine, r.OutRefundNo, o.OutTradeNo, o.MerchantID, money.Fen(r.AmountFen), -fee, r.CreatedAt})
			}
		}
	}
	return rows
}

// fee is the wallet's price of a payment.
func (s *suite) fee(t testing.TB, amount money.Fen) money.Fen {
	t.Helper()
	fee, err := money.RatePPM(sandbox.FeePPM[s.Wallet.Name()]).Of(amount)
	if err != nil {
		t.Fatal(err)
	}
	return fee
}

// checkLines holds a statement against the wallet's books, leaving out the rows
// that faults were planted on.
func (s *suite) checkLines(t testing.TB, date bizdate.Date, lines []channel.StatementLine, plan *rowFaults) {
	t.Helper()
	byOrder := map[string]channel.StatementLine{}
	seen := 0
	for _, l := range lines {
		if plan.touches(l.OrderNo) {
			continue
		}
		if _, twice := byOrder[l.OrderNo]; twice {
			t.Errorf("%s stands in the statement twice", l.OrderNo)
		}
		byOrder[l.OrderNo] = l
		seen++
	}
	want := 0
	for _, r := range s.expected(t, date) {
		if plan.touches(r.orderNo) {
			continue
		}
		want++
		l, ok := byOrder[r.orderNo]
		if !ok {
			t.Errorf("%s %s is not in the statement of %s", r.kind, r.orderNo, date)
			continue
		}
		s.checkLine(t, date, l, r)
	}
	if seen != want {
		t.Errorf("the statement of %s has %d rows, want %d", date, seen, want)
	}
}

func (s *suite) checkLine(t testing.TB, date bizdate.Date, l channel.StatementLine, r row) {
	t.Helper()
	for _, f := range []struct {
		name      string
		got, want any
	}{
		{"kind", l.Kind, r.kind},
		{"original order", l.OrigOrderNo, r.orig},
		{"merchant", l.MerchantID, r.merchant},
		{"terminal", l.TerminalNo, terminal},
		{"amount", l.Amount, r.amount},
		{"fee", l.Fee, r.fee},
		{"date", l.Date, date},
		{"final", l.Final, true},
	} {
		if f.got != f.want {
			t.Errorf("line %d, %s: %s %v, want %v", l.LineNo, r.orderNo, f.name, f.got, f.want)
		}
	}
	if l.Time.Sub(r.at).Abs() > time.Second {
		t.Errorf("line %d, %s: time %s, want %s", l.LineNo, r.orderNo, l.Time, r.at)
	}
	if l.ChannelNo == "" || l.Payer == "" && s.Adapter.Name() != channel.UnionPay {
		t.Errorf("line %d, %s: the wallet's number %q, payer %q", l.LineNo, r.orderNo, l.ChannelNo, l.Payer)
	}
	if r.kind != channel.PaymentLine {
		return
	}
	ref := channel.OrderRef{Wallet: s.holds(), OrderNo: r.orderNo, MerchantID: r.merchant, CreatedAt: s.createdAt(r.orderNo)}
	res, err := s.Adapter.Query(t.Context(), ref)
	if err != nil || res.ChannelNo != l.ChannelNo {
		t.Errorf("line %d, %s: the wallet's number %q, the query says %q, error %v", l.LineNo, r.orderNo, l.ChannelNo, res.ChannelNo, err)
	}
	if res.Payer != "" && res.Payer != l.Payer { // a wallet may leave the account to the statement, but not change it
		t.Errorf("line %d, %s: payer %q, the query says %q", l.LineNo, r.orderNo, l.Payer, res.Payer)
	}
}

func (s *suite) createdAt(orderNo string) time.Time {
	o, _ := s.Wallet.Find(orderNo)
	return o.CreatedAt
}
