package main

import (
	"bytes"
	"encoding/json"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestFirstAdministrator: an empty directory gets an account by password and one
// by link, and neither command prints a password.
func TestFirstAdministrator(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	const password = "teapot lantern river"
	cmd := juma(t, "users", "create", "--data", data, "--login", "Root1", "--password-stdin")
	var out, errs bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(password+"\n"), &out, &errs
	if err := cmd.Run(); err != nil || out.String() != "account root1, role administrator\n" || errs.Len() > 0 {
		t.Fatalf("%v: %s%s", err, out.String(), errs.String())
	}
	link := runs(t, "users", "create", "--data", data, "--login", "clear1", "--role", "clearing_operator", "--public-url", "https://pay.example.com/")
	if !regexp.MustCompile(`^https://pay\.example\.com/invitation/[A-Za-z0-9_-]{43}\n$`).MatchString(link) {
		t.Errorf("link %q", link)
	}
	var listed []map[string]string
	if err := json.Unmarshal([]byte(runs(t, "users", "list", "--data", data, "--json")), &listed); err != nil || len(listed) != 1 || listed[0]["login"] != "root1" || listed[0]["role"] != "administrator" || listed[0]["state"] != "active" {
		t.Errorf("%v, %v", listed, err)
	}
	failsPlainly(t, []string{"login", "taken"}, "users", "create", "--data", data, "--login", "root1")
	failsPlainly(t, []string{"--login is missing"}, "users", "create", "--data", data)
	failsPlainly(t, []string{"king", "administrator"}, "users", "create", "--data", data, "--login", "king1", "--role", "king")
	failsPlainly(t, []string{"standard input holds no password"}, "users", "create", "--data", data, "--login", "root2", "--password-stdin")
	failsPlainly(t, []string{"merchant_no"}, "users", "create", "--data", data, "--login", "clerk1", "--role", "clerk")
	failsPlainly(t, []string{"holds no database"}, "users", "list", "--data", filepath.Join(data, "elsewhere"))
}
