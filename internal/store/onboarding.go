package store

import (
	"context"
	"database/sql/driver"
	"slices"
	"time"

	"gorm.io/gorm"

	"juma/internal/fault"
	"juma/internal/seal"
	"juma/merchants"
)

// onboardingStore is the Store as the onboarding sees it.
type onboardingStore struct{ *Store }

// onboardingTx is a transaction as the onboarding sees it.
type onboardingTx struct{ *conn }

var (
	_ merchants.OnboardingStore = onboardingStore{}
	_ merchants.OnboardingTx    = onboardingTx{}
)

// Onboarding is the store as the onboarding needs it.
func (s *Store) Onboarding() merchants.OnboardingStore { return onboardingStore{s} }

// The purposes of blind indexes.
const (
	indexID      = "id_no"
	indexPhone   = "phone"
	indexAccount = "account"
)

var applications = table[merchants.ApplicationFile]{"applications", func(a *merchants.ApplicationFile) []field {
	return []field{
		{"id", &a.ID},
		{"login", &a.Login},
		{"source", &a.Source},
		{"state", &a.State},
		{"revision", &a.Revision},
		{"submission", &a.Submission},
		{"profile", sealedJSON(&a.Profile, "applications.profile", &a.ID)},
		{"kind", writeOnly((*string)(&a.Profile.Kind))},
		{"uscc", writeOnly(&a.Profile.USCC)},
		{"id_index", blind(&a.Profile.Legal.IDNo, indexID)},
		{"phone_index", blind(&a.Profile.Legal.Phone, indexPhone)},
		{"account_index", blind(&a.Profile.Account.No, indexAccount)},
		{"live_key", &liveKey{of: a}},
		{"risks", inJSON(&a.Risks)},
		{"first_by", &a.FirstBy},
		{"first_at", at(&a.FirstAt)},
		{"override_by", &a.OverrideBy},
		{"merchant_no", &a.MerchantNo},
		{"created_at", at(&a.CreatedAt)},
		{"updated_at", at(&a.UpdatedAt)},
		{"updated_by", &a.UpdatedBy},
		{"submitted_at", at(&a.SubmittedAt)},
	}
}}

// liveKey is what only one living application may have: the code of the company, or
// the person with the account. It is NULL for the others, and never read back.
type liveKey struct {
	of   *merchants.ApplicationFile
	keys *seal.Keyring
}

// Value is what is stored.
func (l *liveKey) Value() (driver.Value, error) {
	p := l.of.Profile
	switch {
	case !slices.Contains(merchants.LiveStates, l.of.State):
		return nil, nil
	case p.USCC != "":
		return p.USCC, nil
	case l.keys == nil:
		return nil, fault.New("store.index", fault.Internal, "the store has no keys for the index of applicants")
	}
	return l.keys.Index(indexID, p.Legal.IDNo) + "/" + l.keys.Index(indexAccount, p.Account.No), nil
}

func (l *liveKey) useKeys(keys *seal.Keyring) { l.keys = keys }

// Scan passes over what was stored.
func (l *liveKey) Scan(any) error { return nil }

var submissions = table[merchants.Submission]{"application_submissions", func(s *merchants.Submission) []field {
	return []field{
		{"id", &s.ID},
		{"application_id", &s.ApplicationID},
		{"number", &s.Number},
		{"profile", sealedJSON(&s.Profile, "application_submissions.profile", &s.ID)},
		{"submitted_at", at(&s.At)},
		{"submitted_by", &s.By},
	}
}}

// reasonRow is a reason with its place.
type reasonRow struct {
	merchants.Reason
	applicationID      string
	submission, lineNo int
}

var reasonRows = table[reasonRow]{"application_reasons", func(r *reasonRow) []field {
	return []field{
		{"application_id", &r.applicationID},
		{"submission", &r.submission},
		{"line_no", &r.lineNo},
		{"path", &r.Path},
		{"code", &r.Code},
		{"reason", text(&r.Text)},
	}
}}

var verifications = table[merchants.Verification]{"verifications", func(v *merchants.Verification) []field {
	return []field{
		{"id", &v.ID},
		{"application_id", &v.ApplicationID},
		{"submission", &v.Submission},
		{"subject", &v.Subject},
		{"method", &v.Method},
		{"state", &v.State},
		{"provider", &v.Provider},
		{"reference", &v.Reference},
		{"reason", text(&v.Reason)},
		{"amount_fen", &v.Amount},
		{"tries", &v.Tries},
		{"attempts", &v.Attempts},
		{"created_at", at(&v.CreatedAt)},
		{"next_at", at(&v.NextAt)},
		{"decided_at", at(&v.DecidedAt)},
		{"decided_by", &v.By},
	}
}}

// UpdateOnboarding runs f in a transaction of its own: an import is large, and an
// approval must not be undone with others' work.
func (s onboardingStore) UpdateOnboarding(ctx context.Context, f func(merchants.OnboardingTx) error) error {
	return s.updateAlone(ctx, func(c *conn) error { return f(onboardingTx{c}) })
}

// InsertApplications stores new applications.
func (c onboardingTx) InsertApplications(all ...merchants.ApplicationFile) error {
	const op = "store.InsertApplications"
	if err := applications.insert(c.conn, op, all...); err != nil {
		return err
	}
	return c.indexApplications(op, all...)
}

// Application reads the application inside the transaction.
func (c onboardingTx) Application(id string) (merchants.ApplicationFile, error) {
	return c.application("store.Application", id)
}

func (c *conn) application(op, id string) (merchants.ApplicationFile, error) {
	return applications.one(c, op, "application", id, "id = ?", id)
}

// SaveApplication writes the row if it is as it was read.
func (c onboardingTx) SaveApplication(a merchants.ApplicationFile, revision int, from ...merchants.ApplicationState) (bool, error) {
	const op = "store.SaveApplication"
	moved, err := applications.save(c.conn, op, a, "id = ? AND revision = ? AND state IN ?", a.ID, revision, from)
	if d := asDuplicate(err); d != nil { // another application of the same business lives
		err = applications.taken(op, []merchants.ApplicationFile{a}, d)
	}
	if err == nil && moved {
		err = c.reindexApplication(op, a)
	}
	return moved && err == nil, err
}

// KeepSubmission stores what was submitted.
func (c onboardingTx) KeepSubmission(all ...merchants.Submission) error {
	return submissions.insert(c.conn, "store.KeepSubmission", all...)
}

// SetReasons stores why a submission was rejected.
func (c onboardingTx) SetReasons(applicationID string, submission int, reasons []merchants.Reason) error {
	rows := make([]reasonRow, len(reasons))
	for i, r := range reasons {
		rows[i] = reasonRow{r, applicationID, submission, i + 1}
	}
	return reasonRows.insert(c.conn, "store.SetReasons", rows...)
}

// InsertVerification stores new questions.
func (c onboardingTx) InsertVerification(all ...merchants.Verification) error {
	return verifications.insert(c.conn, "store.InsertVerification", all...)
}

// SaveVerification writes the row if nobody touched it since it was read.
func (c onboardingTx) SaveVerification(v merchants.Verification, attempts int) (bool, error) {
	return verifications.save(c.conn, "store.SaveVerification", v, "id = ? AND attempts = ? AND state IN ?", v.ID, attempts,
		[]merchants.VerificationState{merchants.Asking, merchants.Awaiting})
}

// Verifications lists an application's inside the transaction.
func (c onboardingTx) Verifications(applicationID string) ([]merchants.Verification, error) {
	return c.verificationsOf(applicationID)
}

func (c *conn) verificationsOf(applicationID string) ([]merchants.Verification, error) {
	return verifications.list(c, "store.Verifications", c.from("verifications").Where("application_id = ?", applicationID).Order("id"))
}

// NextNumber takes the next number of a series. The row stays locked until the
// commit.
func (c onboardingTx) NextNumber(series string) (int, error) {
	const op = "store.NextNumber"
	moved, err := c.moved(op, "UPDATE series SET number = number + 1 WHERE name = ?", series)
	if err != nil {
		return 0, err
	}
	if !moved {
		_, err := c.exec(op, "INSERT INTO series (name, number) VALUES (?, 1)", series)
		if asDuplicate(err) == nil {
			return 1, err
		}
		// Another one began the series in between; the row is there now.
		if _, err := c.moved(op, "UPDATE series SET number = number + 1 WHERE name = ?", series); err != nil {
			return 0, err
		}
	}
	numbers, err := scanAll(c.conn, op, c.from("series").Select("number").Where("name = ?", series),
		func(n *int) []field { return []field{{"number", n}} })
	if err != nil {
		return 0, err
	}
	return numbers[0], nil
}

// CreateMerchant stores a merchant with everything that makes it payable.
func (c onboardingTx) CreateMerchant(m merchants.Merchant, stores []merchants.Store, terms []merchants.Terminal, agreed []merchants.Agreement, enrolled []merchants.Enrolment) error {
	return c.createMerchant("store.CreateMerchant", m, stores, terms, agreed, enrolled)
}

// AttachMerchant gives the applicant's account the merchant.
func (c onboardingTx) AttachMerchant(login, merchantNo, by string, at time.Time) error {
	return c.attachMerchant(login, merchantNo, by, at)
}

// Application returns an application.
func (s onboardingStore) Application(ctx context.Context, id string) (merchants.ApplicationFile, error) {
	return s.reader(ctx).application("store.Application", id)
}

// ApplicationOfMerchant returns the application that a merchant came from.
func (s onboardingStore) ApplicationOfMerchant(ctx context.Context, merchantNo string) (merchants.ApplicationFile, error) {
	return applications.one(s.reader(ctx), "store.ApplicationOfMerchant", "merchant_no", merchantNo, "merchant_no = ? AND merchant_no <> ''", merchantNo)
}

// Applications lists applications, see merchants.ApplicationQuery.
func (s onboardingStore) Applications(ctx context.Context, q merchants.ApplicationQuery) ([]merchants.ApplicationFile, error) {
	const op = "store.Applications"
	c := s.reader(ctx)
	query := c.from("applications")
	if len(q.States) > 0 {
		query = query.Where("state IN ?", q.States)
	}
	if q.Login != "" {
		query = query.Where("login = ?", q.Login)
	}
	if q.AfterID != "" {
		after, err := c.application(op, q.AfterID)
		if err != nil {
			return nil, err
		}
		query = pageAfter(query, after, q.OldestFirst)
	}
	order := "id DESC"
	if q.OldestFirst {
		order = "submitted_at, id"
	}
	return applications.list(c, op, query.Order(order).Limit(q.Limit))
}

// pageAfter goes on behind the last application of the page before.
func pageAfter(query *gorm.DB, after merchants.ApplicationFile, oldestFirst bool) *gorm.DB {
	if !oldestFirst {
		return query.Where("id < ?", after.ID)
	}
	at := micros(after.SubmittedAt)
	return query.Where("(submitted_at > ? OR (submitted_at = ? AND id > ?))", at, at, after.ID)
}

// applicationCount is how many applications are in a state.
type applicationCount struct {
	State merchants.ApplicationState
	Count int
}

// CountApplications counts applications by state.
func (s onboardingStore) CountApplications(ctx context.Context) (map[merchants.ApplicationState]int, error) {
	c := s.reader(ctx)
	counts, err := scanAll(c, "store.CountApplications", c.from("applications").Select("state, COUNT(*)").Group("state"),
		func(n *applicationCount) []field { return []field{{"state", &n.State}, {"count", &n.Count}} })
	byState := make(map[merchants.ApplicationState]int, len(counts))
	for _, n := range counts {
		byState[n.State] = n.Count
	}
	return byState, err
}

// FindApplications looks for an exact identifier.
func (s onboardingStore) FindApplications(ctx context.Context, value string, limit int) ([]merchants.ApplicationFile, error) {
	return s.reader(ctx).applicationsKnownBy("store.FindApplications", value, limit)
}

// Taken tells which profiles have a live application, by their places.
func (s onboardingStore) Taken(ctx context.Context, all []merchants.Profile) ([]int, error) {
	c := s.reader(ctx)
	byCode, byPerson := map[string][]int{}, map[string][]int{}
	for i, p := range all {
		if p.USCC != "" {
			byCode[p.USCC] = append(byCode[p.USCC], i)
		} else {
			key := s.ring().Index(indexID, p.Legal.IDNo) + s.ring().Index(indexAccount, p.Account.No)
			byPerson[key] = append(byPerson[key], i)
		}
	}
	codes, err := c.knownApplications("uscc", keysOf(byCode))
	if err != nil {
		return nil, err
	}
	persons, err := c.knownApplications("id_index", firstHalves(keysOf(byPerson)))
	if err != nil {
		return nil, err
	}
	var taken []int
	for _, k := range codes {
		taken = append(taken, byCode[k.code]...)
		delete(byCode, k.code)
	}
	for _, k := range persons {
		key := k.person + k.account
		taken = append(taken, byPerson[key]...)
		delete(byPerson, key)
	}
	slices.Sort(taken)
	return taken, nil
}

// knownApplication is what an application is known by.
type knownApplication struct{ code, person, account string }

func (c *conn) knownApplications(column string, values []string) ([]knownApplication, error) {
	var all []knownApplication
	for _, part := range chunks(values, maxParams/2) {
		found, err := scanAll(c, "store.Taken", c.from("applications").Select("uscc, id_index, account_index").
			Where(column+" IN ? AND state IN ?", part, merchants.LiveStates),
			func(k *knownApplication) []field {
				return []field{{"uscc", &k.code}, {"id_index", &k.person}, {"account_index", &k.account}}
			})
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	return all, nil
}

func keysOf(m map[string][]int) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// firstHalves takes the person out of person and account.
func firstHalves(keys []string) []string {
	for i, k := range keys {
		keys[i] = k[:len(k)/2]
	}
	return keys
}

// Submissions lists what was submitted, oldest first.
func (s onboardingStore) Submissions(ctx context.Context, applicationID string) ([]merchants.Submission, error) {
	c := s.reader(ctx)
	return submissions.list(c, "store.Submissions", c.from("application_submissions").Where("application_id = ?", applicationID).Order("number"))
}

// ReasonsOf lists why a submission was rejected.
func (s onboardingStore) ReasonsOf(ctx context.Context, applicationID string, submission int) ([]merchants.Reason, error) {
	c := s.reader(ctx)
	rows, err := reasonRows.list(c, "store.ReasonsOf", c.from("application_reasons").Where("application_id = ? AND submission = ?", applicationID, submission).Order("line_no"))
	reasons := make([]merchants.Reason, len(rows))
	for i, r := range rows {
		reasons[i] = r.Reason
	}
	return reasons, err
}

// VerificationsOf lists an application's verifications, oldest first.
func (s onboardingStore) VerificationsOf(ctx context.Context, applicationID string) ([]merchants.Verification, error) {
	return s.reader(ctx).verificationsOf(applicationID)
}

// DueVerifications lists those to be asked about.
func (s onboardingStore) DueVerifications(ctx context.Context, now time.Time, afterID string, limit int) ([]merchants.Verification, error) {
	c := s.reader(ctx)
	return verifications.list(c, "store.DueVerifications", c.from("verifications").
		Where("state IN ? AND next_at <= ? AND id > ?", []merchants.VerificationState{merchants.Asking, merchants.Awaiting}, micros(now), afterID).
		Order("id").Limit(limit))
}
