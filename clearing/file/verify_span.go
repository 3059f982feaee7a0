package file

import (
	"fmt"

	"juma/internal/money"
)

// span proves what goes over the rows of several files and days: refunds against
// their purchases, order numbers, and suspended money against what was taken
// back. Folders are added in date order.
type span struct {
	found    *findings
	notes    []string
	orders   map[string]*purchase // every order number, its purchase if it is one
	queries  map[string]*purchase // the purchases by merchant and query id
	outside  int                  // refunds whose purchase is in none of the folders
	suspense map[string]*suspense // by merchant
}

// purchase is an order with what was given back of it so far.
type purchase struct {
	txn
	merchant     string
	refunded     money.Fen
	feeGivenBack money.Fen
}

// suspense is a merchant's negative days within the folders.
type suspense struct{ suspended, takenBack money.Fen }

func newSpan(found *findings) *span {
	return &span{found: found, orders: map[string]*purchase{}, queries: map[string]*purchase{}, suspense: map[string]*suspense{}}
}

// add takes in the next folder.
func (s *span) add(f *folder) {
	accounts := f.sortedAccounts()
	for _, a := range accounts {
		for _, t := range a.zm {
			s.order(a, t)
		}
	}
	before := s.outside
	for _, a := range accounts {
		for _, t := range a.zm {
			if t.class.kind != "" && !t.class.forward {
				s.refund(a, t)
			}
		}
		s.carry(f, a)
	}
	if n := s.outside - before; n > 0 {
		s.notes = append(s.notes, fmt.Sprintf("%s: %d refunds are of purchases that lie in none of these folders; give the earlier folders too to prove them", f.path, n))
	}
}

// order keeps an order number and reports it when it was there before.
func (s *span) order(a *account, t txn) {
	no := t.cols[colOrder]
	if first, twice := s.orders[no]; twice {
		s.found.addf(t.file, t.line, "orderId", no, "stands in %s:%d already", first.file, first.line)
		return
	}
	p := &purchase{txn: t, merchant: a.no}
	s.orders[no] = p
	if t.class.forward {
		s.queries[a.no+" "+t.queryID] = p
	}
}

// refund compares a refund or cancellation with its purchase, where that is in
// the folders.
func (s *span) refund(a *account, t txn) {
	p, ok := s.orders[t.origOrder]
	if !ok {
		if same := s.queries[a.no+" "+t.origQueryID]; same != nil {
			s.found.addf(t.file, t.line, "origOrderId", t.origOrder, "origQryId is that of %s in %s:%d", same.cols[colOrder], same.file, same.line)
			return
		}
		s.outside++
		return
	}
	bad := func(key, value, format string, args ...any) {
		s.found.addf(t.file, t.line, key, value, "%s; the purchase is %s:%d", fmt.Sprintf(format, args...), p.file, p.line)
	}
	if p.merchant != a.no || !p.class.forward {
		bad("origOrderId", t.origOrder, "is no purchase of this merchant")
		return
	}
	for _, c := range []struct{ key, have, want string }{
		{"origTraceNo", t.cols[colOrigTrace], p.cols[colTrace]},
		{"origTxnTime", t.cols[colOrigTime], p.cols[colTime]},
		{"origQryId", t.origQueryID, p.queryID},
	} {
		if c.have != c.want {
			bad(c.key, c.have, "want %s", plainWord(c.want))
		}
	}
	p.refunded += t.amount
	p.feeGivenBack += t.fee
	if p.refunded > p.amount {
		bad("txnAmt", fen(t.amount), "with this %d fen are given back of %d fen", int64(p.refunded), int64(p.amount))
	}
	if p.feeGivenBack > -p.fee {
		bad("merFee", signed(t.fee, 13), "with this %d fen of fee are given back of %d fen", int64(p.feeGivenBack), int64(-p.fee))
	}
}

// carry follows a merchant's negative days: what is taken back (replenished D)
// must have been suspended (D) on an earlier day. Money held back with C is
// clearing's own business and is not followed.
func (s *span) carry(f *folder, a *account) {
	if a.zpsum == nil {
		return
	}
	have := s.suspense[a.no]
	if have == nil {
		have = &suspense{}
		s.suspense[a.no] = have
	}
	if taken := -a.zpsum.fen("replenished"); taken > 0 {
		have.takenBack += taken
		switch {
		case have.suspended == 0:
			s.notes = append(s.notes, fmt.Sprintf("%s: merchant %s gives back %d fen that none of these folders suspended; give the earlier folders too to prove it", f.path, a.no, int64(taken)))
			have.takenBack = 0
		case have.takenBack > have.suspended:
			a.zpsum.bad("replenished", "with this %d fen are taken back of %d fen that earlier folders suspended; if a day before these folders was negative too, give its folder as well", int64(have.takenBack), int64(have.suspended))
		}
	}
	if amount := -a.zpsum.fen("suspended"); amount > 0 {
		have.suspended += amount
	}
}
