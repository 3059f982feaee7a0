package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"juma/internal/app"
	"juma/merchants"
	"juma/qrcode"
)

// newPlatesMove is a command that moves plates one after another.
func newPlatesMove(c *common, name, short string, move func(*qrcode.Service, context.Context, string, string, string) error) *cobra.Command {
	var w who
	cmd := &cobra.Command{
		Use: name + " PLATE…", Short: short + "; plates are named by serial, key or payload", Example: "  juma plates " + name + ` 2603100000001 --reason "seen at another place"`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			o, err := openPlates(cmd.Context(), c)
			if err != nil {
				return err
			}
			defer o.Close()
			for _, text := range args {
				p, _, err := o.Find(cmd.Context(), text)
				if err != nil {
					return err
				}
				if err := move(o.Service, cmd.Context(), p.Key, w.name(), w.reason); err != nil {
					return err
				}
				if err := printPlate(cmd, o, p.Key); err != nil {
					return err
				}
			}
			return nil
		},
	}
	w.flags(cmd)
	return cmd
}

// printPlate prints where a plate stands now.
func printPlate(cmd *cobra.Command, o *app.PlateOffice, key string) error {
	p, b, err := o.Repo.Plate(cmd.Context(), key)
	if err != nil {
		return err
	}
	text := fmt.Sprintf("plate %s is %s", p.Serial, p.State)
	if b.Version > 0 {
		text += fmt.Sprintf(", terminal %s of merchant %s", b.TerminalNo, b.MerchantNo)
	}
	_, err = fmt.Fprintln(cmd.OutOrStdout(), text)
	return err
}

// bindFlags are what juma plates bind is asked for.
type bindFlags struct {
	who
	plate, terminal, merchant, store, file string
	move                                   bool
}

func newPlatesBind(c *common) *cobra.Command {
	var f bindFlags
	cmd := &cobra.Command{
		Use:   "bind --plate PLATE --terminal NO",
		Short: "Bind a plate to a terminal, or many from a CSV file, all or nothing",
		Long: `Binds a blank plate, named by serial, key or payload, to a terminal; merchant and
store are the terminal's, and are held against --merchant and --store when those
are given. --move takes a bound plate to another terminal.

--file reads CSV with the header plate,terminal_no, and merchant_no and store_id
where they are to be checked. All faults are printed at once on standard output as
line,field,value,problem; with any, nothing is bound and the exit status is 2.`,
		Example: "  juma plates bind --plate 2603100000001 --terminal 10000001\n  juma plates bind --file bindings.csv",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if (f.file == "") == (f.plate == "" || f.terminal == "") {
				return fmt.Errorf("give --plate and --terminal, or --file")
			}
			o, err := openPlates(cmd.Context(), c)
			if err != nil {
				return err
			}
			defer o.Close()
			if f.file != "" {
				return bindFile(cmd, o, f)
			}
			return bindOne(cmd, o, f)
		},
	}
	f.who.flags(cmd)
	flags := cmd.Flags()
	flags.StringVar(&f.plate, "plate", "", "serial, key or payload")
	flags.StringVar(&f.terminal, "terminal", "", "terminal number")
	flags.StringVar(&f.merchant, "merchant", "", "merchant number, to be checked")
	flags.StringVar(&f.store, "store", "", "store id, to be checked")
	flags.StringVar(&f.file, "file", "", "CSV file of bindings")
	flags.BoolVar(&f.move, "move", false, "the plate is bound; move it to this terminal")
	return cmd
}

func bindOne(cmd *cobra.Command, o *app.PlateOffice, f bindFlags) error {
	ctx := cmd.Context()
	p, _, err := o.Find(ctx, f.plate)
	if err != nil {
		return err
	}
	t, err := o.Store.Merchants().Terminal(ctx, f.terminal)
	if err != nil {
		return err
	}
	if field, value := wrongTerminal(t, f.merchant, f.store); field != "" {
		return fmt.Errorf("--%s %q: terminal %s is not there, but at store %s of merchant %s", field, value, t.No, t.StoreID, t.MerchantNo)
	}
	if f.move {
		_, err = o.Rebind(ctx, p.Key, t.MerchantNo, t.StoreID, t.No, f.name(), f.reason)
	} else {
		_, err = o.Bind(ctx, p.Key, t.MerchantNo, t.StoreID, t.No, f.name())
	}
	if err != nil {
		return err
	}
	return printPlate(cmd, o, p.Key)
}

// wrongTerminal names what a terminal does not agree with; empty values agree.
func wrongTerminal(t merchants.Terminal, merchantNo, storeID string) (field, value string) {
	switch {
	case merchantNo != "" && merchantNo != t.MerchantNo:
		return "merchant", merchantNo
	case storeID != "" && storeID != t.StoreID:
		return "store", storeID
	}
	return "", ""
}

func newPlatesReplace(c *common) *cobra.Command {
	var w who
	cmd := &cobra.Command{
		Use: "replace OLD NEW", Short: "Let a blank plate take the place of a broken or lost one, in one step", Args: cobra.ExactArgs(2),
		Example: `  juma plates replace 2603100000001 2603100000777 --reason "the picture is scratched"`,
		RunE: func(cmd *cobra.Command, args []string) error {
			o, err := openPlates(cmd.Context(), c)
			if err != nil {
				return err
			}
			defer o.Close()
			old, _, err := o.Find(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			fresh, _, err := o.Find(cmd.Context(), args[1])
			if err != nil {
				return err
			}
			if _, err := o.Replace(cmd.Context(), old.Key, fresh.Key, w.name(), w.reason); err != nil {
				return err
			}
			if err := printPlate(cmd, o, old.Key); err != nil {
				return err
			}
			return printPlate(cmd, o, fresh.Key)
		},
	}
	w.flags(cmd)
	return cmd
}

func newPlatesStock(c *common) *cobra.Command {
	var w who
	var r qrcode.Range
	var holder string
	cmd := &cobra.Command{
		Use: "stock --holder NAME", Short: "Give blank plates of exported batches to a branch or an agent", Args: cobra.NoArgs,
		Example: "  juma plates stock --holder \"Pudong branch\" --batch 01JQ8Z5T0V8C6W0J5Y3K2M1N0P\n  juma plates stock --holder \"agent 17\" --from 2603100000001 --to 2603100000200",
		RunE: func(cmd *cobra.Command, _ []string) error {
			for flag, serial := range map[string]*string{"from": &r.FromSerial, "to": &r.ToSerial} {
				if *serial == "" {
					continue
				}
				plain, ok := qrcode.ReadSerial(*serial)
				if !ok {
					return fmt.Errorf("--%s %q: want a serial, 13 digits", flag, *serial)
				}
				*serial = plain
			}
			o, err := openPlates(cmd.Context(), c)
			if err != nil {
				return err
			}
			defer o.Close()
			n, err := o.Stock(cmd.Context(), r, holder, w.name(), w.reason)
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "%d plates are in stock at %s\n", n, holder)
			return err
		},
	}
	w.flags(cmd)
	flags := cmd.Flags()
	flags.StringVar(&holder, "holder", "", "the branch or agent")
	flags.StringVar(&r.BatchID, "batch", "", "plates of this batch")
	flags.StringVar(&r.FromSerial, "from", "", "from this serial on")
	flags.StringVar(&r.ToSerial, "to", "", "up to this serial")
	return cmd
}
