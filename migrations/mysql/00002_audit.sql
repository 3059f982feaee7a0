-- +goose NO TRANSACTION
-- +goose Up

-- The audit's hash chain: an entry's place and the hash over all up to it.
CREATE TABLE IF NOT EXISTS audit_chain (
    seq      BIGINT NOT NULL,
    audit_id VARCHAR(26) NOT NULL,
    hash     VARCHAR(64) NOT NULL,
    PRIMARY KEY (seq),
    UNIQUE KEY audit_chain_entry (audit_id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- The chain's end.
CREATE TABLE IF NOT EXISTS audit_head (
    name VARCHAR(16) NOT NULL,
    seq  BIGINT NOT NULL,
    hash VARCHAR(64) NOT NULL,
    PRIMARY KEY (name)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

INSERT IGNORE INTO audit_head (name, seq, hash) VALUES ('audit', 0, '');

-- Sealed values are longer than what they hold.
ALTER TABLE merchants MODIFY account_no TEXT NOT NULL, MODIFY account_name TEXT NOT NULL;
