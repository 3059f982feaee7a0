package payout_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"

	"juma/clearing/payout"
	"juma/internal/bizdate"
	"juma/internal/dbtest"
	"juma/internal/fault"
	"juma/internal/money"
	"juma/internal/store"
)

// bankModel is what really happens at the bank: it pays what a file instructs, once
// for each number, and tells about it in files of any order.
type bankModel struct {
	rnd   *rand.Rand
	done  map[string]bool
	truth map[string]payout.State
	at    map[string]money.Fen // what arrived and stayed, by merchant
}

// take carries an instruction file out and returns what the bank will say.
func (b *bankModel) take(t testing.TB, all []payout.Payout) (says1 []payout.Result) {
	for _, p := range all {
		if b.done[p.No] {
			t.Fatalf("%s is in two instruction files", p.No)
		}
		b.done[p.No] = true
		switch b.rnd.IntN(3) {
		case 0:
			b.truth[p.No] = payout.Paid
			b.at[p.MerchantNo] += p.Amount
			says1 = append(says1, says(p, payout.Paid, 9))
		case 1:
			b.truth[p.No] = payout.Failed
			says1 = append(says1, says(p, payout.Failed, 9))
		default:
			b.truth[p.No] = payout.Returned
			says1 = append(says1, says(p, payout.Paid, 9), says(p, payout.Returned, 10+b.rnd.IntN(40)))
		}
	}
	return says1
}

// files cuts what is said into files in any order, some lines told twice.
func (b *bankModel) files(all []payout.Result) (files []payout.BankFile) {
	all = append(slices.Clone(all), all[:b.rnd.IntN(len(all)+1)]...)
	b.rnd.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	for len(all) > 0 {
		n := 1 + b.rnd.IntN(len(all))
		files = append(files, bankFile(all[:n]...))
		all = all[n:]
	}
	return append(files, files[b.rnd.IntN(len(files))])
}

// atOnce runs the same several times side by side; what others did first is no error.
func atOnce(t testing.TB, n int, f func(who string) error) (done int) {
	var wg sync.WaitGroup
	var mu sync.Mutex
	for i := range n {
		wg.Go(func() {
			err := f(fmt.Sprintf("person%d", i))
			mu.Lock()
			defer mu.Unlock()
			switch {
			case err == nil:
				done++
			case !fault.Is(err, fault.Conflict) && !fault.Is(err, fault.Refused) && !fault.Is(err, fault.Forbidden):
				t.Error(err)
			}
		})
	}
	wg.Wait()
	return done
}

// TestNothingIsPaidTwice: under any order of the bank's files, files that come again,
// lines that come twice, and people who send and pay again side by side, what arrives
// never exceeds what was credited, and the books agree at every step.
func TestNothingIsPaidTwice(t *testing.T) {
	seeds := uint64(0)
	dbtest.Each(t, func(t *testing.T, open func() *store.Store) {
		seeds++
		o := newOffice(t, open())
		b := &bankModel{rand.New(rand.NewPCG(seeds, 7)), map[string]bool{}, map[string]payout.State{}, map[string]money.Fen{}}
		d := day
		for range 6 { // a batch each day, so that many payouts go their ways
			atOnce(t, 3, func(string) error { _, err := o.Instruct(ctx, d); return err })
			for range 4 {
				o.round(b, d)
			}
			d = d.AddDays(1)
			o.batch(d, map[string]money.Fen{diner: 10_000, market: 20_000})
		}
		if b.at[diner] > 12_951+5*10_000 || b.at[market] > 49_810+5*20_000 {
			t.Errorf("more arrived than was credited: %v", b.at)
		}
	})
}

// round sends what waits, takes the bank's word, and pays again what did not arrive.
func (o *office) round(b *bankModel, d bizdate.Date) {
	o.Helper()
	before := len(get[[]payout.Instruction](o)(o.Store.Instructions(ctx, d)))
	atOnce(o, 3, func(who string) error { _, err := o.Send(ctx, d, who); return err })
	get[[]payout.Instruction](o)(o.Send(ctx, d, "last"))
	var said []payout.Result
	for _, i := range get[[]payout.Instruction](o)(o.Store.Instructions(ctx, d))[before:] {
		said = append(said, b.take(o, get[[]payout.Payout](o)(o.Store.PayoutsIn(ctx, i.ID)))...)
	}
	if len(said) == 0 {
		return
	}
	for _, f := range b.files(said) {
		get[payout.Imported](o)(o.ImportResults(ctx, f, "clear1"))
		o.healthy()
	}
	for _, p := range get[[]payout.Payout](o)(o.Store.PayoutsOn(ctx, d)) {
		if want := b.truth[p.No]; want != "" && p.State != want {
			o.Errorf("%s is %s, and at the bank %s", p.No, p.State, want)
		}
	}
	for _, p := range get[[]payout.Payout](o)(o.Store.Unpaid(ctx)) {
		proposed := atOnce(o, 3, func(who string) error { _, err := o.ProposeAgain(ctx, p.No, who, "corrected"); return err })
		next := strings.TrimSuffix(p.No, fmt.Sprintf("%02d", p.Attempt)) + fmt.Sprintf("%02d", p.Attempt+1)
		released := atOnce(o, 3, func(who string) error { return o.ReleaseAgain(ctx, next, who) })
		if proposed != 1 || released != 1 {
			o.Errorf("%s was proposed again %d times and released %d times", p.No, proposed, released)
		}
	}
	o.healthy()
}
