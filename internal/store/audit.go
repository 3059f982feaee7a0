package store

import (
	"context"

	"juma/internal/audit"
	"juma/internal/fault"
)

var audits = table[audit.Entry]{"audit", func(a *audit.Entry) []field {
	return []field{
		{"id", &a.ID},
		{"happened_at", at(&a.At)},
		{"actor", &a.Actor},
		{"action", &a.Action},
		{"object", &a.Object},
		{"value_before", text(&a.Before)},
		{"value_after", text(&a.After)},
		{"reason", text(&a.Reason)},
	}
}}

// auditLink is an entry's place in the chain.
type auditLink struct {
	Seq     int64
	AuditID string
	Hash    string
}

func auditLinkFields(l *auditLink) []field {
	return []field{{"seq", &l.Seq}, {"audit_id", &l.AuditID}, {"hash", &l.Hash}}
}

var auditLinks = table[auditLink]{"audit_chain", auditLinkFields}

// Audit records who changed what, why, from what to what. An entry without an ID
// gets one from its time. The entries of a transaction join the chain when it
// commits, so that the chain's head is locked for that moment only.
func (c *conn) Audit(a audit.Entry) error {
	a.At = a.At.Truncate(1000) // as it is stored
	if a.ID == "" {
		a.ID = c.store.ids.At(a.At)
	}
	c.audits = append(c.audits, a)
	return nil
}

// writeAudits stores the transaction's entries and links them to the chain.
func (c *conn) writeAudits() error {
	const op = "store.Audit"
	if len(c.audits) == 0 {
		return nil
	}
	head, err := c.lockChain(op)
	if err != nil {
		return err
	}
	links := make([]auditLink, len(c.audits))
	for i, a := range c.audits {
		head = auditLink{Seq: head.Seq + 1, AuditID: a.ID, Hash: audit.Link(head.Hash, head.Seq+1, a)}
		links[i] = head
	}
	if err := audits.insert(c, op, c.audits...); err != nil {
		return err
	}
	if err := auditLinks.insert(c, op, links...); err != nil {
		return err
	}
	_, err = c.exec(op, "UPDATE audit_head SET seq = ?, hash = ? WHERE name = 'audit'", head.Seq, head.Hash)
	return err
}

// lockChain returns the chain's end and keeps others away from it until the
// transaction ends.
func (c *conn) lockChain(op string) (auditLink, error) {
	there, err := c.moved(op, "UPDATE audit_head SET seq = seq + 0 WHERE name = 'audit'")
	if err != nil {
		return auditLink{}, err
	}
	if !there { // an earlier version's EraseAll took it away
		_, err := c.exec(op, "INSERT INTO audit_head (name, seq, hash) VALUES ('audit', 0, ?)", audit.Genesis)
		return auditLink{Hash: audit.Genesis}, err
	}
	return c.chainHead(op)
}

func (c *conn) chainHead(op string) (auditLink, error) {
	heads, err := scanAll(c, op, c.from("audit_head").Select("seq, hash").Where("name = 'audit'"), func(l *auditLink) []field {
		return []field{{"seq", &l.Seq}, {"hash", &l.Hash}}
	})
	if err != nil || len(heads) == 0 {
		return auditLink{Hash: audit.Genesis}, err
	}
	return heads[0], nil
}

// AuditProof is what VerifyAudit found.
type AuditProof struct {
	Entries int64 // in the chain
	Loose   int64 // entries of the table that are not in the chain
	Fault   string
}

// VerifyAudit recomputes the whole chain, a page at a time. The first thing that
// does not hold is Fault, "" when everything does; an error means that the
// database could not be read.
func (s *Store) VerifyAudit(ctx context.Context) (AuditProof, error) {
	const op = "store.VerifyAudit"
	var p AuditProof
	head, err := s.reader(ctx).chainHead(op)
	if err != nil {
		return p, err
	}
	last := auditLink{Hash: audit.Genesis}
	for {
		page, err := s.auditPage(ctx, last.Seq)
		if err != nil {
			return p, err
		}
		for _, l := range page {
			if p.Fault = l.problem(last); p.Fault != "" {
				return p, nil
			}
			last, p.Entries = l.auditLink, p.Entries+1
			if last.Seq == head.Seq && last.Hash != head.Hash {
				p.Fault = "the chain's end was altered"
				return p, nil
			}
		}
		if len(page) == 0 {
			break
		}
	}
	if last.Seq < head.Seq {
		p.Fault = "the chain's last entries were taken out"
		return p, nil
	}
	total, err := s.reader(ctx).count(op, "audit")
	if p.Loose = total - p.Entries; err == nil && p.Loose > 0 {
		// Entries that others committed meanwhile are in the chain too; count again.
		linked, err := s.reader(ctx).count(op, "audit_chain")
		if p.Loose = max(0, total-linked); err != nil {
			return p, err
		}
		if p.Loose > 0 {
			p.Fault = "entries were put into the table beside the chain"
		}
	}
	return p, err
}

// linkedEntry is an entry with its place in the chain; the entry is zero when it
// was taken out of its table.
type linkedEntry struct {
	auditLink
	entry audit.Entry
}

func (l linkedEntry) problem(last auditLink) string {
	switch {
	case l.Seq != last.Seq+1:
		return fault.New("", fault.Corrupt, "entry %d of the chain was taken out", last.Seq+1).Msg
	case l.entry.ID == "":
		return fault.New("", fault.Corrupt, "entry %d (%s) was taken out", l.Seq, l.AuditID).Msg
	case audit.Link(last.Hash, l.Seq, l.entry) != l.Hash:
		return fault.New("", fault.Corrupt, "entry %d (%s) was altered", l.Seq, l.AuditID).Msg
	}
	return ""
}

func (s *Store) auditPage(ctx context.Context, after int64) ([]linkedEntry, error) {
	const op, rows = "store.VerifyAudit", 1000
	c := s.reader(ctx)
	links, err := auditLinks.list(c, op, c.from("audit_chain").Where("seq > ?", after).Order("seq").Limit(rows))
	if err != nil {
		return nil, err
	}
	ids := make([]string, len(links))
	for i, l := range links {
		ids[i] = l.AuditID
	}
	byID := make(map[string]audit.Entry, len(ids))
	for _, part := range chunks(ids, maxParams/2) {
		found, err := audits.list(c, op, c.from("audit").Where("id IN ?", part))
		if err != nil {
			return nil, err
		}
		for _, e := range found {
			byID[e.ID] = e
		}
	}
	page := make([]linkedEntry, len(links))
	for i, l := range links {
		page[i] = linkedEntry{l, byID[l.AuditID]}
	}
	return page, nil
}

// count counts a table's rows.
func (c *conn) count(op, table string) (int64, error) {
	n, err := scanAll(c, op, c.from(table).Select("COUNT(*)"), func(n *int64) []field { return []field{{"n", n}} })
	if err != nil {
		return 0, err
	}
	return n[0], nil
}

// AuditOf lists an object's entries in the order of the chain, oldest first, after the given id, at most
// limit.
func (s *Store) AuditOf(ctx context.Context, object, afterID string, limit int) ([]audit.Entry, error) {
	c := s.reader(ctx)
	query := c.from("audit").Joins("JOIN audit_chain ON audit_chain.audit_id = audit.id").Where("object = ?", object)
	if afterID != "" {
		query = query.Where("audit_chain.seq > (SELECT seq FROM audit_chain WHERE audit_id = ?)", afterID)
	}
	return audits.list(c, "store.AuditOf", query.Order("audit_chain.seq").Limit(limit))
}
