package check

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"

	"juma/internal/bizdate"
	"juma/internal/mask"
	"juma/internal/money"
	"juma/merchants"
)

// Channels are the channels that a rate is agreed for.
var Channels = []string{"wechat", "alipay", "unionpay"}

// Problem is one fault of a profile.
type Problem = merchants.Problem

// Profile finds every fault of a profile at once, in the order of its fields.
// What only the wizard asks for (owners, contact, pictures, contract, name of the
// bank) is checked where it is given and may be missing; see Application. Rates
// and pictures are named by what they are for: "rates.wechat.rate",
// "rates.unionpay.debit.cap", "pictures.licence".
func Profile(p merchants.Profile, today bizdate.Date) []Problem {
	c := &checker{today: today}
	c.identity(p)
	c.legal(p.Legal)
	c.owners(p.Owners)
	c.contact(p.Contact)
	c.value("mcc", MCC, p.MCC)
	c.value("region", Region, p.Region)
	c.value("address", Address, p.Address)
	c.account(p)
	c.stores(p.Stores)
	c.rates(p.Rates)
	c.pictures(p.Pictures)
	return c.found
}

// Application finds every fault of a profile that was filled in in the wizard:
// those of Profile, and what a submission needs beyond it.
func Application(p merchants.Profile, today bizdate.Date) []Problem {
	c := &checker{today: today, found: Profile(p, today)}
	if p.Kind == merchants.Enterprise && len(p.Owners) == 0 {
		c.add("owners", "", OwnerMissing)
	}
	for _, f := range []struct{ field, value string }{{"contact.name", p.Contact.Name}, {"contact.phone", p.Contact.Phone}} {
		if f.value == "" {
			c.add(f.field, "", Required)
		}
	}
	if p.Account.BankName == "" {
		c.add("account.bank_name", "", BankNameRequired)
	}
	if p.Account.Kind == merchants.Personal && p.Account.Phone == "" {
		c.add("account.phone", "", Required)
	}
	for _, kind := range Pictures(p.Kind) {
		if !slices.ContainsFunc(p.Pictures, func(r merchants.PictureRef) bool { return r.Kind == kind }) {
			c.add("pictures."+string(kind), "", PictureMissing)
		}
	}
	if p.Contract == "" {
		c.add("contract", "", ContractMissing)
	}
	return c.found
}

// Pictures lists the pictures that an application of the kind needs.
func Pictures(k merchants.Kind) []merchants.PictureKind {
	all := []merchants.PictureKind{merchants.IDFrontPicture, merchants.IDBackPicture, merchants.StorefrontPhoto, merchants.InteriorPhoto}
	if k != merchants.Micro {
		all = append([]merchants.PictureKind{merchants.LicencePicture}, all...)
	}
	return all
}

// checker gathers problems.
type checker struct {
	today bizdate.Date
	found []Problem
}

// add notes a broken rule; shown is the value, masked where it must be.
func (c *checker) add(field, shown string, r Rule) {
	c.found = append(c.found, Problem{Field: field, Value: shown, Rule: string(r), Message: r.Text()})
}

// value checks a value that must be there, and tells whether it is right.
func (c *checker) value(field string, w What, v string) bool {
	r := w.Rule(v, c.today)
	if r == "" {
		return true
	}
	c.add(field, w.Shown(v, c.today), r)
	return false
}

// given checks a value that may be missing.
func (c *checker) given(field string, w What, v string) {
	if v != "" {
		c.value(field, w, v)
	}
}

func (c *checker) until(field string, d bizdate.Date) {
	if d != 0 && d < c.today {
		c.add(field, d.String(), Expired)
	}
}

func (c *checker) identity(p merchants.Profile) {
	c.value("kind", Kind, string(p.Kind))
	name := BusinessName
	if p.Kind == merchants.Micro { // the name of a person
		name = HolderName
	}
	c.value("name", name, p.Name)
	c.value("short_name", ShortName, p.ShortName)
	switch p.Kind {
	case merchants.Micro:
		if p.USCC != "" {
			c.add("uscc", USCC.Shown(p.USCC, c.today), USCCMicro)
		}
	case merchants.Enterprise:
		if c.value("uscc", USCC, p.USCC) && p.USCC[:2] == soleTrader {
			c.add("uscc", p.USCC, USCCEnterprise)
		}
	case merchants.Individual:
		if c.value("uscc", USCC, p.USCC) && p.USCC[:2] != soleTrader {
			c.add("uscc", p.USCC, USCCIndividual)
		}
	default:
		c.given("uscc", USCC, p.USCC)
	}
	c.until("licence_until", p.LicenceUntil)
}

// soleTrader is how the code of an individual business (个体工商户) begins.
const soleTrader = "92"

func (c *checker) legal(p merchants.Person) {
	c.person("legal", p)
	c.value("legal.phone", Phone, p.Phone)
}

func (c *checker) person(field string, p merchants.Person) {
	c.value(field+".name", PersonName, p.Name)
	c.value(field+".id_no", IDNo, p.IDNo)
	c.until(field+".id_until", p.IDUntil)
}

func (c *checker) owners(all []merchants.BeneficialOwner) {
	var sum money.RatePPM
	for i, o := range all {
		field := fmt.Sprintf("owners[%d]", i)
		c.person(field, o.Person)
		c.given(field+".phone", Phone, o.Phone)
		if o.Share <= 0 || o.Share > money.Million {
			c.add(field+".share", o.Share.Percent(), OwnerShare)
			continue
		}
		sum += o.Share
	}
	if sum > money.Million {
		c.add("owners", sum.Percent(), OwnerSum)
	}
}

func (c *checker) contact(p merchants.Contact) {
	c.given("contact.name", PersonName, p.Name)
	c.given("contact.phone", Phone, p.Phone)
	c.given("contact.email", Email, p.Email)
}

func (c *checker) account(p merchants.Profile) {
	a := p.Account
	if c.value("account.kind", AccountKind, string(a.Kind)) {
		no := CorporateAccount
		if a.Kind == merchants.Personal {
			no = Card
		}
		if a.Kind == merchants.Corporate && p.Kind == merchants.Micro {
			c.add("account.kind", string(a.Kind), AccountMicro)
		}
		c.value("account.no", no, a.No)
	} else if a.No == "" {
		c.add("account.no", "", Required)
	}
	if c.value("account.name", HolderName, a.Name) && a.Kind == merchants.Personal && p.Kind != merchants.Enterprise && a.Name != p.Legal.Name {
		c.add("account.name", mask.Name(a.Name), AccountHolder)
	}
	c.given("account.bank_name", BusinessName, a.BankName)
	c.value("account.cnaps", CNAPS, a.CNAPS)
	c.given("account.phone", Phone, a.Phone)
}

func (c *checker) stores(all []merchants.ProfileStore) {
	if len(all) == 0 {
		c.add("stores", "", StoreMissing)
	}
	for i, s := range all {
		field := fmt.Sprintf("stores[%d]", i)
		c.value(field+".name", ShortName, s.Name)
		c.value(field+".address", Address, s.Address)
		c.value(field+".region", Region, s.Region)
	}
}

func (c *checker) rates(all []merchants.RateOffer) {
	if len(all) == 0 {
		c.add("rates", "", RateMissing)
	}
	for i, r := range all {
		field := "rates." + r.Channel
		if r.CardKind != merchants.AnyCard {
			field += "." + string(r.CardKind)
		}
		if !slices.Contains(Channels, r.Channel) {
			c.add(field, r.Channel, RateChannel)
		}
		c.cardKind(field, r, all[:i])
		if r.Rate < 0 || r.Rate > MaxRate {
			c.add(field+".rate", strconv.FormatInt(int64(r.Rate), 10), RateRange)
		}
		if r.Cap < 0 {
			c.add(field+".cap", r.Cap.Yuan(), RateCap)
		}
	}
}

// cardKind checks that no two rates are for the same payments. A rate for one
// card kind goes before the channel's rate for any.
func (c *checker) cardKind(field string, r merchants.RateOffer, before []merchants.RateOffer) {
	if r.CardKind != merchants.AnyCard && r.CardKind != merchants.Debit && r.CardKind != merchants.Credit {
		c.add(field, string(r.CardKind), RateCardKind)
	}
	if slices.ContainsFunc(before, func(b merchants.RateOffer) bool { return b.Channel == r.Channel && b.CardKind == r.CardKind }) {
		c.add(field, string(r.CardKind), RateTwice)
	}
}

var ulidShape = regexp.MustCompile(`^[0-7][0-9A-HJKMNP-TV-Z]{25}$`)

func (c *checker) pictures(all []merchants.PictureRef) {
	for _, p := range all {
		field := "pictures." + string(p.Kind)
		if !slices.Contains(merchants.PictureKinds, p.Kind) {
			c.add(field, string(p.Kind), PictureUnknown)
		}
		if !ulidShape.MatchString(p.UploadID) {
			c.add(field, p.UploadID, UploadIDShape)
		}
	}
}
