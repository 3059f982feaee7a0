// Package synthetic writes two files of payments of any size that differ in known
// places, for proofs and benchmarks of the reconciliation engine. The same number
// of rows and seed give the same files.
package synthetic

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
)

// Plan says what is written.
type Plan struct {
	Rows  int    // pairs before differences are planted
	Seed  uint64 // which files
	Every int    // one pair in so many is a difference; 0: none
}

const (
	day      = "20260310"
	otherDay = "20260311"
)

var channels = []string{"WECHAT", "ALIPAY", "UNIONPAY"}

// payment is a row before a difference is planted.
type payment struct {
	order, channel, trace, payer string
	date                         string
	amount, fee                  int64
	second                       int
}

func (p Plan) payment(i int) payment {
	r := mix(p.Seed + uint64(i))
	amount := int64(1 + r%2_000_000)
	if r>>60 == 0 {
		amount = -amount // a refund
	}
	return payment{
		order: fmt.Sprintf("P%sT%07d%07d", day, i%9973, i), channel: channels[(r>>24)%3], trace: fmt.Sprintf("%06d", i%1_000_000),
		payer: fmt.Sprintf("o%016x", mix(r)), date: day, amount: amount, fee: (amount*38 + 5000) / 10000, second: i % 86400,
	}
}

// mix is a number that looks like chance (splitmix64).
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

func (r payment) appendTo(b []byte) []byte {
	b = append(append(b, r.order...), ',')
	b = append(append(b, r.channel...), ',')
	b = append(append(b, r.trace...), ',')
	b = append(append(b, r.date...), ',')
	b = append(strconv.AppendInt(b, r.amount, 10), ',')
	b = append(strconv.AppendInt(b, r.fee, 10), ',')
	b = append(append(b, r.payer...), ',')
	return fmt.Appendf(b, "2026-03-10 %02d:%02d:%02d\n", r.second/3600, r.second/60%60, r.second%60)
}

// kinds are planted in turn.
var kinds = []string{"missing_theirs", "missing_ours", "amount", "payer", "spill", "fee", "duplicate_ours", "duplicate_theirs", "several"}

// planted gives the rows of a pair on both sides, and what must be told of them.
func (p Plan) planted(i int) (ours, theirs []payment, lines []string) {
	r := p.payment(i)
	ours, theirs = []payment{r}, []payment{r}
	if p.Every == 0 || i%p.Every != 0 {
		return ours, theirs, nil
	}
	t := &theirs[0]
	amount := strconv.FormatInt(r.amount, 10)
	line := func(kind, field, a, b string) { lines = append(lines, kind+","+r.order+","+field+","+a+","+b) }
	several := false
	switch kind := kinds[i/p.Every%len(kinds)]; kind {
	case "missing_theirs":
		theirs = nil
		line(kind, "amount_fen", amount, "")
	case "missing_ours":
		ours = nil
		line(kind, "amount_fen", "", amount)
	case "duplicate_ours":
		ours = append(ours, r)
		line("duplicate", "amount_fen", amount, "")
	case "duplicate_theirs":
		theirs = append(theirs, r)
		line("duplicate", "amount_fen", "", amount)
	case "several":
		several = true
		fallthrough
	default:
		if several || kind == "amount" {
			t.amount++
			line("amount", "amount_fen", amount, strconv.FormatInt(t.amount, 10))
		}
		if several || kind == "fee" {
			t.fee--
			line("fee", "fee_fen", strconv.FormatInt(r.fee, 10), strconv.FormatInt(t.fee, 10))
		}
		if several || kind == "payer" {
			t.payer = "x" + r.payer[1:]
			line("payer", "payer_acct", r.payer, t.payer)
		}
		if several || kind == "spill" {
			t.date = otherDay
			line("spill", "clear_date", r.date, t.date)
		}
	}
	return ours, theirs, lines
}

// Write writes both files, theirs in another order, and gives what a comparison
// must tell, sorted.
func (p Plan) Write(ours, theirs io.Writer) ([]string, error) {
	var want []string
	a, b := bufio.NewWriterSize(ours, 1<<20), bufio.NewWriterSize(theirs, 1<<20)
	var buf []byte
	for i := range p.Rows {
		rows, _, lines := p.planted(i)
		want = append(want, lines...)
		for _, r := range rows {
			buf = r.appendTo(buf[:0])
			_, _ = a.Write(buf) // the writer keeps its error for Flush
		}
		_, rows, _ = p.planted(p.shuffled(i))
		for _, r := range rows {
			buf = r.appendTo(buf[:0])
			_, _ = b.Write(buf)
		}
	}
	slices.Sort(want)
	return want, errors.Join(a.Flush(), b.Flush())
}

// shuffled is another order of the numbers below Rows.
func (p Plan) shuffled(i int) int {
	step := 7919*(p.Rows/10007+1) + 1
	for gcd(step, p.Rows) != 1 {
		step++
	}
	return int((uint64(i)*uint64(step) + uint64(p.Rows)/3) % uint64(p.Rows))
}

func gcd(a, b int) int {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}
