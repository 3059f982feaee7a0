package web

import (
	"context"
	"errors"
	"sync"
	"testing"

	"juma/internal/clock"
	"juma/internal/dbtest"
	"juma/internal/id"
	"juma/internal/money"
	"juma/internal/store"
	"juma/merchants"
	"juma/merchants/check"
	"juma/merchants/sandbox"
)

// Changes of accounts that every keep has.
const (
	changeOfA  = "01JQCHANGE0000000000000001" // of merchant A: its transfer of 0.37 yuan waits for the amount
	changeOfC  = "01JQCHANGE0000000000000002" // of merchant C: proven, waits for two approvals
	messageOfA = "01JQMESSAGE000000000000001" // to merchant A: that the change was asked for
	terminalNo = "00000001"                   // in merchant A's store
)

// accountOfA is what merchant A asks for.
var accountOfA = merchants.ProfileAccount{Kind: merchants.Corporate, No: "33050161999900000001", Name: "杭州西湖区老王面馆有限公司", BankName: "新新银行", CNAPS: "105331000018"}

// keep is the real upkeep over a store of its own, filled when it is first asked.
type keep struct {
	t     testing.TB
	clk   clock.Clock
	once  sync.Once
	store *store.Store
	up    *merchants.Upkeep
}

func (k *keep) open() *keep {
	k.once.Do(func() {
		k.store = dbtest.Migrated(k.t)
		k.up = newUpkeep(k.t, k.store, k.clk)
		must(k.t, k.fill(context.Background()))
	})
	return k
}

func newUpkeep(t testing.TB, s *store.Store, clk clock.Clock) *merchants.Upkeep {
	t.Helper()
	u, err := merchants.NewUpkeep(merchants.UpkeepConfig{
		Store: s.Upkeep(), Identity: sandbox.New(clk), Clock: clk, IDs: id.NewULIDs(id.Seeded(1, "upkeep")), Random: id.Seeded(1, "upkeep"), Check: check.Application,
	})
	must(t, err)
	return u
}

// fill puts three merchants into the store, with the applications that they
// came from: A and C, enterprises with a change under way, and B, a person's
// business without one.
func (k *keep) fill(ctx context.Context) error {
	now := k.clk.Now()
	file := func(n, no string, p merchants.Profile) merchants.ApplicationFile {
		return merchants.ApplicationFile{
			ID: "01JQAPPLICATION0000000001" + n, Login: "founder-" + n, Source: merchants.FromPortal, State: merchants.Approved, Revision: 1, Submission: 1, Profile: p,
			MerchantNo: no, CreatedAt: now, UpdatedAt: now, UpdatedBy: "reviewer", SubmittedAt: now,
		}
	}
	ofB := typed(merchants.Individual, 12)
	ofB.Legal.Name = fakeMerchants[merchantB].Account.AccountName
	ofB.Account = merchants.ProfileAccount{Kind: merchants.Personal, No: fakeMerchants[merchantB].Account.AccountNo, Name: ofB.Legal.Name, BankName: "测试银行", CNAPS: ofB.Account.CNAPS, Phone: ofB.Legal.Phone}
	ofC := complete(13)
	ofC.Account.No = fakeMerchants[merchantC].Account.AccountNo
	err := k.store.Onboarding().UpdateOnboarding(ctx, func(tx merchants.OnboardingTx) error {
		return tx.InsertApplications(file("1", merchantA, complete(11)), file("2", merchantB, ofB), file("3", merchantC, ofC))
	})
	for i, no := range []string{merchantA, merchantB, merchantC} {
		id := storeID[:len(storeID)-1] + string(rune('1'+i))
		stores := []merchants.Store{{ID: id, MerchantNo: no, Name: fakeMerchants[no].ShortName, Address: "文三路1号", RegionCode: "330100"}}
		terminals := []merchants.Terminal{{No: terminalNo[:7] + string(rune('1'+i)), MerchantNo: no, StoreID: id, TraceStart: 1}}
		err = errors.Join(err, k.store.Merchants().CreateMerchant(ctx, fakeMerchants[no], stores, terminals, nil, nil))
	}
	ofA := merchants.AccountChange{
		ID: changeOfA, MerchantNo: merchantA, State: merchants.AccountProving, Revision: 1, Account: accountOfA, Reason: "换了开户行", RequestedBy: "owner-a", RequestedAt: now,
		Proof: merchants.Verification{Method: merchants.SmallTransfer, State: merchants.Awaiting, Amount: 37, NextAt: now.Add(merchants.TransferLife)},
	}
	next := ofA
	next.ID, next.MerchantNo, next.State, next.RequestedBy, next.Account.Name = changeOfC, merchantC, merchants.AccountApproving, "owner-c", "杭州丙丙茶业有限公司"
	next.Proof.State, next.Proof.DecidedAt, next.Proof.Provider = merchants.Passed, now, "bank"
	return errors.Join(err, k.store.Upkeep().UpdateUpkeep(ctx, func(tx merchants.UpkeepTx) error {
		return errors.Join(tx.InsertAccountChange(ofA), tx.InsertAccountChange(next), tx.InsertMessage(merchants.Message{
			ID: messageOfA, MerchantNo: merchantA, Kind: "account.requested", Params: map[string]string{"account": "3305 **** 0001", "by": "owner-a"}, CreatedAt: now, NextAt: now,
		}))
	}))
}

func (k *keep) ProfileOf(ctx context.Context, no string) (merchants.Profile, error) {
	return k.open().up.ProfileOf(ctx, no)
}

func (k *keep) RequestAccount(ctx context.Context, no, by, reason string, a merchants.ProfileAccount) (merchants.AccountChange, error) {
	return k.open().up.RequestAccount(ctx, no, by, reason, a)
}

func (k *keep) TellAmount(ctx context.Context, changeID, no, by string, amount money.Fen) (merchants.AccountChange, error) {
	return k.open().up.TellAmount(ctx, changeID, no, by, amount)
}

func (k *keep) WithdrawAccount(ctx context.Context, changeID, no, by, reason string) (merchants.AccountChange, error) {
	return k.open().up.WithdrawAccount(ctx, changeID, no, by, reason)
}

func (k *keep) AccountChange(ctx context.Context, changeID, no string) (merchants.AccountChange, error) {
	return k.open().up.AccountChange(ctx, changeID, no)
}

func (k *keep) AccountChanges(ctx context.Context, q merchants.ChangeQuery) ([]merchants.AccountChange, error) {
	return k.open().up.AccountChanges(ctx, q)
}

func (k *keep) ApproveAccount(ctx context.Context, changeID, by string, revision int, note string) (merchants.AccountChange, error) {
	return k.open().up.ApproveAccount(ctx, changeID, by, revision, note)
}

func (k *keep) RefuseAccount(ctx context.Context, changeID, by, reason string) (merchants.AccountChange, error) {
	return k.open().up.RefuseAccount(ctx, changeID, by, reason)
}

func (k *keep) RevealAccount(ctx context.Context, changeID, by, reason string) (merchants.ProfileAccount, error) {
	return k.open().up.RevealAccount(ctx, changeID, by, reason)
}

func (k *keep) StoresOf(ctx context.Context, no string) ([]merchants.Store, error) {
	return k.open().store.Merchants().StoresOf(ctx, no)
}

func (k *keep) StoreByID(ctx context.Context, id string) (merchants.Store, error) {
	return k.open().store.Merchants().StoreByID(ctx, id)
}

func (k *keep) TerminalsOf(ctx context.Context, no string) ([]merchants.Terminal, error) {
	return k.open().store.Merchants().TerminalsOf(ctx, no)
}

func (k *keep) AddStore(ctx context.Context, no, by string, n merchants.NewStore) (merchants.Store, merchants.Terminal, error) {
	return k.open().up.AddStore(ctx, no, by, n)
}

func (k *keep) RenameStore(ctx context.Context, no, id, by, from, to string) error {
	return k.open().up.RenameStore(ctx, no, id, by, from, to)
}

func (k *keep) CloseStore(ctx context.Context, no, id, by, reason string) error {
	return k.open().up.CloseStore(ctx, no, id, by, reason)
}

func (k *keep) AddTerminal(ctx context.Context, no, id, by string) (merchants.Terminal, error) {
	return k.open().up.AddTerminal(ctx, no, id, by)
}

func (k *keep) DisableTerminal(ctx context.Context, no, terminal, by, reason string) error {
	return k.open().up.DisableTerminal(ctx, no, terminal, by, reason)
}

func (k *keep) Messages(ctx context.Context, no, before string, limit int) ([]merchants.Message, error) {
	return k.open().up.Messages(ctx, no, before, limit)
}

func (k *keep) CountUnread(ctx context.Context, no string) (int, error) {
	return k.open().up.CountUnread(ctx, no)
}

func (k *keep) ReadMessages(ctx context.Context, no, upTo, by string) error {
	return k.open().up.ReadMessages(ctx, no, upTo, by)
}
