package clearing_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"juma/acquiring"
	"juma/acquiring/channel"
	"juma/clearing"
	"juma/clearing/cases"
	"juma/clearing/file"
	"juma/internal/access"
	"juma/internal/bizdate"
	"juma/internal/fault"
	"juma/internal/id"
	"juma/internal/ledger"
)

// orders answers for acquiring: what it was asked to do is noted.
type orders struct {
	*bench
	refunds, seconds []string
}

func (o *orders) RequestRefund(_ context.Context, in acquiring.RefundInput) (acquiring.Refund, error) {
	o.refunds = append(o.refunds, in.OrderNo+" "+in.Amount.Yuan())
	return acquiring.Refund{}, nil
}

func (o *orders) RefundSecond(_ context.Context, orderNo, channelNo string, _ bizdate.Date) error {
	o.seconds = append(o.seconds, orderNo+" "+channelNo)
	return nil
}

// Account knows the colleague who clears, and that the checker does not.
func (o *orders) Account(_ context.Context, login string) (access.Account, error) {
	role := map[string]access.Role{"colleague": access.ClearingOperator, "checker": access.ClearingApprover}[login]
	if role == "" {
		return access.Account{}, fault.New("people", fault.NotFound, "no account %s", login)
	}
	return access.Account{User: access.User{Login: login, Role: role}, State: access.Active}, nil
}

// office is the work on differences over the bench.
func (b *bench) office() (*cases.Service, *orders) {
	o := &orders{bench: b}
	return cases.NewService(cases.Config{Store: b.store.Cases(), People: o, Books: b.store.Clearing(), Orders: o, Parties: b.store.Merchants(),
		Calendar: bizdate.Official(), Clock: b.clock, IDs: id.NewULIDs(id.Seeded(77, "cases"))}), o
}

// worked proposes by one person and approves by another.
func (b *bench) worked(s *cases.Service, itemID string, p cases.Proposal) {
	b.Helper()
	p.Reason = "as agreed"
	n, refused, err := s.Propose(ctx, []string{itemID}, p, "maker")
	if err != nil || n != 1 {
		b.Fatalf("propose %s: %d, %v, %v", p.Action, n, refused, err)
	}
	f, err := s.File(ctx, itemID)
	must(b, err)
	wantKind(b, s.Approve(ctx, f.Proposal.ID, "maker", ""), fault.Forbidden)
	must(b, s.Approve(ctx, f.Proposal.ID, "checker", "seen"))
	wantKind(b, s.Approve(ctx, f.Proposal.ID, "checker", "seen"), fault.Conflict)
}

// caseOf finds the one case of an order number.
func (b *bench) caseOf(s *cases.Service, orderNo string) cases.Row {
	b.Helper()
	q, err := s.Queue(ctx, cases.Filter{})
	must(b, err)
	i := slices.IndexFunc(q.Rows, func(r cases.Row) bool { return r.Item.OrderNo == orderNo })
	if i < 0 {
		b.Fatalf("no case of %s among %d", orderNo, len(q.Rows))
	}
	return q.Rows[i]
}

// TestDifferencesAreWorkedIntoTheNextFiles: on the first day a long, a short, two
// amounts and a repeated line wait; two people end them, and dispute a payment that
// has settled. The next day's files contain exactly that.
func TestDifferencesAreWorkedIntoTheNextFiles(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		s, wallet := b.office()
		good := b.paid(channel.WeChat, diner, 10_000, at(day1, 12, 0), day1)
		b.shows(good, day1)
		less := b.paid(channel.WeChat, diner, 5_000, at(day1, 12, 1), day1)
		b.shows(less, day1, func(l *channel.StatementLine) { l.Amount, l.Fee = 4_000, 8 })
		cent := b.paid(channel.Alipay, market, 2_000, at(day1, 12, 2), day1)
		b.shows(cent, day1, func(l *channel.StatementLine) { l.Amount = 1_999 })
		short := b.paid(channel.WeChat, diner, 700, at(day1, 12, 3), day1)
		gone := b.paid(channel.WeChat, market, 600, at(day1, 12, 4), day1)
		late := b.stored(channel.WeChat, market, 880, at(day1, 12, 5))
		b.line(channel.WeChat, day1, channel.StatementLine{Kind: channel.PaymentLine, OrderNo: late.OrderNo, ChannelNo: "w" + late.OrderNo, Amount: 880, Fee: 2, Payer: "oPayer",
			Time: at(day1, 12, 30), Date: day1, Final: true, State: "SUCCESS"}, nil)
		b.line(channel.WeChat, day1, channel.StatementLine{Kind: channel.PaymentLine, OrderNo: "X1", ChannelNo: "w9", Amount: 330, Fee: 1,
			Time: at(day1, 12, 31), Date: day1, Final: true, State: "SUCCESS"}, nil)
		b.shows(good, day1, func(l *channel.StatementLine) { l.ChannelNo = "second" })
		night := b.paid(channel.Alipay, chain, 1_000, at(day1, 23, 58), day1)
		b.shows(night, day2)
		b.asked = func(_ channel.LineKind, orderNo string) error {
			if orderNo == late.OrderNo {
				return nil // the wallet does not call it paid yet
			}
			return fault.New("ask", fault.NotFound, "no order %s", orderNo)
		}
		b.close(day1)

		q, err := s.Queue(ctx, cases.Filter{})
		must(t, err)
		if len(q.Rows) != 8 || q.Signs[cases.Long] != (cases.Total{Count: 3, Money: 880 + 330 + 10_000}) || q.Signs[cases.Short] != (cases.Total{Count: 5, Money: -1_000 - 1 - 700 - 600 - 1_000}) {
			t.Errorf("the queue has %d rows, %+v", len(q.Rows), q.Signs)
		}
		waits := b.caseOf(s, night.OrderNo)
		if waits.State != cases.Buffered || waits.BufferedTo() != day3 || waits.Age != 1 {
			t.Errorf("of the night: %s until %s, age %d", waits.State, waits.BufferedTo(), waits.Age)
		}
		b.people(s, short)

		b.asked = func(_ channel.LineKind, orderNo string) error {
			if orderNo != late.OrderNo {
				return fault.New("ask", fault.NotFound, "no order %s", orderNo)
			}
			if _, err := b.store.Acquiring().Payment(ctx, orderNo); err != nil {
				return err
			}
			b.confirm(late, at(day1, 12, 5), day1)
			return nil
		}
		b.worked(s, b.caseOf(s, less.OrderNo).Item.ID, cases.Proposal{Action: cases.Adjust, Amount: 4_000})
		b.worked(s, b.caseOf(s, cent.OrderNo).Item.ID, cases.Proposal{Action: cases.WriteOff})
		b.worked(s, b.caseOf(s, short.OrderNo).Item.ID, cases.Proposal{Action: cases.Reverse})
		b.worked(s, b.caseOf(s, late.OrderNo).Item.ID, cases.Proposal{Action: cases.AcceptLate})
		b.worked(s, b.caseOf(s, "X1").Item.ID, cases.Proposal{Action: cases.Refund, Reference: "transfer 7 of 11 March"})
		b.worked(s, b.caseOf(s, good.OrderNo).Item.ID, cases.Proposal{Action: cases.Refund})
		if got := fmt.Sprint(wallet.refunds, wallet.seconds); got != "[] ["+good.OrderNo+" second]" {
			t.Errorf("the wallets were asked for %s", got)
		}
		// A short that the channel is asked to pay, and a chargeback of what has settled.
		b.worked(s, b.caseOf(s, gone.OrderNo).Item.ID, cases.Proposal{Action: cases.Disputed, Amount: 600, Code: file.DebitAdjustment, ReasonCode: "4536"})
		b.worked(s, b.caseOf(s, gone.OrderNo).Item.ID, cases.Proposal{Action: cases.Lost})
		b.worked(s, b.caseOf(s, gone.OrderNo).Item.ID, cases.Proposal{Action: cases.Disputed, Amount: 600, Code: file.DebitAdjustment, ReasonCode: "4536"})
		b.worked(s, b.caseOf(s, gone.OrderNo).Item.ID, cases.Proposal{Action: cases.Won})
		settled, err := s.SettledItem(ctx, good.OrderNo)
		must(t, err)
		b.worked(s, settled, cases.Proposal{Action: cases.Disputed, Amount: 2_500, Code: file.Chargeback, ReasonCode: "4515"})
		b.worked(s, settled, cases.Proposal{Action: cases.Won})
		if q, err = s.Queue(ctx, cases.Filter{}); err != nil || len(q.Rows) != 1 {
			t.Errorf("%d cases are left, %v", len(q.Rows), err)
		}

		_, _, err = s.Propose(ctx, []string{waits.Item.ID}, cases.Proposal{Action: cases.Reverse, Reason: "too early"}, "maker")
		must(t, err)

		b.close(day2)
		f, err := s.File(ctx, waits.Item.ID)
		if err != nil || f.State != cases.Ended || f.EndedBy != "" {
			t.Errorf("its other half came: %s by %q, %v", f.State, f.EndedBy, err)
		}
		wantKind(t, s.Approve(ctx, f.Proposal.ID, "checker", ""), fault.Refused, "has ended")
		must(t, s.Reject(ctx, f.Proposal.ID, "maker", ""))
		if n := b.number("SELECT COUNT(*) FROM ledger_entries WHERE kind = ?", string(ledger.Unbooked)); n != 2 {
			t.Errorf("%d postings turned round, want those of the short and of the dispute", n)
		}
		b.wantWorkedDay()
	})
}

// wantWorkedDay: rate 0.38 %, half up; what each merchant gets of the differences
// of the day before, worked out by hand.
func (b *bench) wantWorkedDay() {
	b.Helper()
	got, err := b.store.Clearing().Settlements(ctx, day2)
	must(b, err)
	want := []clearing.Settlement{
		// 50.00 less 10.00, its fee of 0.19 falls to 0.15; 25.00 charged back with 0.09 of the fee (0.38 − 0.29)
		{Date: day2, MerchantNo: diner, Rows: 1, Gross: 5_000, Fee: 19, ErrCount: 1, ErrAmt: -2_500, ErrFeeBack: 9, OtherAmt: -1_000 + 4, Credited: 1_494},
		// 20.00 whole, 8.80 late, and the 6.00 that the channel pays after all, at a fee of 0.02
		{Date: day2, MerchantNo: market, Rows: 2, Gross: 2_880, Fee: 11, ErrCount: 1, ErrAmt: 600, ErrFeeBack: -2, Credited: 3_467},
		{Date: day2, MerchantNo: chain, Rows: 1, Gross: 1_000, Fee: 4}, // of the night, and its wallet pays it
	}
	for i := range want {
		want[i] = addressed(want[i], day2)
	}
	if !slices.Equal(got, want) {
		b.Errorf("settlements of the next day:\n got %+v\nwant %+v", got, want)
	}
	report, problems := file.Verify([]string{filepath.Join(b.dir, "settlement", day1.String()), filepath.Join(b.dir, "settlement", day2.String())})
	if len(problems) > 0 {
		b.Errorf("files: %+v, problems %v", report, problems)
	}
	aerra := b.files(day2)[file.AERRAName(day2)]
	if strings.Count(aerra, "\r\n") != 2 || !strings.Contains(aerra, "E22 ") || !strings.Contains(aerra, "E23 ") || !strings.Contains(aerra, " 4515 ") {
		b.Errorf("AERRA:\n%s", aerra)
	}
	for account, want := range map[ledger.Account]int{
		ledger.MerchantPayable(diner): 0, ledger.MerchantPayable(market): 0, ledger.Suspense("wechat"): 0,
		ledger.ChannelCost("alipay"): -(4 + 2 + 1), // its charges, and the cent
	} {
		if got := b.balance(account); got != want {
			b.Errorf("%s stands at %d, want %d", account, got, want)
		}
	}
	if n, wrong, err := b.store.VerifyAdjustments(ctx); err != nil || n != 3 || wrong != "" {
		b.Errorf("doctor: %d adjustments, %q, %v", n, wrong, err)
	}
}

// people take, comment and hand over, once each, and propose once at a time.
func (b *bench) people(s *cases.Service, short acquiring.Payment) {
	b.Helper()
	r := b.caseOf(s, short.OrderNo)
	n, refused, err := s.Take(ctx, []string{r.Item.ID, "nothing"}, "maker")
	if err != nil || n != 1 || len(refused) != 1 || !fault.Is(refused[0].Err, fault.NotFound) {
		b.Errorf("take: %d, %v, %v", n, refused, err)
	}
	_, _, err = s.Comment(ctx, []string{r.Item.ID}, "maker", "  ")
	wantKind(b, err, fault.Invalid)
	_, _, err = s.Comment(ctx, []string{r.Item.ID}, "maker", "asked the channel by phone")
	must(b, err)
	for _, nobody := range []string{"", "stranger", "checker"} {
		wantKind(b, s.HandOver(ctx, r.Item.ID, nobody, "maker", ""), fault.Invalid)
	}
	must(b, s.HandOver(ctx, r.Item.ID, "colleague", "maker", "on leave"))
	wait := cases.Proposal{Action: cases.Wait, Until: day3, Reason: "the channel looks into it"}
	propose := func(p cases.Proposal) error {
		_, refused, err := s.Propose(ctx, []string{r.Item.ID}, p, "maker")
		if len(refused) > 0 {
			err = errors.Join(err, refused[0].Err)
		}
		return err
	}
	must(b, propose(wait))
	wantKind(b, propose(wait), fault.Conflict, "waits for a decision already")
	f, err := s.File(ctx, r.Item.ID)
	must(b, err)
	if f.Owner != "colleague" || f.State != cases.Deciding || len(f.Events) != 4 || f.Sign != cases.Short {
		b.Errorf("the case: owner %s, %s, %s, %+v", f.Owner, f.State, f.Sign, f.Events)
	}
	wantKind(b, s.Reject(ctx, f.Proposal.ID, "checker", ""), fault.Invalid)
	must(b, s.Reject(ctx, f.Proposal.ID, "maker", ""))
	b.worked(s, r.Item.ID, wait)
	if f, err = s.File(ctx, r.Item.ID); err != nil || f.State != cases.Deferred || len(f.Proposals) != 2 || f.Proposals[1].State != cases.Withdrawn {
		b.Errorf("%s, %+v, %v", f.State, f.Proposals, err)
	}
	wantKind(b, propose(cases.Proposal{Action: cases.Adjust, Reason: "x"}), fault.Refused, "what does: wait, reverse, write_off, dispute")
}

// TestTwoApproversAtOnce: of two people who approve in the same moment one does, and
// the effect is there once.
func TestTwoApproversAtOnce(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		s, _ := b.office()
		short := b.paid(channel.WeChat, diner, 700, at(day1, 12, 0), day1)
		b.close(day1)
		itemID := b.caseOf(s, short.OrderNo).Item.ID
		_, _, err := s.Propose(ctx, []string{itemID}, cases.Proposal{Action: cases.Reverse, Reason: "never paid"}, "maker")
		must(t, err)
		f, err := s.File(ctx, itemID)
		must(t, err)
		answers := make(chan error, 4)
		for i := range cap(answers) {
			go func() { answers <- s.Approve(ctx, f.Proposal.ID, fmt.Sprint("checker-", i), "") }()
		}
		done := 0
		for range cap(answers) {
			if err := <-answers; err == nil {
				done++
			} else if !fault.Is(err, fault.Conflict) && !fault.Is(err, fault.Refused) {
				t.Errorf("too late: %v", err)
			}
		}
		if n := b.number("SELECT COUNT(*) FROM ledger_entries WHERE kind = ?", string(ledger.Unbooked)); done != 1 || n != 1 {
			t.Errorf("%d approved and %d posted, want one", done, n)
		}
		if got := b.balance(ledger.MerchantPayable(diner)); got != 0 {
			t.Errorf("the merchant stands at %d", got)
		}
	})
}
