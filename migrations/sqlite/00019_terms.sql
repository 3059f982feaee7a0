-- +goose Up

-- Who settled a batch and who, being somebody else, let it go. Batches of before that
-- had their files were open to downloads: they count as released, by the migration.
ALTER TABLE settlement_batches ADD COLUMN settled_by TEXT NOT NULL DEFAULT '';
ALTER TABLE settlement_batches ADD COLUMN settled_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE settlement_batches ADD COLUMN released_by TEXT NOT NULL DEFAULT '';
ALTER TABLE settlement_batches ADD COLUMN released_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE settlement_batches ADD COLUMN calendar_version INTEGER NOT NULL DEFAULT 0;
UPDATE settlement_batches SET settled_at = updated_at;
UPDATE settlement_batches SET state = 'released', released_by = 'migration', released_at = updated_at WHERE state = 'filed';

-- The terms by which a merchant's part was settled, and what of an earlier kept
-- amount it lets go. withheld says why an amount is kept.
ALTER TABLE settlements ADD COLUMN settlement_date INTEGER NOT NULL DEFAULT 0;
ALTER TABLE settlements ADD COLUMN cycle TEXT NOT NULL DEFAULT '';
ALTER TABLE settlements ADD COLUMN released_fen INTEGER NOT NULL DEFAULT 0;
ALTER TABLE settlements ADD COLUMN withheld TEXT NOT NULL DEFAULT '';
ALTER TABLE settlements ADD COLUMN payer_code TEXT NOT NULL DEFAULT '';
ALTER TABLE settlements ADD COLUMN payer_name TEXT NOT NULL DEFAULT '';
UPDATE settlements SET cycle = 'T+1', settlement_date = (SELECT b.settlement_date FROM settlement_batches b WHERE b.clearing_date = settlements.clearing_date);

-- Settlement terms by merchant: proposed by one person, decided by another, in force
-- from a date. open_key lets one proposal of a merchant be open.
CREATE TABLE settle_terms (
    id          TEXT NOT NULL,
    merchant_no TEXT NOT NULL,
    state       TEXT NOT NULL,
    cycle       TEXT NOT NULL,
    minimum_fen INTEGER NOT NULL,
    from_date   INTEGER NOT NULL,
    reason      TEXT NOT NULL,
    proposed_by TEXT NOT NULL,
    proposed_at INTEGER NOT NULL,
    decided_by  TEXT NOT NULL,
    decided_at  INTEGER NOT NULL,
    note        TEXT NOT NULL,
    open_key    TEXT,
    PRIMARY KEY (id)
) STRICT;
CREATE UNIQUE INDEX settle_terms_open ON settle_terms (open_key);
CREATE INDEX settle_terms_merchant ON settle_terms (merchant_no, id);

-- What does not settle until a second person lets it go: a merchant's money or one
-- payment. open_key lets an object be held once.
CREATE TABLE settle_holds (
    id          TEXT NOT NULL,
    scope       TEXT NOT NULL,
    object_no   TEXT NOT NULL,
    merchant_no TEXT NOT NULL,
    kind        TEXT NOT NULL,
    state       TEXT NOT NULL,
    reason      TEXT NOT NULL,
    held_by     TEXT NOT NULL,
    held_at     INTEGER NOT NULL,
    ended_by    TEXT NOT NULL,
    ended_at    INTEGER NOT NULL,
    end_reason  TEXT NOT NULL,
    open_key    TEXT,
    PRIMARY KEY (id)
) STRICT;
CREATE UNIQUE INDEX settle_holds_open ON settle_holds (open_key);
CREATE INDEX settle_holds_merchant ON settle_holds (merchant_no, id);
