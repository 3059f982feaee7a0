-- +goose Up

-- Changes of settlement accounts: proven, approved by two people, announced, and in
-- force after a wait. The account is sealed; before is the one that it replaced.
CREATE TABLE account_changes (
    id             TEXT NOT NULL,
    merchant_no    TEXT NOT NULL,
    state          TEXT NOT NULL,
    open_key       TEXT,
    revision       INTEGER NOT NULL,
    account        TEXT NOT NULL,
    account_index  TEXT NOT NULL,
    account_before TEXT NOT NULL,
    reason         TEXT NOT NULL,
    requested_by   TEXT NOT NULL,
    requested_at   INTEGER NOT NULL,
    method         TEXT NOT NULL,
    proof          TEXT NOT NULL,
    provider       TEXT NOT NULL,
    reference      TEXT NOT NULL,
    proof_reason   TEXT NOT NULL,
    amount_fen     INTEGER NOT NULL,
    tries          INTEGER NOT NULL,
    attempts       INTEGER NOT NULL,
    next_at        INTEGER NOT NULL,
    decided_at     INTEGER NOT NULL,
    first_by       TEXT NOT NULL,
    first_at       INTEGER NOT NULL,
    second_by      TEXT NOT NULL,
    second_at      INTEGER NOT NULL,
    effective_at   INTEGER NOT NULL,
    ended_by       TEXT NOT NULL,
    ended_at       INTEGER NOT NULL,
    end_reason     TEXT NOT NULL,
    PRIMARY KEY (id)
) STRICT;
CREATE UNIQUE INDEX account_changes_open ON account_changes (open_key);
CREATE INDEX account_changes_merchant ON account_changes (merchant_no, id);
CREATE INDEX account_changes_account ON account_changes (account_index);
CREATE INDEX account_changes_due ON account_changes (state, next_at, id);
CREATE INDEX account_changes_ended ON account_changes (state, ended_at);

-- Messages to merchants: in the portal, and sent to whom they name (sealed).
CREATE TABLE messages (
    id          TEXT NOT NULL,
    merchant_no TEXT NOT NULL,
    kind        TEXT NOT NULL,
    params      TEXT NOT NULL,
    recipient   TEXT NOT NULL,
    created_at  INTEGER NOT NULL,
    next_at     INTEGER NOT NULL,
    attempts    INTEGER NOT NULL,
    sent_at     INTEGER NOT NULL,
    read_at     INTEGER NOT NULL,
    read_by     TEXT NOT NULL,
    PRIMARY KEY (id)
) STRICT;
CREATE INDEX messages_merchant ON messages (merchant_no, id);
CREATE INDEX messages_unsent ON messages (sent_at, next_at, id);

-- Stores and terminals that are closed; one that is open has no row.
CREATE TABLE closed_places (
    place       TEXT NOT NULL,
    place_id    TEXT NOT NULL,
    merchant_no TEXT NOT NULL,
    closed_at   INTEGER NOT NULL,
    closed_by   TEXT NOT NULL,
    reason      TEXT NOT NULL,
    PRIMARY KEY (place, place_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX closed_places_merchant ON closed_places (merchant_no);

-- Blind indexes of what applications, merchants and stores are looked for by: pairs
-- of letters of names, phones and numbers of more people than one.
CREATE TABLE search_terms (
    term      TEXT NOT NULL,
    kind      TEXT NOT NULL,
    object_id TEXT NOT NULL,
    PRIMARY KEY (term, kind, object_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX search_terms_object ON search_terms (kind, object_id);
