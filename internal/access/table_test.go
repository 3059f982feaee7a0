package access

import (
	"slices"
	"strings"
	"testing"
)

var table = Table{
	{Method: "GET", Path: "/q/:key", Public: true},
	{Method: "GET", Path: "/console/settlement", Roles: []Role{ClearingOperator, ClearingApprover, Auditor}},
	{Method: "POST", Path: "/console/settlement", Roles: []Role{ClearingApprover}},
}

func TestTableLookup(t *testing.T) {
	for _, c := range []struct {
		method, path string
		role         Role
		found, pass  bool
	}{
		{"GET", "/q/:key", "", true, true},
		{"HEAD", "/q/:key", "", true, true},
		{"GET", "/console/settlement", Auditor, true, true},
		{"GET", "/console/settlement", Clerk, true, false},
		{"GET", "/console/settlement", "", true, false},
		{"POST", "/console/settlement", Auditor, true, false},
		{"DELETE", "/console/settlement", Administrator, false, false},
		{"GET", "/elsewhere", Administrator, false, false},
	} {
		rule, found := table.Lookup(c.method, c.path)
		if found != c.found || found && rule.Allows(c.role) != c.pass {
			t.Errorf("%s %s as %q: found %v, allows %v", c.method, c.path, c.role, found, rule.Allows(c.role))
		}
	}
}

func TestTableCheck(t *testing.T) {
	if err := table.Check(); err != nil {
		t.Error(err)
	}
	bad := Table{
		{Method: "GET", Path: "/a", Public: true}, {Method: "GET", Path: "/a", Public: true},
		{Method: "GET", Path: "/b"}, {Method: "GET", Path: "/c", Public: true, Roles: []Role{Risk}},
		{Method: "get", Path: "/d", Public: true}, {Method: "GET", Path: "e", Public: true},
		{Method: "GET", Path: "/f", Roles: []Role{"king"}},
	}
	err := bad.Check()
	if err == nil {
		t.Fatal("a contradicting table passed")
	}
	for _, want := range []string{"/a: listed twice", "/b: must be", "/c: must be", "method", "e: path", "king"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%v: does not mention %q", err, want)
		}
	}
}

func TestUncovered(t *testing.T) {
	got := table.Uncovered([]string{"GET /q/:key", "POST /q/:key", "HEAD /q/:key"})
	if !slices.Equal(got, []string{"POST /q/:key"}) {
		t.Errorf("uncovered %q", got)
	}
}
