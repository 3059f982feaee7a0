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
			if _, err := c.exec(op, "DELETE FROM "+name+" WHERE 1 = 1"); err != nil {
				return err
			}
		}
		return nil
	})
}
