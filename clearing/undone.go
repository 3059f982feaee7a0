package clearing

import (
	"fmt"

	"juma/acquiring/channel"
)

// What a statement shows and what undid it belong together (reconciliation §3, pass 4):
// neither is money that anybody waits for.

// takeReversed takes payments out of the statement that it shows with their own reversal
// (冲正), which bears the payment's number. We call neither final, so without this they
// would be two differences that cancel each other. What it returns is left to be matched.
func (m *merger) takeReversed(ours []Record, theirs []Line) (left []Line) {
	final := make(map[Key]bool, len(ours))
	for _, r := range ours {
		final[r.key()] = true
	}
	known := func(k Key) bool {
		_, other := m.other[k]
		return other || final[k]
	}
	taken, payments := map[int]bool{}, map[string][]int{}
	for i, l := range theirs {
		if l.Kind == channel.PaymentLine && l.Final && !known(l.key()) {
			payments[l.OrderNo] = append(payments[l.OrderNo], i)
		}
	}
	for i, back := range theirs {
		if back.Kind != channel.RefundLine || back.OrderNo != back.OrigOrderNo || !back.Final || known(back.key()) {
			continue
		}
		for _, j := range payments[back.OrderNo] {
			if pay := theirs[j]; !taken[j] && pay.Amount == back.Amount && pay.MerchantID == back.MerchantID {
				taken[i], taken[j] = true, true
				m.netZero(pay, fmt.Sprintf("reversed the same day in line %d: net zero", back.LineNo))
				m.netZero(back, fmt.Sprintf("reverses line %d: net zero", pay.LineNo))
				break
			}
		}
	}
	for i, l := range theirs {
		if !taken[i] {
			left = append(left, l)
		}
	}
	return left
}

// netZero is a line of a pair that moved no money in the end: explained, and in no
// settlement.
func (m *merger) netZero(l Line, note string) {
	it := m.theirsItem(l)
	it.Class, it.State, it.Note = Matched, Cleared, note
	m.out.Items = append(m.out.Items, it)
}

// explainSeconds lets the refund of a second success explain the line of that success,
// today's or one that has waited since an earlier day: what the channel took twice is
// given back, so nobody has to look.
func (m *merger) explainSeconds() {
	for _, records := range [][]Record{m.in.Ours, m.in.OtherDay} {
		for _, r := range records {
			if r.Kind == channel.RefundLine && r.SecondNo != "" {
				m.explainSecond(r)
			}
		}
	}
}

func (m *merger) explainSecond(r Record) {
	if i, ok := secondLine(m.out.Items, r); ok {
		it := &m.out.Items[i]
		it.State = Cleared
		it.Note += fmt.Sprintf("; refund %s gives it back", r.OrderNo)
		return
	}
	if i, ok := secondLine(m.in.Pool, r); ok {
		m.out.Cleared = append(m.out.Cleared, m.in.Pool[i].ID)
		m.in.Pool[i].State = Cleared
	}
}

// secondLine finds the line that r gives back: by the channel's number, or where the
// statement has other numbers, the only one of the order with the amount.
func secondLine(items []Item, r Record) (found int, ok bool) {
	fitting := 0
	for i, it := range items {
		if it.Ours || it.Kind != channel.PaymentLine || it.Class != Duplicate || it.State != Waiting || it.OrderNo != r.OrigOrderNo || it.TheirsAmount != r.Amount {
			continue
		}
		if it.ChannelNo == r.SecondNo {
			return i, true
		}
		found = i
		fitting++
	}
	return found, fitting == 1
}
