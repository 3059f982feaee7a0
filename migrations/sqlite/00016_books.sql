-- +goose Up

-- A row that is being asked about is leased under a fencing token, so that two
-- processes never ask about it at once, and one that stood still moves nothing.
ALTER TABLE payments ADD COLUMN fence INTEGER NOT NULL DEFAULT 0;
ALTER TABLE payments ADD COLUMN leased_until INTEGER NOT NULL DEFAULT 0;
ALTER TABLE refunds ADD COLUMN fence INTEGER NOT NULL DEFAULT 0;
ALTER TABLE refunds ADD COLUMN leased_until INTEGER NOT NULL DEFAULT 0;
CREATE INDEX payments_open ON payments (channel, state, order_no, next_query_at);
CREATE INDEX refunds_open ON refunds (channel, state, refund_no, next_query_at);
INSERT INTO fences (name, token) VALUES ('sweep', 0);

-- By which way the money goes back, which try this is and when it began; second_no
-- is the channel's number of a second success that is given back.
ALTER TABLE refunds ADD COLUMN way TEXT NOT NULL DEFAULT 'refund';
ALTER TABLE refunds ADD COLUMN tries INTEGER NOT NULL DEFAULT 1;
ALTER TABLE refunds ADD COLUMN tried_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE refunds ADD COLUMN second_no TEXT NOT NULL DEFAULT '';
UPDATE refunds SET tried_at = created_at;

-- What a merchant wants done with money that comes after an order has ended; none:
-- it is accepted.
CREATE TABLE late_policies (
    merchant_no TEXT NOT NULL,
    policy      TEXT NOT NULL,
    set_by      TEXT NOT NULL,
    set_at      INTEGER NOT NULL,
    PRIMARY KEY (merchant_no)
) STRICT;

-- Commands that travel to a wallet, one for each object: whether it was carried out,
-- or given up after how many deliveries and why.
CREATE TABLE commands (
    kind        TEXT NOT NULL,
    object_no   TEXT NOT NULL,
    merchant_no TEXT NOT NULL,
    channel     TEXT NOT NULL,
    state       TEXT NOT NULL,
    deliveries  INTEGER NOT NULL,
    reason      TEXT NOT NULL,
    redrives    INTEGER NOT NULL,
    created_at  INTEGER NOT NULL,
    changed_at  INTEGER NOT NULL,
    PRIMARY KEY (kind, object_no)
) STRICT;
CREATE INDEX commands_state ON commands (state, changed_at, object_no);
INSERT INTO commands (kind, object_no, merchant_no, channel, state, deliveries, reason, redrives, created_at, changed_at)
SELECT 'refund', refund_no, merchant_no, channel, 'waiting', 0, '', 0, created_at, created_at FROM refunds WHERE state IN ('created', 'unknown');
