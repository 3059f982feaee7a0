-- +goose Up

-- Money for a merchant, as it is to be paid. replaces_key is what it replaces while it
-- stands, so that nothing is paid again twice. account is sealed.
CREATE TABLE payouts (
    payout_no       TEXT NOT NULL,
    clearing_date   INTEGER NOT NULL,
    merchant_no     TEXT NOT NULL,
    attempt         INTEGER NOT NULL,
    state           TEXT NOT NULL,
    amount_fen      INTEGER NOT NULL,
    account         TEXT NOT NULL,
    settlement_date INTEGER NOT NULL,
    payer_code      TEXT NOT NULL,
    payer_name      TEXT NOT NULL,
    replaces        TEXT NOT NULL,
    replaces_key    TEXT,
    instruction_id  TEXT NOT NULL,
    made_by         TEXT NOT NULL,
    made_at         INTEGER NOT NULL,
    released_by     TEXT NOT NULL,
    released_at     INTEGER NOT NULL,
    reason_code     TEXT NOT NULL,
    reason          TEXT NOT NULL,
    bank_ref        TEXT NOT NULL,
    finished_at     INTEGER NOT NULL,
    updated_at      INTEGER NOT NULL,
    PRIMARY KEY (payout_no)
) STRICT;
CREATE UNIQUE INDEX payouts_replaces ON payouts (replaces_key);
CREATE INDEX payouts_date ON payouts (clearing_date, state);
CREATE INDEX payouts_merchant ON payouts (merchant_no, clearing_date);
CREATE INDEX payouts_state ON payouts (state, clearing_date);
CREATE INDEX payouts_instruction ON payouts (instruction_id);

-- An instruction file. sha256 is empty until the file is there.
CREATE TABLE payout_instructions (
    id            TEXT NOT NULL,
    clearing_date INTEGER NOT NULL,
    seq           INTEGER NOT NULL,
    payer_code    TEXT NOT NULL,
    payer_name    TEXT NOT NULL,
    row_count     INTEGER NOT NULL,
    amount_fen    INTEGER NOT NULL,
    made_by       TEXT NOT NULL,
    made_at       INTEGER NOT NULL,
    name          TEXT NOT NULL,
    byte_count    INTEGER NOT NULL,
    sha256        TEXT NOT NULL,
    PRIMARY KEY (id)
) STRICT;
CREATE UNIQUE INDEX payout_instructions_seq ON payout_instructions (clearing_date, seq);

-- What a bank said about a payout: each outcome once.
CREATE TABLE payout_results (
    id          TEXT NOT NULL,
    import_id   TEXT NOT NULL,
    line_no     INTEGER NOT NULL,
    payout_no   TEXT NOT NULL,
    amount_fen  INTEGER NOT NULL,
    outcome     TEXT NOT NULL,
    reason_code TEXT NOT NULL,
    reason      TEXT NOT NULL,
    bank_ref    TEXT NOT NULL,
    finished_at INTEGER NOT NULL,
    PRIMARY KEY (id)
) STRICT;
CREATE UNIQUE INDEX payout_results_once ON payout_results (payout_no, outcome);

-- A file of a bank's that was taken in. subject is what may come once: the digest of
-- results, account and day of credits.
CREATE TABLE bank_imports (
    id          TEXT NOT NULL,
    kind        TEXT NOT NULL,
    subject     TEXT NOT NULL,
    name        TEXT NOT NULL,
    sha256      TEXT NOT NULL,
    row_count   INTEGER NOT NULL,
    amount_fen  INTEGER NOT NULL,
    imported_by TEXT NOT NULL,
    imported_at INTEGER NOT NULL,
    PRIMARY KEY (id)
) STRICT;
CREATE UNIQUE INDEX bank_imports_once ON bank_imports (kind, subject);

-- Money that a channel paid into the reserve. channel is empty and clearing_date 0 where
-- the row names none.
CREATE TABLE bank_credits (
    id            TEXT NOT NULL,
    import_id     TEXT NOT NULL,
    credit_date   INTEGER NOT NULL,
    channel       TEXT NOT NULL,
    clearing_date INTEGER NOT NULL,
    amount_fen    INTEGER NOT NULL,
    reference     TEXT NOT NULL,
    payer         TEXT NOT NULL,
    PRIMARY KEY (id)
) STRICT;
CREATE INDEX bank_credits_date ON bank_credits (clearing_date, channel);

-- The three-way proof of a channel's day as it stood last.
CREATE TABLE credit_proofs (
    clearing_date INTEGER NOT NULL,
    channel       TEXT NOT NULL,
    ours_fen      INTEGER NOT NULL,
    statement_fen INTEGER NOT NULL,
    bank_fen      INTEGER NOT NULL,
    waiting       INTEGER NOT NULL,
    state         TEXT NOT NULL,
    proved_at     INTEGER NOT NULL,
    PRIMARY KEY (clearing_date, channel)
) STRICT;
