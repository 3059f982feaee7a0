-- +goose NO TRANSACTION
-- +goose Up

-- Money that two people decided to settle with a merchant besides its payments. Amounts
-- are as the merchant sees them. settled_on is the clearing date of the batch that
-- has it, 0 while none has.
CREATE TABLE IF NOT EXISTS adjustments (
    id             VARCHAR(26) NOT NULL,
    item_id        VARCHAR(26) NOT NULL,
    proposal_id    VARCHAR(26) NOT NULL,
    merchant_no    VARCHAR(15) NOT NULL,
    channel        VARCHAR(32) NOT NULL,
    kind           VARCHAR(16) NOT NULL,
    line_kind      VARCHAR(16) NOT NULL,
    order_no       VARCHAR(64) NOT NULL,
    amount_fen     BIGINT NOT NULL,
    fee_fen        BIGINT NOT NULL,
    cost_fen       BIGINT NOT NULL,
    reason         TEXT NOT NULL,
    dispute_code   VARCHAR(8) NOT NULL,
    reason_code    VARCHAR(8) NOT NULL,
    trace          INT NOT NULL,
    opened_at      BIGINT NOT NULL,
    effective_date INT NOT NULL,
    settled_on     INT NOT NULL,
    created_at     BIGINT NOT NULL,
    PRIMARY KEY (id),
    UNIQUE KEY adjustments_once (proposal_id),
    KEY adjustments_batch (settled_on, effective_date, merchant_no),
    KEY adjustments_item (item_id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- What people do about a difference: a row comes with the first thing that somebody
-- does. Whether the difference still waits is said by its item.
CREATE TABLE IF NOT EXISTS clearing_cases (
    item_id     VARCHAR(26) NOT NULL,
    merchant_no VARCHAR(15) NOT NULL,
    owner       VARCHAR(64) NOT NULL,
    wait_until  INT NOT NULL,
    ended_by    VARCHAR(32) NOT NULL,
    ended_at    BIGINT NOT NULL,
    updated_at  BIGINT NOT NULL,
    PRIMARY KEY (item_id),
    KEY clearing_cases_owner (owner, item_id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- What happened to a case, in order.
CREATE TABLE IF NOT EXISTS case_events (
    id          VARCHAR(26) NOT NULL,
    item_id     VARCHAR(26) NOT NULL,
    kind        VARCHAR(32) NOT NULL,
    actor       VARCHAR(64) NOT NULL,
    happened_at BIGINT NOT NULL,
    detail      TEXT NOT NULL,
    note        TEXT NOT NULL,
    PRIMARY KEY (id),
    KEY case_events_case (item_id, id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- What one person proposes to do about a difference and another decides. open_key is
-- the item's id while the proposal waits, so that there is one at most.
CREATE TABLE IF NOT EXISTS case_proposals (
    id           VARCHAR(26) NOT NULL,
    item_id      VARCHAR(26) NOT NULL,
    merchant_no  VARCHAR(15) NOT NULL,
    action       VARCHAR(32) NOT NULL,
    state        VARCHAR(16) NOT NULL,
    open_key     VARCHAR(26) NULL,
    amount_fen   BIGINT NOT NULL,
    until_date   INT NOT NULL,
    dispute_code VARCHAR(8) NOT NULL,
    reason_code  VARCHAR(8) NOT NULL,
    reference    TEXT NOT NULL,
    reason       TEXT NOT NULL,
    proposed_by  VARCHAR(64) NOT NULL,
    proposed_at  BIGINT NOT NULL,
    decided_by   VARCHAR(64) NOT NULL,
    decided_at   BIGINT NOT NULL,
    note         TEXT NOT NULL,
    PRIMARY KEY (id),
    UNIQUE KEY case_proposals_open (open_key),
    KEY case_proposals_case (item_id, id),
    KEY case_proposals_state (state, id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- Disputes (差错) that were opened at a channel. open_key is the item's id while one
-- has no outcome.
CREATE TABLE IF NOT EXISTS disputes (
    id          VARCHAR(26) NOT NULL,
    item_id     VARCHAR(26) NOT NULL,
    merchant_no VARCHAR(15) NOT NULL,
    channel     VARCHAR(32) NOT NULL,
    line_kind   VARCHAR(16) NOT NULL,
    order_no    VARCHAR(64) NOT NULL,
    code        VARCHAR(8) NOT NULL,
    reason_code VARCHAR(8) NOT NULL,
    amount_fen  BIGINT NOT NULL,
    fee_fen     BIGINT NOT NULL,
    cost_fen    BIGINT NOT NULL,
    trace       INT NOT NULL,
    state       VARCHAR(16) NOT NULL,
    open_key    VARCHAR(26) NULL,
    reason      TEXT NOT NULL,
    opened_by   VARCHAR(64) NOT NULL,
    opened_at   BIGINT NOT NULL,
    ended_by    VARCHAR(64) NOT NULL,
    ended_at    BIGINT NOT NULL,
    PRIMARY KEY (id),
    UNIQUE KEY disputes_open (open_key),
    KEY disputes_case (item_id, id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
