package payout

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"

	"juma/clearing"
	"juma/internal/bizdate"
	"juma/internal/crash"
	"juma/internal/fault"
	"juma/internal/safefile"
)

const sendOp = "payout.Send"

// Send writes the instruction files of a date: what an interrupted Send began is
// finished first, with the same bytes, and what is instructed since then goes into
// files of its own. It returns all files of the date. Kind NotReady while the batch is
// not released.
func (s *Service) Send(ctx context.Context, d bizdate.Date, by string) ([]Instruction, error) {
	if by == "" {
		return nil, fault.Field(sendOp, "by", by, "say who sends")
	}
	if _, err := s.Instruct(ctx, d); err != nil {
		return nil, fault.Wrap(sendOp, "", err)
	}
	if err := s.finishAll(ctx, d); err != nil {
		return nil, err
	}
	for {
		more, err := s.assign(ctx, d, by)
		if err != nil {
			return nil, fault.Wrap(sendOp, "", err)
		}
		if !more {
			return s.Store.Instructions(ctx, d)
		}
		if err := s.finishAll(ctx, d); err != nil {
			return nil, err
		}
	}
}

// finishAll writes and registers the files of a date that are not.
func (s *Service) finishAll(ctx context.Context, d bizdate.Date) error {
	all, err := s.Store.Instructions(ctx, d)
	if err != nil {
		return fault.Wrap(sendOp, "", err)
	}
	for _, i := range all {
		if i.SHA256 == "" {
			if err := s.finish(ctx, i); err != nil {
				return fault.Wrap(sendOp, "", err)
			}
		}
	}
	return nil
}

// assign decides the content of the next file of a date, for one payer; false when
// nothing waits.
func (s *Service) assign(ctx context.Context, d bizdate.Date, by string) (bool, error) {
	payer, err := s.nextPayer(ctx, d)
	if err != nil || payer == nil {
		return false, err
	}
	before, err := s.Store.Instructions(ctx, d)
	if err != nil {
		return false, err
	}
	now := s.Clock.Now()
	i := Instruction{ID: s.IDs.At(now), Date: d, Seq: len(before) + 1, PayerCode: payer.Code, PayerName: payer.Name, MadeBy: by, MadeAt: now.Truncate(1000)}
	i.Name = i.fileName()
	err = s.Store.UpdatePayouts(ctx, func(tx Tx) error {
		if i.Count, i.Amount, err = tx.Assign(i.ID, d, i.PayerCode); err != nil {
			return err
		}
		if i.Count == 0 {
			return fault.New(sendOp, fault.Conflict, "somebody else sends the payouts of %s in this moment; run it again", d)
		}
		return tx.InsertInstruction(i)
	})
	if err != nil {
		return false, err
	}
	crash.At("payouts.assigned")
	return true, nil
}

// nextPayer is whose payouts are to be sent next, nil when none wait.
func (s *Service) nextPayer(ctx context.Context, d bizdate.Date) (*clearing.Payer, error) {
	all, err := s.Store.PayoutsOn(ctx, d)
	for _, p := range all {
		if p.State == Instructed && p.InstructionID == "" {
			return &clearing.Payer{Code: p.PayerCode, Name: p.PayerName}, err
		}
	}
	return nil, err
}

// finish writes the file of an instruction and registers it: from then on its payouts
// are sent.
func (s *Service) finish(ctx context.Context, i Instruction) error {
	all, err := s.Store.PayoutsIn(ctx, i.ID)
	if err != nil {
		return err
	}
	data, err := Encode(i, all)
	if err != nil {
		return err
	}
	if len(all) != i.Count {
		return fault.New(sendOp, fault.Corrupt, "instruction %s has %d payouts, and was made of %d", i.Name, len(all), i.Count)
	}
	sum := sha256.Sum256(data)
	i.Bytes, i.SHA256 = int64(len(data)), hex.EncodeToString(sum[:])
	if err := s.write(i, data); err != nil {
		return err
	}
	now := s.Clock.Now()
	return s.Store.UpdatePayouts(ctx, func(tx Tx) error {
		moved, err := tx.FinishInstruction(i)
		if err != nil || !moved {
			return err // somebody else has registered the same bytes
		}
		n, err := tx.SendPayouts(i.ID, now)
		if err == nil && n != i.Count {
			err = fault.New(sendOp, fault.Corrupt, "of %d payouts in %s only %d wait to be sent", i.Count, i.Name, n)
		}
		if err != nil {
			return err
		}
		return tx.Audit(s.audit(i.MadeBy, "payouts.sent", "instruction "+i.Name, "", fmt.Sprintf("%d, %s yuan, sha256 %s", i.Count, i.Amount.Yuan(), i.SHA256)))
	})
}

// write puts the file and then its control file into place.
func (s *Service) write(i Instruction, data []byte) error {
	dir := filepath.Join(s.DataDir, filepath.FromSlash(i.Folder()))
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return fault.Wrap(sendOp, fault.Unavailable, err)
	}
	if err := place(dir, i.Name, data); err != nil {
		return err
	}
	crash.At("payouts.half_written")
	if err := place(dir, i.Name+".chk", i.control(bytes.Count(data, []byte("\n")))); err != nil {
		return err
	}
	crash.At("payouts.placed")
	return nil
}

// place is Put, and removes what an interrupted one left: one that writes the same in
// this moment finds the file in place.
func place(dir, name string, data []byte) error {
	path := filepath.Join(dir, name)
	if err := Put(path, data); err != nil {
		return err
	}
	return fault.Wrap(sendOp, fault.Unavailable, safefile.Clean(path))
}

// Put writes a file with mode 0600, all or nothing, that is never overwritten: one
// that is there with the same content is accepted, one with other content is kind
// Conflict and stays.
func Put(path string, data []byte) error {
	err := safefile.Create(path, data, 0o600)
	if err == nil {
		return nil
	}
	have, readErr := os.ReadFile(path)
	switch {
	case readErr != nil:
		return fault.Wrap(sendOp, fault.Unavailable, err)
	case !bytes.Equal(have, data):
		return &fault.Error{Op: sendOp, Kind: fault.Conflict, Field: "file", Value: filepath.Base(path), Msg: "is there already with other content; it is never overwritten"}
	}
	return nil
}

// File reads the file of an instruction and proves it against what is registered.
func (s *Service) File(ctx context.Context, id string) (Instruction, []byte, error) {
	const op = "payout.File"
	i, err := s.Store.Instruction(ctx, id)
	if err != nil {
		return i, nil, fault.Wrap(op, "", err)
	}
	if i.SHA256 == "" {
		return i, nil, fault.New(op, fault.NotReady, "%s is not finished: send the payouts of %s again", i.Name, i.Date)
	}
	data, err := os.ReadFile(filepath.Join(s.DataDir, filepath.FromSlash(i.Folder()), i.Name))
	if err != nil {
		return i, nil, fault.Wrap(op, fault.Corrupt, err)
	}
	if sum := sha256.Sum256(data); hex.EncodeToString(sum[:]) != i.SHA256 {
		return i, nil, fault.New(op, fault.Corrupt, "%s is not as it was registered: it was altered since", i.Name)
	}
	return i, data, nil
}
