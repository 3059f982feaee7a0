-- +goose NO TRANSACTION
-- +goose Up

-- Changes of settlement accounts: proven, approved by two people, announced, and in
-- force after a wait. The account is sealed; before is the one that it replaced.
CREATE TABLE IF NOT EXISTS account_changes (
    id             VARCHAR(26) NOT NULL,
    merchant_no    VARCHAR(15) NOT NULL,
    state          VARCHAR(16) NOT NULL,
    open_key       VARCHAR(64) NULL,
    revision       INT NOT NULL,
    account        TEXT NOT NULL,
    account_index  VARCHAR(32) NOT NULL,
    account_before TEXT NOT NULL,
    reason         TEXT NOT NULL,
    requested_by   VARCHAR(64) NOT NULL,
    requested_at   BIGINT NOT NULL,
    method         VARCHAR(16) NOT NULL,
    proof          VARCHAR(16) NOT NULL,
    provider       VARCHAR(32) NOT NULL,
    reference      VARCHAR(64) NOT NULL,
    proof_reason   TEXT NOT NULL,
    amount_fen     BIGINT NOT NULL,
    tries          INT NOT NULL,
    attempts       INT NOT NULL,
    next_at        BIGINT NOT NULL,
    decided_at     BIGINT NOT NULL,
    first_by       VARCHAR(64) NOT NULL,
    first_at       BIGINT NOT NULL,
    second_by      VARCHAR(64) NOT NULL,
    second_at      BIGINT NOT NULL,
    effective_at   BIGINT NOT NULL,
    ended_by       VARCHAR(64) NOT NULL,
    ended_at       BIGINT NOT NULL,
    end_reason     TEXT NOT NULL,
    PRIMARY KEY (id),
    UNIQUE KEY account_changes_open (open_key),
    KEY account_changes_merchant (merchant_no, id),
    KEY account_changes_account (account_index),
    KEY account_changes_due (state, next_at, id),
    KEY account_changes_ended (state, ended_at)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- Messages to merchants: in the portal, and sent to whom they name (sealed).
CREATE TABLE IF NOT EXISTS messages (
    id          VARCHAR(26) NOT NULL,
    merchant_no VARCHAR(15) NOT NULL,
    kind        VARCHAR(32) NOT NULL,
    params      TEXT NOT NULL,
    recipient   TEXT NOT NULL,
    created_at  BIGINT NOT NULL,
    next_at     BIGINT NOT NULL,
    attempts    INT NOT NULL,
    sent_at     BIGINT NOT NULL,
    read_at     BIGINT NOT NULL,
    read_by     VARCHAR(64) NOT NULL,
    PRIMARY KEY (id),
    KEY messages_merchant (merchant_no, id),
    KEY messages_unsent (sent_at, next_at, id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- Stores and terminals that are closed; one that is open has no row.
CREATE TABLE IF NOT EXISTS closed_places (
    place       VARCHAR(16) NOT NULL,
    place_id    VARCHAR(26) NOT NULL,
    merchant_no VARCHAR(15) NOT NULL,
    closed_at   BIGINT NOT NULL,
    closed_by   VARCHAR(64) NOT NULL,
    reason      TEXT NOT NULL,
    PRIMARY KEY (place, place_id),
    KEY closed_places_merchant (merchant_no)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- Blind indexes of what applications, merchants and stores are looked for by: pairs
-- of letters of names, phones and numbers of more people than one.
CREATE TABLE IF NOT EXISTS search_terms (
    term      VARCHAR(32) NOT NULL,
    kind      VARCHAR(16) NOT NULL,
    object_id VARCHAR(26) NOT NULL,
    PRIMARY KEY (term, kind, object_id),
    KEY search_terms_object (kind, object_id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
