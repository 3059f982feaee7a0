-- +goose Up

-- Plates have a life cycle now, keys that prove themselves and serials with a
-- check digit. Keys of the form before are not genuine any more, so the tables are
-- made anew.
DROP TABLE plate_batches;
DROP TABLE plates;
DROP TABLE bindings;

-- Orders of plates. made counts the plates that are stored; serials run from serial_from of the day.
CREATE TABLE plate_batches (
    id          TEXT NOT NULL,
    state       TEXT NOT NULL,
    source      TEXT NOT NULL,
    grammar     TEXT NOT NULL,
    institution TEXT NOT NULL,
    host        TEXT NOT NULL,
    issuer_name TEXT NOT NULL,
    issuer_city TEXT NOT NULL,
    plate_count INTEGER NOT NULL,
    made        INTEGER NOT NULL,
    serial_day  INTEGER NOT NULL,
    serial_from INTEGER NOT NULL,
    key_shape   TEXT NOT NULL,
    reason      TEXT NOT NULL,
    created_at  INTEGER NOT NULL,
    created_by  TEXT NOT NULL,
    approved_by TEXT NOT NULL,
    manifest    TEXT NOT NULL,
    PRIMARY KEY (id)
) STRICT;
CREATE INDEX plate_batches_source ON plate_batches (source, id);

-- The last serial number given out, by day.
CREATE TABLE plate_serials (
    serial_day INTEGER NOT NULL,
    last_no    INTEGER NOT NULL,
    PRIMARY KEY (serial_day)
) STRICT;

-- Printed codes. A key is never issued again.
CREATE TABLE plates (
    plate_key  TEXT NOT NULL,
    serial     TEXT NOT NULL,
    batch_id   TEXT NOT NULL,
    grammar    TEXT NOT NULL,
    payload    TEXT NOT NULL,
    state      TEXT NOT NULL,
    holder     TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (plate_key)
) STRICT;
CREATE UNIQUE INDEX plates_serial ON plates (serial);
CREATE INDEX plates_state ON plates (state, serial);
CREATE INDEX plates_batch ON plates (batch_id, serial);

-- Binding history. valid_to is 0 while in force, so bindings_in_force lets a plate have one at most.
CREATE TABLE bindings (
    plate_key   TEXT NOT NULL,
    version     INTEGER NOT NULL,
    merchant_no TEXT NOT NULL,
    store_id    TEXT NOT NULL,
    terminal_no TEXT NOT NULL,
    valid_from  INTEGER NOT NULL,
    valid_to    INTEGER NOT NULL,
    bound_by    TEXT NOT NULL,
    reason      TEXT NOT NULL,
    PRIMARY KEY (plate_key, version)
) STRICT;
CREATE UNIQUE INDEX bindings_in_force ON bindings (plate_key, valid_to);
CREATE INDEX bindings_merchant ON bindings (merchant_no);

-- What happened to plates, and to batches (plate_key is empty) or a part of them.
CREATE TABLE plate_events (
    id           TEXT NOT NULL,
    batch_id     TEXT NOT NULL,
    plate_key    TEXT NOT NULL,
    from_serial  TEXT NOT NULL,
    to_serial    TEXT NOT NULL,
    action       TEXT NOT NULL,
    value_before TEXT NOT NULL,
    value_after  TEXT NOT NULL,
    happened_at  INTEGER NOT NULL,
    actor        TEXT NOT NULL,
    reason       TEXT NOT NULL,
    PRIMARY KEY (id)
) STRICT;
CREATE INDEX plate_events_plate ON plate_events (plate_key, batch_id, id);

-- How the payer came to the page: by scanning the code or by tapping the tag.
ALTER TABLE payments ADD COLUMN entry TEXT NOT NULL DEFAULT 'scan';
