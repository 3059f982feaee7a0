package main

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"juma/internal/dbtest"
	"juma/merchants"
	"juma/merchants/importfile"
	"juma/merchants/synthetic"
)

// exits runs the program and gives its streams; the exit status must be the one
// that is wanted.
func exits(t *testing.T, status int, line ...string) (out, errs string) {
	t.Helper()
	var o, e bytes.Buffer
	cmd := juma(t, line...)
	cmd.Stdout, cmd.Stderr = &o, &e
	got := 0
	var exit *exec.ExitError
	if err := cmd.Run(); errors.As(err, &exit) {
		got = exit.ExitCode()
	} else if err != nil {
		t.Fatal(err)
	}
	if got != status {
		t.Fatalf("juma %s: exit status %d, want %d\n%s%s", strings.Join(line, " "), got, status, o.String(), e.String())
	}
	return o.String(), e.String()
}

// writeTable writes merchants to a CSV file, lines changed as asked (from 1, the
// header).
func writeTable(t *testing.T, all []merchants.Profile, change map[int]func(string) string) string {
	t.Helper()
	var b bytes.Buffer
	if err := importfile.Write(&b, all); err != nil {
		t.Fatal(err)
	}
	lines := strings.SplitAfter(b.String(), "\n")
	for n, f := range change {
		lines[n-1] = f(lines[n-1])
	}
	path := filepath.Join(t.TempDir(), "merchants.csv")
	if err := os.WriteFile(path, []byte(strings.Join(lines, "")), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// applicants lists as JSON.
func applicants(t *testing.T, data string) (rows []merchantRow, text string) {
	t.Helper()
	text = runs(t, "merchants", "list", "--data", data, "--json")
	if err := json.Unmarshal([]byte(text), &rows); err != nil {
		t.Fatal(err, text)
	}
	return rows, text
}

func TestImportAtTheCommandLine(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	all := synthetic.Profiles(1, 6)
	good := writeTable(t, all, nil)

	if out, errs := exits(t, 0, "merchants", "import", good, "--dry-run", "--data", data); out != "" || !strings.Contains(errs, "6 merchants") {
		t.Errorf("dry run prints %q, %q", out, errs)
	}
	if _, err := os.Stat(data); !os.IsNotExist(err) {
		t.Error("a dry run made the data directory")
	}
	bad := writeTable(t, all, map[int]func(string) string{3: func(s string) string { return strings.Replace(s, ",individual,", ",club,", 1) }})
	out, errs := exits(t, 2, "merchants", "import", bad, "--data", data)
	rows, err := csv.NewReader(strings.NewReader(out)).ReadAll()
	if err != nil || len(rows) != 2 || strings.Join(rows[0], ",") != "line,field,value,problem" || strings.Join(rows[1][:3], ",") != "3,kind,club" || !strings.Contains(errs, "nothing was imported") {
		t.Errorf("%q, %q, %v", out, errs, err)
	}

	if out, errs := exits(t, 0, "merchants", "import", good, "--data", data); out != "" || !strings.Contains(errs, "6 merchants") {
		t.Errorf("import prints %q, %q", out, errs)
	}
	listed, text := applicants(t, data)
	if len(listed) != 6 {
		t.Fatalf("%d applicants\n%s", len(listed), text)
	}
	for _, r := range listed {
		if r.ApplicationID == "" || r.No != "" || r.State != string(merchants.Submitted) || r.Name == "" || r.LegalID == "" || r.Phone == "" || r.SettleAccount == "" || r.Region == "" {
			t.Errorf("%+v", r)
		}
	}
	for _, p := range all {
		for _, secret := range []string{p.Legal.Name, p.Legal.IDNo, p.Legal.Phone, p.Account.No} {
			if strings.Contains(text, secret) {
				t.Errorf("the list shows %s", secret)
			}
		}
	}
	for _, dry := range [][]string{nil, {"--dry-run"}} { // each of them is an applicant now
		out, _ := exits(t, 2, append([]string{"merchants", "import", good, "--data", data}, dry...)...)
		if n := strings.Count(out, "already"); n != 6 {
			t.Errorf("the same file again: %d of 6 faults\n%s", n, out)
		}
	}
	if listed, _ := applicants(t, data); len(listed) != 6 {
		t.Errorf("a refused import left %d applicants", len(listed))
	}
}

func TestImportOfNoTable(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	empty := filepath.Join(t.TempDir(), "empty.csv")
	if err := os.WriteFile(empty, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for path, says := range map[string]string{empty: "empty", filepath.Join(data, "nowhere.csv"): "cannot be opened", filepath.Dir(empty): "no file"} {
		out, _ := exits(t, 2, "merchants", "import", path, "--data", data)
		if !strings.HasPrefix(out, "line,field,value,problem\n0,,") || !strings.Contains(out, says) {
			t.Errorf("%s: %q", path, out)
		}
	}
	if _, err := os.Stat(data); !os.IsNotExist(err) {
		t.Error("a file that cannot be imported made the data directory")
	}
	failsPlainly(t, []string{"name one file"}, "merchants", "import")
}

// TestImportOfTenThousand holds the import to its figures: one bad field in line
// 9,999 refuses all and is named; without it, at most a minute.
func TestImportOfTenThousand(t *testing.T) {
	if testing.Short() {
		t.Skip("10,000 merchants")
	}
	data := filepath.Join(t.TempDir(), "data")
	all := synthetic.Profiles(3, 10_000)
	bad := writeTable(t, all, map[int]func(string) string{9999: func(s string) string { return strings.Replace(s, all[9997].MCC, "0000", 1) }})
	if out, _ := exits(t, 2, "merchants", "import", bad, "--data", data); !strings.HasPrefix(out, "line,field,value,problem\n9999,mcc,0000,") || strings.Count(out, "\n") != 2 {
		t.Errorf("%q", out)
	}
	if raceEnabled { // the figure is the program's, not the detector's
		all = all[:1000]
	}
	good := writeTable(t, all, nil)
	start := time.Now()
	exits(t, 0, "merchants", "import", good, "--data", data)
	took := time.Since(start)
	if listed, _ := applicants(t, data); len(listed) != len(all) {
		t.Errorf("%d applicants", len(listed))
	}
	if took > time.Minute {
		t.Errorf("%d merchants took %v", len(all), took)
	}
	t.Logf("%d merchants imported in %v", len(all), took)
}

// TestImportOnMariaDB: the same on the other database, into which the second file
// of a company is refused too.
func TestImportOnMariaDB(t *testing.T) {
	dsn := dbtest.MariaDB(t).DSN
	where := []string{"--db", dsn, "--data", filepath.Join(t.TempDir(), "data")}
	runs(t, append([]string{"migrate"}, where...)...)
	all := synthetic.Profiles(2, 700) // more than one statement of the database takes
	exits(t, 0, append([]string{"merchants", "import", writeTable(t, all, nil)}, where...)...)
	out, _ := exits(t, 2, append([]string{"merchants", "import", writeTable(t, all[690:], nil)}, where...)...)
	if n := strings.Count(out, "already"); n != 10 {
		t.Errorf("%d of 10 are known\n%s", n, out)
	}
	var rows []merchantRow
	if err := json.Unmarshal([]byte(runs(t, append([]string{"merchants", "list", "--json"}, where...)...)), &rows); err != nil || len(rows) != len(all) {
		t.Errorf("%d applicants, %v", len(rows), err)
	}
}
