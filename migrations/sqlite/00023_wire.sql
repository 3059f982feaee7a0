-- +goose Up

-- What went over the wallets' wires for an order, masked: for people who look into one
-- payment. Nothing is decided by it and rows are removed after a while.
CREATE TABLE wire_messages (
    id          TEXT NOT NULL,
    order_no    TEXT NOT NULL,
    refund_no   TEXT NOT NULL,
    channel     TEXT NOT NULL,
    method      TEXT NOT NULL,
    outcome     TEXT NOT NULL,
    sent_at     INTEGER NOT NULL,
    took_ms     INTEGER NOT NULL,
    http_method TEXT NOT NULL,
    url         TEXT NOT NULL,
    request     TEXT NOT NULL,
    status      INTEGER NOT NULL,
    answer      TEXT NOT NULL,
    problem     TEXT NOT NULL,
    PRIMARY KEY (id)
) STRICT;
CREATE INDEX wire_messages_order ON wire_messages (order_no, sent_at);
CREATE INDEX wire_messages_age ON wire_messages (sent_at);
