// Package layouts has the layouts of statements that this version knows: it ties the
// readers of the wallets to the intake. A new form of file is added here, and here
// only.
package layouts

import (
	"maps"
	"slices"

	"juma/acquiring/channel"
	alipay "juma/acquiring/channel/alipay/statement"
	wechat "juma/acquiring/channel/wechat/statement"
	"juma/clearing/bankcredit"
	"juma/clearing/intake"
	"juma/internal/fault"
)

// All are the layouts that are known, of every channel and of its further accounts among
// the keys. numbers are ours at the accounts, which must stand in their statements: WeChat's
// sp_mchid, Alipay's PID; "" is any.
func All(numbers map[channel.Name]string) []intake.Layout {
	var all []intake.Layout
	for _, name := range channel.With(slices.Collect(maps.Keys(numbers))...) {
		all = append(all, of(name, numbers[name])...)
	}
	return append(all, bankCredit())
}

// of are the layouts of one account.
func of(name channel.Name, number string) []intake.Layout {
	switch name.Base() {
	case channel.WeChat:
		return weChat(name, number)
	case channel.Alipay:
		return aliPay(name, number)
	}
	return unionPay(name)
}

func statementFile(f intake.File) channel.StatementFile {
	return channel.StatementFile{Channel: f.Channel, MerchantID: f.Account, Date: f.Date, Name: f.Name, Data: f.Data}
}

// rows makes a layout's content of a statement.
func rows(st channel.Statement, err error) (intake.Content, error) {
	return intake.Content{Lines: st.Lines, Rows: len(st.Lines)}, err
}

func weChat(ch channel.Name, account string) []intake.Layout {
	bill := func(id string, kind intake.Kind, bill wechat.Bill, read func(intake.File) (intake.Content, error)) intake.Layout {
		all, needed := bill.Header()
		return intake.Layout{ID: id, Channel: ch, Number: account, Kind: kind, Columns: all, Needed: needed, Read: read,
			Recognise: func(f intake.File) (intake.Claim, bool) {
				sign, ok := wechat.Recognise(f.Data)
				return intake.Claim{Date: sign.Date, Number: sign.Provider}, ok && sign.Bill == bill
			}}
	}
	trades := func(f intake.File) (intake.Content, error) {
		return rows(wechat.Reader{Account: account, Partial: true}.Read(statementFile(f)))
	}
	return []intake.Layout{
		bill("wechat-all", intake.Payments, wechat.BillAll, trades),
		bill("wechat-success", intake.PaymentsOnly, wechat.BillSuccess, trades),
		bill("wechat-refund", intake.RefundsOnly, wechat.BillRefund, refundsOnly(trades)),
		bill("wechat-funds", intake.Funds, wechat.BillFunds, func(f intake.File) (intake.Content, error) {
			funds, err := wechat.ReadFunds(f.Data, f.Date)
			if err != nil {
				return intake.Content{}, err
			}
			// A refund takes its amount less the fee that comes back, so the fee of the
			// day is not known apart: what counts is the net.
			return intake.Content{Rows: funds.Rows, Control: &intake.Totals{Payments: funds.Payments, Paid: funds.Paid,
				Refunds: funds.Refunds, Refunded: funds.Refunded, Fee: funds.Fee}}, nil
		}),
	}
}

// refundsOnly refuses a payment in a bill of refunds.
func refundsOnly(read func(intake.File) (intake.Content, error)) func(intake.File) (intake.Content, error) {
	return func(f intake.File) (intake.Content, error) {
		c, err := read(f)
		for _, l := range c.Lines {
			if err == nil && l.Kind != channel.RefundLine {
				e := fault.New("layouts", fault.Corrupt, "line %d: a payment stands in a bill of refunds", l.LineNo)
				e.Field, e.Value = "商户订单号", l.OrderNo
				return intake.Content{}, e
			}
		}
		return c, err
	}
}

func aliPay(ch channel.Name, account string) []intake.Layout {
	layout := func(id string, kind intake.Kind, summary bool, read func(intake.File) (intake.Content, error)) intake.Layout {
		all, needed := alipay.Header(summary)
		return intake.Layout{ID: id, Channel: ch, Number: account, Kind: kind, Columns: all, Needed: needed, Read: read,
			Recognise: func(f intake.File) (intake.Claim, bool) {
				sign, ok := alipay.Recognise(f.Data)
				return intake.Claim{Date: sign.Date, Number: sign.Account}, ok && sign.Summary == summary
			}}
	}
	reader := alipay.Reader{Account: account}
	return []intake.Layout{
		layout("alipay-detail", intake.Payments, false, func(f intake.File) (intake.Content, error) { return rows(reader.Read(statementFile(f))) }),
		layout("alipay-summary", intake.Sums, true, func(f intake.File) (intake.Content, error) {
			t, err := reader.ReadSummary(f.Data, f.Date)
			if err != nil {
				return intake.Content{}, err
			}
			// The sums do not tell refunds from payments in money: paid is the difference.
			return intake.Content{Rows: t.Stores, Control: &intake.Totals{Payments: t.Payments, Refunds: t.Refunds, Paid: t.Ordered, Fee: t.Fee}}, nil
		}),
	}
}

func bankCredit() intake.Layout {
	return intake.Layout{ID: "bank-credit", Kind: intake.Credits, Columns: bankcredit.Columns, Needed: bankcredit.Columns,
		Recognise: func(f intake.File) (intake.Claim, bool) {
			date, account, ok := bankcredit.Recognise(f.Data)
			return intake.Claim{Date: date, Account: account}, ok
		},
		Read: func(f intake.File) (intake.Content, error) {
			a, err := bankcredit.Read(f.Data)
			return intake.Content{Credits: a.Credits, Rows: len(a.Credits)}, err
		}}
}
