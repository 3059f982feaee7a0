package store

import (
	"slices"
	"strings"
	"unicode"

	"juma/merchants"
)

// searchTerm says that an object is looked for by a term. Terms are blind: the
// table tells nobody without the keys what the objects are called. Pairs of
// letters are looked up, because a part of a sealed name cannot be.
type searchTerm struct {
	Term     string
	Kind     merchants.HitKind
	ObjectID string
}

var searchTerms = table[searchTerm]{"search_terms", func(t *searchTerm) []field {
	return []field{{"term", &t.Term}, {"kind", &t.Kind}, {"object_id", &t.ObjectID}}
}}

// indexName is the purpose of the blind index of pairs of letters.
const indexName = "name"

// dullPairs are in the name of nearly every company: they find nothing and would
// be the longest lists.
var dullPairs = []string{"有限", "限公", "公司", "限责", "责任", "任公", "个体", "体工", "工商", "商户"}

// plainName is a name as it is searched in: without blanks, lower case.
func plainName(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return -1
		}
		return unicode.ToLower(r)
	}, s)
}

// pairs are the neighbouring letters of a name, each once, without the dull ones.
func pairs(name string) []string {
	r := []rune(plainName(name))
	var all []string
	for i := 0; i+1 < len(r); i++ {
		if p := string(r[i : i+2]); !slices.Contains(dullPairs, p) && !slices.Contains(all, p) {
			all = append(all, p)
		}
	}
	return all
}

// termsOf makes an object's rows from names and from exact values by purpose.
func (c *conn) termsOf(kind merchants.HitKind, id string, names []string, exact map[string][]string) []searchTerm {
	keys := c.store.ring()
	if keys == nil {
		return nil // nothing personal can be written without keys, so nothing is searched for
	}
	var found []string
	for _, n := range names {
		for _, p := range pairs(n) {
			found = append(found, keys.Index(indexName, p))
		}
	}
	for purpose, values := range exact {
		for _, v := range values {
			if v != "" {
				found = append(found, keys.Index(purpose, v))
			}
		}
	}
	slices.Sort(found)
	var rows []searchTerm
	for _, term := range slices.Compact(found) {
		rows = append(rows, searchTerm{term, kind, id})
	}
	return rows
}

// applicationTerms are what an application is looked for by beside the columns of
// its own: names, and the phones and identity numbers of everybody in it.
func (c *conn) applicationTerms(a merchants.ApplicationFile) []searchTerm {
	p := a.Profile
	phones, persons := []string{p.Contact.Phone, p.Account.Phone}, []string{}
	for _, o := range p.Owners {
		phones, persons = append(phones, o.Phone), append(persons, o.IDNo)
	}
	return c.termsOf(merchants.ApplicationHit, a.ID, []string{p.Name, p.ShortName}, map[string][]string{indexPhone: phones, indexID: persons})
}

func (c *conn) indexApplications(op string, all ...merchants.ApplicationFile) error {
	var rows []searchTerm
	for _, a := range all {
		rows = append(rows, c.applicationTerms(a)...)
	}
	return searchTerms.insert(c, op, rows...)
}

func (c *conn) reindexApplication(op string, a merchants.ApplicationFile) error {
	return c.reindex(op, merchants.ApplicationHit, a.ID, c.applicationTerms(a))
}

func (c *conn) reindex(op string, kind merchants.HitKind, id string, rows []searchTerm) error {
	if _, err := c.exec(op, "DELETE FROM search_terms WHERE kind = ? AND object_id = ?", kind, id); err != nil {
		return err
	}
	return searchTerms.insert(c, op, rows...)
}

func (c *conn) indexMerchant(op string, m merchants.Merchant) error {
	return searchTerms.insert(c, op, c.termsOf(merchants.MerchantHit, m.No, []string{m.Name, m.ShortName}, nil)...)
}

// indexStores writes the terms of stores anew.
func (c *conn) indexStores(op string, all ...merchants.Store) error {
	for _, s := range all {
		if err := c.reindex(op, merchants.StoreHit, s.ID, c.termsOf(merchants.StoreHit, s.ID, []string{s.Name}, nil)); err != nil {
			return err
		}
	}
	return nil
}
