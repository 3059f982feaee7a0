package web

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"juma/internal/bizdate"
	"juma/internal/money"
	"juma/merchants"
	"juma/merchants/check"
)

// The steps of an application, as they stand in its addresses.
const (
	stepSubject  = "subject"
	stepPeople   = "people"
	stepAccount  = "account"
	stepStores   = "stores"
	stepBusiness = "business"
	stepPictures = "pictures"
	stepContract = "contract"
	stepSubmit   = "submit"
)

// applySteps lists the steps in their order.
var applySteps = []string{stepSubject, stepPeople, stepAccount, stepStores, stepBusiness, stepPictures, stepContract, stepSubmit}

// nextStep is the step after one.
func nextStep(step string) string {
	return applySteps[min(slices.Index(applySteps, step)+1, len(applySteps)-1)]
}

// stepOf is the step that asks for a field of a profile.
func stepOf(path string) string {
	head, _, _ := strings.Cut(path, ".")
	head, _, _ = strings.Cut(head, "[")
	switch head {
	case "legal", "owners", "contact":
		return stepPeople
	case "account":
		return stepAccount
	case "stores":
		return stepStores
	case "mcc":
		return stepBusiness
	case "pictures":
		return stepPictures
	case "rates", "contract":
		return stepContract
	}
	return stepSubject
}

// StandardRates are what every applicant is offered. A payment by UnionPay credit
// card costs more to take than one by debit card, and has no cap.
var StandardRates = []merchants.RateOffer{
	{Channel: "wechat", Rate: 3800},
	{Channel: "alipay", Rate: 3800},
	{Channel: "unionpay", CardKind: merchants.Debit, Rate: 3800, Cap: 1800},
	{Channel: "unionpay", CardKind: merchants.Credit, Rate: 6000},
}

// Bounds of what one application lists.
const (
	maxOwners = 20
	maxStores = 50
)

// question is one value that a step asks for. Exactly one of text, date and share
// points at where it stands in the profile.
type question struct {
	path     string
	text     *string
	date     *bizdate.Date
	share    *money.RatePPM
	control  string     // template of the control; "" is input
	what     check.What // "" has no rule that is worth asking about while typing
	optional bool
	complete string // autocomplete
	options  string // what a select offers: "regions", "businesses"
}

// questionGroup is a heading with questions; n counts owners and stores from 1.
type questionGroup struct {
	title     string
	n         int
	questions []question
}

// questionsOf lists what a step asks, bound to the values of p.
func questionsOf(step string, p *merchants.Profile) []questionGroup {
	switch step {
	case stepSubject:
		return []questionGroup{{title: stepSubject, questions: subjectQuestions(p)}}
	case stepPeople:
		return peopleQuestions(p)
	case stepAccount:
		return []questionGroup{{title: stepAccount, questions: accountQuestions(p)}}
	case stepStores:
		var groups []questionGroup
		for i := range p.Stores {
			groups = append(groups, questionGroup{"store", i + 1, storeQuestions(i, &p.Stores[i])})
		}
		return groups
	case stepBusiness:
		return []questionGroup{{title: stepBusiness, questions: []question{{path: "mcc", text: &p.MCC, control: "select", options: "businesses"}}}}
	}
	return nil
}

func subjectQuestions(p *merchants.Profile) []question {
	name := question{path: "name", text: &p.Name, what: check.BusinessName, complete: "organization"}
	if p.Kind == merchants.Micro {
		name.what, name.complete = check.HolderName, "name"
	}
	all := []question{name, {path: "short_name", text: &p.ShortName, what: check.ShortName}}
	if p.Kind != merchants.Micro {
		all = append(all, question{path: "uscc", text: &p.USCC, what: check.USCC}, question{path: "licence_until", date: &p.LicenceUntil, optional: true})
	}
	return append(all,
		question{path: "region", text: &p.Region, control: "select", options: "regions"},
		question{path: "address", text: &p.Address, what: check.Address, complete: "street-address"})
}

func personQuestions(path string, p *merchants.Person) []question {
	return []question{
		{path: path + ".name", text: &p.Name, what: check.PersonName},
		{path: path + ".id_no", text: &p.IDNo, what: check.IDNo},
		{path: path + ".id_until", date: &p.IDUntil, optional: true},
	}
}

func peopleQuestions(p *merchants.Profile) []questionGroup {
	legal := append(personQuestions("legal", &p.Legal), question{path: "legal.phone", text: &p.Legal.Phone, what: check.Phone})
	groups := []questionGroup{{title: "legal", questions: legal}}
	if p.Kind == merchants.Enterprise {
		for i := range p.Owners {
			path := fmt.Sprintf("owners[%d]", i)
			all := append(personQuestions(path, &p.Owners[i].Person), question{path: path + ".share", share: &p.Owners[i].Share})
			groups = append(groups, questionGroup{"owner", i + 1, all})
		}
	}
	return append(groups, questionGroup{title: "contact", questions: []question{
		{path: "contact.name", text: &p.Contact.Name, what: check.PersonName, complete: "name"},
		{path: "contact.phone", text: &p.Contact.Phone, what: check.Phone, complete: "tel"},
		{path: "contact.email", text: &p.Contact.Email, what: check.Email, complete: "email", optional: true},
	}})
}

// accountNo is what an account number is asked about as: which rule it has
// depends on whose account it is.
const accountNo check.What = "account"

func accountQuestions(p *merchants.Profile) []question {
	a := &p.Account
	return []question{
		{path: "account.kind", text: (*string)(&a.Kind), control: "choice"},
		{path: "account.no", text: &a.No, what: accountNo},
		{path: "account.name", text: &a.Name, what: check.HolderName},
		{path: "account.bank_name", text: &a.BankName, what: check.BusinessName},
		{path: "account.cnaps", text: &a.CNAPS, what: check.CNAPS},
		{path: "account.phone", text: &a.Phone, what: check.Phone, optional: a.Kind == merchants.Corporate},
	}
}

func storeQuestions(i int, st *merchants.ProfileStore) []question {
	path := fmt.Sprintf("stores[%d]", i)
	return []question{
		{path: path + ".name", text: &st.Name, what: check.ShortName},
		{path: path + ".region", text: &st.Region, control: "select", options: "regions"},
		{path: path + ".address", text: &st.Address, what: check.Address},
	}
}

// clean takes out what people add to numbers when they copy them.
func (q question) clean(typed string) string {
	switch q.what {
	case check.USCC, check.IDNo, accountNo, check.CNAPS, check.Phone:
		return strings.ToUpper(strings.Join(strings.Fields(typed), ""))
	}
	return strings.TrimSpace(typed)
}

// value is what stands there, as the control shows it.
func (q question) value() string {
	switch {
	case q.date != nil && *q.date != 0:
		return q.date.String()
	case q.share != nil && *q.share != 0:
		return strings.TrimRight(strings.TrimRight(fmt.Sprintf("%d.%04d", *q.share/10_000, *q.share%10_000), "0"), ".")
	case q.text != nil:
		return *q.text
	}
	return ""
}

// read takes what was typed; code says why it cannot be kept.
func (q question) read(typed string) (code string) {
	typed = q.clean(typed)
	switch {
	case q.text != nil:
		*q.text = typed
	case q.date != nil:
		if *q.date = 0; typed == "" {
			return ""
		}
		d, err := bizdate.Parse(typed)
		if err != nil {
			return "apply_date"
		}
		*q.date = d
	case q.share != nil:
		if *q.share = 0; typed == "" {
			return ""
		}
		hundredths, err := money.ParseYuan(strings.TrimSpace(strings.TrimSuffix(typed, "%")))
		if err != nil || hundredths > 100_00 {
			return "apply_share"
		}
		*q.share = money.RatePPM(hundredths * 100)
	}
	return ""
}

// readStep puts a step's form into the profile, and tells what could not be kept.
func readStep(step string, p *merchants.Profile, form url.Values) problems {
	if step == stepPeople && p.Kind == merchants.Enterprise {
		p.Owners = make([]merchants.BeneficialOwner, rowsOf(form, "owners", maxOwners))
	}
	if step == stepStores {
		p.Stores = make([]merchants.ProfileStore, rowsOf(form, "stores", maxStores))
	}
	wrong := problems{}
	for _, g := range questionsOf(step, p) {
		for _, q := range g.questions {
			if code := q.read(form.Get(q.path)); code != "" {
				wrong[q.path] = code
			}
		}
	}
	if len(wrong) == 0 { // a row that was emptied is taken out; with faults the rows keep their places
		p.Owners = slices.DeleteFunc(p.Owners, func(o merchants.BeneficialOwner) bool { return o == merchants.BeneficialOwner{} })
		p.Stores = slices.DeleteFunc(p.Stores, func(s merchants.ProfileStore) bool { return s.Name == "" && s.Address == "" })
	}
	if step == stepBusiness {
		p.MCC, _ = check.MCCOf(form.Get("mcc"))
	}
	if p.Kind == merchants.Micro {
		p.Account.Kind = merchants.Personal
	}
	return wrong
}

// rowsOf counts the rows of a list that a form brings.
func rowsOf(form url.Values, list string, most int) int {
	n := 0
	for n < most && form.Has(fmt.Sprintf("%s[%d].name", list, n)) {
		n++
	}
	return n
}

// withRows gives lists the empty row that their first entry is typed into, and
// another when one is to be added.
func withRows(step string, p *merchants.Profile, add bool) {
	if step == stepPeople && p.Kind == merchants.Enterprise && (len(p.Owners) == 0 || add) && len(p.Owners) < maxOwners {
		p.Owners = append(slices.Clone(p.Owners), merchants.BeneficialOwner{})
	}
	if step == stepStores && (len(p.Stores) == 0 || add) && len(p.Stores) < maxStores {
		p.Stores = append(slices.Clone(p.Stores), merchants.ProfileStore{})
	}
}

var rowNumber = regexp.MustCompile(`\[\d+\]`)

// labelWord is the word of a field's label: rows of a list share it.
func labelWord(path string) string { return rowNumber.ReplaceAllString(path, "") }

// missingRules are those that a value breaks that nobody has typed yet.
var missingRules = []check.Rule{
	check.Required, check.StoreMissing, check.RateMissing, check.OwnerMissing, check.PictureMissing, check.ContractMissing, check.BankNameRequired,
}

// onlyMissing tells whether a problem is that nothing stands there.
func onlyMissing(p merchants.Problem) bool { return slices.Contains(missingRules, check.Rule(p.Rule)) }
