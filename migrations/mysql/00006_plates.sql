-- +goose NO TRANSACTION
-- +goose Up

-- Plates have a life cycle now, keys that prove themselves and serials with a
-- check digit. Keys of the form before are not genuine any more, so the tables are
-- made anew.
DROP TABLE IF EXISTS plate_batches;
DROP TABLE IF EXISTS plates;
DROP TABLE IF EXISTS bindings;

-- Orders of plates. made counts the plates that are stored; serials run from serial_from of the day.
CREATE TABLE IF NOT EXISTS plate_batches (
    id          VARCHAR(26) NOT NULL,
    state       VARCHAR(16) NOT NULL,
    source      VARCHAR(16) NOT NULL,
    grammar     VARCHAR(16) NOT NULL,
    institution VARCHAR(8) NOT NULL,
    host        VARCHAR(128) NOT NULL,
    issuer_name VARCHAR(32) NOT NULL,
    issuer_city VARCHAR(32) NOT NULL,
    plate_count INT NOT NULL,
    made        INT NOT NULL,
    serial_day  INT NOT NULL,
    serial_from INT NOT NULL,
    key_shape   VARCHAR(64) NOT NULL,
    reason      VARCHAR(255) NOT NULL,
    created_at  BIGINT NOT NULL,
    created_by  VARCHAR(64) NOT NULL,
    approved_by VARCHAR(64) NOT NULL,
    manifest    VARCHAR(64) NOT NULL,
    PRIMARY KEY (id),
    KEY plate_batches_source (source, id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- The last serial number given out, by day.
CREATE TABLE IF NOT EXISTS plate_serials (
    serial_day INT NOT NULL,
    last_no    INT NOT NULL,
    PRIMARY KEY (serial_day)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- Printed codes. A key is never issued again.
CREATE TABLE IF NOT EXISTS plates (
    plate_key  VARCHAR(40) NOT NULL,
    serial     VARCHAR(32) NOT NULL,
    batch_id   VARCHAR(26) NOT NULL,
    grammar    VARCHAR(16) NOT NULL,
    payload    VARCHAR(512) NOT NULL,
    state      VARCHAR(16) NOT NULL,
    holder     VARCHAR(64) NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (plate_key),
    UNIQUE KEY plates_serial (serial),
    KEY plates_state (state, serial),
    KEY plates_batch (batch_id, serial)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- Binding history. valid_to is 0 while in force, so bindings_in_force lets a plate have one at most.
CREATE TABLE IF NOT EXISTS bindings (
    plate_key   VARCHAR(40) NOT NULL,
    version     INT NOT NULL,
    merchant_no VARCHAR(15) NOT NULL,
    store_id    VARCHAR(26) NOT NULL,
    terminal_no VARCHAR(8) NOT NULL,
    valid_from  BIGINT NOT NULL,
    valid_to    BIGINT NOT NULL,
    bound_by    VARCHAR(64) NOT NULL,
    reason      VARCHAR(255) NOT NULL,
    PRIMARY KEY (plate_key, version),
    UNIQUE KEY bindings_in_force (plate_key, valid_to),
    KEY bindings_merchant (merchant_no)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- What happened to plates, and to batches (plate_key is empty) or a part of them.
CREATE TABLE IF NOT EXISTS plate_events (
    id           VARCHAR(26) NOT NULL,
    batch_id     VARCHAR(26) NOT NULL,
    plate_key    VARCHAR(40) NOT NULL,
    from_serial  VARCHAR(32) NOT NULL,
    to_serial    VARCHAR(32) NOT NULL,
    action       VARCHAR(16) NOT NULL,
    value_before VARCHAR(64) NOT NULL,
    value_after  VARCHAR(64) NOT NULL,
    happened_at  BIGINT NOT NULL,
    actor        VARCHAR(64) NOT NULL,
    reason       VARCHAR(255) NOT NULL,
    PRIMARY KEY (id),
    KEY plate_events_plate (plate_key, batch_id, id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- Imported keys may be longer than ours.
ALTER TABLE payments MODIFY plate_key VARCHAR(40) NOT NULL;

-- How the payer came to the page: by scanning the code or by tapping the tag. A
-- column cannot be added "if it is not there" on every server, so ask first: this
-- migration may be run again after it was stopped.
SET @entry = IF((SELECT COUNT(*) FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = 'payments' AND column_name = 'entry') = 0,
    "ALTER TABLE payments ADD COLUMN entry VARCHAR(8) NOT NULL DEFAULT 'scan'", 'DO 0');
PREPARE add_entry FROM @entry;
EXECUTE add_entry;
DEALLOCATE PREPARE add_entry;
