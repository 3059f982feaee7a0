package main

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"juma/internal/app"
	"juma/internal/clock"
	"juma/internal/id"
	"juma/qrcode"
	"juma/qrcode/delivery"
	"juma/qrcode/render"
)

// issueFlags are what juma plates issue and export are asked for.
type issueFlags struct {
	who
	count                             int
	payload, institution, host        string
	issuerName, issuerCity, approveBy string
	format, template, logo, out       string
}

func (f *issueFlags) pictureFlags(cmd *cobra.Command) {
	var names []string
	for _, t := range render.Templates {
		names = append(names, t.Name)
	}
	cmd.Flags().StringVar(&f.format, "format", "none", "pictures: png, svg, pdf or none")
	cmd.Flags().StringVar(&f.template, "template", "", "what is printed: code (the bare code), "+strings.Join(names, ", ")+" (default: code, and desk_stand in PDF)")
	cmd.Flags().StringVar(&f.logo, "logo", "", "one or two characters in the middle of the code")
	cmd.Flags().StringVar(&f.out, "out", "", "directory for the manifest and the pictures")
}

func newPlatesIssue(c *common) *cobra.Command {
	var f issueFlags
	cmd := &cobra.Command{
		Use:   "issue --count N --out DIR",
		Short: "Make a batch of plates: records, pictures and a signed manifest",
		Long: `Orders a batch, makes its plates, and writes DIR with manifest.csv, its signature
and, with --format, the pictures. When it is stopped, the same command goes on.
A batch that is larger than juma plates four-eyes says (a million, unless it was
set) waits for somebody else's approval.`,
		Example: `  juma plates issue --count 1000 --payload own --host q.example.com --format png --template sticker --out batch-1
  juma plates issue --count 200 --institution 99982900 --payload unionpay --format pdf --template a4_sheet --out batch-2`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := f.check(); err != nil {
				return err
			}
			return issue(cmd, c, f)
		},
	}
	f.who.flags(cmd)
	f.pictureFlags(cmd)
	flags := cmd.Flags()
	flags.IntVar(&f.count, "count", 0, "how many plates")
	flags.StringVar(&f.payload, "payload", "own", "what the codes hold: own, unionpay or emvco")
	flags.StringVar(&f.institution, "institution", "", "8-digit institution code, for --payload unionpay")
	flags.StringVar(&f.host, "host", app.DefaultPlateHost, "host name of own codes, and of what taps open")
	flags.StringVar(&f.issuerName, "issuer-name", qrcode.DefaultIssuer.Name, "who issues, for --payload emvco: up to 25 ASCII characters")
	flags.StringVar(&f.issuerCity, "issuer-city", qrcode.DefaultIssuer.City, "the issuer's city, for --payload emvco: up to 15 ASCII characters")
	flags.StringVar(&f.approveBy, "approve-by", "", "who approves a large batch; not who orders it")
	return cmd
}

// check names the first flag that cannot be worked with.
func (f *issueFlags) check() error {
	switch {
	case f.out == "":
		return fmt.Errorf("--out is missing: name the directory for the manifest")
	case f.count < 1 || f.count > qrcode.MaxBatch:
		return fmt.Errorf("--count %d: want 1 to %d", f.count, qrcode.MaxBatch)
	case f.payload != string(qrcode.Own) && f.payload != string(qrcode.UnionPay) && f.payload != string(qrcode.EMV):
		return fmt.Errorf("--payload %q: want own, unionpay or emvco", f.payload)
	case f.payload == string(qrcode.UnionPay) && f.institution == "":
		return fmt.Errorf("--institution is missing: --payload unionpay needs the 8-digit institution code")
	case f.institution != "" && (len(f.institution) != 8 || strings.Trim(f.institution, "0123456789") != ""):
		return fmt.Errorf("--institution %q: want 8 digits, 4 of institution and 4 of region", f.institution)
	case f.logo != "" && f.payload == string(qrcode.EMV):
		return fmt.Errorf("--logo %q: an emvco payload makes a code whose middle is needed by readers; own and unionpay codes may have a logo", f.logo)
	case f.approveBy != "" && f.approveBy == f.name():
		return fmt.Errorf("--approve-by %q: whoever orders the plates cannot approve them", f.approveBy)
	}
	_, err := f.pictures()
	return err
}

// pictures says how plates are drawn.
func (f *issueFlags) pictures() (delivery.Pictures, error) {
	if f.format == "none" || f.format == "" {
		return delivery.Pictures{}, nil
	}
	format, err := render.ParseFormat(f.format)
	if err != nil {
		return delivery.Pictures{}, fmt.Errorf("--format %q: want png, svg, pdf or none", f.format)
	}
	pictures, err := app.Pictures(format, f.product(), f.logo)
	if err != nil {
		return delivery.Pictures{}, fmt.Errorf("--template %q: want code or the name of a template, see --help", f.template)
	}
	return pictures, nil
}

// product is what is printed.
func (f *issueFlags) product() string {
	switch {
	case f.template != "":
		return f.template
	case f.format == string(render.FormatPDF):
		return render.DeskStand.Name
	}
	return app.BareCode
}

func (f *issueFlags) order(batch string) delivery.Order {
	return delivery.Order{
		Batch: batch, Count: f.count, Payload: f.payload, Institution: f.institution, Host: f.host, IssuerName: f.issuerName, IssuerCity: f.issuerCity,
		Format: f.format, Template: f.product(), Logo: f.logo,
	}
}

// issue makes the batch of a directory: the one that was begun there, or a new
// one.
func issue(cmd *cobra.Command, c *common, f issueFlags) error {
	ctx := cmd.Context()
	unlock, err := lockOut(f.out)
	if err != nil {
		return err
	}
	defer unlock()
	o, err := app.OpenPlateOffice(ctx, c.data, c.db)
	if err != nil {
		return err
	}
	defer o.Close()
	batch := id.NewULIDs(rand.Reader).At(clock.Real{}.Now())
	if there, claimed := delivery.Claimed(f.out); claimed {
		batch = there.Batch
	}
	// The number is drawn before the batch is ordered: a process that is killed
	// between the two orders the same batch again.
	order, err := delivery.Claim(f.out, f.order(batch))
	if err != nil {
		return err
	}
	b, err := o.Request(ctx, qrcode.Order{
		ID: order.Batch, Grammar: qrcode.Grammar(f.payload), Institution: f.institution, Host: f.host,
		Issuer: qrcode.Issuer{Name: f.issuerName, City: f.issuerCity}, Count: f.count, By: f.name(), Reason: f.reason,
	})
	if err != nil {
		return err
	}
	if b.State == qrcode.Requested && f.approveBy != "" {
		if b, err = o.Approve(ctx, b.ID, f.approveBy, f.reason); err != nil {
			return err
		}
	}
	if b.State == qrcode.Requested {
		return fmt.Errorf("batch %s waits for approval: somebody else than %s runs juma plates approve %s, then give this command again", b.ID, b.CreatedBy, b.ID)
	}
	bar := newProgress(os.Stderr)
	defer bar.end()
	if b, err = o.Generate(ctx, b.ID, func(done, total int) { bar.show("plates", done, total) }); err != nil {
		return stopped(ctx, err)
	}
	return deliver(cmd, o, b, f, bar)
}

// lockOut keeps a second process out of the directory.
func lockOut(dir string) (unlock func(), err error) {
	unlock, err = app.Lock(dir)
	if err != nil {
		return nil, fmt.Errorf("--out %s cannot be used, or another juma is writing to it: %w", dir, err)
	}
	return unlock, nil
}

// stopped says what to do after a Ctrl-C.
func stopped(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return fmt.Errorf("stopped; the same command goes on from here")
	}
	return err
}

// deliver writes the directory of a batch.
func deliver(cmd *cobra.Command, o *app.PlateOffice, b qrcode.Batch, f issueFlags, bar *progress) error {
	ctx := cmd.Context()
	pictures, err := f.pictures()
	if err != nil {
		return err
	}
	key, err := o.ManifestKey()
	if err != nil {
		return err
	}
	done, err := delivery.Maker{
		Dir: f.out, Batch: b, Pictures: pictures, Key: key,
		Plates: func(ctx context.Context, after string, limit int) ([]qrcode.Plate, error) {
			plates, _, err := o.Repo.FindPlates(ctx, qrcode.Filter{BatchID: b.ID}, after, limit)
			return plates, err
		},
		Plate: func(ctx context.Context, serial string) (qrcode.Plate, error) {
			p, _, err := o.Repo.PlateBySerial(ctx, serial)
			return p, err
		},
		Progress: func(done, total int) { bar.show("manifest", done, total) },
	}.Run(ctx)
	if err != nil {
		return stopped(ctx, err)
	}
	if _, err := o.Export(ctx, b.ID, done.SHA256, f.name()); err != nil {
		return err
	}
	bar.end()
	_, err = fmt.Fprintf(cmd.OutOrStdout(), "batch %s: %d plates in %s\nsigned with key %s (%s)\n",
		b.ID, done.Plates, filepath.Join(f.out, delivery.ManifestFile), delivery.Fingerprint(key.Public().(ed25519.PublicKey)), filepath.Join(f.out, delivery.PublicKeyFile))
	return err
}

func newPlatesApprove(c *common) *cobra.Command {
	var w who
	var reject bool
	cmd := &cobra.Command{
		Use: "approve BATCH", Short: "Approve, or reject, a large batch that somebody else ordered", Args: cobra.ExactArgs(1),
		Example: "  juma plates approve 01JQ8Z5T0V8C6W0J5Y3K2M1N0P --by boss",
		RunE: func(cmd *cobra.Command, args []string) error {
			o, err := openPlates(cmd.Context(), c)
			if err != nil {
				return err
			}
			defer o.Close()
			decide := o.Approve
			if reject {
				decide = o.Reject
			}
			b, err := decide(cmd.Context(), args[0], w.name(), w.reason)
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "batch %s is %s\n", b.ID, b.State)
			return err
		},
	}
	w.flags(cmd)
	cmd.Flags().BoolVar(&reject, "reject", false, "end the order instead")
	return cmd
}

func newPlatesExport(c *common) *cobra.Command {
	var f issueFlags
	var batch string
	cmd := &cobra.Command{
		Use: "export --batch BATCH --out DIR", Short: "Write the manifest and pictures of a batch that is made", Args: cobra.NoArgs,
		Example: "  juma plates export --batch 01JQ8Z5T0V8C6W0J5Y3K2M1N0P --format pdf --template desk_stand --out for-printer",
		RunE: func(cmd *cobra.Command, _ []string) error {
			if f.out == "" || batch == "" {
				return fmt.Errorf("--batch and --out are needed: which batch, and the directory for it; juma plates batches lists them")
			}
			if _, err := f.pictures(); err != nil {
				return err
			}
			o, err := openPlates(cmd.Context(), c)
			if err != nil {
				return err
			}
			defer o.Close()
			return export(cmd, o, f, batch)
		},
	}
	f.who.flags(cmd)
	f.pictureFlags(cmd)
	cmd.Flags().StringVar(&batch, "batch", "", "the batch's number")
	return cmd
}

func export(cmd *cobra.Command, o *app.PlateOffice, f issueFlags, batch string) error {
	b, err := o.Repo.Batch(cmd.Context(), batch)
	if err != nil {
		return err
	}
	if !qrcode.MoveExport.Allows(b.State) {
		return fmt.Errorf("--batch %s is %s: export begins at %v", b.ID, b.State, qrcode.MoveExport.From)
	}
	unlock, err := lockOut(f.out)
	if err != nil {
		return err
	}
	defer unlock()
	f.count, f.payload, f.institution, f.host, f.issuerName, f.issuerCity = b.Count, string(b.Grammar), b.Institution, b.Host, b.Issuer.Name, b.Issuer.City
	if _, err := delivery.Claim(f.out, f.order(b.ID)); err != nil {
		return err
	}
	bar := newProgress(os.Stderr)
	defer bar.end()
	return deliver(cmd, o, b, f, bar)
}
