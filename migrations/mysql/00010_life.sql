-- +goose NO TRANSACTION
-- +goose Up

-- Changes of rates: proposed by one person, decided by another. open_key is the
-- merchant, channel and card kind while a change is open, and NULL afterwards, so
-- that there is at most one.
CREATE TABLE IF NOT EXISTS rate_changes (
    id           VARCHAR(26) NOT NULL,
    merchant_no  VARCHAR(15) NOT NULL,
    channel      VARCHAR(16) NOT NULL,
    card_kind    VARCHAR(16) NOT NULL,
    rate_ppm     BIGINT NOT NULL,
    cap_fen      BIGINT NOT NULL,
    valid_from   INT NOT NULL,
    contract     VARCHAR(32) NOT NULL,
    reason       TEXT NOT NULL,
    state        VARCHAR(16) NOT NULL,
    proposed_by  VARCHAR(64) NOT NULL,
    proposed_at  BIGINT NOT NULL,
    decided_by   VARCHAR(64) NOT NULL,
    decided_at   BIGINT NOT NULL,
    note         TEXT NOT NULL,
    agreement_id VARCHAR(26) NOT NULL,
    open_key     VARCHAR(64),
    PRIMARY KEY (id),
    UNIQUE KEY rate_changes_open (open_key),
    KEY rate_changes_state (state, id),
    KEY rate_changes_merchant (merchant_no, id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
