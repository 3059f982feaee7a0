-- +goose NO TRANSACTION
-- +goose Up

-- The wallet that the payer holds and the channel that carries the payment are two
-- things. Until now each wallet had a channel of its own, by the same name. route
-- says why the payment went where it went. Columns and indexes cannot be changed "if
-- they are not there" on every server, so ask first: this migration may be run again
-- after it was stopped.
SET @add = IF((SELECT COUNT(*) FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = 'payments' AND column_name = 'wallet') = 0,
    "ALTER TABLE payments ADD COLUMN wallet VARCHAR(16) NOT NULL DEFAULT '', ADD COLUMN route TEXT NOT NULL", 'DO 0');
PREPARE change_payments FROM @add;
EXECUTE change_payments;
UPDATE payments SET wallet = channel WHERE wallet = '';
SET @add = IF((SELECT COUNT(*) FROM information_schema.statistics WHERE table_schema = DATABASE() AND table_name = 'payments' AND index_name = 'payments_payer' AND column_name = 'channel') > 0,
    'DROP INDEX payments_payer ON payments', 'DO 0');
PREPARE change_payments FROM @add;
EXECUTE change_payments;
SET @add = IF((SELECT COUNT(*) FROM information_schema.statistics WHERE table_schema = DATABASE() AND table_name = 'payments' AND index_name = 'payments_payer') = 0,
    'CREATE INDEX payments_payer ON payments (payer_id, wallet, created_at)', 'DO 0');
PREPARE change_payments FROM @add;
EXECUTE change_payments;
DEALLOCATE PREPARE change_payments;

-- "unionpay-aggregate" is longer than any channel's name before.
ALTER TABLE payments MODIFY channel VARCHAR(32) NOT NULL;
ALTER TABLE refunds MODIFY channel VARCHAR(32) NOT NULL;
ALTER TABLE notices MODIFY channel VARCHAR(32) NOT NULL;
ALTER TABLE forgeries MODIFY channel VARCHAR(32) NOT NULL;
ALTER TABLE clearing_days MODIFY channel VARCHAR(32) NOT NULL;
ALTER TABLE statements MODIFY channel VARCHAR(32) NOT NULL;
ALTER TABLE clearing_items MODIFY channel VARCHAR(32) NOT NULL;
ALTER TABLE channel_enrolments MODIFY channel VARCHAR(32) NOT NULL;
ALTER TABLE enrolment_resubmissions MODIFY channel VARCHAR(32) NOT NULL;

-- Rules of routing, a whole set at a time: proposed by one person, decided by another.
-- open_key and force_key are set while a set is proposed or in force, and NULL
-- otherwise, so that there is at most one of each.
CREATE TABLE IF NOT EXISTS route_sets (
    version     INT NOT NULL,
    state       VARCHAR(16) NOT NULL,
    rules       MEDIUMTEXT NOT NULL,
    reason      TEXT NOT NULL,
    proposed_by VARCHAR(64) NOT NULL,
    proposed_at BIGINT NOT NULL,
    decided_by  VARCHAR(64) NOT NULL,
    decided_at  BIGINT NOT NULL,
    note        TEXT NOT NULL,
    open_key    VARCHAR(16) NULL,
    force_key   VARCHAR(16) NULL,
    PRIMARY KEY (version),
    UNIQUE KEY route_sets_open (open_key),
    UNIQUE KEY route_sets_force (force_key)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
