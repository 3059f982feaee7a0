-- +goose NO TRANSACTION
-- +goose Up

-- A row that is being asked about is leased under a fencing token, so that two
-- processes never ask about it at once, and one that stood still moves nothing.
-- (Columns and indexes are asked for first: this migration may be run again after
-- it was stopped.)
SET @add = IF((SELECT COUNT(*) FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = 'payments' AND column_name = 'fence') = 0,
    'ALTER TABLE payments ADD COLUMN fence BIGINT NOT NULL DEFAULT 0', 'DO 0');
PREPARE add_it FROM @add;
EXECUTE add_it;
SET @add = IF((SELECT COUNT(*) FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = 'payments' AND column_name = 'leased_until') = 0,
    'ALTER TABLE payments ADD COLUMN leased_until BIGINT NOT NULL DEFAULT 0', 'DO 0');
PREPARE add_it FROM @add;
EXECUTE add_it;
SET @add = IF((SELECT COUNT(*) FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = 'refunds' AND column_name = 'fence') = 0,
    'ALTER TABLE refunds ADD COLUMN fence BIGINT NOT NULL DEFAULT 0', 'DO 0');
PREPARE add_it FROM @add;
EXECUTE add_it;
SET @add = IF((SELECT COUNT(*) FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = 'refunds' AND column_name = 'leased_until') = 0,
    'ALTER TABLE refunds ADD COLUMN leased_until BIGINT NOT NULL DEFAULT 0', 'DO 0');
PREPARE add_it FROM @add;
EXECUTE add_it;
SET @add = IF((SELECT COUNT(*) FROM information_schema.statistics WHERE table_schema = DATABASE() AND table_name = 'payments' AND index_name = 'payments_open') = 0,
    'CREATE INDEX payments_open ON payments (channel, state, order_no, next_query_at)', 'DO 0');
PREPARE add_it FROM @add;
EXECUTE add_it;
SET @add = IF((SELECT COUNT(*) FROM information_schema.statistics WHERE table_schema = DATABASE() AND table_name = 'refunds' AND index_name = 'refunds_open') = 0,
    'CREATE INDEX refunds_open ON refunds (channel, state, refund_no, next_query_at)', 'DO 0');
PREPARE add_it FROM @add;
EXECUTE add_it;
INSERT IGNORE INTO fences (name, token) VALUES ('sweep', 0);

-- By which way the money goes back, which try this is and when it began; second_no
-- is the channel's number of a second success that is given back.
SET @add = IF((SELECT COUNT(*) FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = 'refunds' AND column_name = 'way') = 0,
    "ALTER TABLE refunds ADD COLUMN way VARCHAR(8) NOT NULL DEFAULT 'refund'", 'DO 0');
PREPARE add_it FROM @add;
EXECUTE add_it;
SET @add = IF((SELECT COUNT(*) FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = 'refunds' AND column_name = 'tries') = 0,
    'ALTER TABLE refunds ADD COLUMN tries INT NOT NULL DEFAULT 1', 'DO 0');
PREPARE add_it FROM @add;
EXECUTE add_it;
SET @add = IF((SELECT COUNT(*) FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = 'refunds' AND column_name = 'tried_at') = 0,
    'ALTER TABLE refunds ADD COLUMN tried_at BIGINT NOT NULL DEFAULT 0', 'DO 0');
PREPARE add_it FROM @add;
EXECUTE add_it;
SET @add = IF((SELECT COUNT(*) FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = 'refunds' AND column_name = 'second_no') = 0,
    "ALTER TABLE refunds ADD COLUMN second_no VARCHAR(64) NOT NULL DEFAULT ''", 'DO 0');
PREPARE add_it FROM @add;
EXECUTE add_it;
DEALLOCATE PREPARE add_it;
UPDATE refunds SET tried_at = created_at WHERE tried_at = 0;

-- What a merchant wants done with money that comes after an order has ended; none:
-- it is accepted.
CREATE TABLE IF NOT EXISTS late_policies (
    merchant_no VARCHAR(15) NOT NULL,
    policy      VARCHAR(16) NOT NULL,
    set_by      VARCHAR(64) NOT NULL,
    set_at      BIGINT NOT NULL,
    PRIMARY KEY (merchant_no)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- Commands that travel to a wallet, one for each object: whether it was carried out,
-- or given up after how many deliveries and why.
CREATE TABLE IF NOT EXISTS commands (
    kind        VARCHAR(16) NOT NULL,
    object_no   VARCHAR(32) NOT NULL,
    merchant_no VARCHAR(15) NOT NULL,
    channel     VARCHAR(32) NOT NULL,
    state       VARCHAR(16) NOT NULL,
    deliveries  INT NOT NULL,
    reason      TEXT NOT NULL,
    redrives    INT NOT NULL,
    created_at  BIGINT NOT NULL,
    changed_at  BIGINT NOT NULL,
    PRIMARY KEY (kind, object_no),
    KEY commands_state (state, changed_at, object_no)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
INSERT IGNORE INTO commands (kind, object_no, merchant_no, channel, state, deliveries, reason, redrives, created_at, changed_at)
SELECT 'refund', refund_no, merchant_no, channel, 'waiting', 0, '', 0, created_at, created_at FROM refunds WHERE state IN ('created', 'unknown');
