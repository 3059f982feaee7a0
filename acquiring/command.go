package acquiring

import (
	"context"
	"fmt"
	"time"

	"juma/acquiring/channel"
	"juma/internal/fault"
)

// Commands move money backwards, and a wallet must hear of each of them although
// processes, brokers and networks fail. So a command is a row first, written with
// the refund that it carries out, and travels as a work-queue message that is
// delivered until it was handled or given up. The row says which; a person can
// have it driven again. That a command is heard twice does no harm: the refund's
// state and its number at the wallet make it the same refund.

// CommandKind says what a command carries out; "refund" is the only one.
type CommandKind string

// RefundCommand has the wallet give money back, by refund or cancellation.
const RefundCommand CommandKind = "refund"

// CommandState is where a command stands.
type CommandState string

// The states of a command.
const (
	CommandWaiting CommandState = "waiting" // on its way, or between two deliveries
	CommandDone    CommandState = "done"    // the wallet heard it; what became of it is the refund's state
	CommandDead    CommandState = "dead"    // given up after too many deliveries
)

// CommandMoves is the table of a command's states.
var CommandMoves = StateTable[CommandState]{
	First: CommandWaiting,
	Moves: []Move[CommandState]{
		{CommandWaiting, CommandDone, "carried out"},
		{CommandWaiting, CommandDead, "given up after too many deliveries"},
		{CommandDead, CommandWaiting, "driven again by a person"},
		{CommandDead, CommandDone, "the sweep carried it out meanwhile"},
		{CommandDone, CommandWaiting, "the refund failed and is tried again"},
	},
	Final: []CommandState{CommandDone, CommandDead},
}

// Command is what is known of a command.
type Command struct {
	Kind       CommandKind
	ObjectNo   string // refund number
	MerchantNo string
	Channel    channel.Name
	State      CommandState
	Deliveries int    // of the round that was given up; 0 otherwise
	Reason     string // why it was given up
	Redrives   int    // how often a person drove it again
	CreatedAt  time.Time
	ChangedAt  time.Time
}

// CommandChange lists what may change with a command's state; nil stays.
type CommandChange struct {
	Deliveries *int
	Reason     *string
	Redrives   *int
	ChangedAt  *time.Time
}

// CommandPage asks for a page of commands, the latest change first.
type CommandPage struct {
	State  CommandState // "" is all
	Before Command      // the last one of the page before; the zero value begins
	Limit  int
}

// RefundRequested begins the subject of the command that carries a refund out; the
// channel follows, because each channel's commands have a queue of their own.
const RefundRequested = "refund.requested"

// RefundSubject is the subject of the refund commands of a channel.
func RefundSubject(ch channel.Name) string { return RefundRequested + "." + string(ch) }

// sendRefund puts the command that carries a refund out into the outbox.
func (s *Service) sendRefund(tx Tx, r Refund) error {
	return tx.Emit(s.event(RefundSubject(r.Channel), r.RefundNo, map[string]any{"refund_no": r.RefundNo, "merchant_no": r.MerchantNo}))
}

// newCommand commits a command with its refund.
func (s *Service) newCommand(tx Tx, r Refund) error {
	now := s.Clock.Now()
	err := tx.InsertCommand(Command{Kind: RefundCommand, ObjectNo: r.RefundNo, MerchantNo: r.MerchantNo, Channel: r.Channel, State: CommandWaiting, CreatedAt: now, ChangedAt: now})
	if err != nil {
		return err
	}
	return s.sendRefund(tx, r)
}

// moveCommand moves a command along its table, from wherever that is possible.
func (s *Service) moveCommand(tx Tx, refundNo string, to CommandState, set CommandChange) (bool, error) {
	now := s.Clock.Now()
	set.ChangedAt = &now
	return tx.MoveCommand(RefundCommand, refundNo, CommandMoves.Into(to), to, set)
}

// CarryOut is what a consumer of refund commands does with one: it has the wallet
// give the money back and notes that the command was heard. An error means that it
// must be delivered again.
func (s *Service) CarryOut(ctx context.Context, refundNo string) error {
	if err := s.ExecuteRefund(ctx, refundNo); err != nil {
		return err
	}
	return fault.Wrap("acquiring.CarryOut", "", s.Store.Update(ctx, func(tx Tx) error {
		_, err := s.moveCommand(tx, refundNo, CommandDone, CommandChange{})
		return err
	}))
}

// GiveUp notes that a command was delivered in vain for the last time. The refund
// itself stays open, and the sweep goes on asking about it.
func (s *Service) GiveUp(ctx context.Context, refundNo string, deliveries int, why string) error {
	return fault.Wrap("acquiring.GiveUp", "", s.Store.Update(ctx, func(tx Tx) error {
		_, err := tx.MoveCommand(RefundCommand, refundNo, []CommandState{CommandWaiting}, CommandDead, CommandChange{Deliveries: &deliveries, Reason: &why, ChangedAt: s.now()})
		return err
	}))
}

func (s *Service) now() *time.Time {
	now := s.Clock.Now()
	return &now
}

// Redrive sends a command that was given up once more, for the reason that the
// audit keeps. Fault kind Conflict (Field "state") when it is not given up,
// NotFound when there is none.
func (s *Service) Redrive(ctx context.Context, refundNo, by, reason string) (Command, error) {
	const op = "acquiring.Redrive"
	if reason == "" {
		return Command{}, fault.Field(op, "reason", "", "must say why the command is to be driven again")
	}
	var c Command
	err := s.Store.Update(ctx, func(tx Tx) (err error) {
		if c, err = tx.Command(RefundCommand, refundNo); err != nil {
			return err
		}
		r, err := tx.Refund(refundNo)
		if err != nil {
			return err
		}
		redrives := c.Redrives + 1
		moved, err := tx.MoveCommand(RefundCommand, refundNo, []CommandState{CommandDead}, CommandWaiting, CommandChange{Redrives: &redrives, ChangedAt: s.now()})
		if err != nil {
			return err
		}
		if !moved {
			return &fault.Error{Op: op, Kind: fault.Conflict, Field: "state", Value: string(c.State), Msg: fmt.Sprintf("only a command that was given up is driven again; %s is %s", refundNo, c.State)}
		}
		if err := tx.Audit(s.newAudit(by, "command.redriven", "refund "+refundNo, string(CommandDead), string(CommandWaiting), reason)); err != nil {
			return err
		}
		c.State, c.Redrives = CommandWaiting, redrives
		return s.sendRefund(tx, r)
	})
	if err != nil {
		return Command{}, fault.Wrap(op, "", err)
	}
	s.AfterCommit()
	return c, nil
}
