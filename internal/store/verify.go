package store

import (
	"context"
	"fmt"

	"juma/internal/fault"
)

// VerifySealed opens every sealed value where it stands and counts them. wrong
// names the first that does not open, "" when all do; no value is shown.
func (s *Store) VerifySealed(ctx context.Context) (opened int, wrong string, err error) {
	for _, t := range sealedTables {
		for after := ""; ; {
			rows, err := s.sealedPage(ctx, t, after)
			if err != nil {
				return opened, "", err
			}
			for _, r := range rows {
				after = r.Key
				n, err := s.openRow(t, r)
				if opened += n; err != nil {
					return opened, err.Error(), nil
				}
			}
			if len(rows) == 0 {
				break
			}
		}
	}
	return opened, "", nil
}

func (s *Store) openRow(t sealedTable, r resealRow) (opened int, err error) {
	keys := s.ring()
	if keys == nil {
		return 0, fault.New("store.VerifySealed", fault.Internal, "the store has no keys")
	}
	for i, column := range t.columns {
		place := t.name + "." + column
		if sealedBlobs[place] {
			_, err = keys.OpenBytes(place+"."+r.Key, []byte(r.Values[i]))
		} else {
			_, err = keys.Open(place+"."+r.Key, r.Values[i])
		}
		if err != nil {
			return opened, err
		}
		if r.Values[i] != "" {
			opened++
		}
	}
	return opened, nil
}

// bindingPair is a plate with two versions whose times overlap.
type bindingPair struct {
	Key    string
	First  int
	Second int
}

// VerifyBindings proves that no plate was ever bound twice at the same time.
// wrong names the first that was; the plate's key is not shown in full.
func (s *Store) VerifyBindings(ctx context.Context) (n int64, wrong string, err error) {
	const op = "store.VerifyBindings"
	c := s.reader(ctx)
	if n, err = c.count(op, "bindings"); err != nil {
		return 0, "", err
	}
	pairs, err := scanAll(c, op, c.from("bindings AS a").
		Joins("JOIN bindings AS b ON b.plate_key = a.plate_key AND b.version > a.version").
		Where("(a.valid_to = 0 OR a.valid_to > b.valid_from)").Select("a.plate_key, a.version, b.version").Limit(1),
		func(p *bindingPair) []field {
			return []field{{"key", &p.Key}, {"first", &p.First}, {"second", &p.Second}}
		})
	if err == nil && len(pairs) > 0 {
		wrong = fmt.Sprintf("plate %.4s…: versions %d and %d are in force at the same time", pairs[0].Key, pairs[0].First, pairs[0].Second)
	}
	return n, wrong, err
}
