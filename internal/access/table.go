package access

import (
	"fmt"
	"slices"
	"strings"
)

// Rule says who may use one route. Exactly one of Roles and Public is set: what
// is not allowed is refused.
type Rule struct {
	Method string // "GET", "POST"; GET covers HEAD
	Path   string // the route's pattern as it was registered, "/console/files/:id"
	Roles  []Role // any of them may
	Public bool   // nobody needs to log in
}

// Allows tells whether the rule lets the role pass.
func (r Rule) Allows(role Role) bool { return r.Public || slices.Contains(r.Roles, role) }

// Table is the whole of who may do what over HTTP. A route that is not in it is
// allowed to nobody.
type Table []Rule

// Lookup finds the rule of a route.
func (t Table) Lookup(method, path string) (Rule, bool) {
	if method == "HEAD" {
		method = "GET"
	}
	for _, r := range t {
		if r.Method == method && r.Path == path {
			return r, true
		}
	}
	return Rule{}, false
}

// Check refuses a table that contradicts itself; it names every fault at once.
func (t Table) Check() error {
	var faults []string
	complain := func(r Rule, format string, args ...any) {
		faults = append(faults, fmt.Sprintf("%s %s: ", r.Method, r.Path)+fmt.Sprintf(format, args...))
	}
	seen := map[string]bool{}
	for _, r := range t {
		key := r.Method + " " + r.Path
		if seen[key] {
			complain(r, "listed twice")
		}
		seen[key] = true
		if r.Public == (len(r.Roles) > 0) {
			complain(r, "must be either public or have roles")
		}
		if r.Method != strings.ToUpper(r.Method) || r.Method == "" || r.Method == "HEAD" {
			complain(r, "method %q: want an upper-case method, GET for HEAD", r.Method)
		}
		if !strings.HasPrefix(r.Path, "/") {
			complain(r, "path must begin with /")
		}
		for _, role := range r.Roles {
			if !role.Valid() {
				complain(r, "no such role %q", role)
			}
		}
	}
	if len(faults) > 0 {
		return fmt.Errorf("access table: %s", strings.Join(faults, "; "))
	}
	return nil
}

// Uncovered lists the routes ("GET /path") that have no rule, so that a web
// server can refuse to start instead of serving a page that nobody may see.
func (t Table) Uncovered(routes []string) []string {
	var missing []string
	for _, route := range routes {
		method, path, _ := strings.Cut(route, " ")
		if _, ok := t.Lookup(method, path); !ok {
			missing = append(missing, route)
		}
	}
	return missing
}
