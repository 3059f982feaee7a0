package demo

import (
	"context"
	"encoding/json"
	"errors"

	"juma/internal/fault"
	"juma/internal/store"
)

// metaDemo is the fact by which a database says that a demo made it.
const metaDemo = "demo"

// demoMeta is what the database remembers of a demo.
type demoMeta struct {
	fingerprint
	Finished bool `json:"finished"`
}

// prepare looks at the database and the data directory before anything is thrown
// away. A finished demo of the same kind in both is to be served again
// (finished); an interrupted one is cleared away and played anew; anything else
// is refused, or thrown away too with cfg.Fresh if a demo made it.
func prepare(ctx context.Context, cfg Config) (finished bool, err error) {
	if cfg.DB == "" { // the database is a file in the directory
		return prepareDir(cfg)
	}
	if err := store.MigrateEmpty(ctx, store.Config{DSN: cfg.DB}); err != nil {
		return false, err
	}
	s, err := store.Open(ctx, store.Config{DSN: cfg.DB})
	if err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	there, found, err := demoOf(ctx, s)
	if err != nil {
		return false, err
	}
	if found && !cfg.Fresh && there.Finished && there.fingerprint != cfg.fingerprint() {
		return false, there.refuse(s.String(), cfg.fingerprint(), "choose another --db, or --fresh to throw the old one away")
	}
	if finished, err = prepareDir(cfg); err != nil {
		return false, err
	}
	switch {
	case finished && found && there.Finished:
		return true, nil
	case finished:
		return false, fault.New("demo", fault.Conflict, "%s holds a finished demo, and the database %s does not: give the database it was made with, or --fresh", cfg.DataDir, s)
	case found && there.Finished && !cfg.Fresh:
		return false, fault.New("demo", fault.Conflict, "%s holds a finished demo of another --data: give that one, choose another --db, or --fresh to throw it away", s)
	case found:
		return false, s.EraseAll(ctx)
	}
	return false, nil
}

// demoOf reads what the database remembers of a demo. A database that holds
// something else is refused.
func demoOf(ctx context.Context, s *store.Store) (there demoMeta, found bool, err error) {
	text, found, err := s.Meta(ctx, metaDemo)
	if err != nil {
		return there, false, err
	}
	if !found {
		counts, err := s.Plates().CountPlates(ctx)
		if err == nil && len(counts) > 0 {
			err = fault.New("demo", fault.Conflict, "%s holds data that is not a demo's: choose an empty database", s)
		}
		return there, false, err
	}
	if err := json.Unmarshal([]byte(text), &there); err != nil {
		return there, false, fault.Wrap("demo", fault.Corrupt, err)
	}
	return there, true, nil
}
