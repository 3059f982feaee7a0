package store

import (
	"context"
	"strings"

	"juma/internal/fault"
)

// EraseAll removes every row of every table and leaves the schema. It exists for
// demos, which make their database and may throw it away; a database that holds
// anybody's business is never given to it.
func (s *Store) EraseAll(ctx context.Context) error {
	const op = "store.EraseAll"
	query := "SELECT table_name FROM information_schema.tables WHERE table_schema = DATABASE() AND table_type = 'BASE TABLE'"
	if s.target.sqlite {
		query = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
	}
	var names []string
	if err := s.write.WithContext(ctx).Raw(query).Scan(&names).Error; err != nil {
		return fault.Wrap(op, fault.Unavailable, err)
	}
	return s.update(ctx, func(c *conn) error {
		for _, name := range names {
			if strings.HasPrefix(name, "goose") { // the schema's own numbers and lock
				continue
			}
			statement, seeded := seededTables[name]
			if !seeded {
				statement = "DELETE FROM " + name + " WHERE 1 = 1"
			}
			if _, err := c.exec(op, statement); err != nil {
				return err
			}
		}
		return nil
	})
}

// seededTables have rows that come with the migrations: they are set back to what
// they were, because nothing would bring them again.
var seededTables = map[string]string{
	"fences":      "UPDATE fences SET token = 0 WHERE 1 = 1",
	"audit_head":  "UPDATE audit_head SET seq = 0, hash = '' WHERE 1 = 1",
	"payer_locks": "UPDATE payer_locks SET taken = 0 WHERE 1 = 1",
}
