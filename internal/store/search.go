package store

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"juma/acquiring/channel"
	"juma/internal/id"
	"juma/internal/seal"
	"juma/merchants"
)

// searchOp names the search in faults.
const searchOp = "store.Search"

// search is a search under way.
type search struct {
	*conn
	typed string
	limit int
	hits  []merchants.Hit
}

// Search finds whatever is identified by what was typed, see merchants.Upkeep.
func (s upkeepStore) Search(ctx context.Context, typed string, limit int) ([]merchants.Hit, error) {
	typed = strings.TrimSpace(typed)
	if typed == "" || limit < 1 {
		return nil, nil
	}
	q := &search{conn: s.reader(ctx), typed: typed, limit: limit}
	for _, find := range []func() error{q.merchants, q.terminals, q.plates, q.orders, q.applications, q.byAccount, q.names} {
		if err := find(); err != nil {
			return nil, err
		}
		if len(q.hits) >= limit {
			break
		}
	}
	return q.hits[:min(len(q.hits), limit)], nil
}

// add adds what was not found before: the first identifier that fits counts.
func (q *search) add(h merchants.Hit) {
	if !slices.ContainsFunc(q.hits, func(o merchants.Hit) bool { return o.Kind == h.Kind && o.ID == h.ID }) {
		q.hits = append(q.hits, h)
	}
}

// number is the typed text as our numbers are written.
func (q *search) number() string { return strings.ToUpper(q.typed) }

// merchants finds a merchant by its number, here or at a channel.
func (q *search) merchants() error {
	all, err := merchantRows.list(q.conn, searchOp, q.from("merchants").Where("merchant_no = ?", q.number()))
	if err != nil {
		return err
	}
	for _, m := range all {
		q.merchant(m, merchants.ByNumber)
	}
	accounts, err := channelAccounts.list(q.conn, searchOp, q.from(channelAccounts.name))
	if err != nil {
		return err
	}
	at, err := enrolments.list(q.conn, searchOp, q.from("channel_enrolments").Where("channel IN ? AND channel_id = ?", channel.AllNames(accounts), q.typed).Limit(q.limit))
	if err != nil {
		return err
	}
	for _, e := range at {
		if err := q.merchantNo(e.MerchantNo, merchants.ByChannelID); err != nil {
			return err
		}
	}
	return nil
}

func (q *search) merchant(m merchants.Merchant, by merchants.HitBy) {
	q.add(merchants.Hit{Kind: merchants.MerchantHit, ID: m.No, Name: m.ShortName, State: string(m.State), MerchantNo: m.No, By: by})
}

func (q *search) merchantNo(no string, by merchants.HitBy) error {
	m, err := q.conn.merchant(searchOp, no)
	if err == nil {
		q.merchant(m, by)
	}
	return err
}

// terminals finds a terminal by its number and a store by its id.
func (q *search) terminals() error {
	all, err := terminalPlaces.find(q.conn, searchOp, "t.terminal_no = ?", q.number())
	if err != nil {
		return err
	}
	for _, t := range all {
		q.add(merchants.Hit{Kind: merchants.TerminalHit, ID: t.No, State: placeState(t.ClosedAt.IsZero()), MerchantNo: t.MerchantNo, By: merchants.ByNumber})
	}
	stores, err := storePlaces.find(q.conn, searchOp, "t.id = ?", q.number())
	if err != nil {
		return err
	}
	for _, s := range stores {
		q.store(s, merchants.ByNumber)
	}
	return nil
}

func (q *search) store(s merchants.Store, by merchants.HitBy) {
	q.add(merchants.Hit{Kind: merchants.StoreHit, ID: s.ID, Name: s.Name, State: placeState(s.ClosedAt.IsZero()), MerchantNo: s.MerchantNo, By: by})
}

func placeState(open bool) string {
	if open {
		return "open"
	}
	return "closed"
}

// plates finds a plate by its serial, with or without its check digits, or by its
// key, which is not shown.
func (q *search) plates() error {
	serials := []string{q.number()}
	if n := len(q.typed); n > 2 && id.CheckSerial(q.typed) {
		serials = append(serials, q.typed[:n-2])
	}
	bySerial, err := plates.list(q.conn, searchOp, q.from("plates").Where("serial IN ?", serials))
	if err != nil {
		return err
	}
	byKey, err := plates.list(q.conn, searchOp, q.from("plates").Where("plate_key = ?", q.typed))
	if err != nil {
		return err
	}
	in, err := q.inForce(searchOp, append(slices.Clone(bySerial), byKey...))
	if err != nil {
		return err
	}
	for _, p := range bySerial {
		q.add(merchants.Hit{Kind: merchants.PlateHit, ID: p.Serial, State: string(p.State), MerchantNo: in[p.Key].MerchantNo, By: merchants.BySerial})
	}
	for _, p := range byKey {
		q.add(merchants.Hit{Kind: merchants.PlateHit, ID: p.Serial, State: string(p.State), MerchantNo: in[p.Key].MerchantNo, By: merchants.ByKey})
	}
	return nil
}

// orders finds a payment or refund by its number or retrieval reference.
func (q *search) orders() error {
	no, by := q.number(), merchants.ByNumber
	numbers, err := rrns.list(q.conn, searchOp, q.from("rrns").Where("rrn = ?", q.typed))
	if err != nil {
		return err
	}
	if len(numbers) > 0 {
		no, by = numbers[0].OrderNo, merchants.ByRRN
	}
	paid, err := payments.list(q.conn, searchOp, q.from("payments").Where("order_no = ?", no))
	if err != nil {
		return err
	}
	for _, p := range paid {
		q.add(merchants.Hit{Kind: merchants.PaymentHit, ID: p.OrderNo, State: string(p.State), MerchantNo: p.MerchantNo, By: by})
	}
	back, err := refunds.list(q.conn, searchOp, q.from("refunds").Where("refund_no = ?", no))
	for _, r := range back {
		q.add(merchants.Hit{Kind: merchants.RefundHit, ID: r.RefundNo, State: string(r.State), MerchantNo: r.MerchantNo, By: by})
	}
	return err
}

// applicationsKnownBy lists the applications with an identifier, newest first. Each
// identifier is a query of its own: asked for all at once, with an order, SQLite
// reads through the table instead of the indexes.
func (c *conn) applicationsKnownBy(op, typed string, limit int) ([]merchants.ApplicationFile, error) {
	keys := c.store.ring()
	if typed == "" || keys == nil {
		return nil, nil
	}
	number := strings.ToUpper(typed)
	var ids []string
	for _, by := range []struct{ table, key, column, value string }{
		{"applications", "id", "id", number},
		{"applications", "id", "uscc", number},
		{"applications", "id", "id_index", keys.Index(indexID, number)},
		{"applications", "id", "phone_index", keys.Index(indexPhone, typed)},
		{"applications", "id", "account_index", keys.Index(indexAccount, typed)},
		{"search_terms", "object_id", "term", keys.Index(indexPhone, typed)},
		{"search_terms", "object_id", "term", keys.Index(indexID, number)},
	} {
		found, err := scanAll(c, op, c.from(by.table).Select(by.key).Where(by.column+" = ?", by.value).Limit(limit), idField)
		if err != nil {
			return nil, err
		}
		ids = append(ids, found...)
	}
	all, err := c.applicationsByID(op, ids)
	return all[:min(len(all), limit)], err
}

func (c *conn) applicationsByID(op string, ids []string) ([]merchants.ApplicationFile, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	return applications.list(c, op, c.from("applications").Where("id IN ?", ids).Order("id DESC"))
}

// applications finds applications by what they are known by, and the merchants
// that they became.
func (q *search) applications() error {
	all, err := q.applicationsKnownBy(searchOp, q.typed, q.limit)
	if err != nil {
		return err
	}
	for _, a := range all {
		if err := q.application(a, knownBy(a, q.typed)); err != nil {
			return err
		}
	}
	return nil
}

// knownBy tells which identifier of an application was typed.
func knownBy(a merchants.ApplicationFile, typed string) merchants.HitBy {
	number := strings.ToUpper(typed)
	switch {
	case a.ID == number:
		return merchants.ByNumber
	case a.Profile.USCC == number:
		return merchants.ByCode
	case a.Profile.Account.No == typed:
		return merchants.ByAccount
	case a.Profile.Legal.IDNo == number || slices.ContainsFunc(a.Profile.Owners, func(o merchants.BeneficialOwner) bool { return o.IDNo == number }):
		return merchants.ByPerson
	}
	return merchants.ByPhone
}

func (q *search) application(a merchants.ApplicationFile, by merchants.HitBy) error {
	q.add(merchants.Hit{Kind: merchants.ApplicationHit, ID: a.ID, Name: a.ShownName(), State: string(a.State), MerchantNo: a.MerchantNo, By: by})
	if a.MerchantNo == "" {
		return nil
	}
	return q.merchantNo(a.MerchantNo, by)
}

// byAccount finds merchants by an account that they changed to, or want to.
func (q *search) byAccount() error {
	keys := q.conn.store.ring()
	if keys == nil {
		return nil
	}
	all, err := accountChanges.list(q.conn, searchOp, q.from("account_changes").Where("account_index = ?", keys.Index(indexAccount, q.typed)).Limit(q.limit))
	if err != nil {
		return err
	}
	for _, c := range all {
		if err := q.merchantNo(c.MerchantNo, merchants.ByAccount); err != nil {
			return err
		}
	}
	return nil
}

// maxTerms bounds what one look-up joins; more pairs of letters than this tell
// names hardly better apart.
const maxTerms = 8

// withTerms lists the objects of a kind that have all the terms, the last made
// first. It joins along the primary key: grouped, SQLite would read all of a kind.
func (q *search) withTerms(kind merchants.HitKind, terms ...string) ([]string, error) {
	query := q.from("search_terms AS t0").Where("t0.term = ? AND t0.kind = ?", terms[0], kind)
	for i, term := range terms[1:min(len(terms), maxTerms)] {
		t := fmt.Sprintf("t%d", i+1)
		query = query.Joins("JOIN search_terms AS "+t+" ON "+t+".term = ? AND "+t+".kind = t0.kind AND "+t+".object_id = t0.object_id", term)
	}
	return scanAll(q.conn, searchOp, query.Select("t0.object_id").Order("t0.object_id DESC").Limit(q.limit), idField)
}

// named lists the objects of a kind whose name may hold what was typed.
func (q *search) named(keys *seal.Keyring, kind merchants.HitKind) ([]string, error) {
	var terms []string
	for _, p := range pairs(q.typed) {
		terms = append(terms, keys.Index(indexName, p))
	}
	if len(terms) == 0 {
		return nil, nil
	}
	return q.withTerms(kind, terms...)
}

// holds tells whether a name holds what was typed: the pairs may stand apart in it.
func (q *search) holds(names ...string) bool {
	return slices.ContainsFunc(names, func(n string) bool { return strings.Contains(plainName(n), plainName(q.typed)) })
}

// names finds merchants, stores and applications by a part of their names.
func (q *search) names() error {
	keys := q.conn.store.ring()
	if keys == nil {
		return nil
	}
	numbers, err := q.named(keys, merchants.MerchantHit)
	if err != nil {
		return err
	}
	for _, no := range numbers {
		m, err := q.conn.merchant(searchOp, no)
		if err != nil {
			return err
		}
		if q.holds(m.Name, m.ShortName) {
			q.merchant(m, merchants.ByName)
		}
	}
	stores, err := q.named(keys, merchants.StoreHit)
	if err != nil {
		return err
	}
	for _, storeID := range stores {
		s, err := storePlaces.one(q.conn, searchOp, storeID)
		if err != nil {
			return err
		}
		if q.holds(s.Name) {
			q.store(s, merchants.ByName)
		}
	}
	return q.namedApplications(keys)
}

func (q *search) namedApplications(keys *seal.Keyring) error {
	ids, err := q.named(keys, merchants.ApplicationHit)
	if err != nil {
		return err
	}
	all, err := q.applicationsByID(searchOp, ids)
	for _, a := range all {
		if q.holds(a.Profile.Name, a.Profile.ShortName) {
			q.add(merchants.Hit{Kind: merchants.ApplicationHit, ID: a.ID, Name: a.ShownName(), State: string(a.State), MerchantNo: a.MerchantNo, By: merchants.ByName})
		}
	}
	return err
}
