-- +goose NO TRANSACTION
-- +goose Up

-- Alarms about plates. open_key is kind and plate while the alarm is not closed, and
-- NULL afterwards, so that there is at most one.
CREATE TABLE IF NOT EXISTS alarms (
    id          VARCHAR(26) NOT NULL,
    kind        VARCHAR(16) NOT NULL,
    state       VARCHAR(16) NOT NULL,
    plate_key   VARCHAR(40) NOT NULL,
    serial      VARCHAR(32) NOT NULL,
    merchant_no VARCHAR(15) NOT NULL,
    store_id    VARCHAR(26) NOT NULL,
    fact_count  INT NOT NULL,
    paid_count  INT NOT NULL,
    region_was  VARCHAR(6) NOT NULL,
    region_is   VARCHAR(6) NOT NULL,
    first_at    BIGINT NOT NULL,
    last_at     BIGINT NOT NULL,
    raised_at   BIGINT NOT NULL,
    acked_at    BIGINT NOT NULL,
    acked_by    VARCHAR(64) NOT NULL,
    ack_note    TEXT NOT NULL,
    closed_at   BIGINT NOT NULL,
    closed_by   VARCHAR(64) NOT NULL,
    reason      TEXT NOT NULL,
    open_key    VARCHAR(64),
    PRIMARY KEY (id),
    UNIQUE KEY alarms_open (open_key),
    KEY alarms_state (state, id),
    KEY alarms_plate (plate_key, kind, closed_at)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- Scans of stopped plates that were refused, by plate and interval of five minutes.
CREATE TABLE IF NOT EXISTS plate_refusals (
    plate_key VARCHAR(40) NOT NULL,
    slot_at   BIGINT NOT NULL,
    refused   INT NOT NULL,
    PRIMARY KEY (plate_key, slot_at),
    KEY plate_refusals_slot (slot_at)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- When the silence of a plate that was ever bound is looked at next (look_at), and
-- what it sells in a usual week.
CREATE TABLE IF NOT EXISTS plate_watches (
    plate_key  VARCHAR(40) NOT NULL,
    look_at    BIGINT NOT NULL,
    learned_at BIGINT NOT NULL,
    usual      TEXT NOT NULL,
    PRIMARY KEY (plate_key),
    KEY plate_watches_due (look_at)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
INSERT IGNORE INTO plate_watches (plate_key, look_at, learned_at, usual) SELECT plate_key, 1, 0, '' FROM plates WHERE state IN ('bound', 'suspended', 'lost');

-- A plate's payments by time, the latest payments of all plates, and what was
-- bound lately. An index cannot be added "if it is not there" on every server, so
-- ask first: this migration may be run again after it was stopped.
SET @add = IF((SELECT COUNT(*) FROM information_schema.statistics WHERE table_schema = DATABASE() AND table_name = 'payments' AND index_name = 'payments_plate') = 0,
    'CREATE INDEX payments_plate ON payments (plate_key, created_at)', 'DO 0');
PREPARE add_index FROM @add;
EXECUTE add_index;
SET @add = IF((SELECT COUNT(*) FROM information_schema.statistics WHERE table_schema = DATABASE() AND table_name = 'payments' AND index_name = 'payments_time') = 0,
    'CREATE INDEX payments_time ON payments (created_at, plate_key, amount_fen)', 'DO 0');
PREPARE add_index FROM @add;
EXECUTE add_index;
SET @add = IF((SELECT COUNT(*) FROM information_schema.statistics WHERE table_schema = DATABASE() AND table_name = 'bindings' AND index_name = 'bindings_from') = 0,
    'CREATE INDEX bindings_from ON bindings (valid_from)', 'DO 0');
PREPARE add_index FROM @add;
EXECUTE add_index;
DEALLOCATE PREPARE add_index;
