package merchants_test

import (
	"fmt"
	"slices"
	"testing"

	"juma/acquiring"
	"juma/internal/id"
	"juma/merchants"
	"juma/merchants/check"
	"juma/qrcode"
)

// merchantAgain approves another applicant with the same person.
func (o *office) merchantAgain(t *testing.T) merchants.Merchant {
	t.Helper()
	o.again++
	p := profile(merchants.Individual, "001")
	p.USCC = check.MakeUSCC(fmt.Sprintf("92310115XXXX000%02d", o.again))
	a := o.reviewed(t, o.submitted(t, p))
	a, err := o.Approve(ctx, a.ID, "reviewer", a.Revision, "")
	if err != nil {
		t.Fatal(err)
	}
	return o.now(t, a.MerchantNo)
}

func TestSearch(t *testing.T) {
	eachOffice(t, func(t *testing.T, o *office) {
		p := profile(merchants.Micro, "001")
		p.Name, p.Legal.Name, p.Account.Name, p.ShortName = "欧阳示例", "欧阳示例", "欧阳示例", "阳光早餐铺"
		p.Contact.Phone, p.Stores[0].Name = "13900001234", "阳光早餐铺人民路店"
		a := o.reviewed(t, o.submitted(t, p))
		a, err := o.ApproveKnown(ctx, a.ID, "reviewer", a.Revision, "", merchants.Known{ChannelIDs: map[string]string{"wechat": "1900000777"}})
		if err != nil {
			t.Fatal(err)
		}
		m := o.now(t, a.MerchantNo)
		stores, _ := o.s.Merchants().StoresOf(ctx, m.No)
		terminals, _ := o.s.Merchants().TerminalsOf(ctx, m.No)
		pay := order(m, 1, o.clk.Now())
		o.acquire(t, func(tx acquiring.Tx) error { return tx.InsertPayment(pay) })
		ring, err := id.NewPlateRing(id.Seeded(1, "ring"))
		if err != nil {
			t.Fatal(err)
		}
		ids := id.NewULIDs(id.Seeded(1, "plates"))
		_, plates, err := qrcode.NewService(qrcode.Config{Repo: o.s.Plates(), Clock: o.clk, IDs: ids, Random: id.Seeded(1, "keys"), Keys: ring, Host: "q.example.com"}).
			Issue(ctx, qrcode.Order{Grammar: qrcode.Own, Count: 1, By: "test"})
		if err != nil {
			t.Fatal(err)
		}
		serial := plates[0].Serial
		change, err := o.up.RequestAccount(ctx, m.No, "owner", "why", merchants.ProfileAccount{Kind: merchants.Personal, No: otherCard, Name: p.Name, BankName: "示例银行", CNAPS: p.Account.CNAPS, Phone: p.Legal.Phone})
		if err != nil {
			t.Fatal(err)
		}
		both := func(by merchants.HitBy) []string {
			return []string{fmt.Sprint("application ", a.ID, " ", by), fmt.Sprint("merchant ", m.No, " ", by)}
		}
		for typed, want := range map[string][]string{
			m.No:                            {"merchant " + m.No + " number"},
			a.ID:                            both(merchants.ByNumber),
			p.Legal.IDNo:                    both(merchants.ByPerson),
			p.Legal.Phone:                   both(merchants.ByPhone),
			"13900001234":                   both(merchants.ByPhone),
			p.Account.No:                    both(merchants.ByAccount),
			change.Account.No:               {"merchant " + m.No + " account"},
			"1900000777":                    {"merchant " + m.No + " channel_id"},
			stores[0].ID:                    {"store " + stores[0].ID + " number"},
			terminals[0].No:                 {"terminal " + terminals[0].No + " number"},
			serial:                          {"plate " + serial + " serial"},
			serial + id.SerialCheck(serial): {"plate " + serial + " serial"},
			plates[0].Key:                   {"plate " + serial + " plate_key"},
			pay.OrderNo:                     {"payment " + pay.OrderNo + " number"},
			pay.RRN:                         {"payment " + pay.OrderNo + " rrn"},
			"欧阳":                            {"application " + a.ID + " name", "merchant " + m.No + " name"},
			"光早餐":                           {"application " + a.ID + " name", "merchant " + m.No + " name", "store " + stores[0].ID + " name"},
			"人民路店":                          {"store " + stores[0].ID + " name"},
			"早阳":                            nil, // the letters, not the name
			"欧阳光":                           nil, // its pairs stand in two names
			"光":                             nil, // one letter is too little
			"公司":                            nil,
			"13900001235":                   nil,
			"":                              nil,
			"%":                             nil,
			"' OR 1 = 1 -- '":               nil,
		} {
			hits, err := o.up.Search(ctx, " "+typed+" ", 20)
			var got []string
			for _, h := range hits {
				got = append(got, fmt.Sprint(h.Kind, " ", h.ID, " ", h.By))
				if h.Name == p.Name {
					t.Errorf("%s shows the person's name", typed)
				}
			}
			slices.Sort(got)
			if err != nil || !slices.Equal(got, want) {
				t.Errorf("%q: %v, %v; want %v", typed, got, err, want)
			}
		}
	})
}

// TestSearchFollowsChanges: what is not so any more is not found.
func TestSearchFollowsChanges(t *testing.T) {
	eachOffice(t, func(t *testing.T, o *office) {
		p := profile(merchants.Individual, "001")
		p.ShortName = "晨曦面馆"
		a, err := o.Start(ctx, "shop", p)
		if err != nil {
			t.Fatal(err)
		}
		p.ShortName = "暮光面馆"
		if a, err = o.Save(ctx, a.ID, "shop", a.Revision, p); err != nil {
			t.Fatal(err)
		}
		for typed, want := range map[string]int{"晨曦": 0, "暮光": 1} {
			if hits, err := o.up.Search(ctx, typed, 10); err != nil || len(hits) != want {
				t.Errorf("%s: %v, %v", typed, hits, err)
			}
		}
	})
}
