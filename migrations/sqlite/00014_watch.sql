-- +goose Up

-- Alarms about plates. open_key is kind and plate while the alarm is not closed, and
-- NULL afterwards, so that there is at most one.
CREATE TABLE alarms (
    id          TEXT NOT NULL,
    kind        TEXT NOT NULL,
    state       TEXT NOT NULL,
    plate_key   TEXT NOT NULL,
    serial      TEXT NOT NULL,
    merchant_no TEXT NOT NULL,
    store_id    TEXT NOT NULL,
    fact_count  INTEGER NOT NULL,
    paid_count  INTEGER NOT NULL,
    region_was  TEXT NOT NULL,
    region_is   TEXT NOT NULL,
    first_at    INTEGER NOT NULL,
    last_at     INTEGER NOT NULL,
    raised_at   INTEGER NOT NULL,
    acked_at    INTEGER NOT NULL,
    acked_by    TEXT NOT NULL,
    ack_note    TEXT NOT NULL,
    closed_at   INTEGER NOT NULL,
    closed_by   TEXT NOT NULL,
    reason      TEXT NOT NULL,
    open_key    TEXT,
    PRIMARY KEY (id)
) STRICT;
CREATE UNIQUE INDEX alarms_open ON alarms (open_key);
CREATE INDEX alarms_state ON alarms (state, id);
CREATE INDEX alarms_plate ON alarms (plate_key, kind, closed_at);

-- Scans of stopped plates that were refused, by plate and interval of five minutes.
CREATE TABLE plate_refusals (
    plate_key TEXT NOT NULL,
    slot_at   INTEGER NOT NULL,
    refused   INTEGER NOT NULL,
    PRIMARY KEY (plate_key, slot_at)
) STRICT;
CREATE INDEX plate_refusals_slot ON plate_refusals (slot_at);

-- When the silence of a plate that was ever bound is looked at next (look_at), and
-- what it sells in a usual week.
CREATE TABLE plate_watches (
    plate_key  TEXT NOT NULL,
    look_at    INTEGER NOT NULL,
    learned_at INTEGER NOT NULL,
    usual      TEXT NOT NULL,
    PRIMARY KEY (plate_key)
) STRICT;
CREATE INDEX plate_watches_due ON plate_watches (look_at);
INSERT INTO plate_watches (plate_key, look_at, learned_at, usual) SELECT plate_key, 1, 0, '' FROM plates WHERE state IN ('bound', 'suspended', 'lost');

-- A plate's payments by time, the latest payments of all plates, and what was
-- bound lately.
CREATE INDEX payments_plate ON payments (plate_key, created_at);
CREATE INDEX payments_time ON payments (created_at, plate_key, amount_fen);
CREATE INDEX bindings_from ON bindings (valid_from);
