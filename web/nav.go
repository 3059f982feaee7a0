package web

import (
	"context"
	"strings"

	"juma/internal/access"
)

// navGroup is a heading of the side navigation. Pages stand under it in the
// order of the route table.
type navGroup textKey

// The headings, in the order in which they are shown.
var navGroups = []navGroup{navMerchants, navPlates, navMoney, navStaff, navSystem}

const (
	navMerchants navGroup = "navgroup.merchants" // applications, merchants, stores
	navPlates    navGroup = "navgroup.plates"    // batches, plates, bindings
	navMoney     navGroup = "navgroup.money"     // payments, settlement
	navStaff     navGroup = "navgroup.staff"     // accounts and roles
	navSystem    navGroup = "navgroup.system"    // audit, channels, design
)

// navEntry is a page's place in the side navigation.
type navEntry struct {
	group navGroup
	text  textKey
	key   rune // the page opens when g and this are typed; 0 for none
	// count is how much waits on the page, shown beside its name; may be nil.
	count func(context.Context) (int, error)
}

// inNav puts a page into the side navigation. Who sees the entry is who may see
// the page: both are the route's roles. key is the letter that opens the page
// after g; it is unique among the pages that one role sees.
func (rt route) inNav(group navGroup, text textKey, key rune) route {
	rt.nav = &navEntry{group: group, text: text, key: key}
	return rt
}

// counted shows beside the page's entry how much waits there.
func (rt route) counted(count func(context.Context) (int, error)) route {
	rt.nav.count = count
	return rt
}

// navSection is one heading of a user's navigation with its pages.
type navSection struct {
	Title textKey
	Items []navItem
}

// navItem is one page of it.
type navItem struct {
	Path    string
	Text    textKey
	Key     string // shortcut after g, "" for none
	Current bool   // this page, or the one that the page shown belongs to
	Count   int    // how much waits there; see countNav
	count   func(context.Context) (int, error)
}

// navigation is what a role sees beside a page; path is the page shown. Of
// several entries that path lies under, the longest is current.
func (s *Server) navigation(role access.Role, path string) []navSection {
	var sections []navSection
	current := ""
	for _, group := range navGroups {
		section := navSection{Title: textKey(group)}
		for _, rt := range s.table {
			if rt.nav == nil || rt.nav.group != group || !rt.rule.Allows(role) {
				continue
			}
			item := navItem{Path: rt.rule.Path, Text: rt.nav.text, count: rt.nav.count}
			if rt.nav.key != 0 {
				item.Key = string(rt.nav.key)
			}
			if under(path, item.Path) && len(item.Path) > len(current) {
				current = item.Path
			}
			section.Items = append(section.Items, item)
		}
		if len(section.Items) > 0 {
			sections = append(sections, section)
		}
	}
	for _, section := range sections {
		for i := range section.Items {
			section.Items[i].Current = section.Items[i].Path == current
		}
	}
	return sections
}

// countNav asks how much waits on the pages that say so. A page is shown without a
// number that cannot be had.
func (s *Server) countNav(ctx context.Context, sections []navSection) {
	for _, section := range sections {
		for i := range section.Items {
			item := &section.Items[i]
			if item.count == nil {
				continue
			}
			var err error
			if item.Count, err = item.count(ctx); err != nil {
				s.log.ErrorContext(ctx, "count in the navigation", "page", item.Path, "error", err)
			}
		}
	}
}

// under tells whether path is page or lies below it.
func under(path, page string) bool {
	return path == page || strings.HasPrefix(path, page+"/")
}

// homes are where roles begin that see more than their daily work; all others
// begin at the first page of their navigation.
var homes = map[access.Role]string{
	access.Owner: "/merchant", access.Manager: "/merchant", access.Clerk: "/merchant",
	access.ClearingOperator: "/console/settlement", access.ClearingApprover: "/console/settlement", access.Auditor: "/console/settlement",
	access.Operator: merchantsPath,
}

// homeOf is where a user works.
func (s *Server) homeOf(u access.User) string {
	switch {
	case u.Role == access.Owner && u.MerchantNo == "":
		return "/apply" // has applied, or is about to
	case u.Role.OfMerchant() && u.MerchantNo == "":
		return "/account"
	}
	if home := homes[u.Role]; home != "" {
		return home
	}
	for _, section := range s.navigation(u.Role, "") {
		return section.Items[0].Path
	}
	return "/login"
}
