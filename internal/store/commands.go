package store

import (
	"context"

	"juma/acquiring"
	"juma/internal/fault"
)

var commands = table[acquiring.Command]{"commands", func(c *acquiring.Command) []field {
	return []field{
		{"kind", &c.Kind},
		{"object_no", &c.ObjectNo},
		{"merchant_no", &c.MerchantNo},
		{"channel", &c.Channel},
		{"state", &c.State},
		{"deliveries", &c.Deliveries},
		{"reason", text(&c.Reason)},
		{"redrives", &c.Redrives},
		{"created_at", at(&c.CreatedAt)},
		{"changed_at", at(&c.ChangedAt)},
	}
}}

// InsertCommand stores a new command.
func (c acquiringTx) InsertCommand(cmd acquiring.Command) error {
	return commands.insert(c.conn, "store.InsertCommand", cmd)
}

// Command reads the command inside the transaction.
func (c acquiringTx) Command(kind acquiring.CommandKind, objectNo string) (acquiring.Command, error) {
	return commands.one(c.conn, "store.Command", "object_no", objectNo, "kind = ? AND object_no = ?", kind, objectNo)
}

// MoveCommand moves the command if it is in one of the states from.
func (c acquiringTx) MoveCommand(kind acquiring.CommandKind, objectNo string, from []acquiring.CommandState, to acquiring.CommandState, set acquiring.CommandChange) (bool, error) {
	const op = "store.MoveCommand"
	if err := allowed(op, acquiring.CommandMoves, from, to); err != nil {
		return false, c.fail(err)
	}
	ch := change{}
	ch.set("state", to)
	setValue(&ch, "deliveries", set.Deliveries)
	setText(&ch, "reason", set.Reason)
	setValue(&ch, "redrives", set.Redrives)
	setTime(&ch, "changed_at", set.ChangedAt)
	return c.moved(op, "UPDATE commands SET "+ch.columns()+" WHERE kind = ? AND object_no = ? AND state IN ?", append(ch.args, kind, objectNo, from)...)
}

// allowed holds a move to the table of states: a caller that asks for another is
// a defect of the program, and nothing of its transaction is kept.
func allowed[S ~string](op string, moves acquiring.StateTable[S], from []S, to S) error {
	for _, f := range from {
		if !moves.Allows(f, to) {
			return fault.New(op, fault.Internal, "the table of states has no move from %s to %s", f, to)
		}
	}
	return nil
}

// Commands lists commands, the latest change first.
func (s acquiringStore) Commands(ctx context.Context, page acquiring.CommandPage) ([]acquiring.Command, error) {
	c := s.reader(ctx)
	q := c.from(commands.name)
	if page.State != "" {
		q = q.Where("state = ?", page.State)
	}
	if before := page.Before; before.ObjectNo != "" {
		at := micros(before.ChangedAt)
		q = q.Where("(changed_at < ? OR (changed_at = ? AND object_no < ?))", at, at, before.ObjectNo)
	}
	return commands.list(c, "store.Commands", q.Order("changed_at DESC, object_no DESC").Limit(page.Limit))
}

// Command reads one command.
func (s acquiringStore) Command(ctx context.Context, kind acquiring.CommandKind, objectNo string) (acquiring.Command, error) {
	return commands.one(s.reader(ctx), "store.Command", "object_no", objectNo, "kind = ? AND object_no = ?", kind, objectNo)
}
