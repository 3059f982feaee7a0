package merchants

import (
	"context"
	"strings"
	"time"

	"juma/internal/bizdate"
	"juma/internal/fault"
	"juma/internal/mask"
)

// AccountState is where a change of a settlement account stands.
type AccountState string

// The states of a change of a settlement account. See accountMoves for the table
// of moves.
const (
	AccountProving   AccountState = "proving"   // the bank is asked, or the amount is to be told
	AccountApproving AccountState = "approving" // proven; two people must approve
	AccountCooling   AccountState = "cooling"   // approved and announced; waits
	AccountEffective AccountState = "effective" // the merchant is paid there
	AccountUnproven  AccountState = "unproven"  // the bank says that it is not the merchant's
	AccountRefused   AccountState = "refused"   // by a person of the platform
	AccountWithdrawn AccountState = "withdrawn" // by the merchant
)

// AccountStates lists the states in the order in which they are shown.
var AccountStates = []AccountState{AccountProving, AccountApproving, AccountCooling, AccountEffective, AccountUnproven, AccountRefused, AccountWithdrawn}

// accountMoves is the table of moves: from where each state is reached.
var accountMoves = map[AccountState][]AccountState{
	AccountApproving: {AccountProving, AccountApproving}, // the first of two approvals stays there
	AccountUnproven:  {AccountProving},
	AccountCooling:   {AccountApproving},
	AccountEffective: {AccountCooling},
	AccountRefused:   {AccountProving, AccountApproving, AccountCooling},
	AccountWithdrawn: {AccountProving, AccountApproving, AccountCooling},
}

// AccountMoves tells from which states a state is reached.
func AccountMoves(to AccountState) []AccountState { return accountMoves[to] }

// Open tells that a change is under way.
func (s AccountState) Open() bool {
	return s == AccountProving || s == AccountApproving || s == AccountCooling
}

// AccountChange is a change of a merchant's settlement account. A merchant has one
// under way at most.
type AccountChange struct {
	ID          string // ULID
	MerchantNo  string
	State       AccountState
	Revision    int // counts every save
	Account     ProfileAccount
	Before      SettlementAccount // the one that it replaced, once effective
	Reason      string
	RequestedBy string
	RequestedAt time.Time
	Proof       Verification // how the account is proven
	FirstBy     string       // who approved first …
	FirstAt     time.Time
	SecondBy    string // … and second
	SecondAt    time.Time
	EffectiveAt time.Time // when the wait ends
	EndedBy     string    // who refused or withdrew it, or what made it effective
	EndedAt     time.Time
	EndReason   string
}

// settlementAccount is the account as the merchant's.
func (c AccountChange) settlementAccount() SettlementAccount {
	a := c.Account
	return SettlementAccount{BankName: a.BankName, CNAPS: a.CNAPS, AccountNo: a.No, AccountName: a.Name}
}

// RequestAccount asks for another settlement account for a merchant, by its own
// people or by the platform's on its behalf. The account is proven before anybody
// decides. Errors: NotFound; Invalid, naming the field, "account.no"; Refused for a
// merchant that is closed, is paid by a wallet, or has no application on file that
// says who may hold an account; Conflict when a change is under way.
func (u *Upkeep) RequestAccount(ctx context.Context, merchantNo, by, reason string, account ProfileAccount) (AccountChange, error) {
	const op = "merchants.RequestAccount"
	if err := wantReason(op, reason); err != nil {
		return AccountChange{}, err
	}
	p, err := u.profileWith(ctx, op, merchantNo, account)
	if err != nil {
		return AccountChange{}, err
	}
	if err := u.checkAccount(op, p); err != nil {
		return AccountChange{}, err
	}
	now := u.Clock.Now()
	c := AccountChange{
		ID: u.IDs.At(now), MerchantNo: merchantNo, State: AccountProving, Revision: 1, Account: account, Reason: reason, RequestedBy: by, RequestedAt: now,
		Proof: accountQuestion(p),
	}
	c.Proof.NextAt = now
	err = u.Store.UpdateUpkeep(ctx, func(tx UpkeepTx) error {
		if err := u.mayChangeAccount(tx, op, c); err != nil {
			return err
		}
		err := tx.InsertAccountChange(c)
		if isField(err, "open_key") {
			return &fault.Error{Op: op, Kind: fault.Conflict, Field: "account", Value: merchantNo, Msg: "has a change under way; withdraw that one first"}
		}
		if err != nil {
			return err
		}
		if err := tx.InsertMessage(u.message(merchantNo, "account.requested", p.Contact, "account", mask.Card(account.No), "by", by)); err != nil {
			return err
		}
		return tx.Audit(u.record(by, "account.requested", merchantNo, "", mask.Card(account.No), reason))
	})
	return c, fault.Wrap(op, "", err)
}

// profileWith is the profile that a merchant was approved with, with another
// account.
func (u *Upkeep) profileWith(ctx context.Context, op, merchantNo string, account ProfileAccount) (Profile, error) {
	if _, err := u.Store.Merchant(ctx, merchantNo); err != nil {
		return Profile{}, fault.Wrap(op, "", err)
	}
	a, err := u.Store.ApplicationOfMerchant(ctx, merchantNo)
	if fault.Is(err, fault.NotFound) {
		return Profile{}, &fault.Error{Op: op, Kind: fault.Refused, Field: "application", Value: merchantNo, Msg: "the merchant has no application on file, so nobody can tell whose account it may be; let it apply"}
	}
	p := a.Profile
	p.Account = account
	return p, fault.Wrap(op, "", err)
}

// ProfileOf is what a merchant was approved with, with the account that it is paid
// to now: what channels are told. Kind NotFound for one without an application.
func (u *Upkeep) ProfileOf(ctx context.Context, merchantNo string) (Profile, error) {
	a, err := u.Store.ApplicationOfMerchant(ctx, merchantNo)
	if err != nil {
		return Profile{}, err
	}
	changed, err := u.Store.AccountChanges(ctx, ChangeQuery{MerchantNo: merchantNo, State: AccountEffective, Limit: 1})
	if len(changed) > 0 {
		a.Profile.Account = changed[0].Account
	}
	return a.Profile, err
}

// checkAccount holds the account to the rules of an application.
func (u *Upkeep) checkAccount(op string, p Profile) error {
	for _, problem := range u.Check(p, today(u.Clock)) {
		if strings.HasPrefix(problem.Field, "account.") {
			return fault.Field(op, problem.Field, problem.Value, "%s", problem.Message)
		}
	}
	return nil
}

func (u *Upkeep) mayChangeAccount(tx UpkeepTx, op string, c AccountChange) error {
	m, err := tx.Merchant(c.MerchantNo)
	switch {
	case err != nil:
		return err
	case m.State == Closed:
		return &fault.Error{Op: op, Kind: fault.Refused, Field: "state", Value: string(m.State), Msg: "the merchant is closed for good"}
	case m.SettledByWallet:
		return &fault.Error{Op: op, Kind: fault.Refused, Field: "settled_by_wallet", Value: c.MerchantNo, Msg: "a wallet pays this merchant; the account is changed there"}
	case m.Account.AccountNo == c.Account.No && m.Account.CNAPS == c.Account.CNAPS:
		return &fault.Error{Op: op, Kind: fault.Refused, Field: "account.no", Value: mask.Card(c.Account.No), Msg: "is the account that the merchant is paid to already"}
	}
	return nil
}

// AccountChange returns a change. callersMerchant is the merchant that the caller
// works for, "" for the platform's people; another's is kind NotFound.
func (u *Upkeep) AccountChange(ctx context.Context, changeID, callersMerchant string) (AccountChange, error) {
	const op = "merchants.AccountChange"
	c, err := u.Store.AccountChange(ctx, changeID)
	if err == nil {
		err = elsewhere(op, callersMerchant, c.MerchantNo)
	}
	if err != nil {
		return AccountChange{}, fault.Wrap(op, "", err)
	}
	return c, nil
}

// RevealAccount returns the account of a change in full, with an audit entry that
// says who read it and why. Role and fresh proof of who asks are the caller's to
// demand. Errors: NotFound; Invalid without a reason.
func (u *Upkeep) RevealAccount(ctx context.Context, changeID, by, reason string) (ProfileAccount, error) {
	const op = "merchants.RevealAccount"
	if err := wantReason(op, reason); err != nil {
		return ProfileAccount{}, err
	}
	c, err := u.Store.AccountChange(ctx, changeID)
	if err != nil {
		return ProfileAccount{}, fault.Wrap(op, "", err)
	}
	err = u.Store.UpdateUpkeep(ctx, func(tx UpkeepTx) error {
		return tx.Audit(u.record(by, "account.revealed", c.MerchantNo, "", "", reason))
	})
	if err != nil {
		return ProfileAccount{}, fault.Wrap(op, "", err)
	}
	return c.Account, nil
}

// AccountChanges lists changes of settlement accounts.
func (u *Upkeep) AccountChanges(ctx context.Context, q ChangeQuery) ([]AccountChange, error) {
	return u.Store.AccountChanges(ctx, q)
}

// save writes a change that was made from its revision, with more in the same
// transaction; who was slower is told who was faster.
func (u *Upkeep) save(ctx context.Context, op string, c AccountChange, from AccountState, more func(UpkeepTx) error) (AccountChange, error) {
	seen := c.Revision
	c.Revision++
	err := u.Store.UpdateUpkeep(ctx, func(tx UpkeepTx) error {
		moved, err := tx.SaveAccountChange(c, seen, from)
		if err != nil {
			return err
		}
		if !moved {
			now, err := tx.AccountChange(c.ID)
			if err != nil {
				return err
			}
			return now.moved(op)
		}
		return more(tx)
	})
	return c, fault.Wrap(op, "", err)
}

// LastMove tells who brought a change to where it stands, and when.
func (c AccountChange) LastMove() (by string, at time.Time) {
	switch {
	case c.EndedBy != "":
		return c.EndedBy, c.EndedAt
	case c.SecondBy != "":
		return c.SecondBy, c.SecondAt
	case c.FirstBy != "":
		return c.FirstBy, c.FirstAt
	}
	return c.RequestedBy, c.RequestedAt
}

// moved says where a change stands now, and who brought it there.
func (c AccountChange) moved(op string) error {
	by, at := c.LastMove()
	return decidedBefore(op, "account", string(c.State), by, at)
}

// ApproveAccount is one of two approvals, by two people of whom neither asked for
// the change; revision is the one that was read. The second begins the wait, and
// the merchant's contact is told. Errors: NotFound; Forbidden for who asked or has
// approved; Conflict, saying who was faster and when.
func (u *Upkeep) ApproveAccount(ctx context.Context, changeID, by string, revision int, note string) (AccountChange, error) {
	const op = "merchants.ApproveAccount"
	c, err := u.Store.AccountChange(ctx, changeID)
	switch {
	case err != nil:
		return c, fault.Wrap(op, "", err)
	case c.State != AccountApproving || c.Revision != revision:
		return c, c.moved(op)
	case c.RequestedBy == by:
		return c, fault.New(op, fault.Forbidden, "%s asked for the change: two other people must approve", by)
	case c.FirstBy == by:
		return c, fault.New(op, fault.Forbidden, "%s approved it on %s: a second person must", by, c.FirstAt.In(bizdate.Zone).Format(time.DateTime))
	}
	now := u.Clock.Now()
	if c.FirstBy == "" {
		c.FirstBy, c.FirstAt = by, now
		return u.save(ctx, op, c, AccountApproving, func(tx UpkeepTx) error {
			return tx.Audit(u.record(by, "account.approved_first", c.MerchantNo, "", mask.Card(c.Account.No), note))
		})
	}
	contact, err := u.contact(ctx, c.MerchantNo)
	if err != nil {
		return c, fault.Wrap(op, "", err)
	}
	c.SecondBy, c.SecondAt, c.State, c.EffectiveAt = by, now, AccountCooling, now.Add(u.CoolingPeriod)
	return u.save(ctx, op, c, AccountApproving, func(tx UpkeepTx) error {
		m, err := tx.Merchant(c.MerchantNo)
		if err != nil {
			return err
		}
		err = tx.InsertMessage(u.message(c.MerchantNo, "account.approved", contact, "account", mask.Card(c.Account.No), "before", mask.Card(m.Account.AccountNo),
			"at", c.EffectiveAt.In(bizdate.Zone).Format(time.DateTime)))
		if err != nil {
			return err
		}
		return tx.Audit(u.record(by, "account.approved", c.MerchantNo, mask.Card(m.Account.AccountNo), mask.Card(c.Account.No), note))
	})
}

// RefuseAccount ends a change that is not effective, by the platform's people.
// Errors: NotFound; Invalid without a reason; Conflict when it has ended.
func (u *Upkeep) RefuseAccount(ctx context.Context, changeID, by, reason string) (AccountChange, error) {
	return u.endAccount(ctx, "merchants.RefuseAccount", changeID, "", by, reason, AccountRefused)
}

// WithdrawAccount ends a change that is not effective, by the merchant's people:
// also in the wait, which is what the wait is for. Another merchant's is kind
// NotFound. Errors as RefuseAccount.
func (u *Upkeep) WithdrawAccount(ctx context.Context, changeID, merchantNo, by, reason string) (AccountChange, error) {
	return u.endAccount(ctx, "merchants.WithdrawAccount", changeID, merchantNo, by, reason, AccountWithdrawn)
}

func (u *Upkeep) endAccount(ctx context.Context, op, changeID, callersMerchant, by, reason string, to AccountState) (AccountChange, error) {
	if err := wantReason(op, reason); err != nil {
		return AccountChange{}, err
	}
	c, err := u.AccountChange(ctx, changeID, callersMerchant)
	if err != nil {
		return c, err
	}
	if !c.State.Open() {
		return c, c.moved(op)
	}
	return u.end(ctx, op, c, by, reason, to)
}

// end ends an open change and tells the merchant.
func (u *Upkeep) end(ctx context.Context, op string, c AccountChange, by, reason string, to AccountState) (AccountChange, error) {
	contact, err := u.contact(ctx, c.MerchantNo)
	if err != nil {
		return c, fault.Wrap(op, "", err)
	}
	from := c.State
	c.State, c.EndedBy, c.EndedAt, c.EndReason = to, by, u.Clock.Now(), reason
	return u.save(ctx, op, c, from, func(tx UpkeepTx) error {
		if err := tx.InsertMessage(u.message(c.MerchantNo, "account."+string(to), contact, "account", mask.Card(c.Account.No), "reason", reason)); err != nil {
			return err
		}
		return tx.Audit(u.record(by, "account."+string(to), c.MerchantNo, string(from), string(to), reason))
	})
}
