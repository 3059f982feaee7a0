package importfile_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"juma/internal/fault"
	"juma/merchants"
	"juma/merchants/importfile"
)

// sink knows some identity numbers and codes, and keeps what it gets.
type sink struct {
	knows map[string]bool
	got   []merchants.Profile
	by    string
	err   error
}

func (s *sink) Taken(_ context.Context, all []merchants.Profile) (taken []int, err error) {
	for i, p := range all {
		if s.knows[p.USCC] || s.knows[p.Legal.IDNo] {
			taken = append(taken, i)
		}
	}
	return taken, nil
}

func (s *sink) Import(_ context.Context, all []merchants.Profile, by string) error {
	if s.err == nil {
		s.got, s.by = all, by
	}
	return s.err
}

func run(job importfile.Job, text string) (int, []importfile.Fault, error) {
	job.Today, job.By = today, "ops"
	return job.Run(context.Background(), strings.NewReader(text), int64(len(text)))
}

func TestRunImportsAllOrNothing(t *testing.T) {
	text := table(t, 6)
	s := &sink{}
	if n, faults, err := run(importfile.Job{Sink: s}, text); n != 6 || len(faults) > 0 || err != nil || len(s.got) != 6 || s.by != "ops" {
		t.Errorf("%d %+v %v, stored %d", n, faults, err, len(s.got))
	}
	enterprise, micro := s.got[0], s.got[2]

	s = &sink{knows: map[string]bool{enterprise.USCC: true, micro.Legal.IDNo: true}}
	rows := grid(t, 6)
	rows[2][6] = "0000"
	_, faults, err := run(importfile.Job{Sink: s}, join(t, rows))
	if want := []string{"2 uscc", "3 mcc", "4 legal_id"}; !slices.Equal(at(faults), want) || err != nil || s.got != nil {
		t.Errorf("%+v %v, stored %d; want %q and nothing stored", faults, err, len(s.got), want)
	}
	if len(faults) == 3 && strings.Contains(faults[2].Value, micro.Legal.IDNo) {
		t.Errorf("an identity number is shown: %+v", faults[2])
	}

	s = &sink{}
	if n, faults, err := run(importfile.Job{Sink: s, DryRun: true}, text); n != 6 || len(faults) > 0 || err != nil || s.got != nil {
		t.Errorf("dry run: %d %+v %v, stored %d", n, faults, err, len(s.got))
	}
	if n, _, err := run(importfile.Job{DryRun: true}, text); n != 6 || err != nil {
		t.Errorf("dry run without a database: %d %v", n, err)
	}
	full := errors.New("disk full")
	if _, _, err := run(importfile.Job{Sink: &sink{err: full}}, text); !errors.Is(err, full) {
		t.Errorf("%v", err)
	}
}

// TestRunSaysWhoWasFaster: what became known between the look and the import is
// reported by its line, like what was known before.
func TestRunSaysWhoWasFaster(t *testing.T) {
	s := &slowSink{}
	_, faults, err := run(importfile.Job{Sink: s}, table(t, 6))
	if want := []string{"2 uscc"}; err != nil || !slices.Equal(at(faults), want) {
		t.Errorf("%+v %v, want %q", faults, err, want)
	}
}

// slowSink learns of the file's first merchant while it imports.
type slowSink struct{ sink }

func (s *slowSink) Import(_ context.Context, all []merchants.Profile, _ string) error {
	s.knows = map[string]bool{all[0].USCC: true}
	return fault.New("test", fault.Conflict, "an applicant is known already")
}
