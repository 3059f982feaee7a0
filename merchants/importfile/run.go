package importfile

import (
	"context"
	"io"

	"juma/internal/bizdate"
	"juma/internal/fault"
	"juma/merchants"
)

// Sink is where merchants of a file go.
type Sink interface {
	// Taken tells which of the merchants are known already, by their places. A
	// merchant is known by its licence, one without by the person and the account.
	Taken(ctx context.Context, all []merchants.Profile) ([]int, error)
	// Import takes all of them or none; by is who imports. Kind Conflict when one of
	// them has become known meanwhile.
	Import(ctx context.Context, all []merchants.Profile, by string) error
}

// Job is one import.
type Job struct {
	Today  bizdate.Date
	By     string
	DryRun bool // everything but the import itself
	// Sink may be nil in a dry run: then nothing is known yet.
	Sink Sink
	// Progress is told how far reading is, see Read; may be nil.
	Progress func(done, total int64)
}

// Run reads a table, holds it against what is known, and imports all of it or, when
// there is any fault, nothing. It gives the number of merchants in the file.
func (j Job) Run(ctx context.Context, r io.ReaderAt, size int64) (n int, faults []Fault, err error) {
	rows, faults := Read(r, size, j.Today, j.Progress)
	all := make([]merchants.Profile, len(rows))
	for i, row := range rows {
		all[i] = row.Profile
	}
	if j.Sink != nil && len(all) > 0 {
		taken, err := j.taken(ctx, rows, all)
		if err != nil {
			return 0, nil, err
		}
		faults = append(faults, taken...)
		Sort(faults)
	}
	if len(faults) > 0 || j.DryRun {
		return len(rows), faults, nil
	}
	err = j.Sink.Import(ctx, all, j.By)
	if fault.Is(err, fault.Conflict) { // somebody was faster: say who it is about
		if taken, e := j.taken(ctx, rows, all); e == nil && len(taken) > 0 {
			return len(rows), taken, nil
		}
	}
	return len(rows), nil, err
}

// taken are the faults of the merchants that are known already.
func (j Job) taken(ctx context.Context, rows []Row, all []merchants.Profile) ([]Fault, error) {
	places, err := j.Sink.Taken(ctx, all)
	var faults []Fault
	for _, i := range places {
		faults = append(faults, known(rows[i]))
	}
	return faults, err
}

// known is the fault of a merchant that is there already.
func known(r Row) Fault {
	column, shown := identity(r.Profile)
	return faultOf(r.Line, column, shown, knownAlready)
}
