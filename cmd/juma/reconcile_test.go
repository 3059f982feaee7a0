package main

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"
)

// reconcile runs juma reconcile in a directory with some files and gives the exit
// status, the result file, and what was said.
func reconcile(t *testing.T, files map[string]string, line ...string) (status int, diff, said string) {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	cmd := juma(t, append([]string{"reconcile"}, line...)...)
	cmd.Dir = dir
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	if out.Len() > 0 {
		t.Errorf("on standard output: %s", out.String())
	}
	for name, text := range files {
		if got, err := os.ReadFile(filepath.Join(dir, name)); err != nil || (string(got) != text && name != "diff.csv") {
			t.Errorf("the input %s has become %q, %v", name, got, err)
		}
	}
	left, err := filepath.Glob(filepath.Join(dir, ".tmp-*"))
	if err != nil || len(left) > 0 {
		t.Errorf("left over: %v, %v", left, err)
	}
	text, err := os.ReadFile(filepath.Join(dir, "diff.csv"))
	if err != nil {
		text = []byte("(none)")
	}
	return cmd.ProcessState.ExitCode(), string(text), errs.String()
}

const (
	reconcileP1 = "P1,WECHAT,000001,20260310,100,1,o1,2026-03-10 10:00:00\n"
	reconcileP2 = "P2,ALIPAY,000002,20260311,-250,-2,*试(138****0000),2026-03-11 10:00:00\r\n"
)

func TestReconcile(t *testing.T) {
	files := []string{"--ours", "a.csv", "--theirs", "b.csv", "--out", "diff.csv"}
	for name, tt := range map[string]struct {
		files  map[string]string
		line   []string
		status int
		diff   string
		said   []string
	}{
		"balanced": {map[string]string{"a.csv": reconcileP1 + reconcileP2, "b.csv": reconcileP2 + reconcileP1}, files, 0, "", []string{"balanced", "matched"}},
		"empty":    {map[string]string{"a.csv": "", "b.csv": ""}, files, 0, "", []string{"balanced"}},
		"differences": {map[string]string{"a.csv": reconcileP1 + reconcileP2, "b.csv": strings.Replace(reconcileP1, ",100,1,o1", `,90,1,"o,1"`, 1)}, files, 1,
			"amount,P1,amount_fen,100,90\nmissing_theirs,P2,amount_fen,-250,\npayer,P1,payer_acct,o1,\"o,1\"\n", []string{"missing_theirs", "-250", "juma: differences: 3, see diff.csv"}},
		"one day":                    {map[string]string{"a.csv": reconcileP1 + reconcileP2, "b.csv": reconcileP1}, append([]string{"--date", "2026-03-10"}, files...), 0, "", []string{"balanced"}},
		"what was there is replaced": {map[string]string{"a.csv": reconcileP1, "b.csv": reconcileP1, "diff.csv": "old"}, files, 0, "", nil},

		"a bad row":        {map[string]string{"a.csv": reconcileP1, "b.csv": reconcileP1 + "P2,W,1,20260310,1.5,0,,\n", "diff.csv": "old"}, files, 2, "old", []string{`b.csv line 2 amount_fen "1.5": want whole fen`}},
		"no such file":     {map[string]string{"a.csv": reconcileP1}, files, 2, "(none)", []string{"juma: b.csv: no such file"}},
		"a directory":      {map[string]string{"a.csv": reconcileP1}, []string{"--ours", "a.csv", "--theirs", ".", "--out", "diff.csv"}, 2, "(none)", []string{"juma: .: is a directory"}},
		"out is an input":  {map[string]string{"a.csv": reconcileP1, "b.csv": ""}, []string{"--ours", "a.csv", "--theirs", "b.csv", "--out", "./a.csv"}, 2, "(none)", []string{"is the input a.csv"}},
		"out is the map":   {map[string]string{"a.csv": reconcileP1, "b.csv": "", "m.yaml": ""}, []string{"--ours", "a.csv", "--theirs", "b.csv", "--map", "m.yaml", "--out", "m.yaml"}, 2, "(none)", []string{"is the input m.yaml"}},
		"out is directory": {map[string]string{"a.csv": reconcileP1, "b.csv": ""}, []string{"--ours", "a.csv", "--theirs", "b.csv", "--out", "."}, 2, "(none)", []string{"is a directory"}},
		"no theirs":        {nil, []string{"--ours", "a.csv", "--out", "diff.csv"}, 2, "(none)", []string{"--theirs is missing"}},
		"no such flag":     {nil, []string{"--our", "a.csv"}, 2, "(none)", []string{"unknown flag: --our"}},
		"an argument":      {nil, append([]string{"c.csv"}, files...), 2, "(none)", []string{"c.csv"}},
		"a bad date":       {map[string]string{"a.csv": "", "b.csv": ""}, append([]string{"--date", "20260310"}, files...), 2, "(none)", []string{`--date "20260310": want a day as YYYY-MM-DD`}},
		"no such map":      {map[string]string{"a.csv": "", "b.csv": ""}, append([]string{"--map", "m.yaml"}, files...), 2, "(none)", []string{"--map: ", "m.yaml"}},
		"a bad map":        {map[string]string{"a.csv": "", "b.csv": "", "m.yaml": "unit: dollar"}, append([]string{"--map", "m.yaml"}, files...), 2, "(none)", []string{`m.yaml: `, `unit: "dollar", want fen or yuan`}},

		"a map": {map[string]string{
			"a.csv":  reconcileP1,
			"b.csv":  "\xbd\xbb\xd2\xd7\xca\xb1\xbc\xe4\t\xb6\xa9\xb5\xa5\t\xbd\xf0\xb6\xee\n`2026-03-10 10:00:01\t`P1\t`1.01\n",
			"m.yaml": "theirs:\n  header: yes\n  encoding: gbk\n  delimiter: tab\n  unit: yuan\n  date: YYYY-MM-DD\n  strip: '`'\n  columns: {order_no: 订单, amount_fen: 3, clear_date: 交易时间, channel: =WECHAT}\n",
		}, append([]string{"--map", "m.yaml"}, files...), 1, "amount,P1,amount_fen,100,101\n", nil},
		"damaged GBK": {map[string]string{"a.csv": "", "b.csv": "P1,W,1,20260310,1,1,\xff\xff,t", "m.yaml": "theirs: {encoding: gbk}"}, append([]string{"--map", "m.yaml"}, files...), 2, "(none)", []string{"b.csv line 1 encoding", "not GBK"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			status, diff, said := reconcile(t, tt.files, tt.line...)
			if status != tt.status || diff != tt.diff {
				t.Errorf("status %d, want %d; wrote %q, want %q\n%s", status, tt.status, diff, tt.diff, said)
			}
			for _, text := range tt.said {
				if !strings.Contains(said, text) {
					t.Errorf("want %q in\n%s", text, said)
				}
			}
		})
	}
}

// TestReconcileStops: Ctrl-C while the program waits for bytes ends it with
// status 2, and nothing is left behind.
func TestReconcileStops(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("no named pipes there")
	}
	dir, temp := t.TempDir(), t.TempDir()
	pipe := filepath.Join(dir, "b.csv")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"a.csv": reconcileP1, "diff.csv": "old"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	cmd := juma(t, "reconcile", "--ours", "a.csv", "--theirs", "b.csv", "--out", "diff.csv", "--temp", temp)
	cmd.Dir = dir
	var errs bytes.Buffer
	cmd.Stderr = &errs
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	feed, err := os.OpenFile(pipe, os.O_WRONLY, 0) // returns when the program has opened its end
	if err != nil {
		t.Fatal(err)
	}
	defer feed.Close()
	if _, err := feed.WriteString(strings.Repeat(reconcileP1, 1000)); err != nil {
		t.Fatal(err)
	}
	time.Sleep(50 * time.Millisecond)
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	if status := cmd.ProcessState.ExitCode(); status != 2 || !strings.Contains(errs.String(), "stopped; diff.csv was not written") {
		t.Errorf("status %d: %s", status, errs.String())
	}
	text, err := os.ReadFile(filepath.Join(dir, "diff.csv"))
	entries, _ := os.ReadDir(dir)
	scratch, _ := os.ReadDir(temp)
	if err != nil || string(text) != "old" || len(entries) != 3 || len(scratch) != 0 {
		t.Errorf("%q, %v; %v, %v", text, err, entries, scratch)
	}
}

// TestReconcileDay: the published day by the program.
func TestReconcileDay(t *testing.T) {
	samples, err := filepath.Abs("../../internal/app/testdata")
	if err != nil {
		t.Fatal(err)
	}
	day := []string{"--ledger", filepath.Join(samples, "recon/platform-ledger.csv"), "--out", "diff.csv"}
	bills := filepath.Join(samples, "statements")
	status, diff, said := reconcile(t, nil, append(day, "--statements", bills, "--date", "2026-03-10")...)
	if status != 1 || !strings.HasPrefix(diff, "channel,order_no,result,channel_amount_fen,action\nWECHAT,P20260310000001,MATCHED,10000,\n") || strings.Count(diff, "\n") != 17 {
		t.Errorf("status %d\n%s", status, diff)
	}
	for _, text := range []string{"AMOUNT_DIFF   1", "passed over: wechat/20260310_fundflow_BASIC.csv: ", "juma: differences: 3, see diff.csv"} {
		if !strings.Contains(said, text) {
			t.Errorf("want %q in\n%s", text, said)
		}
	}
	for want, line := range map[string][]string{
		"there is no statement of 2026-03-11": append(day, "--statements", bills, "--date", "2026-03-11"),
		"--date is missing":                   append(day, "--statements", bills),
		"--statements is missing":             append(day, "--date", "2026-03-10"),
		"give one or the other":               append(day, "--statements", bills, "--date", "2026-03-10", "--ours", "a.csv"),
		"no such file":                        append(day, "--statements", "nowhere", "--date", "2026-03-10"),
	} {
		if status, diff, said := reconcile(t, nil, line...); status != 2 || diff != "(none)" || !strings.Contains(said, want) {
			t.Errorf("status %d, wrote %q, want %s in\n%s", status, diff, want, said)
		}
	}
}
