// Package match is the reconciliation engine: a function over two streams of rows
// that names every difference between them and nothing else.
//
// Rows pair by channel and order number. The payer account is never a key; the
// clearing date says which day's pool a row lies in, and a pair with two dates is
// a spill. Every row of both sides ends in exactly one class, and the counts of
// the Summary prove it.
//
// Memory is bounded whatever the number of rows: rows are spread over partitions
// by a hash of their key, what does not fit into memory goes to a Spool, and each
// partition is joined by itself (Grace hash join). Differences are sorted the
// same way. The package knows no files, no clock and no database.
package match

import (
	"context"
	"errors"
	"io"
	"sync"
)

// Row is one line of a side. Its slices are valid until the next row is read.
type Row struct {
	OrderNo []byte
	Channel []byte
	Date    uint32 // clearing date as yyyymmdd; 0: the side has none
	Amount  int64  // fen, negative for refunds
	Fee     int64  // fen
	Payer   []byte
}

// Source gives the rows of a side in any order, and io.EOF behind the last. A
// Scanner is one over a CSV file.
type Source interface {
	Next(*Row) error
}

// Kind states what was observed.
type Kind string

// The kinds of differences.
const (
	Amount        Kind = "amount"
	Duplicate     Kind = "duplicate"
	Fee           Kind = "fee"
	MissingOurs   Kind = "missing_ours"
	MissingTheirs Kind = "missing_theirs"
	Payer         Kind = "payer"
	Spill         Kind = "spill"
)

// Kinds lists them in the order of the result.
var Kinds = []Kind{Amount, Duplicate, Fee, MissingOurs, MissingTheirs, Payer, Spill}

// Difference is one difference of one field. A row that is missing on one side,
// or stands there again, is told with its amount on the side where it stands.
type Difference struct {
	Kind         Kind
	OrderNo      string
	Field        string // a name of Fields
	Ours, Theirs string
}

// Spool is room outside of memory: written at its end, read anywhere.
type Spool interface {
	io.Writer
	io.ReaderAt
	io.Closer
}

// Options say how Run compares. The zero value compares all dates in memory
// alone.
type Options struct {
	// Date, as yyyymmdd, restricts the comparison to one day's pool: rows of other
	// dates count only as the other half of a row of that day. 0: all dates.
	Date uint32
	// NoDate, NoFee and NoPayer leave a field out, because a side does not have it.
	NoDate, NoFee, NoPayer bool
	// NewSpool makes room outside of memory, for several goroutines at a time; nil:
	// there is none, and memory grows with the rows. Run closes what it made.
	NewSpool func() (Spool, error)
	// Partitions is how many parts rows are spread over, see PartitionsFor.
	Partitions int
	// Workers is how many partitions are joined at a time; 0: two.
	Workers int
	// Joined is told how many partitions are done, from several goroutines.
	Joined func(done, total int)

	memory int // bytes of rows that stay in memory; 0: memoryRows
	part   int // bytes of a partition that are joined in memory; 0: memoryPart
}

// The shares of memory. Peak memory is about memoryRows, the chunks being filled,
// one partition of both sides per worker, and the differences not yet spooled.
const (
	memoryRows  = 192 << 20
	memoryPart  = 64 << 20
	memoryDiffs = 24 << 20
)

func (o Options) withDefaults() Options {
	if o.Workers == 0 {
		o.Workers = 2
	}
	if o.Partitions == 0 {
		o.Partitions = PartitionsFor(0)
	}
	if o.memory == 0 {
		o.memory = memoryRows
	}
	if o.part == 0 {
		o.part = memoryPart
	}
	return o
}

// PartitionsFor chooses the number of partitions for so many bytes of text on
// both sides, so that a partition fits into a processor's cache where possible;
// 0 means that nobody knows.
func PartitionsFor(bytes int64) int {
	const each, most = 6 << 20, 512
	n := 1
	if bytes == 0 {
		n = most / 2
	}
	for n < most && int64(n)*each < bytes {
		n *= 2
	}
	return n
}

// Run compares two sides and gives each difference to emit, sorted by kind, order
// number, field and values. An error of a source is returned as it is, that of
// ours first; then, or when the context ends, nothing was emitted unless emit
// itself failed.
func Run(ctx context.Context, ours, theirs Source, opt Options, emit func(Difference) error) (sum Summary, err error) {
	r := &run{opt: opt.withDefaults(), hasher: newHasher(), out: newSorter(opt.NewSpool, memoryDiffs)}
	r.opt.Partitions = ceilPow2(r.opt.Partitions)
	r.budget.Store(int64(r.opt.memory))
	defer func() { err = errors.Join(err, r.close()) }()
	if err := r.spreadBoth(ctx, ours, theirs); err != nil {
		return Summary{}, err
	}
	if err := r.joinAll(ctx); err != nil {
		return Summary{}, err
	}
	sorted, err := r.out.sorted()
	for err == nil {
		line, more, readErr := sorted.next()
		if !more || readErr != nil {
			return r.sum, readErr
		}
		if err = ctx.Err(); err == nil {
			err = emit(decodeDifference(line))
		}
	}
	return r.sum, err
}

// spreadBoth reads the two sides at the same time.
func (r *run) spreadBoth(ctx context.Context, ours, theirs Source) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var errs [2]error
	var wg sync.WaitGroup
	for i, src := range []Source{ours, theirs} {
		r.sides[i] = newSpread(r.hasher, r.opt.Partitions, &r.budget, r.opt.NewSpool)
		wg.Go(func() {
			if errs[i] = r.sides[i].fill(ctx, src, r.opt, r.sum.side(i)); errs[i] != nil {
				cancel() // the other side need not go on
			}
		})
	}
	wg.Wait()
	if errors.Is(errs[0], context.Canceled) && errs[1] != nil {
		return errs[1]
	}
	return errors.Join(errs[0], noCancel(errs[0], errs[1]))
}

// noCancel drops the second error when the first ended its side.
func noCancel(first, second error) error {
	if first != nil {
		return nil
	}
	return second
}

func ceilPow2(n int) int {
	p := 1
	for p < n {
		p *= 2
	}
	return p
}
