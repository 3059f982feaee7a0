package demo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"

	"juma/acquiring/channel"
	"juma/acquiring/sandbox/phone"
)

// Result plays the day, or returns the summary of the day that the directory
// holds already: its files are read back and proved, nothing is computed anew.
func (d *Demo) Result(ctx context.Context) (Summary, error) {
	s, err := ReadSummary(d.cfg.DataDir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		s, err = d.Play(ctx)
		if err != nil && ctx.Err() != nil {
			err = errors.New("interrupted before the day was over: run it again, it begins anew")
		}
		return s, err
	case err != nil:
		return s, err
	}
	return s, d.proveFiles(ctx, s)
}

// Serve lets the simulated clock run on, opens the phone and prints the
// addresses and logins. It returns at once; Close ends it.
func (d *Demo) Serve(ctx context.Context, w io.Writer) error {
	d.clock.GoLive()
	go d.app.RunSweeps(ctx)
	var err error
	d.phone, err = phone.New(phone.Config{
		Plates: d.platesForPhone, CashierURL: d.app.LocalURL(), PublicURL: d.app.PublicURL, Wallets: d.wallets[:len(channel.Wallets)], Clock: d.clock, CodePicture: codePicture,
	})
	if err != nil {
		return err
	}
	if err := d.phone.Start(ctx); err != nil {
		return err
	}
	return d.printAddresses(w)
}

// printAddresses says what to open and with which login, two lines for each
// place, so that a terminal of 80 columns wraps none.
func (d *Demo) printAddresses(w io.Writer) error {
	out := &sheet{w: w}
	place := func(label, address, remark string) {
		out.printf("  %s%s%s\n%28s%s\n", label, strings.Repeat(" ", max(1, 26-width(label))), address, "", remark)
	}
	out.printf("\n")
	place("phone 手机", d.phone.URL(), "scan a plate and pay with each wallet")
	for _, l := range d.Logins() {
		place(l.Label, d.app.PublicURL+l.Page, fmt.Sprintf("login %s  password %s", l.Login, l.Password))
	}
	place("fault script", d.sandbox.ControlURL(), "POST /faults, GET /orders")
	place("files", d.cfg.DataDir, "plates/  statements/  settlement/  summary.json")
	out.printf("\nserving until interrupted (Ctrl-C)\n")
	return out.err
}
