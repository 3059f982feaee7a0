package store

import (
	"context"

	"juma/internal/fault"
)

// fact is a small fact about the database itself.
type fact struct{ Key, Value string }

var facts = table[fact]{"meta", func(f *fact) []field {
	return []field{{"meta_key", &f.Key}, {"meta_value", text(&f.Value)}}
}}

// Meta returns a fact about the database itself, such as the seed it was made
// from; found is false when it was never set.
func (s *Store) Meta(ctx context.Context, key string) (value string, found bool, err error) {
	f, err := facts.one(s.reader(ctx), "store.Meta", "meta_key", key, "meta_key = ?", key)
	if fault.Is(err, fault.NotFound) {
		return "", false, nil
	}
	return f.Value, err == nil, err
}

// SetMeta sets a fact; a later call overwrites.
func (s *Store) SetMeta(ctx context.Context, key, value string) error {
	const op = "store.SetMeta"
	return s.update(ctx, func(c *conn) error {
		set := func() (bool, error) {
			return c.moved(op, "UPDATE meta SET meta_value = ? WHERE meta_key = ?", text(&value), key)
		}
		if there, err := set(); there || err != nil {
			return err
		}
		err := facts.insert(c, op, fact{key, value})
		if fault.Is(err, fault.Conflict) { // set by another one in between
			_, err = set()
		}
		return err
	})
}
