package main

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"runtime/debug"
	"sync/atomic"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"juma/clearing/match"
	"juma/clearing/match/mapfile"
	"juma/internal/bizdate"
	"juma/internal/gbk"
	"juma/internal/safefile"
)

// reconcileFlags are what juma reconcile is asked for.
type reconcileFlags struct {
	ours, theirs, mapping, out, temp string
	ledger, statements               string
	date                             string
}

const reconcileHelp = `Compares two CSV files of any size in bounded memory. Without --map both have the
columns order_no,channel,trace_no,clear_date,amount_fen,fee_fen,payer_acct,paid_time
and no header; dates are YYYYMMDD, rows in any order, lines end with LF or CRLF.

Rows pair by channel and order number. DIFF.csv gets kind,order_no,field,ours,theirs,
sorted, one line for each field that differs:

  missing_theirs, missing_ours   a row that the other file lacks (its amount is shown)
  spill                          the two rows have different clearing dates
  amount, fee, payer             these fields differ, compared as they are written
  duplicate                      a row of an order that its file has already shown

With --date only that day's rows are compared; a row of another day counts as the
other half of a row of that day, which is a spill. trace_no and paid_time are not
compared. Counts and sums go to standard error. Rows that do not fit into memory
go to files in the system's directory for temporary files (TMPDIR), or --temp.

Exit status 0: balanced. 1: differences. 2: no result, and --out is as it was.

The other use: --ledger L.csv --statements DIR --date D classes every row of a platform's
ledger of that day, and every line of the statements of WeChat, Alipay and UnionPay
that lie in DIR or below it in any form (zip, gzip, bare; files are told by what
they hold, and proved by their totals). R.csv gets channel,order_no,result,
channel_amount_fen,action; results are MATCHED, MATCHED_ACCOUNT_UPDATED,
MATCHED_TIME_FILLED, BUFFERED, LONG, SHORT and AMOUNT_DIFF. The ledger's columns are
channel,order_no,kind,merchant_id,amount_fen,platform_status,platform_time,
payer_account,channel_txn_no,trace_no,settle_date, with a header, in any order.
Exit status 1 when a result is LONG, SHORT or AMOUNT_DIFF.

` + mapfile.Help

func newReconcile() *cobra.Command {
	var f reconcileFlags
	cmd := &cobra.Command{
		Use:   "reconcile --ours A.csv --theirs B.csv --out DIFF.csv",
		Short: "Compare two files, or a ledger with the channels' statements, without a database",
		Long:  reconcileHelp,
		Example: `  juma reconcile --ours ledger.csv --theirs statement.csv --date 2026-03-10 --out diff.csv
  juma reconcile --ours ledger.csv --theirs bill.csv --map bill.yaml --out diff.csv
  juma reconcile --ledger ledger.csv --statements bills --date 2026-03-10 --out result.csv`,
		Args: func(cmd *cobra.Command, args []string) error {
			if err := cobra.NoArgs(cmd, args); err != nil {
				return unusable{err}
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, _ []string) error {
			run := f.run
			if f.ledger != "" || f.statements != "" {
				run = f.runDay
			}
			n, err := run(cmd)
			switch {
			case cmd.Context().Err() != nil:
				return unusable{fmt.Errorf("stopped; %s was not written", f.out)}
			case err != nil:
				return unusable{err}
			case n > 0:
				return fmt.Errorf("differences: %d, see %s", n, f.out)
			}
			return nil
		},
	}
	cmd.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return unusable{cmd.Parent().FlagErrorFunc()(cmd, err)}
	})
	flags := cmd.Flags()
	flags.StringVar(&f.ours, "ours", "", "our rows, CSV")
	flags.StringVar(&f.theirs, "theirs", "", "the other side's rows, CSV")
	flags.StringVar(&f.date, "date", "", "compare this clearing date alone, YYYY-MM-DD")
	flags.StringVar(&f.mapping, "map", "", "YAML that says how the files are laid out, see above")
	flags.StringVar(&f.out, "out", "", "where the differences are written")
	flags.StringVar(&f.ledger, "ledger", "", "a platform's own records, CSV, instead of --ours")
	flags.StringVar(&f.statements, "statements", "", "directory of the channels' statements, instead of --theirs")
	flags.StringVar(&f.temp, "temp", "", "directory for what does not fit into memory")
	return cmd
}

// check looks at everything that can be known before a row is read.
func (f *reconcileFlags) check() (date bizdate.Date, err error) {
	for _, flag := range []struct{ name, value string }{{"--ours", f.ours}, {"--theirs", f.theirs}, {"--out", f.out}} {
		if flag.value == "" {
			return 0, fmt.Errorf("%s is missing; see juma reconcile --help", flag.name)
		}
	}
	if f.date != "" {
		if date, err = bizdate.Parse(f.date); err != nil {
			return 0, fmt.Errorf("--date %q: want a day as YYYY-MM-DD", f.date)
		}
	}
	return date, checkOut(f.out, f.ours, f.theirs, f.mapping)
}

// checkOut refuses a place for the result that is a directory or an input.
func checkOut(out string, inputs ...string) error {
	there, err := os.Stat(out)
	if err != nil {
		return nil // nothing there yet; what else is wrong shows when it is written
	}
	if there.IsDir() {
		return fmt.Errorf("--out %s is a directory: name a file", out)
	}
	for _, in := range inputs {
		if info, err := os.Stat(in); err == nil && os.SameFile(there, info) {
			return fmt.Errorf("--out %s is the input %s: name another file", out, in)
		}
	}
	return nil
}

// memoryGoal keeps the collector from letting garbage grow beyond it.
const memoryGoal = 384 << 20

// run compares the files and gives the number of differences.
func (f *reconcileFlags) run(cmd *cobra.Command) (int64, error) {
	date, err := f.check()
	if err != nil {
		return 0, err
	}
	layout, err := f.readMap()
	if err != nil {
		return 0, err
	}
	defer debug.SetMemoryLimit(debug.SetMemoryLimit(memoryGoal))
	ours, err := openSide(f.ours, layout.Ours)
	if err != nil {
		return 0, err
	}
	defer ours.file.Close()
	theirs, err := openSide(f.theirs, layout.Theirs)
	if err != nil {
		return 0, err
	}
	defer theirs.file.Close()
	defer context.AfterFunc(cmd.Context(), func() { // who waits for bytes waits no longer
		ours.file.Close()
		theirs.file.Close()
	})()
	bar, endBar := watch(ours, theirs)
	defer endBar()
	lacks := func(field string) bool { return !layout.Ours.Layout.Has(field) || !layout.Theirs.Layout.Has(field) }
	opt := match.Options{
		Date: uint32(date), NoDate: lacks(match.ClearDate), NoFee: lacks(match.FeeFen), NoPayer: lacks(match.PayerAcct),
		NewSpool:   func() (match.Spool, error) { return safefile.NewScratch(f.temp) },
		Partitions: match.PartitionsFor(textSize(ours, theirs)), Joined: bar.joined,
	}
	sum, err := writeDifferences(cmd.Context(), f.out, ours.rows, theirs.rows, opt)
	endBar()
	if err != nil {
		return 0, err
	}
	return sum.Differences(), printSummary(cmd.ErrOrStderr(), sum)
}

func (f *reconcileFlags) readMap() (mapfile.Map, error) {
	if f.mapping == "" {
		return mapfile.Default(), nil
	}
	data, err := os.ReadFile(f.mapping)
	if err != nil {
		return mapfile.Map{}, fmt.Errorf("--map: %w", err)
	}
	m, err := mapfile.Read(data)
	if err != nil {
		return m, fmt.Errorf("%s: %w", f.mapping, err)
	}
	return m, nil
}

// writeDifferences writes the result whole or not at all.
func writeDifferences(ctx context.Context, path string, ours, theirs match.Source, opt match.Options) (sum match.Summary, err error) {
	err = safefile.Stream(path, 0o644, func(to io.Writer) error {
		w := csv.NewWriter(to)
		sum, err = match.Run(ctx, ours, theirs, opt, func(d match.Difference) error {
			return w.Write([]string{string(d.Kind), d.OrderNo, d.Field, d.Ours, d.Theirs})
		})
		if err != nil {
			return err
		}
		if !sum.Proved() {
			return fmt.Errorf("a defect: the classes do not add up to the rows, no result")
		}
		w.Flush()
		return w.Error()
	})
	return sum, err
}

// side is an opened file.
type side struct {
	file *os.File
	size int64 // -1: not a regular file, nobody knows
	read atomic.Int64
	rows *match.Scanner
}

// textSize is the size of both files, 0 when nobody knows.
func textSize(ours, theirs *side) int64 {
	if ours.size < 0 || theirs.size < 0 {
		return 0
	}
	return ours.size + theirs.size
}

func openSide(path string, layout mapfile.Side) (*side, error) {
	f, err := os.Open(path)
	if err != nil {
		var at *fs.PathError
		if errors.As(err, &at) {
			err = at.Err
		}
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	info, err := f.Stat()
	if err == nil && info.IsDir() {
		err = errors.New("is a directory, want a CSV file")
	}
	if err != nil {
		f.Close()
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	s := &side{file: f, size: -1}
	if info.Mode().IsRegular() {
		s.size = info.Size()
	}
	var from io.Reader = counted{f, &s.read}
	if layout.GBK {
		from = gbk.NewReader(from)
	}
	if s.rows, err = match.NewScanner(path, from, layout.Layout); err != nil {
		f.Close()
		return nil, err
	}
	return s, nil
}

// counted counts the bytes that are read.
type counted struct {
	io.Reader
	n *atomic.Int64
}

func (c counted) Read(b []byte) (int, error) {
	n, err := c.Reader.Read(b)
	c.n.Add(int64(n))
	return n, err
}

// watching draws the bar of a comparison a few times a second.
type watching struct{ done, total atomic.Int64 }

func (w *watching) joined(done, total int) {
	w.total.Store(int64(total))
	w.done.Store(int64(done))
}

// watch starts the bar; end may be called more than once.
func watch(ours, theirs *side) (w *watching, end func()) {
	w = &watching{}
	bar := newProgress(os.Stderr)
	if bar.w == nil {
		return w, func() {}
	}
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		defer bar.end()
		tick := time.NewTicker(100 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-stop:
				return
			case <-tick.C:
			}
			if total := w.total.Load(); total > 0 {
				bar.show("compare", int(w.done.Load()), int(total))
			} else {
				bar.show("read", int(ours.read.Load()+theirs.read.Load()), int(textSize(ours, theirs)))
			}
		}
	}()
	ended := false
	return w, func() {
		if !ended {
			ended = true
			close(stop)
			<-stopped
		}
	}
}

// printSummary tells counts and sums, in fen.
func printSummary(to io.Writer, s match.Summary) error {
	w := tabwriter.NewWriter(to, 0, 4, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(w, "\trows\tsum (fen)\tmissing there\tduplicate\tother days\t\n")
	for _, side := range []struct {
		name string
		match.Side
	}{{"ours", s.Ours}, {"theirs", s.Theirs}} {
		fmt.Fprintf(w, "%s\t%d\t%s\t%d\t%d\t%d\t\n", side.name, side.Rows, side.Sum, side.Missing, side.Duplicates, side.Outside)
	}
	fmt.Fprintf(w, "matched\t%d\t%s\t\t\t\t\ndiffering\t%d\t\t\t\t\t\n", s.Matched, s.MatchedSum, s.Differing)
	if err := w.Flush(); err != nil {
		return err
	}
	if s.Differences() == 0 {
		_, err := fmt.Fprintln(to, "balanced")
		return err
	}
	fmt.Fprintf(w, "kind\tlines\tours (fen)\ttheirs (fen)\t\n")
	for _, k := range match.Kinds {
		if t := s.Of(k); t.Lines > 0 {
			fmt.Fprintf(w, "%s\t%d\t%s\t%s\t\n", k, t.Lines, t.Ours, t.Theirs)
		}
	}
	return w.Flush()
}
