package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"juma/acquiring/channel"
	"juma/internal/app"
	"juma/internal/dbtest"
	"juma/internal/store"
)

// TestMain lets the test binary be the program: started with this variable it
// runs main, so that scripts see real exit statuses and real streams.
func TestMain(m *testing.M) {
	if os.Getenv("JUMA_TEST_RUN_MAIN") == "1" {
		main()
		return
	}
	os.Exit(m.Run())
}

// juma starts the program.
func juma(t *testing.T, line ...string) *exec.Cmd {
	t.Helper()
	return jumaFor(t, 3*time.Minute, line...)
}

// jumaFor starts the program and lets it run that long at most.
func jumaFor(t *testing.T, limit time.Duration, line ...string) *exec.Cmd {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	t.Cleanup(cancel)
	cmd := exec.CommandContext(ctx, os.Args[0], line...)
	cmd.Env = append(os.Environ(), "JUMA_TEST_RUN_MAIN=1", "GORACE=atexit_sleep_ms=0")
	cmd.Dir = t.TempDir()
	return cmd
}

// runs expects success and gives what was printed. Nothing is on standard error:
// there is no terminal, so there is no progress.
func runs(t *testing.T, line ...string) string {
	t.Helper()
	var out, errs bytes.Buffer
	cmd := juma(t, line...)
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil || errs.Len() > 0 {
		t.Fatalf("juma %s: %v\n%s", strings.Join(line, " "), err, errs.String())
	}
	return out.String()
}

// fails expects exit status 1, nothing on standard output, and one sentence that
// holds the texts as the last line on standard error. It gives the lines before.
func fails(t *testing.T, texts []string, line ...string) (before []string) {
	t.Helper()
	var out, errs bytes.Buffer
	cmd := juma(t, line...)
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != 1 || out.Len() > 0 {
		t.Fatalf("juma %s: %v, want exit status 1\n%s%s", strings.Join(line, " "), err, out.String(), errs.String())
	}
	lines := strings.Split(strings.TrimSuffix(errs.String(), "\n"), "\n")
	last := lines[len(lines)-1]
	if !strings.HasPrefix(last, "juma: ") {
		t.Errorf("juma %s ends with %q", strings.Join(line, " "), last)
	}
	for _, text := range texts {
		if !strings.Contains(last, text) {
			t.Errorf("juma %s ends with %q, want %q in it", strings.Join(line, " "), last, text)
		}
	}
	if strings.Contains(errs.String(), "secret") {
		t.Errorf("a password is printed: %s", errs.String())
	}
	return lines[:len(lines)-1]
}

// failsPlainly is fails with nothing but the sentence.
func failsPlainly(t *testing.T, texts []string, line ...string) {
	t.Helper()
	if before := fails(t, texts, line...); len(before) > 0 {
		t.Errorf("juma %s prints more than one sentence:\n%s", strings.Join(line, " "), strings.Join(before, "\n"))
	}
}

// stepsAgain runs the steps of a released day once more: each says what was done, twice
// the same, and nothing changes; and nobody acts whose role does not fit.
func stepsAgain(t *testing.T, data string) {
	t.Helper()
	step := func(line string) string {
		t.Helper()
		return runs(t, append([]string{"clearing", "--data", data}, strings.Fields(line)...)...)
	}
	before := step("status 2026-03-10")
	for line, want := range map[string]string{
		"cutoff 2026-03-10": "wechat: cut off", "statements 2026-03-10": "matched", "settle 2026-03-10 --by clearing": "settled by clearing: 2 merchants", "settle 2026-03-10 --preview": "settled by clearing",
		"file 2026-03-10": "files in settlement/2026-03-10", "release 2026-03-10 --by approver": "released by approver, settled by clearing; due on 2026-03-11",
	} {
		first := step(line)
		if !strings.Contains(first, want) {
			t.Errorf("%s: %s", line, first)
		}
		if again := step(line); again != first {
			t.Errorf("%s again: %s", line, again)
		}
	}
	shop := strings.Fields(strings.Split(step("settle 2026-03-10 --preview"), "\n")[1])[0]
	proposed := step("terms propose " + shop + " --cycle T+2 --minimum 5.00 --from 2099-01-05 --by clearing --reason asked")
	fails(t, []string{"approver"}, "clearing", "--data", data, "terms", "approve", proposed[:26], "--by", "clearing")
	if says := step("terms approve " + proposed[:26] + " --by approver"); !strings.Contains(says, "T+2, from ¥5.00 since 2099-01-05, approved") {
		t.Error(says)
	}
	held := step("hold put merchant " + shop + " --by risk --kind risk --reason complaints")
	step("hold end " + held[:26] + " --by approver --reason explained")
	step("calendar emergency 2099-03-12 off --by clearing --reason typhoon")
	step("calendar approve 1 --by approver --reason seen")
	if says := step("calendar show 2099"); !strings.Contains(says, "version 1") || !strings.Contains(says, "off  2099-03-12") {
		t.Error(says)
	}
	fails(t, []string{"2098", "not published"}, "clearing", "--data", data, "calendar", "show", "2098")
	if list := step("terms list") + step("hold list"); !strings.Contains(list, "approved") || !strings.Contains(list, "ended") {
		t.Error(list)
	}
	if after := step("status 2026-03-10"); after != before || !strings.Contains(after, "released by approver") {
		t.Errorf("status was\n%sand is\n%s", before, after)
	}
	for line, want := range map[string]string{
		"settle 2026-03-10": "--by LOGIN", "settle 2026-03-10 --by nobody1": "no such account", "release 2026-03-10 --by clearing": "clearing_approver",
		"settle 2026-03-11 --by clearing": "must be reconciled", "release 2026-03-11 --by approver": "2026-03-11",
	} {
		fails(t, []string{want}, append([]string{"clearing", "--data", data}, strings.Fields(line)...)...)
	}
}

// payoutsAtTheCommandLine sends a released date's payouts, takes the bank's results,
// pays one again, and proves the date against the bank's credits.
func payoutsAtTheCommandLine(t *testing.T, data string) {
	t.Helper()
	step := func(line string) string {
		t.Helper()
		return runs(t, append([]string{"clearing", "--data", data}, strings.Fields(line)...)...)
	}
	list := strings.Split(strings.TrimSpace(step("payouts 2026-03-10")), "\n")
	if len(list) != 4 || !strings.HasPrefix(list[3], "total instructed") {
		t.Fatalf("payouts: %q", list)
	}
	out := filepath.Join(t.TempDir(), "pay.csv")
	sent := step("payouts send 2026-03-10 --by clearing --out " + out)
	if again := step("payouts send 2026-03-10 --by clearing --out " + out); again != sent || !strings.Contains(sent, "2 payouts") {
		t.Errorf("sent %q and then %q", sent, again)
	}
	instruction, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	rows := strings.Split(string(instruction), "\r\n")
	var nos [2]string
	results, sum := "payout_no,amount_fen,result,reason_code,reason,bank_ref,finished_at\n", 0
	for i, says := range []string{"paid,,,B1,2026-03-11 09:00:00", "returned,E12,account closed,B2,2026-03-12 09:00:00"} {
		cells := strings.Split(rows[2+i], ",")
		amount, err := strconv.Atoi(cells[8])
		if err != nil {
			t.Fatal(err)
		}
		nos[i], sum = cells[2], sum+amount
		results += fmt.Sprintf("%s,%d,%s\n", cells[2], amount, says)
	}
	results += fmt.Sprintf("total,2,%d\n", sum)
	file := filepath.Join(t.TempDir(), "RESULT.csv")
	write := func(path, text string) {
		t.Helper()
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(file, results)
	if _, err := readBankFile(file, ""); err == nil || !strings.Contains(err.Error(), "RESULT.csv.chk") {
		t.Errorf("a file without digest: %v", err)
	}
	write(file+".chk", fmt.Sprintf("%x  RESULT.csv\n", sha256.Sum256([]byte(results))))
	if says := step("payouts import " + file + " --by clearing"); !strings.Contains(says, "1 paid, 0 failed, 1 returned") {
		t.Error(says)
	}
	if says := step("payouts import " + file + " --by clearing"); !strings.Contains(says, "nothing changed") {
		t.Error(says)
	}
	again := step("payouts again " + nos[1] + " --by clearing --reason corrected")
	if says := step("payouts release "+again[:26]+" --by approver") + step("explain "+again[:26]); !strings.Contains(says, "is released") || !strings.Contains(says, "gross ") || !strings.Contains(says, "other attempt "+nos[1]) {
		t.Error(says)
	}
	advice := "credit_date,account,amount_fen,reference,payer\n2026-03-11,999900000000000001,1,wechat/2026-03-10,x\ntotal,1,1\n"
	file = filepath.Join(t.TempDir(), "ADVICE.csv")
	write(file, advice)
	if says := step("credits import " + file + " --by clearing --sha256 " + fmt.Sprintf("%x", sha256.Sum256([]byte(advice)))); !strings.Contains(says, "1 credits") {
		t.Error(says)
	}
	if says := step("status 2026-03-10"); !strings.Contains(says, "bank credit of wechat") {
		t.Error(says)
	}
	if says := runs(t, "doctor", "--data", data, "--wallets", ""); !strings.Contains(says, "3 payouts, all that was credited") {
		t.Error(says)
	}
}

func TestHelpOfEveryCommand(t *testing.T) {
	for _, line := range []string{"demo", "serve", "channel", "sandbox", "migrate", "settlement verify", "settlement list", "plates list", "merchants list", "merchants import", "users create", "users list", "keys rotate", "keys prune", "doctor", "clearing close", "clearing show", "clearing status", "clearing cutoff", "clearing fetch", "clearing import", "clearing statements", "clearing reconcile", "clearing settle", "clearing file", "clearing release", "clearing explain", "clearing terms list", "clearing terms propose", "clearing terms approve", "clearing hold put", "clearing hold end", "clearing hold list", "clearing payouts", "clearing payouts send", "clearing payouts import", "clearing payouts again", "clearing payouts release", "clearing credits", "clearing credits import", "clearing calendar show", "clearing calendar set", "clearing calendar emergency", "clearing calendar approve", "clearing calendar list", "clearing cases list", "clearing cases show", "ledger balance", "ledger entries", "ledger seals", "version"} {
		root := newRoot()
		var out bytes.Buffer
		root.SetOut(&out)
		root.SetArgs(append(strings.Fields(line), "--help"))
		if err := root.Execute(); err != nil {
			t.Error(err)
		}
		for _, text := range []string{"Examples:\n", "\n  juma " + line, "--data", "--db", "--nats"} {
			if !strings.Contains(out.String(), text) {
				t.Errorf("juma %s --help lacks %q:\n%s", line, text, out.String())
			}
		}
	}
}

// TestDayAtTheCommandLine: a demo's directory is listed, verified, altered,
// verified again.
func TestDayAtTheCommandLine(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	demo := []string{"demo", "--once", "--payments", "5", "--merchants", "2", "--data", data}
	if out := runs(t, demo...); !strings.Contains(out, "2026-03-10") {
		t.Errorf("the summary lacks the date:\n%s", out)
	}
	failsPlainly(t, []string{"seed 1, 5 payments", "seed 9", "--fresh"}, append(demo, "--seed", "9")...)

	if out := runs(t, "ledger", "balance", "--data", data); !strings.Contains(out, "merchant_payable 应付商户款") || !strings.Contains(out, "total") {
		t.Errorf("the trial balance:\n%s", out)
	}
	if out := runs(t, "ledger", "balance", "--date", "2026-03-10", "--accounts", "--csv", "--data", data); !strings.HasPrefix(out, "account,head,holder,debit_fen,credit_fen,balance_fen\n") {
		t.Errorf("the accounts as CSV:\n%s", out)
	}
	failsPlainly(t, []string{"petty_cash", "chart of accounts"}, "ledger", "entries", "petty_cash", "--data", data)
	if out := runs(t, "doctor", "--data", data); !strings.Contains(out, "1 days follow each other") {
		t.Errorf("the doctor knows of no sealed day:\n%s", out)
	}

	entries := runs(t, "ledger", "entries", "fee_income", "--data", data)
	paid := regexp.MustCompile(`P20260310\d+`).FindString(entries)
	for _, want := range []string{"merchant fee ", "by agreement ", "rounded ", "channel cost ", "of the prices (any amount, M: ", "network fee ", "matched, settled", "settlement/2026-03-10/IND26031032ACOMA:"} {
		if out := runs(t, "clearing", "explain", paid, "--data", data); !strings.Contains(out, want) {
			t.Errorf("the explanation of %s lacks %q:\n%s", paid, want, out)
		}
	}
	failsPlainly(t, []string{"P1", "no paid payment"}, "clearing", "explain", "P1", "--data", data)

	rows := func(fields string, line ...string) int {
		t.Helper()
		var list []map[string]any
		out := runs(t, append(line, "--data", data, "--json")...)
		if err := json.Unmarshal([]byte(out), &list); err != nil {
			t.Fatalf("juma %s: %v\n%s", strings.Join(line, " "), err, out)
		}
		for _, row := range list {
			for _, field := range strings.Fields(fields) {
				if _, ok := row[field]; !ok {
					t.Fatalf("juma %s: a row lacks %s: %v", strings.Join(line, " "), field, row)
				}
			}
		}
		runs(t, append(line, "--data", data)...) // the table for people
		return len(list)
	}
	if n := rows("serial payload state merchant_no terminal_no", "plates", "list"); n != 200 {
		t.Errorf("%d plates", n)
	}
	if n := rows("merchant_no name mcc state", "merchants", "list"); n != 2+2 {
		t.Errorf("%d merchants, want two and the two applicants that wait for a reviewer", n)
	}
	if n := rows("clearing_date settlement_date state folder files", "settlement", "list"); n != 1 {
		t.Errorf("%d settled days", n)
	}
	rows("channel kind state order_no note", "clearing", "show", "2026-03-10")
	rows("id class sign difference_fen state says", "clearing", "cases", "list", "--date", "2026-03-10")
	failsPlainly(t, []string{"--state", "buffered"}, "clearing", "cases", "list", "--state", "lost", "--data", data)
	failsPlainly(t, []string{"nothing"}, "clearing", "cases", "show", "nothing", "--data", data)
	if n := rows("clearing_date what state", "clearing", "status"); n != len(channel.Names)+1 {
		t.Errorf("%d rows of status", n)
	}
	stepsAgain(t, data)
	payoutsAtTheCommandLine(t, data)

	folder := filepath.Join(data, "settlement", "2026-03-10")
	if out := runs(t, "settlement", "verify", folder); !strings.Contains(out, "all files agree") {
		t.Errorf("verify: %s", out)
	}
	acoma := filepath.Join(folder, "IND26031032ACOMA")
	text, err := os.ReadFile(acoma)
	if err != nil {
		t.Fatal(err)
	}
	text[len(text)-300] ^= 1
	if err := os.WriteFile(acoma, text, 0o600); err != nil {
		t.Fatal(err)
	}
	problems := fails(t, []string{"fault"}, "settlement", "verify", folder)
	if len(problems) == 0 || !slices.ContainsFunc(problems, func(p string) bool { return strings.HasPrefix(p, acoma+":") }) {
		t.Errorf("no FILE:LINE of the altered file:\n%s", strings.Join(problems, "\n"))
	}
	fails(t, []string{"fault"}, "settlement", "verify", filepath.Join(data, "nowhere"))
	failsPlainly(t, []string{"name at least one date folder"}, "settlement", "verify")
}

func TestMigrateAtTheCommandLine(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	failsPlainly(t, []string{data, "no database", "--data"}, "plates", "list", "--data", data)
	if _, err := os.Stat(data); !os.IsNotExist(err) {
		t.Error("a command that only reads has made the directory")
	}
	for range 2 {
		if out := runs(t, "migrate", "--data", data); out == "" {
			t.Error("migrate says nothing")
		}
	}
	if out := runs(t, "plates", "list", "--data", data, "--json"); strings.TrimSpace(out) != "[]" {
		t.Errorf("an empty list is %q", out)
	}
	db := dbtest.Raw(t, store.Config{Path: filepath.Join(data, app.DatabaseFile)})
	if _, err := db.Exec("INSERT INTO goose_db_version (version_id, is_applied, tstamp) VALUES (99999, 1, CURRENT_TIMESTAMP)"); err != nil {
		t.Fatal(err)
	}
	for _, line := range [][]string{{"plates", "list"}, {"migrate"}} {
		failsPlainly(t, []string{"newer"}, append(line, "--data", data)...)
	}
	broken := t.TempDir()
	if err := os.WriteFile(filepath.Join(broken, app.DatabaseFile), bytes.Repeat([]byte("not a database "), 100), 0o600); err != nil {
		t.Fatal(err)
	}
	failsPlainly(t, []string{"not a sound SQLite database"}, "plates", "list", "--data", broken)
	cfg := dbtest.MariaDB(t)
	failsPlainly(t, []string{"juma migrate"}, "plates", "list", "--db", cfg.DSN)
	runs(t, "migrate", "--db", cfg.DSN)
	if out := runs(t, "merchants", "list", "--db", cfg.DSN, "--json"); strings.TrimSpace(out) != "[]" {
		t.Errorf("an empty list is %q", out)
	}
}

// walletsFile starts sandboxes as another process and gives the file with their
// line, as README tells it.
func walletsFile(t *testing.T) (path string, line map[string]json.RawMessage) {
	t.Helper()
	cmd := juma(t, "sandbox", "--json")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := errors.Join(cmd.Process.Signal(os.Interrupt), cmd.Wait()); err != nil {
			t.Errorf("the sandbox did not end well: %v", err)
		}
	})
	text, err := bufio.NewReader(out).ReadBytes('\n')
	if err == nil {
		err = json.Unmarshal(text, &line)
	}
	if err != nil {
		t.Fatalf("%v: %q", err, text)
	}
	path = filepath.Join(t.TempDir(), "wallets.json")
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return path, line
}

func TestSandboxLine(t *testing.T) {
	_, line := walletsFile(t)
	for wallet, fields := range map[string]string{
		"wechat":   "base_url sp_appid sp_mchid sub_mchid cert_serial private_key_pem api_v3_key platform_cert_serial platform_cert_pem platform_public_key_id platform_public_key_pem",
		"alipay":   "gateway_url app_id app_private_key_pem alipay_public_key_pem",
		"unionpay": "gateway_url file_url mer_id cert_id private_key_pem sign_cert_pem root_cert_pem middle_cert_pem",
	} {
		var has map[string]string
		if err := json.Unmarshal(line[wallet], &has); err != nil {
			t.Fatalf("%s: %v", wallet, err)
		}
		for _, field := range strings.Fields(fields) {
			if has[field] == "" {
				t.Errorf("%s lacks %s", wallet, field)
			}
		}
	}
	var control string
	if err := json.Unmarshal(line["control_url"], &control); err != nil {
		t.Fatal(err)
	}
	resp, err := http.Get(control + "/orders")
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("GET orders: %v, %v", resp, err)
	}
	resp.Body.Close()
}

// TestBadInput: one sentence each, and nothing left behind.
func TestBadInput(t *testing.T) {
	wallets, _ := walletsFile(t)
	busy, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { busy.Close() }) // after the parallel rows
	taken := busy.Addr().String()
	_, port, _ := net.SplitHostPort(taken)
	garbage := filepath.Join(t.TempDir(), "garbage.json")
	if err := os.WriteFile(garbage, []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	const noDB, noNATS = "mysql://juma:secret@127.0.0.1:1/juma", "nats://127.0.0.1:1"
	for _, c := range []struct {
		line string
		want []string
	}{
		{"demo --once --db " + noDB, []string{"127.0.0.1:1"}},
		{"demo --once --db juma:secret@tcp(127.0.0.1)/juma", []string{"mysql://user:password@host:port/database"}},
		{"demo --once --nats " + noNATS, []string{noNATS}},
		{"demo --listen " + taken, []string{taken, "in use", "--listen"}},
		{"demo --payments 0", []string{"payments", "1 to 1000000"}},
		{"demo --payments many", []string{"payments", "many"}},
		{"demo --date 2026-02-30", []string{"2026-02-30"}},
		{"serve --listen 127.0.0.1:0 --wallets " + wallets + " --db " + noDB, []string{"127.0.0.1:1"}},
		{"serve --wallets " + wallets + " --listen 127.0.0.1:0 --nats " + noNATS, []string{noNATS}},
		{"serve --wallets " + wallets + " --listen " + taken, []string{taken, "in use"}},
		{"serve --wallets " + garbage, []string{"wallet configuration"}},
		{"channel wechat --wallets " + wallets + " --nats " + noNATS, []string{noNATS}},
		{"sandbox --control-port " + port, []string{port, "in use"}},
		{"migrate --db " + noDB, []string{"127.0.0.1:1"}},
		{"merchants list --db " + noDB, []string{"127.0.0.1:1"}},
		{"clearing close 2026-13-01", []string{"2026-13-01"}},
		{"clearing show yesterday", []string{"yesterday"}},
		{"plates list --nonsense", []string{"unknown flag: --nonsense"}},
	} {
		t.Run(c.line, func(t *testing.T) {
			t.Parallel()
			data := filepath.Join(t.TempDir(), "data")
			failsPlainly(t, c.want, append(strings.Fields(c.line), "--data", data)...)
			left, err := filepath.Glob(filepath.Join(data, "*"))
			if strings.HasPrefix(c.line, "demo") && (err != nil || len(slices.DeleteFunc(left, func(p string) bool { return strings.HasSuffix(p, ".lock") })) > 0) {
				t.Errorf("left behind: %v, %v", left, err)
			}
		})
	}
}

// TestInterruptEndsServe: Ctrl-C is the ordinary end, not a failure, and no
// connection that says nothing holds it up.
func TestInterruptEndsServe(t *testing.T) {
	wallets, _ := walletsFile(t)
	cmd := juma(t, "serve", "--wallets", wallets, "--listen", "127.0.0.1:0", "--data", t.TempDir())
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil || !strings.HasPrefix(line, "serving http://127.0.0.1:") {
		t.Fatalf("printed %q, %v", line, err)
	}
	address, _, _ := strings.Cut(strings.TrimPrefix(line, "serving http://"), " ")
	for _, said := range []string{"", "GET / HTTP/1.1\r\nHost: half a request\r\n"} {
		conn, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		if _, err := conn.Write([]byte(said)); err != nil {
			t.Fatal(err)
		}
	}
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	if err := cmd.Wait(); err != nil {
		t.Errorf("ended with %v", err)
	}
	if took := time.Since(began); took > 8*time.Second { // two seconds and a busy machine
		t.Errorf("ended after %v", took)
	}
}
