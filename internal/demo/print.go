package demo

import (
	"fmt"
	"io"
	"strings"

	"juma/acquiring/channel"
	"juma/clearing"
)

// sheet prints a statement: a label on the left and figures in columns on the
// right. The first error stays and is returned by the caller.
type sheet struct {
	w   io.Writer
	err error
}

func (s *sheet) printf(format string, args ...any) {
	if s.err == nil {
		_, s.err = fmt.Fprintf(s.w, format, args...)
	}
}

func (s *sheet) row(label string, figures ...any) {
	line := "  " + label + strings.Repeat(" ", max(1, 24-width(label)))
	for _, f := range figures {
		line += fmt.Sprintf("%16v", f)
	}
	s.printf("%s\n", strings.TrimRight(line, " "))
}

// width counts terminal columns: a Chinese character takes two.
func width(s string) (n int) {
	for _, r := range s {
		if n++; r >= 0x2E80 {
			n++
		}
	}
	return n
}

// head begins a section: a rule, the title, and the names of the columns.
func (s *sheet) head(title string, columns ...any) {
	s.printf("  %s\n", strings.Repeat("─", 24+3*16))
	s.row(title, columns...)
}

// Print writes the summary as a banker would read it. The error is the writer's.
func (s Summary) Print(w io.Writer) error {
	out := &sheet{w: w}
	out.printf("\n  Clearing date 清算日期 %s   merchants paid 结算日期 %s (T+1)\n", s.ClearingDate, s.SettlementDate)
	for _, warning := range s.Warnings {
		out.printf("  WARNING: %s\n", warning)
	}
	out.head("PAYMENTS 收款", "count", "amount", "NATS requests")
	for _, ch := range channel.Names {
		if _, served := s.Channels[ch]; !served {
			continue
		}
		out.row(string(ch), s.Channels[ch].Paid, s.Channels[ch].Amount, s.Bus[ch].Requests)
	}
	out.row("total", s.Payments.Paid, s.Payments.Amount)
	out.row("refunds", s.Refunds.Count, s.Refunds.Amount)
	out.head("NOTICES 通知", "received", "duplicates", "forged, refused")
	out.row("", s.Notices.Received, s.Notices.Duplicates, s.Notices.ForgedRefused)
	s.Trouble.print(out)
	r := s.Reconciliation
	out.head("RECONCILIATION 对账", "ours", "theirs", "matched")
	out.row("lines", r.Ours, r.Theirs, r.Matched)
	out.head("DISCREPANCIES 差错", "planted", "found")
	for _, kind := range clearing.Kinds {
		out.row(strings.ReplaceAll(string(kind), "_", " "), r.Planted[kind], r.Discrepancies[kind])
	}
	t := s.Settlement
	out.head("SETTLEMENT 结算", "count", "amount")
	out.row("gross", "", t.Gross)
	out.row("- refunds", "", t.Refund)
	out.row("- fees", "", t.Fee)
	out.row("+ adjustments", "", t.Adjust)
	out.row("= net, merchants", t.Merchants, t.Net)
	out.row("held payments", t.Held.Count, t.Held.Amount)
	out.row("next day's payments", t.NextDay.Count, t.NextDay.Amount)
	out.head("LEDGER 账簿", "debit", "credit")
	out.row("", s.Ledger.Debit, s.Ledger.Credit)
	out.printf("\n  %d settlement files, all read back and proved, in %d.%d s\n", len(s.Files), s.ElapsedMS/1000, s.ElapsedMS/100%10)
	return out.err
}
