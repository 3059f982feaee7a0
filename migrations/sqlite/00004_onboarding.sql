-- +goose Up

-- Applications. The profile is sealed as a whole; the *_index columns find exact
-- values without opening it.
CREATE TABLE applications (
    id            TEXT NOT NULL,
    login         TEXT NOT NULL,
    source        TEXT NOT NULL,
    state         TEXT NOT NULL,
    revision      INTEGER NOT NULL,
    submission    INTEGER NOT NULL,
    profile       TEXT NOT NULL,
    uscc          TEXT NOT NULL,
    id_index      TEXT NOT NULL,
    phone_index   TEXT NOT NULL,
    account_index TEXT NOT NULL,
    risks         TEXT NOT NULL,
    first_by      TEXT NOT NULL,
    first_at      INTEGER NOT NULL,
    override_by   TEXT NOT NULL,
    merchant_no   TEXT NOT NULL,
    created_at    INTEGER NOT NULL,
    updated_at    INTEGER NOT NULL,
    updated_by    TEXT NOT NULL,
    submitted_at  INTEGER NOT NULL,
    PRIMARY KEY (id)
) STRICT;
CREATE INDEX applications_queue ON applications (state, submitted_at, id);
CREATE INDEX applications_login ON applications (login, id);
CREATE INDEX applications_merchant ON applications (merchant_no);
CREATE INDEX applications_uscc ON applications (uscc);
CREATE INDEX applications_person ON applications (id_index);
CREATE INDEX applications_phone ON applications (phone_index);
CREATE INDEX applications_account ON applications (account_index);

-- What was submitted, each time.
CREATE TABLE application_submissions (
    id             TEXT NOT NULL,
    application_id TEXT NOT NULL,
    number         INTEGER NOT NULL,
    profile        TEXT NOT NULL,
    submitted_at   INTEGER NOT NULL,
    submitted_by   TEXT NOT NULL,
    PRIMARY KEY (id)
) STRICT;
CREATE UNIQUE INDEX application_submissions_number ON application_submissions (application_id, number);

-- Why a submission was rejected, by field.
CREATE TABLE application_reasons (
    application_id TEXT NOT NULL,
    submission     INTEGER NOT NULL,
    line_no        INTEGER NOT NULL,
    path           TEXT NOT NULL,
    code           TEXT NOT NULL,
    reason         TEXT NOT NULL,
    PRIMARY KEY (application_id, submission, line_no)
) STRICT, WITHOUT ROWID;

-- Questions to identity and bank providers, with their answers.
CREATE TABLE verifications (
    id             TEXT NOT NULL,
    application_id TEXT NOT NULL,
    submission     INTEGER NOT NULL,
    subject        TEXT NOT NULL,
    method         TEXT NOT NULL,
    state          TEXT NOT NULL,
    provider       TEXT NOT NULL,
    reference      TEXT NOT NULL,
    reason         TEXT NOT NULL,
    amount_fen     INTEGER NOT NULL,
    tries          INTEGER NOT NULL,
    attempts       INTEGER NOT NULL,
    created_at     INTEGER NOT NULL,
    next_at        INTEGER NOT NULL,
    decided_at     INTEGER NOT NULL,
    decided_by     TEXT NOT NULL,
    PRIMARY KEY (id)
) STRICT;
CREATE INDEX verifications_application ON verifications (application_id, id);
CREATE INDEX verifications_due ON verifications (state, id, next_at);

-- The last number given out of each series.
CREATE TABLE series (
    name   TEXT NOT NULL,
    number INTEGER NOT NULL,
    PRIMARY KEY (name)
) STRICT, WITHOUT ROWID;

-- A merchant's registration at each channel; channel_id is NULL until accepted.
CREATE TABLE channel_enrolments (
    merchant_no   TEXT NOT NULL,
    channel       TEXT NOT NULL,
    channel_id    TEXT,
    state         TEXT NOT NULL,
    business_code TEXT NOT NULL,
    version       INTEGER NOT NULL,
    reasons       TEXT NOT NULL,
    message       TEXT NOT NULL,
    attempts      INTEGER NOT NULL,
    next_at       INTEGER NOT NULL,
    updated_at    INTEGER NOT NULL,
    PRIMARY KEY (merchant_no, channel)
) STRICT;
CREATE UNIQUE INDEX channel_enrolments_id ON channel_enrolments (channel, channel_id);
CREATE INDEX channel_enrolments_due ON channel_enrolments (state, merchant_no, next_at);

INSERT INTO channel_enrolments (merchant_no, channel, channel_id, state, business_code, version, reasons, message, attempts, next_at, updated_at)
SELECT merchant_no, channel, channel_id, 'accepted', '', 1, '', '', 0, 0, 0 FROM enrolments;
DROP TABLE enrolments;

-- Rates agreed, by channel and card kind, from a day to a day (0 = open).
CREATE TABLE rate_agreements (
    id          TEXT NOT NULL,
    merchant_no TEXT NOT NULL,
    channel     TEXT NOT NULL,
    card_kind   TEXT NOT NULL,
    rate_ppm    INTEGER NOT NULL,
    cap_fen     INTEGER NOT NULL,
    valid_from  INTEGER NOT NULL,
    valid_to    INTEGER NOT NULL,
    version     INTEGER NOT NULL,
    contract    TEXT NOT NULL,
    reason      TEXT NOT NULL,
    made_by     TEXT NOT NULL,
    checked_by  TEXT NOT NULL,
    PRIMARY KEY (id)
) STRICT;
CREATE UNIQUE INDEX rate_agreements_version ON rate_agreements (merchant_no, channel, card_kind, version);

INSERT INTO rate_agreements (id, merchant_no, channel, card_kind, rate_ppm, cap_fen, valid_from, valid_to, version, contract, reason, made_by, checked_by)
SELECT id, merchant_no, channel, '', rate_ppm, cap_fen, valid_from, valid_to,
    (SELECT COUNT(*) FROM agreements b WHERE b.merchant_no = a.merchant_no AND b.channel = a.channel AND b.valid_from <= a.valid_from), '', '', '', ''
FROM agreements a;
DROP TABLE agreements;
