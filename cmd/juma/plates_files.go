package main

import (
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"juma/internal/app"
	"juma/qrcode"
	"juma/qrcode/bindfile"
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
	all := make([]bindfile.Problem, len(problems))
	for i, p := range problems {
		all[i].Problem = p
	}
	return refuseBindings(cmd, file, all)
}

func refuseBindings(cmd *cobra.Command, file string, problems []bindfile.Problem) error {
	if err := bindfile.WriteProblems(cmd.OutOrStdout(), problems); err != nil {
		return err
	}
	return refusal{fmt.Errorf("faults in %s: %d; nothing was done", file, len(problems))}
}

// bindFile binds what the lines of a CSV file say, all or nothing.
func bindFile(cmd *cobra.Command, o *app.PlateOffice, f bindFlags) error {
	in, err := os.Open(f.file)
	if err != nil {
		return err
	}
	defer in.Close()
	n, problems, err := o.BindFiles().Bind(cmd.Context(), in, f.name(), f.reason)
	switch {
	case err != nil:
		return fmt.Errorf("--file %s: %w", f.file, err)
	case len(problems) > 0:
		return refuseBindings(cmd, f.file, problems)
	}
	_, err = fmt.Fprintf(cmd.OutOrStdout(), "%d plates are bound\n", n)
	return err
}
