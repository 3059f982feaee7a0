package bus

import (
	"bytes"
	"context"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"testing"

	"juma/acquiring/channel"
	"juma/internal/fault"
)

// enrolling is a fake with the ability to enrol.
type enrolling struct {
	fake
	enrol          func(context.Context, channel.EnrolRequest) (channel.EnrolResult, error)
	queryEnrolment func(context.Context, channel.EnrolQuery) (channel.EnrolResult, error)
}

func (e *enrolling) Enrol(ctx context.Context, r channel.EnrolRequest) (channel.EnrolResult, error) {
	return e.enrol(ctx, r)
}
func (e *enrolling) QueryEnrolment(ctx context.Context, r channel.EnrolQuery) (channel.EnrolResult, error) {
	return e.queryEnrolment(ctx, r)
}

var applied = channel.EnrolRequest{
	EnrolQuery: channel.EnrolQuery{BusinessCode: "999290058120001W01", MerchantNo: "999290058120001"},
	Kind:       channel.EnterpriseKind, Name: "CANARY-company", Legal: channel.EnrolPerson{Name: "CANARY-person", IDNo: "CANARY-id"},
	Account: channel.EnrolAccount{Corporate: true, No: "CANARY-card"}, Photos: map[string]string{channel.LicencePhoto: "m1"},
}

// TestEnrolmentThroughTheBus: both calls make the round trip whole, and nothing
// of an application stays behind: neither in the broker's store nor in a log,
// even when the adapter fails.
func TestEnrolmentThroughTheBus(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	dir := t.TempDir()
	b := start(t, func(c *Config) { c.StoreDir, c.Log = dir, slog.New(slog.NewTextHandler(&log, nil)) })
	rejected := channel.EnrolResult{Result: channel.Result{Outcome: channel.Refused, Code: "X"}, ApplicationNo: "A1",
		Reasons: []channel.EnrolReason{{Path: "account.no", Field: "account_number", Text: "与户名不符"}}}
	accepted := channel.EnrolResult{Result: channel.Result{Outcome: channel.Succeeded}, MerchantID: "1900000109"}
	a := &enrolling{fake: fake{name: channel.WeChat}, enrol: echo(t, applied, rejected), queryEnrolment: echo(t, applied.EnrolQuery, accepted)}
	serve(t, b, a)
	remote := b.Remote(channel.WeChat).(channel.Enroller)
	res, err := remote.Enrol(t.Context(), applied)
	same(t, "Enrol", res, err, rejected)
	res, err = remote.QueryEnrolment(t.Context(), applied.EnrolQuery)
	same(t, "QueryEnrolment", res, err, accepted)

	a.enrol = func(context.Context, channel.EnrolRequest) (channel.EnrolResult, error) { panic("broken") }
	if _, err := remote.Enrol(t.Context(), applied); !fault.Is(err, fault.Internal) {
		t.Errorf("a panic of the adapter: %v", err)
	}
	a.enrol = func(context.Context, channel.EnrolRequest) (channel.EnrolResult, error) {
		return channel.EnrolResult{}, context.DeadlineExceeded
	}
	short, cancel := context.WithTimeout(t.Context(), 200e6)
	defer cancel()
	if res, err := remote.Enrol(short, applied); err != nil || res.Outcome != channel.Unknown {
		t.Errorf("no answer: %+v, %v; want unknown", res, err)
	}
	b.Close()
	if bytes.Contains(log.Bytes(), []byte("CANARY")) {
		t.Errorf("the log tells of persons: %s", log.String())
	}
	wantNoCanary(t, dir)
}

func wantNoCanary(t *testing.T, dir string) {
	t.Helper()
	files := 0
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		files++
		data, err := os.ReadFile(path)
		if bytes.Contains(data, []byte("CANARY")) {
			t.Errorf("%s keeps an application", path)
		}
		return err
	})
	if err != nil || files == 0 {
		t.Errorf("looked at %d files of the broker's store: %v", files, err)
	}
}

// TestNoStreamKeepsCalls: a stream over the calls' subjects would write personal
// data to disk.
func TestNoStreamKeepsCalls(t *testing.T) {
	for _, m := range []method{methodEnrol, methodQueryEnrolment} {
		if d, kept := streamFor(methodSubject(channel.WeChat, m)); kept {
			t.Errorf("stream %s keeps %s", d.name, m)
		}
	}
}

func TestAdapterWithoutEnrolment(t *testing.T) {
	t.Parallel()
	b := start(t)
	serve(t, b, &fake{name: channel.Alipay})
	remote := b.Remote(channel.Alipay).(channel.Enroller)
	if _, err := remote.Enrol(t.Context(), applied); !fault.Is(err, fault.Invalid) {
		t.Errorf("got %v, want invalid", err)
	}
	if _, err := remote.QueryEnrolment(t.Context(), applied.EnrolQuery); !fault.Is(err, fault.Invalid) {
		t.Errorf("got %v, want invalid", err)
	}
}

func TestEnrolmentWithoutAdapter(t *testing.T) {
	t.Parallel()
	remote := start(t).Remote(channel.UnionPay).(channel.Enroller)
	if _, err := remote.Enrol(t.Context(), applied); !fault.Is(err, fault.Unavailable) {
		t.Errorf("got %v, want unavailable: nobody got it", err)
	}
}
