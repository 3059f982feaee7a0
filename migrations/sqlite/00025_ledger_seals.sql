-- +goose Up

-- An entry for a clearing date whose book is closed goes to the next open one, and
-- remembers the date that it was made for; 0: its own.
ALTER TABLE ledger_entries ADD COLUMN orig_date INTEGER NOT NULL DEFAULT 0;

-- The book by clearing date, and by account.
CREATE INDEX ledger_entries_date ON ledger_entries (clearing_date, id);
CREATE INDEX ledger_lines_account ON ledger_lines (account, entry_id);
DROP INDEX ledger_lines_merchant;

-- Every clearing date that something was booked on, "open" or "closed". Who books
-- holds its row; who closes it waits for them.
CREATE TABLE ledger_days (
    clearing_date INTEGER NOT NULL,
    state         TEXT NOT NULL,
    PRIMARY KEY (clearing_date)
) STRICT;
INSERT INTO ledger_days (clearing_date, state) SELECT DISTINCT clearing_date, 'open' FROM ledger_entries;

-- The chain of sealed dates.
CREATE TABLE ledger_seals (
    seq           INTEGER NOT NULL,
    clearing_date INTEGER NOT NULL,
    entry_count   INTEGER NOT NULL,
    debit_fen     INTEGER NOT NULL,
    credit_fen    INTEGER NOT NULL,
    hash          TEXT NOT NULL,
    sealed_at     INTEGER NOT NULL,
    sealed_by     TEXT NOT NULL,
    PRIMARY KEY (seq)
) STRICT;
CREATE UNIQUE INDEX ledger_seals_date ON ledger_seals (clearing_date);

-- Which entries a sealed date has: a thousand of them in a row, each by its id and
-- its digest, so that the one that was altered, taken out or put in has a name.
CREATE TABLE ledger_pages (
    clearing_date INTEGER NOT NULL,
    page          INTEGER NOT NULL,
    body          BLOB NOT NULL,
    PRIMARY KEY (clearing_date, page)
) STRICT;

-- What a sealed date booked on each account: a balance needs no more than these and
-- the entries of open dates.
CREATE TABLE ledger_sums (
    clearing_date INTEGER NOT NULL,
    account       TEXT NOT NULL,
    debit_fen     INTEGER NOT NULL,
    credit_fen    INTEGER NOT NULL,
    PRIMARY KEY (clearing_date, account)
) STRICT, WITHOUT ROWID;
