package check_test

import (
	"slices"
	"strings"
	"testing"

	"juma/internal/bizdate"
	"juma/internal/money"
	"juma/merchants"
	"juma/merchants/check"
	"juma/merchants/synthetic"
)

const (
	company  = 0 // corporate account
	business = 1 // personal account
	micro    = 2
)

func profile(kind int) merchants.Profile {
	return synthetic.Profile(1, kind, merchants.Kinds[kind])
}

// fields lists the fields and rules of problems, "uscc uscc.check".
func fields(found []check.Problem) []string {
	var all []string
	for _, p := range found {
		all = append(all, p.Field+" "+p.Rule)
	}
	return all
}

func TestProfileFindsEachFault(t *testing.T) {
	for _, c := range []struct {
		kind   int
		change func(*merchants.Profile)
		want   string // field and rule
	}{
		{company, func(p *merchants.Profile) { p.Name = "" }, "name required"},
		{company, func(p *merchants.Profile) { p.ShortName = "快乐😀" }, "short_name text.gbk"},
		{company, func(p *merchants.Profile) { p.USCC = "" }, "uscc required"},
		{company, func(p *merchants.Profile) { p.USCC = "91310115XXXX000190" }, "uscc uscc.check"},
		{company, func(p *merchants.Profile) { p.USCC = profile(business).USCC }, "uscc uscc.enterprise"},
		{business, func(p *merchants.Profile) { p.USCC = profile(company).USCC }, "uscc uscc.individual"},
		{micro, func(p *merchants.Profile) { p.USCC = profile(company).USCC }, "uscc uscc.micro"},
		{company, func(p *merchants.Profile) { p.LicenceUntil = today.AddDays(-1) }, "licence_until expired"},
		{company, func(p *merchants.Profile) { p.Legal.Name = "" }, "legal.name required"},
		{company, func(p *merchants.Profile) { p.Legal.IDNo = "110101190001010015" }, "legal.id_no id.check"},
		{company, func(p *merchants.Profile) { p.Legal.IDUntil = 20200101 }, "legal.id_until expired"},
		{company, func(p *merchants.Profile) { p.Legal.Phone = "" }, "legal.phone required"},
		{company, func(p *merchants.Profile) {
			p.Owners = []merchants.BeneficialOwner{{Person: p.Legal, Share: 600_000}, {Person: p.Legal, Share: 500_000}}
		}, "owners owner.sum"},
		{company, func(p *merchants.Profile) { p.Owners = []merchants.BeneficialOwner{{Person: p.Legal}} }, "owners[0].share owner.share"},
		{company, func(p *merchants.Profile) { p.Contact.Email = "shop" }, "contact.email email.shape"},
		{company, func(p *merchants.Profile) { p.MCC = "6011" }, "mcc mcc.unknown"},
		{company, func(p *merchants.Profile) { p.Region = "990101" }, "region region.province"},
		{company, func(p *merchants.Profile) { p.Address = "" }, "address required"},
		{company, func(p *merchants.Profile) { p.Account.Kind = "" }, "account.kind required"},
		{company, func(p *merchants.Profile) { p.Account.Kind = "corporat" }, "account.kind account.unknown"},
		{company, func(p *merchants.Profile) { p.Account.No = "12345678" }, "account.no corporate.shape"},
		{company, func(p *merchants.Profile) { p.Account.CNAPS = "999290000013" }, "account.cnaps cnaps.check"},
		{business, func(p *merchants.Profile) { p.Account.No = "6216261000000000217" }, "account.no card.luhn"},
		{business, func(p *merchants.Profile) { p.Account.Name = "赵某某" }, "account.name account.holder"},
		{micro, func(p *merchants.Profile) { p.Account.Kind = merchants.Corporate }, "account.kind account.micro"},
		{company, func(p *merchants.Profile) { p.Stores = nil }, "stores store.missing"},
		{company, func(p *merchants.Profile) { p.Stores = append(p.Stores, p.Stores[0]); p.Stores[1].Region = "" }, "stores[1].region required"},
		{company, func(p *merchants.Profile) { p.Rates = nil }, "rates rate.missing"},
		{company, func(p *merchants.Profile) { p.Rates[1].Channel = "cash" }, "rates.cash rate.channel"},
		{company, func(p *merchants.Profile) { p.Rates[2].Rate = 100_001 }, "rates.unionpay.rate rate.range"},
		{company, func(p *merchants.Profile) { p.Rates[2].Cap = -1 }, "rates.unionpay.cap rate.cap"},
		{company, func(p *merchants.Profile) { p.Rates[1].Channel = "wechat" }, "rates.wechat rate.twice"},
		{company, func(p *merchants.Profile) { p.Rates[1].CardKind = "gold" }, "rates.alipay.gold rate.card_kind"},
		{company, func(p *merchants.Profile) {
			p.Pictures = []merchants.PictureRef{{Kind: "selfie", UploadID: "01ARZ3NDEKTSV4RRFFQ69G5FAV"}}
		}, "pictures.selfie picture.unknown"},
		{company, func(p *merchants.Profile) {
			p.Pictures = []merchants.PictureRef{{Kind: merchants.LicencePicture, UploadID: "../etc/passwd"}}
		}, "pictures.licence upload.shape"},
	} {
		p := profile(c.kind)
		c.change(&p)
		if got := fields(check.Profile(p, today)); !slices.Equal(got, []string{c.want}) {
			t.Errorf("got %q, want %q", got, c.want)
		}
	}
	unknown := profile(company)
	unknown.Kind = "club"
	if got := fields(check.Profile(unknown, today)); !slices.Equal(got, []string{"kind kind.unknown"}) {
		t.Errorf("an unknown kind: %q", got)
	}
}

func TestProfileAllowsWhatIsRight(t *testing.T) {
	for name, change := range map[string]func(*merchants.Profile){
		"a licence that ends today":            func(p *merchants.Profile) { p.LicenceUntil = today },
		"debit and credit apart":               func(p *merchants.Profile) { p.Rates[2].CardKind = merchants.Debit; p.Rates[2].Cap = 2000 },
		"an enterprise paid to another's card": func(p *merchants.Profile) { p.Account = profile(micro).Account },
		"a farmers' cooperative":               func(p *merchants.Profile) { p.USCC = check.MakeUSCC("93" + p.USCC[2:17]) },
		"a public school":                      func(p *merchants.Profile) { p.USCC = check.MakeUSCC("12" + p.USCC[2:17]) },
		"owners with all of the capital": func(p *merchants.Profile) {
			p.Owners = []merchants.BeneficialOwner{{Person: p.Legal, Share: money.Million}}
		},
		"a name that a spreadsheet would execute": func(p *merchants.Profile) { p.Name = "=1+1有限公司" },
	} {
		p := profile(company)
		change(&p)
		if found := check.Profile(p, today); len(found) > 0 {
			t.Errorf("%s: %+v", name, found)
		}
	}
}

// TestProfileFindsAllAtOnce: an empty profile, and personal values in the wrong
// place, are reported whole and masked.
func TestProfileFindsAllAtOnce(t *testing.T) {
	want := []string{
		"kind required", "name required", "short_name required", "legal.name required", "legal.id_no required", "legal.phone required",
		"mcc required", "region required", "address required", "account.kind required", "account.no required", "account.name required", "account.cnaps required",
		"stores store.missing", "rates rate.missing",
	}
	if got := fields(check.Profile(merchants.Profile{}, today)); !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	p := profile(business)
	id, card, phone := p.Legal.IDNo, p.Account.No, p.Legal.Phone
	p.MCC, p.Region, p.Account.CNAPS, p.USCC = phone, card, id, id
	p.Legal.IDNo, p.Legal.Phone, p.Account.No, p.Account.Name = phone, id, id, phone
	found := check.Profile(p, bizdate.Date(20260310))
	if len(found) != 8 {
		t.Errorf("found %q", fields(found))
	}
	for _, f := range found {
		for _, secret := range []string{id, card, phone} {
			if strings.Contains(f.Value+f.Message, secret) {
				t.Errorf("%s shows %s", f.Field, secret)
			}
		}
	}
}

func TestApplicationIsComplete(t *testing.T) {
	p := profile(company)
	p.Contact = merchants.Contact{}
	want := []string{
		"owners owner.missing", "contact.name required", "contact.phone required", "account.bank_name bank_name.required",
		"pictures.licence picture.missing", "pictures.id_front picture.missing", "pictures.id_back picture.missing", "pictures.storefront picture.missing", "pictures.interior picture.missing",
		"contract contract.missing",
	}
	if got := fields(check.Application(p, today)); !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	p.Owners = []merchants.BeneficialOwner{{Person: p.Legal, Share: money.Million}}
	p.Contact = merchants.Contact{Name: p.Legal.Name, Phone: p.Legal.Phone}
	p.Account.BankName, p.Contract = "示例银行", "2026-01"
	for _, kind := range check.Pictures(p.Kind) {
		p.Pictures = append(p.Pictures, merchants.PictureRef{Kind: kind, UploadID: "01ARZ3NDEKTSV4RRFFQ69G5FAV"})
	}
	if found := check.Application(p, today); len(found) > 0 {
		t.Errorf("a complete one: %+v", found)
	}
}
