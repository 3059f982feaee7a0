package merchants

import (
	"fmt"
	"slices"

	"juma/internal/bizdate"
	"juma/internal/mask"
)

// ProfileField is one value of a profile under its stable path, the same path in
// problems, rejection reasons, changes and pages.
type ProfileField struct {
	Path  string
	Value string
	mask  func(string) string
}

// Masked is the value as it may be shown to who may not see persons' data.
func (f ProfileField) Masked() string {
	if f.mask == nil {
		return f.Value
	}
	return f.mask(f.Value)
}

// Personal tells whether the value identifies a person.
func (f ProfileField) Personal() bool { return f.mask != nil }

// fieldList gathers fields in the order in which they are shown.
type fieldList []ProfileField

func (l *fieldList) add(path, value string) { *l = append(*l, ProfileField{Path: path, Value: value}) }

func (l *fieldList) personal(path, value string, m func(string) string) {
	*l = append(*l, ProfileField{path, value, m})
}

func (l *fieldList) person(path string, p Person) {
	l.personal(path+".name", p.Name, mask.Name)
	l.personal(path+".id_no", p.IDNo, mask.IDNumber)
	l.add(path+".id_until", until(p.IDUntil))
	l.personal(path+".phone", p.Phone, mask.Phone)
}

func until(d bizdate.Date) string {
	if d == 0 {
		return ""
	}
	return d.String()
}

// Fields lists every value of the profile. The list is complete: what is not in
// it is neither compared nor reviewed.
func (p Profile) Fields() []ProfileField {
	var l fieldList
	l.add("kind", string(p.Kind))
	if p.Kind == Micro { // the name of a person
		l.personal("name", p.Name, mask.Name)
	} else {
		l.add("name", p.Name)
	}
	l.add("short_name", p.ShortName)
	l.add("uscc", p.USCC)
	l.add("licence_until", until(p.LicenceUntil))
	l.person("legal", p.Legal)
	for i, o := range p.Owners {
		path := fmt.Sprintf("owners[%d]", i)
		l.person(path, o.Person)
		l.add(path+".share", o.Share.Percent())
	}
	l.personal("contact.name", p.Contact.Name, mask.Name)
	l.personal("contact.phone", p.Contact.Phone, mask.Phone)
	l.personal("contact.email", p.Contact.Email, mask.Account)
	l.add("mcc", p.MCC)
	l.add("region", p.Region)
	l.add("address", p.Address)
	l.account("account", p.Account)
	for i, s := range p.Stores {
		path := fmt.Sprintf("stores[%d]", i)
		l.add(path+".name", s.Name)
		l.add(path+".address", s.Address)
		l.add(path+".region", s.Region)
	}
	for _, r := range p.Rates {
		path := "rates." + r.Channel
		if r.CardKind != AnyCard {
			path += "." + string(r.CardKind)
		}
		l.add(path+".rate", r.Rate.Percent())
		if r.Cap > 0 {
			l.add(path+".cap", r.Cap.Yuan())
		}
	}
	l.add("contract", p.Contract)
	for _, pic := range p.Pictures {
		l.add("pictures."+string(pic.Kind), pic.UploadID)
	}
	return l
}

func (l *fieldList) account(path string, a ProfileAccount) {
	l.add(path+".kind", string(a.Kind))
	l.personal(path+".no", a.No, mask.Card)
	l.personal(path+".name", a.Name, mask.Name)
	l.add(path+".bank_name", a.BankName)
	l.add(path+".cnaps", a.CNAPS)
	l.personal(path+".phone", a.Phone, mask.Phone)
}

// Fields lists the values of an account, paths beginning with "account.".
func (a ProfileAccount) Fields() []ProfileField {
	var l fieldList
	l.account("account", a)
	return l
}

// Field returns the value at a path; ok is false when there is none.
func (p Profile) Field(path string) (f ProfileField, ok bool) {
	all := p.Fields()
	i := slices.IndexFunc(all, func(f ProfileField) bool { return f.Path == path })
	if i < 0 {
		return ProfileField{}, false
	}
	return all[i], true
}

// Change is a field that differs between two versions, values masked where they
// identify a person. Two different values may look the same masked.
type Change struct {
	Path, Before, After string
}

// Diff lists what changed from one version to the next, in the order of the
// fields; what was taken out comes last.
func Diff(before, after Profile) []Change {
	old := map[string]ProfileField{}
	order := before.Fields()
	for _, f := range order {
		old[f.Path] = f
	}
	var changes []Change
	for _, f := range after.Fields() {
		was := old[f.Path]
		delete(old, f.Path)
		if was.Value != f.Value {
			changes = append(changes, Change{f.Path, was.Masked(), f.Masked()})
		}
	}
	for _, f := range order {
		if was, gone := old[f.Path]; gone && was.Value != "" {
			changes = append(changes, Change{f.Path, was.Masked(), ""})
		}
	}
	return changes
}
