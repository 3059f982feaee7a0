package main

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"

	"github.com/spf13/cobra"

	"juma/internal/app"
	"juma/internal/fault"
	"juma/qrcode"
)

func newPlatesImport(c *common) *cobra.Command {
	var w who
	var f struct{ file, institution, host string }
	var length int
	cmd := &cobra.Command{
		Use:   "import --file FILE --institution IIIIRRRR",
		Short: "Store the codes of a UnionPay allocation file as a batch, all or nothing",
		Long: `Reads codes that were applied for at UnionPay, one a line: the whole address or its
last part, alone or in the CSV column "code", "url" or "payload". Codes that are
there twice or are plates already, another institution's codes and wrong lengths
are printed at once on standard output as line,field,value,problem; with any,
nothing is imported and the exit status is 2.`,
		Example: "  juma plates import --file allocation.csv --institution 99982900",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if f.file == "" || f.institution == "" {
				return fmt.Errorf("--file and --institution are needed: the allocation file, and whose codes it holds")
			}
			o, err := app.OpenPlateOffice(cmd.Context(), c.data, c.db)
			if err != nil {
				return err
			}
			defer o.Close()
			open := func() (io.ReadCloser, error) { return os.Open(f.file) }
			b, problems, err := o.Import(cmd.Context(), qrcode.Allocation{Institution: f.institution, Length: length}, open,
				qrcode.Order{Host: f.host, By: w.name(), Reason: w.reason})
			if err != nil {
				return err
			}
			if len(problems) > 0 {
				return refuseLines(cmd, f.file, problems)
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "batch %s: %d plates; juma plates export --batch %s writes their manifest\n", b.ID, b.Count, b.ID)
			return err
		},
	}
	w.flags(cmd)
	flags := cmd.Flags()
	flags.StringVar(&f.file, "file", "", "the allocation file")
	flags.StringVar(&f.institution, "institution", "", "8-digit institution code that the codes belong to")
	flags.StringVar(&f.host, "host", app.DefaultPlateHost, "host name of what the plates' tags open")
	flags.IntVar(&length, "length", 0, "length of each code (default: that of most)")
	return cmd
}

// refuseLines prints the faults of a file's lines.
func refuseLines(cmd *cobra.Command, file string, problems []qrcode.Problem) error {
	out := csv.NewWriter(cmd.OutOrStdout())
	rows := [][]string{{"line", "field", "value", "problem"}}
	for _, p := range problems {
		rows = append(rows, []string{strconv.Itoa(p.Line), p.Field, p.Value, p.Msg})
	}
	if err := out.WriteAll(rows); err != nil {
		return err
	}
	return refusal{fmt.Errorf("faults in %s: %d; nothing was done", file, len(problems))}
}

// The columns of a file of bindings; the last two may be left out.
var bindColumns = []string{"plate", "terminal_no", "merchant_no", "store_id"}

// bindFile binds what the lines of a CSV file say, all or nothing.
func bindFile(cmd *cobra.Command, o *app.PlateOffice, f bindFlags) error {
	in, err := os.Open(f.file)
	if err != nil {
		return err
	}
	defer in.Close()
	r := csv.NewReader(in)
	head, err := r.Read()
	if err != nil || len(head) < 2 || len(head) > len(bindColumns) || !slices.Equal(head, bindColumns[:len(head)]) {
		return fmt.Errorf("--file %s: want CSV with the header %s,%s[,%s[,%s]]", f.file, bindColumns[0], bindColumns[1], bindColumns[2], bindColumns[3])
	}
	all, lines, problems, err := readBindings(cmd, o, r)
	switch {
	case err != nil:
		return err
	case len(all) == 0 && len(problems) == 0:
		return fmt.Errorf("--file %s: there is no line below the header", f.file)
	case len(problems) == 0:
		refused, err := o.BindAll(cmd.Context(), all, f.name(), f.reason)
		if err != nil {
			return err
		}
		for i, why := range refused {
			problems = append(problems, qrcode.Problem{Line: lines[i], Field: "plate", Msg: sentence(why)})
		}
	}
	if len(problems) > 0 {
		slices.SortFunc(problems, func(a, b qrcode.Problem) int { return a.Line - b.Line })
		return refuseLines(cmd, f.file, problems)
	}
	_, err = fmt.Fprintf(cmd.OutOrStdout(), "%d plates are bound\n", len(all))
	return err
}

// readBindings reads every line: bindings with the lines they stand in, and what
// is wrong with the others.
func readBindings(cmd *cobra.Command, o *app.PlateOffice, r *csv.Reader) (all []qrcode.Binding, lines []int, problems []qrcode.Problem, err error) {
	seen := map[string]int{}
	for {
		cells, err := r.Read()
		var at *csv.ParseError
		switch {
		case err == io.EOF:
			return all, lines, problems, nil
		case errors.As(err, &at):
			problems = append(problems, qrcode.Problem{Line: at.Line, Field: "line", Msg: "is no CSV of as many columns as the header"})
			continue
		case err != nil:
			return nil, nil, nil, err
		}
		line, _ := r.FieldPos(0)
		cells = append(cells, make([]string, len(bindColumns)-len(cells))...)
		b, p, err := bindLine(cmd, o, cells)
		if err != nil {
			return nil, nil, nil, err
		}
		if first, twice := seen[b.PlateKey]; p == nil && twice {
			p = &qrcode.Problem{Field: "plate", Value: cells[0], Msg: fmt.Sprintf("is in line %d already", first)}
		}
		if p != nil {
			p.Line = line
			problems = append(problems, *p)
			continue
		}
		seen[b.PlateKey] = line
		all, lines = append(all, b), append(lines, line)
	}
}

// bindLine reads one line: the plate must be there and blank, the terminal there,
// and where merchant and store are named they must be the terminal's.
func bindLine(cmd *cobra.Command, o *app.PlateOffice, cells []string) (qrcode.Binding, *qrcode.Problem, error) {
	bad := func(field, value, format string, args ...any) (qrcode.Binding, *qrcode.Problem, error) {
		return qrcode.Binding{}, &qrcode.Problem{Field: field, Value: value, Msg: fmt.Sprintf(format, args...)}, nil
	}
	known := func(err error) bool { return fault.Is(err, fault.NotFound) || fault.Is(err, fault.Invalid) }
	p, _, err := o.Find(cmd.Context(), cells[0])
	switch {
	case known(err):
		return bad("plate", cells[0], "is no plate of ours")
	case err != nil:
		return qrcode.Binding{}, nil, err
	case p.State != qrcode.Blank:
		return bad("plate", cells[0], "is %s; only a blank plate can be bound", p.State)
	}
	t, err := o.Store.Merchants().Terminal(cmd.Context(), cells[1])
	switch {
	case known(err):
		return bad("terminal_no", cells[1], "is no terminal of ours")
	case err != nil:
		return qrcode.Binding{}, nil, err
	}
	if field, value := wrongTerminal(t, cells[2], cells[3]); field != "" {
		column := map[string]string{"merchant": "merchant_no", "store": "store_id"}[field]
		return bad(column, value, "terminal %s is at store %s of merchant %s", t.No, t.StoreID, t.MerchantNo)
	}
	return qrcode.Binding{PlateKey: p.Key, MerchantNo: t.MerchantNo, StoreID: t.StoreID, TerminalNo: t.No}, nil, nil
}

// sentence is a fault's own words.
func sentence(err error) string {
	var f *fault.Error
	if errors.As(err, &f) && f.Msg != "" {
		return f.Msg
	}
	return err.Error()
}
