package store

import (
	"context"
	"log/slog"
	"time"

	"gorm.io/gorm/logger"
)

// slowStatement is from when on a statement is worth a line in the log.
const slowStatement = time.Second

// quietLogger logs slow statements, with ? where the values were, and nothing
// else: errors are returned, and a conflict is an answer.
type quietLogger struct{ log *slog.Logger }

var _ logger.Interface = quietLogger{}

// LogMode stays as it is.
func (q quietLogger) LogMode(logger.LogLevel) logger.Interface { return q }

// Info, Warn and Error say nothing.
func (q quietLogger) Info(context.Context, string, ...any) {}

// Warn says nothing.
func (q quietLogger) Warn(context.Context, string, ...any) {}

// Error says nothing.
func (q quietLogger) Error(context.Context, string, ...any) {}

// Trace logs a slow statement.
func (q quietLogger) Trace(ctx context.Context, begin time.Time, statement func() (string, int64), _ error) {
	// gorm measures with the wall clock; so must this.
	if took := time.Since(begin); took >= slowStatement {
		text, rows := statement()
		q.log.WarnContext(ctx, "slow database statement", "took", took, "rows", rows, "sql", text)
	}
}

// ParamsFilter takes the values out of what is logged.
func (q quietLogger) ParamsFilter(_ context.Context, sql string, _ ...any) (string, []any) {
	return sql, nil
}
