package importfile

import (
	"strings"
	"unicode/utf8"

	"juma/internal/mask"
	"juma/internal/money"
	"juma/merchants"
	"juma/merchants/check"
)

// columnOf is the column that a profile's field was read from.
var columnOf = map[string]string{
	"name": "name", "kind": "kind", "uscc": "uscc", "legal.name": "legal_name", "legal.id_no": "legal_id", "legal.phone": "phone",
	"mcc": "mcc", "region": "region", "address": "address",
	"account.kind": "settle_kind", "account.no": "settle_account", "account.name": "settle_name", "account.cnaps": "cnaps",
	"rates.wechat.rate": "rate_wechat_ppm", "rates.alipay.rate": "rate_alipay_ppm", "rates.unionpay.rate": "rate_unionpay_ppm",
	"stores[0].name": "store_name",
	// Read from the same columns as the fields above, which are reported.
	"short_name": "store_name", "contact.name": "legal_name", "contact.phone": "phone", "account.phone": "phone",
	"stores[0].address": "address", "stores[0].region": "region",
}

// line is a row while it is checked: one fault for each column, the first.
type line struct {
	*table
	no    int
	cells map[string]string
	bad   map[string]bool
}

func (l *line) fault(column, shown string, problem sentence) {
	if !l.bad[column] {
		l.bad[column] = true
		l.table.fault(l.no, column, shown, problem)
	}
}

// merchant checks a row.
func (t *table) merchant(no int, cells []string) {
	l := &line{table: t, no: no, cells: make(map[string]string, len(cells)), bad: map[string]bool{}}
	for i, c := range Columns {
		l.cells[c] = cells[i]
		if !utf8.ValidString(cells[i]) {
			l.fault(c, l.shown(c), notUTF8)
		}
	}
	p := l.profile()
	for _, problem := range check.Profile(p, t.today) {
		column := columnOf[problem.Field]
		l.fault(column, l.shown(column), ofRule(check.Rule(problem.Rule)))
	}
	l.unique(p)
	if len(l.bad) == 0 {
		t.rows = append(t.rows, Row{Line: no, Profile: p})
	}
}

// profile is what the row says. A rate that is none is reported at once.
func (l *line) profile() merchants.Profile {
	c := l.cells
	p := merchants.Profile{
		Kind: merchants.Kind(c["kind"]), Name: c["name"], ShortName: c["store_name"], USCC: c["uscc"],
		Legal:   merchants.Person{Name: c["legal_name"], IDNo: c["legal_id"], Phone: c["phone"]},
		Contact: merchants.Contact{Name: c["legal_name"], Phone: c["phone"]},
		MCC:     c["mcc"], Region: c["region"], Address: c["address"],
		Account: merchants.ProfileAccount{Kind: merchants.AccountKind(c["settle_kind"]), No: c["settle_account"], Name: c["settle_name"], CNAPS: c["cnaps"]},
		Stores:  []merchants.ProfileStore{{Name: c["store_name"], Address: c["address"], Region: c["region"]}},
	}
	if p.Account.Kind == merchants.Personal {
		p.Account.Phone = p.Legal.Phone
	}
	for _, channel := range check.Channels {
		p.Rates = append(p.Rates, merchants.RateOffer{Channel: channel, Rate: l.rate("rate_" + channel + "_ppm")})
	}
	return p
}

func (l *line) rate(column string) money.RatePPM {
	rate, rule := check.ParseRate(l.cells[column])
	if rule != "" {
		l.fault(column, l.shown(column), ofRule(rule))
	}
	return rate
}

// identity is the column by which a merchant is known, and its value as it may be
// shown: a licence, or without one the person (with the same account).
func identity(p merchants.Profile) (column, shown string) {
	if p.Kind == merchants.Micro {
		return "legal_id", mask.IDNumber(p.Legal.IDNo)
	}
	return "uscc", p.USCC
}

// unique finds a merchant that is in the file before.
func (l *line) unique(p merchants.Profile) {
	column, shown := identity(p)
	key := p.USCC
	if p.Kind == merchants.Micro {
		key = p.Legal.IDNo + "/" + p.Account.No
	}
	if key == "" || l.bad[column] || l.bad["settle_account"] && p.Kind == merchants.Micro {
		return
	}
	if before, ok := l.seen[key]; ok {
		l.fault(column, shown, sameMerchant.filled(before))
		return
	}
	l.seen[key] = l.no
}

// shown is a value as it may be shown.
func (l *line) shown(column string) string {
	v := strings.ToValidUTF8(l.cells[column], "\uFFFD")
	switch column {
	case "legal_name", "settle_name":
		return mask.Name(v)
	case "legal_id":
		return mask.IDNumber(v)
	case "phone":
		return mask.Phone(v)
	case "settle_account":
		return mask.Card(v)
	case "name":
		if l.cells["kind"] == string(merchants.Micro) { // the name of a person
			return mask.Name(v)
		}
	}
	return check.USCC.Shown(v, l.today) // as it stands, unless it is a person's number in the wrong column
}
