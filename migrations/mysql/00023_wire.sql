-- +goose NO TRANSACTION
-- +goose Up

-- What went over the wallets' wires for an order, masked: for people who look into one
-- payment. Nothing is decided by it and rows are removed after a while.
CREATE TABLE IF NOT EXISTS wire_messages (
    id          VARCHAR(26) NOT NULL,
    order_no    VARCHAR(64) NOT NULL,
    refund_no   VARCHAR(64) NOT NULL,
    channel     VARCHAR(32) NOT NULL,
    method      VARCHAR(16) NOT NULL,
    outcome     VARCHAR(16) NOT NULL,
    sent_at     BIGINT NOT NULL,
    took_ms     INT NOT NULL,
    http_method VARCHAR(8) NOT NULL,
    url         TEXT NOT NULL,
    request     TEXT NOT NULL,
    status      INT NOT NULL,
    answer      TEXT NOT NULL,
    problem     VARCHAR(16) NOT NULL,
    PRIMARY KEY (id),
    KEY wire_messages_order (order_no, sent_at),
    KEY wire_messages_age (sent_at)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
