-- +goose Up

-- Money that two people decided to settle with a merchant besides its payments. Amounts
-- are as the merchant sees them. settled_on is the clearing date of the batch that
-- has it, 0 while none has.
CREATE TABLE adjustments (
    id             TEXT NOT NULL,
    item_id        TEXT NOT NULL,
    proposal_id    TEXT NOT NULL,
    merchant_no    TEXT NOT NULL,
    channel        TEXT NOT NULL,
    kind           TEXT NOT NULL,
    line_kind      TEXT NOT NULL,
    order_no       TEXT NOT NULL,
    amount_fen     INTEGER NOT NULL,
    fee_fen        INTEGER NOT NULL,
    cost_fen       INTEGER NOT NULL,
    reason         TEXT NOT NULL,
    dispute_code   TEXT NOT NULL,
    reason_code    TEXT NOT NULL,
    trace          INTEGER NOT NULL,
    opened_at      INTEGER NOT NULL,
    effective_date INTEGER NOT NULL,
    settled_on     INTEGER NOT NULL,
    created_at     INTEGER NOT NULL,
    PRIMARY KEY (id)
) STRICT;
CREATE UNIQUE INDEX adjustments_once ON adjustments (proposal_id);
CREATE INDEX adjustments_batch ON adjustments (settled_on, effective_date, merchant_no);
CREATE INDEX adjustments_item ON adjustments (item_id);

-- What people do about a difference: a row comes with the first thing that somebody
-- does. Whether the difference still waits is said by its item.
CREATE TABLE clearing_cases (
    item_id     TEXT NOT NULL,
    merchant_no TEXT NOT NULL,
    owner       TEXT NOT NULL,
    wait_until  INTEGER NOT NULL,
    ended_by    TEXT NOT NULL,
    ended_at    INTEGER NOT NULL,
    updated_at  INTEGER NOT NULL,
    PRIMARY KEY (item_id)
) STRICT;
CREATE INDEX clearing_cases_owner ON clearing_cases (owner, item_id);

-- What happened to a case, in order.
CREATE TABLE case_events (
    id          TEXT NOT NULL,
    item_id     TEXT NOT NULL,
    kind        TEXT NOT NULL,
    actor       TEXT NOT NULL,
    happened_at INTEGER NOT NULL,
    detail      TEXT NOT NULL,
    note        TEXT NOT NULL,
    PRIMARY KEY (id)
) STRICT;
CREATE INDEX case_events_case ON case_events (item_id, id);

-- What one person proposes to do about a difference and another decides. open_key is
-- the item's id while the proposal waits, so that there is one at most.
CREATE TABLE case_proposals (
    id           TEXT NOT NULL,
    item_id      TEXT NOT NULL,
    merchant_no  TEXT NOT NULL,
    action       TEXT NOT NULL,
    state        TEXT NOT NULL,
    open_key     TEXT,
    amount_fen   INTEGER NOT NULL,
    until_date   INTEGER NOT NULL,
    dispute_code TEXT NOT NULL,
    reason_code  TEXT NOT NULL,
    reference    TEXT NOT NULL,
    reason       TEXT NOT NULL,
    proposed_by  TEXT NOT NULL,
    proposed_at  INTEGER NOT NULL,
    decided_by   TEXT NOT NULL,
    decided_at   INTEGER NOT NULL,
    note         TEXT NOT NULL,
    PRIMARY KEY (id)
) STRICT;
CREATE UNIQUE INDEX case_proposals_open ON case_proposals (open_key);
CREATE INDEX case_proposals_case ON case_proposals (item_id, id);
CREATE INDEX case_proposals_state ON case_proposals (state, id);

-- Disputes (差错) that were opened at a channel. open_key is the item's id while one
-- has no outcome.
CREATE TABLE disputes (
    id          TEXT NOT NULL,
    item_id     TEXT NOT NULL,
    merchant_no TEXT NOT NULL,
    channel     TEXT NOT NULL,
    line_kind   TEXT NOT NULL,
    order_no    TEXT NOT NULL,
    code        TEXT NOT NULL,
    reason_code TEXT NOT NULL,
    amount_fen  INTEGER NOT NULL,
    fee_fen     INTEGER NOT NULL,
    cost_fen    INTEGER NOT NULL,
    trace       INTEGER NOT NULL,
    state       TEXT NOT NULL,
    open_key    TEXT,
    reason      TEXT NOT NULL,
    opened_by   TEXT NOT NULL,
    opened_at   INTEGER NOT NULL,
    ended_by    TEXT NOT NULL,
    ended_at    INTEGER NOT NULL,
    PRIMARY KEY (id)
) STRICT;
CREATE UNIQUE INDEX disputes_open ON disputes (open_key);
CREATE INDEX disputes_case ON disputes (item_id, id);
