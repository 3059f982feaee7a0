package routing

import (
	"cmp"
	"context"
	"slices"

	"juma/acquiring/channel"
	"juma/internal/bizdate"
	"juma/internal/fault"
	"juma/internal/money"
)

// Past is a payment of the past, as a decision sees it.
type Past struct {
	OrderNo   string
	Channel   channel.Name // that carried it
	RequestID string
	Facts     // without Enrolled, Down and Seed
}

// Move is how many payments would go from one channel to another.
type Move struct {
	From, To channel.Name // To is "" where no channel would take them
	Count    int
	Amount   money.Fen
}

// Trial is what a set would have done with a day's payments.
type Trial struct {
	Day   bizdate.Date
	Seen  int // payments looked at
	Stay  int // of them, those that would go where they went
	Moves []Move
	// Cut: the day has more payments than are looked at.
	Cut bool
}

const (
	trialPage  = 1000
	trialLimit = 200_000
)

// DryRun decides a day's payments by a set, as if every channel had been up, and
// changes nothing. Each is drawn by its own request, as it would have been.
func (s *Service) DryRun(ctx context.Context, set Set, day bizdate.Date) (Trial, error) {
	const op = "routing.DryRun"
	trial := Trial{Day: day}
	if err := s.check(ctx, set); err != nil {
		return trial, err
	}
	enrolled := map[string][]channel.Name{}
	moves := map[[2]channel.Name]Move{}
	from, to := day.Start(), day.AddDays(1).Start()
	for after := ""; ; {
		page, err := s.store.RoutedPayments(ctx, from, to, after, trialPage)
		if err != nil {
			return trial, fault.Wrap(op, "", err)
		}
		for _, p := range page {
			after = p.OrderNo
			at, ok := enrolled[p.MerchantNo]
			if !ok {
				if at, err = s.store.EnrolledAt(ctx, p.MerchantNo); err != nil {
					return trial, fault.Wrap(op, "", err)
				}
				enrolled[p.MerchantNo] = at
			}
			f := p.Facts
			f.Enrolled, f.Seed = at, SeedOf(p.RequestID)
			trial.count(p, Decide(set, f).Channel, moves)
		}
		trial.Cut = trial.Seen >= trialLimit && len(page) == trialPage
		if len(page) < trialPage || trial.Cut {
			break
		}
	}
	for _, m := range moves {
		trial.Moves = append(trial.Moves, m)
	}
	slices.SortFunc(trial.Moves, func(a, b Move) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.From, b.From), cmp.Compare(a.To, b.To))
	})
	return trial, nil
}

func (t *Trial) count(p Past, to channel.Name, moves map[[2]channel.Name]Move) {
	t.Seen++
	if to == p.Channel {
		t.Stay++
		return
	}
	key := [2]channel.Name{p.Channel, to}
	m := moves[key]
	m.From, m.To, m.Count, m.Amount = p.Channel, to, m.Count+1, m.Amount+p.Amount
	moves[key] = m
}
