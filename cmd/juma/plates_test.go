package main

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"juma/internal/app"
	"juma/internal/bizdate"
	"juma/internal/dbtest"
	"juma/merchants"
)

// answers runs the program and expects an exit status and words on standard
// error; it gives standard output.
func answers(t *testing.T, status int, word string, line ...string) string {
	t.Helper()
	var out, errs bytes.Buffer
	cmd := juma(t, line...)
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != status || !strings.Contains(errs.String(), word) {
		t.Fatalf("juma %s: %v, want exit status %d and %q\n%s%s", strings.Join(line, " "), err, status, word, out.String(), errs.String())
	}
	return out.String()
}

// manifestOf reads the lines of a manifest below its header.
func manifestOf(t *testing.T, dir string) [][]string {
	t.Helper()
	f, err := os.Open(filepath.Join(dir, "manifest.csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil || len(rows) == 0 || strings.Join(rows[0], ",") != "serial,key,payload,ndef_hex,file,sha256" {
		t.Fatal(rows, err)
	}
	return rows[1:]
}

func TestPlatesIssueVerify(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	for name, c := range map[string]struct {
		flags string
		files int
	}{
		"own png":       {"--payload own --host q.example.com --format png --template sticker", 13},
		"unionpay code": {"--payload unionpay --institution 99982900 --format png", 13},
		"emvco svg":     {"--payload emvco --issuer-name SHILI --issuer-city SHANGHAI --format svg --template desk_stand", 13},
		"pdf sheets":    {"--payload own --format pdf --template a4_sheet", 1},
		"records":       {"--payload own", 0},
	} {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "out")
			line := append([]string{"plates", "issue", "--data", data, "--count", "13", "--out", dir}, strings.Fields(c.flags)...)
			first := runs(t, line...)
			rows := manifestOf(t, dir)
			files := map[string]bool{}
			for _, r := range rows {
				files[r[4]] = true
			}
			delete(files, "")
			if len(rows) != 13 || len(files) != c.files {
				t.Errorf("%d lines, %d files", len(rows), len(files))
			}
			if got := runs(t, "plates", "verify", dir); !strings.Contains(got, "13 plates, "+fmt.Sprint(c.files)+" pictures") {
				t.Errorf("verify: %s", got)
			}
			if again := runs(t, line...); again != first {
				t.Errorf("the same command again says %q, before %q", again, first)
			}
		})
	}
	var listed []plateRow
	if err := json.Unmarshal([]byte(runs(t, "plates", "list", "--data", data, "--json", "--state", "blank")), &listed); err != nil || len(listed) != 65 || listed[0].Stage != "exported" {
		t.Errorf("%d plates listed, %v", len(listed), err)
	}
}

func TestPlatesVerifyTellsDifferences(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "out")
	runs(t, "plates", "issue", "--data", t.TempDir(), "--count", "4", "--out", dir, "--format", "png")
	rows := manifestOf(t, dir)
	picture := func(i int) string { return filepath.Join(dir, filepath.FromSlash(rows[i][4])) }
	other, err := os.ReadFile(picture(1))
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(os.Remove(picture(0)), os.WriteFile(picture(2), other, 0o644), os.WriteFile(filepath.Join(dir, "extra.png"), other, 0o644)); err != nil {
		t.Fatal(err)
	}
	out := answers(t, 1, "differences in "+dir+": 4", "plates", "verify", dir)
	lines := strings.Split(strings.TrimSpace(out), "\n")
	for i, want := range []string{rows[0][4] + ",missing", rows[2][4] + ",altered", rows[2][4] + `,"code 1 says`, "extra.png,is in no line"} {
		if len(lines) != 4 || !strings.HasPrefix(lines[i], want) {
			t.Fatalf("told %q, want %q", lines, want)
		}
	}
	answers(t, 2, "holds no manifest.csv", "plates", "verify", t.TempDir())
	answers(t, 2, "name one directory", "plates", "verify")
	answers(t, 2, "--key", "plates", "verify", dir, "--key", filepath.Join(dir, "manifest.csv"))
}

func TestPlatesFlagsThatAreRefused(t *testing.T) {
	for _, c := range []struct{ line, want string }{
		{"issue --count 5", "--out is missing"},
		{"issue --out x", "--count 0: want 1 to"},
		{"issue --count 5 --out x --payload wechat", `--payload "wechat"`},
		{"issue --count 5 --out x --payload unionpay", "--institution is missing"},
		{"issue --count 5 --out x --payload unionpay --institution 123", `--institution "123"`},
		{"issue --count 5 --out x --format gif", `--format "gif"`},
		{"issue --count 5 --out x --format png --template big", `--template "big"`},
		{"issue --count 5 --out x --by me --approve-by me", `--approve-by "me"`},
		{"issue --count 5 --out x --host Q.example.com", `host "Q.example.com"`},
		{"issue --count x --out x", `invalid argument "x" for "--count"`},
		{"import --file x", "--file and --institution are needed"},
		{"bind --plate x", "give --plate and --terminal, or --file"},
		{"export --out x", "--batch and --out are needed"},
		{"suspend 2603100000001", "holds no database"},
	} {
		t.Run(c.line, func(t *testing.T) {
			fails(t, []string{c.want}, append([]string{"plates"}, strings.Fields(c.line)...)...)
		})
	}
}

// TestPlatesKilledAtRandom: a process that is killed with SIGKILL again and again,
// wherever it is, ends with one whole batch. An undisturbed run tells how long the
// work takes here, so that the kills fall into all of it on any machine.
func TestPlatesKilledAtRandom(t *testing.T) {
	const plates, most = 600, 12
	if testing.Short() {
		t.Skip("kills processes for seconds")
	}
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	rnd := rand.New(rand.NewPCG(seed, 1))
	issue := func(data, dir string) []string {
		return []string{"plates", "issue", "--data", data, "--count", strconv.Itoa(plates), "--out", dir, "--format", "png", "--by", "printer"}
	}
	began := time.Now()
	runs(t, issue(t.TempDir(), filepath.Join(t.TempDir(), "out"))...)
	whole := time.Since(began)
	data, dir := t.TempDir(), filepath.Join(t.TempDir(), "out")
	kills, last := 0, 0
	for done := false; !done && kills < most; {
		cmd := juma(t, issue(data, dir)...)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		wait := time.Duration(rnd.Int64N(int64(whole)))
		ended := make(chan error, 1)
		go func() { ended <- cmd.Wait() }()
		select {
		case err := <-ended:
			if err != nil {
				t.Fatalf("after %d kills: %v", kills, err)
			}
			done = true
		case <-time.After(wait):
			_ = cmd.Process.Signal(syscall.SIGKILL)
			<-ended
			kills++
			if _, err := os.Stat(filepath.Join(dir, "manifest.csv")); err == nil {
				last = kills // killed behind the rename: the rest is the export's record
			} else if !errors.Is(err, fs.ErrNotExist) {
				t.Fatal(err)
			}
		}
	}
	if kills == 0 {
		t.Log("the first run was over before it could be killed") // the whole time is an estimate
	}
	runs(t, issue(data, dir)...)
	t.Logf("%d kills, the last of them at %d after the manifest had its name", kills, last)
	if got := runs(t, "plates", "list", "--data", data, "--json"); strings.Count(got, `"serial"`) != plates {
		t.Errorf("%d plates in the database", strings.Count(got, `"serial"`))
	}
	if got := runs(t, "plates", "batches", "--data", data); strings.Count(got, "\n") != 2 || !strings.Contains(got, "exported") {
		t.Errorf("batches:\n%s", got)
	}
	rows := manifestOf(t, dir)
	if len(rows) != plates {
		t.Errorf("%d lines", len(rows))
	}
	// Decoding all pictures takes a minute; that the last are there and the manifest is
	// whole is enough here.
	for _, r := range rows[len(rows)-3:] {
		if _, err := os.Stat(filepath.Join(dir, filepath.FromSlash(r[4]))); err != nil {
			t.Error(err)
		}
	}
}

// TestPlatesInterrupted: Ctrl-C ends with one sentence, and the same command goes
// on.
func TestPlatesInterrupted(t *testing.T) {
	data, dir := t.TempDir(), filepath.Join(t.TempDir(), "out")
	line := []string{"plates", "issue", "--data", data, "--count", "1500", "--out", dir, "--format", "png"}
	var errs bytes.Buffer
	cmd := juma(t, line...)
	cmd.Stderr = &errs
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(50 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		if info, err := os.Stat(filepath.Join(dir, ".manifest.part")); err == nil && info.Size() > 100 {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("nothing was written")
		}
	}
	_ = cmd.Process.Signal(os.Interrupt)
	var exit *exec.ExitError
	if err := cmd.Wait(); !errors.As(err, &exit) || exit.ExitCode() != 1 || errs.String() != "juma: stopped; the same command goes on from here\n" {
		t.Fatalf("%v: %s", err, errs.String())
	}
	runs(t, line...)
	if n := len(manifestOf(t, dir)); n != 1_500 {
		t.Errorf("%d lines", n)
	}
}

// TestPlatesTwoProcesses: the second one for a directory is told.
func TestPlatesTwoProcesses(t *testing.T) {
	dir := t.TempDir()
	unlock, err := app.Lock(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer unlock()
	fails(t, []string{"--out " + dir}, "plates", "issue", "--data", t.TempDir(), "--count", "5", "--out", dir)
}

// shopWith makes a merchant with terminals 10000001 to 10000009.
func shopWith(t *testing.T, data string) {
	t.Helper()
	o, err := app.OpenPlateOffice(context.Background(), data, "")
	if err != nil {
		t.Fatal(err)
	}
	defer o.Close()
	const no = "999290058120001"
	var terminals []merchants.Terminal
	for i := range 9 {
		terminals = append(terminals, merchants.Terminal{No: fmt.Sprintf("1000000%d", i+1), MerchantNo: no, StoreID: "S1"})
	}
	err = o.Store.Merchants().CreateMerchant(context.Background(), merchants.Merchant{No: no, Name: "示例", ShortName: "示例", MCC: "5812", RegionCode: "310000", State: merchants.Active, CreatedAt: bizdate.Date(20260310).Start(),
		Account: merchants.SettlementAccount{BankName: "b", CNAPS: "999290000012", AccountNo: "6216261000000000018", AccountName: "示例"}},
		[]merchants.Store{{ID: "S1", MerchantNo: no, Name: "总店", RegionCode: "310000"}}, terminals, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
}

func TestPlatesLifeOnTheCommandLine(t *testing.T) {
	data, dir := t.TempDir(), filepath.Join(t.TempDir(), "out")
	shopWith(t, data)
	runs(t, "plates", "issue", "--data", data, "--count", "10", "--out", dir)
	rows := manifestOf(t, dir)
	serial := func(i int) string { return rows[i][0] }
	plates := func(line ...string) string { return runs(t, append([]string{"plates", "--data", data}, line...)...) }
	wants := func(got, want string) {
		t.Helper()
		if !strings.Contains(got, want) {
			t.Errorf("%q is not in\n%s", want, got)
		}
	}
	wants(plates("stock", "--holder", "Pudong", "--from", serial(0), "--to", serial(4)), "5 plates are in stock at Pudong")
	wants(plates("bind", "--plate", serial(0), "--terminal", "10000001", "--by", "agent"), "is bound, terminal 10000001 of merchant 999290058120001")
	fails(t, []string{"since", "by agent"}, "plates", "--data", data, "bind", "--plate", rows[0][1], "--terminal", "10000002")
	fails(t, []string{`--merchant "M"`}, "plates", "--data", data, "bind", "--plate", serial(1), "--terminal", "10000002", "--merchant", "M")
	wants(plates("bind", "--plate", rows[0][2], "--terminal", "10000002", "--move"), "terminal 10000002")
	wants(plates("suspend", serial(0), "--reason", "odd place"), "is suspended")
	wants(plates("resume", serial(0)), "is bound")
	wants(plates("lost", serial(0)), "is lost")
	wants(plates("replace", serial(0), serial(1), "--reason", "scratched"), "plate "+serial(1)+" is bound, terminal 10000002")
	wants(plates("void", serial(0), serial(2)), "plate "+serial(2)+" is void")

	list := filepath.Join(t.TempDir(), "bind.csv")
	write := func(lines ...string) {
		t.Helper()
		if err := os.WriteFile(list, []byte(strings.Join(lines, "\n")+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write("plate,terminal_no,merchant_no,store_id", serial(3)+",10000003,,", serial(1)+",10000004,,", "nonsense,10000005,,", serial(4)+",99999999,,", serial(5)+",10000006,M,", serial(3)+",10000007,,", serial(6)+",10000007,999290058120001,S9", "x")
	got := answers(t, 2, "faults in "+list+": 7; nothing was done", "plates", "--data", data, "bind", "--file", list)
	var faults []string
	for _, line := range strings.Split(strings.TrimSpace(got), "\n") {
		faults = append(faults, strings.Join(strings.SplitN(line, ",", 3)[:2], ","))
	}
	if !slices.Equal(faults, []string{"line,field", "3,plate", "4,plate", "5,terminal_no", "6,merchant_no", "7,plate", "8,store_id", "9,line"}) {
		t.Errorf("faults:\n%s", got)
	}
	write("plate,terminal_no", serial(3)+",10000003", serial(4)+",10000004")
	wants(plates("bind", "--file", list), "2 plates are bound")
	for flag, n := range map[string]int{"--state=bound": 3, "--state=void": 2, "--merchant=999290058120001": 3, "--holder=Pudong": 5} {
		if got := plates("list", "--json", flag); strings.Count(got, `"serial"`) != n {
			t.Errorf("list %s: %s", flag, got)
		}
	}
	wants(plates("rotate-key"), "key B")
	wants(plates("show", serial(0)), "scratched")
	second := filepath.Join(t.TempDir(), "second")
	runs(t, "plates", "issue", "--data", data, "--count", "1", "--out", second)
	if key := manifestOf(t, second)[0][1]; key[0] != 'B' {
		t.Errorf("after the rotation a key begins with %c", key[0])
	}
	wants(plates("show", serial(3), "--json"), `"action":"bind"`)
}

// TestPlatesFourEyesOnTheCommandLine: a large order waits, its own orderer cannot
// approve it, and the same command goes on when somebody else has.
func TestPlatesFourEyesOnTheCommandLine(t *testing.T) {
	data, dir := t.TempDir(), filepath.Join(t.TempDir(), "out")
	if got := runs(t, "plates", "four-eyes", "20", "--data", data); !strings.Contains(got, "more than 20 plates") {
		t.Errorf("set: %s", got)
	}
	line := []string{"plates", "issue", "--data", data, "--count", "21", "--out", dir, "--by", "printer"}
	fails(t, []string{"waits for approval", "somebody else than printer"}, line...)
	batch := strings.Fields(runs(t, "plates", "batches", "--data", data))[8]
	fails(t, []string{"somebody else than who ordered it"}, "plates", "approve", batch, "--data", data, "--by", "printer")
	if got := runs(t, "plates", "approve", batch, "--data", data, "--by", "boss"); got != "batch "+batch+" is approved\n" {
		t.Errorf("approve: %s", got)
	}
	runs(t, line...)
	if n := len(manifestOf(t, dir)); n != 21 {
		t.Errorf("%d lines", n)
	}
	second := filepath.Join(t.TempDir(), "second")
	runs(t, "plates", "issue", "--data", data, "--count", "30", "--out", second, "--by", "printer", "--approve-by", "boss")
}

func TestPlatesImportOnTheCommandLine(t *testing.T) {
	data, dir := t.TempDir(), t.TempDir()
	path := filepath.Join(dir, "allocation.txt")
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	code := func(n int) string { return fmt.Sprintf("0112%028d", n) }
	write(code(1) + "\n" + code(1) + "\nhttps://qr.95516.com/00010000/" + code(2) + "\n")
	got := answers(t, 2, "faults in "+path+": 2; nothing was done", "plates", "import", "--data", data, "--file", path, "--institution", "99982900")
	if !strings.HasPrefix(got, "line,field,value,problem\n2,code,"+code(1)+",stands in line 1 already\n3,institution,00010000,") {
		t.Errorf("told %s", got)
	}
	write(code(1) + "\n" + code(2) + "\n")
	got = runs(t, "plates", "import", "--data", data, "--file", path, "--institution", "99982900")
	batch := strings.TrimSuffix(strings.Fields(got)[1], ":")
	out := filepath.Join(dir, "out")
	runs(t, "plates", "export", "--data", data, "--batch", batch, "--out", out, "--format", "svg")
	if rows := manifestOf(t, out); len(rows) != 2 || rows[1][1] != code(2) || rows[1][2] != "https://qr.95516.com/99982900/"+code(2) {
		t.Errorf("%v", rows)
	}
	runs(t, "plates", "verify", out)
}

// TestPlatesOnAServer: an empty MariaDB is migrated, and the same directory is
// made.
func TestPlatesOnAServer(t *testing.T) {
	db := dbtest.MariaDB(t).DSN
	data, dir := t.TempDir(), filepath.Join(t.TempDir(), "out")
	runs(t, "plates", "issue", "--data", data, "--db", db, "--count", "300", "--out", dir, "--format", "png")
	if got := runs(t, "plates", "verify", dir); !strings.Contains(got, "300 plates, 300 pictures") {
		t.Errorf("verify: %s", got)
	}
	if got := runs(t, "plates", "list", "--data", data, "--db", db, "--json"); strings.Count(got, `"serial"`) != 300 {
		t.Errorf("listed %d", strings.Count(got, `"serial"`))
	}
}
