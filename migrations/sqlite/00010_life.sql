-- +goose Up

-- Changes of rates: proposed by one person, decided by another. open_key is the
-- merchant, channel and card kind while a change is open, and NULL afterwards, so
-- that there is at most one.
CREATE TABLE rate_changes (
    id           TEXT NOT NULL,
    merchant_no  TEXT NOT NULL,
    channel      TEXT NOT NULL,
    card_kind    TEXT NOT NULL,
    rate_ppm     INTEGER NOT NULL,
    cap_fen      INTEGER NOT NULL,
    valid_from   INTEGER NOT NULL,
    contract     TEXT NOT NULL,
    reason       TEXT NOT NULL,
    state        TEXT NOT NULL,
    proposed_by  TEXT NOT NULL,
    proposed_at  INTEGER NOT NULL,
    decided_by   TEXT NOT NULL,
    decided_at   INTEGER NOT NULL,
    note         TEXT NOT NULL,
    agreement_id TEXT NOT NULL,
    open_key     TEXT,
    PRIMARY KEY (id)
) STRICT;
CREATE UNIQUE INDEX rate_changes_open ON rate_changes (open_key);
CREATE INDEX rate_changes_state ON rate_changes (state, id);
CREATE INDEX rate_changes_merchant ON rate_changes (merchant_no, id);
