-- +goose NO TRANSACTION
-- +goose Up

-- Who settled a batch and who, being somebody else, let it go. Batches of before that
-- had their files were open to downloads: they count as released, by the migration.
-- (Columns are asked for first: this migration may be run again after it was stopped.)
SET @add = IF((SELECT COUNT(*) FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = 'settlement_batches' AND column_name = 'settled_by') = 0,
    "ALTER TABLE settlement_batches ADD COLUMN settled_by VARCHAR(64) NOT NULL DEFAULT '', ADD COLUMN settled_at BIGINT NOT NULL DEFAULT 0, ADD COLUMN released_by VARCHAR(64) NOT NULL DEFAULT '', ADD COLUMN released_at BIGINT NOT NULL DEFAULT 0, ADD COLUMN calendar_version INT NOT NULL DEFAULT 0", 'DO 0');
PREPARE change_table FROM @add;
EXECUTE change_table;
UPDATE settlement_batches SET settled_at = updated_at WHERE settled_at = 0;
UPDATE settlement_batches SET state = 'released', released_by = 'migration', released_at = updated_at WHERE state = 'filed';

-- The terms by which a merchant's part was settled, and what of an earlier kept
-- amount it lets go. withheld says why an amount is kept.
SET @add = IF((SELECT COUNT(*) FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = 'settlements' AND column_name = 'cycle') = 0,
    "ALTER TABLE settlements ADD COLUMN settlement_date INT NOT NULL DEFAULT 0, ADD COLUMN cycle VARCHAR(8) NOT NULL DEFAULT '', ADD COLUMN released_fen BIGINT NOT NULL DEFAULT 0, ADD COLUMN withheld VARCHAR(16) NOT NULL DEFAULT '', ADD COLUMN payer_code VARCHAR(32) NOT NULL DEFAULT '', ADD COLUMN payer_name VARCHAR(128) NOT NULL DEFAULT ''", 'DO 0');
PREPARE change_table FROM @add;
EXECUTE change_table;
DEALLOCATE PREPARE change_table;
UPDATE settlements SET cycle = 'T+1', settlement_date = (SELECT b.settlement_date FROM settlement_batches b WHERE b.clearing_date = settlements.clearing_date) WHERE cycle = '';

-- Settlement terms by merchant: proposed by one person, decided by another, in force
-- from a date. open_key lets one proposal of a merchant be open.
CREATE TABLE IF NOT EXISTS settle_terms (
    id          VARCHAR(26) NOT NULL,
    merchant_no VARCHAR(15) NOT NULL,
    state       VARCHAR(16) NOT NULL,
    cycle       VARCHAR(8) NOT NULL,
    minimum_fen BIGINT NOT NULL,
    from_date   INT NOT NULL,
    reason      TEXT NOT NULL,
    proposed_by VARCHAR(64) NOT NULL,
    proposed_at BIGINT NOT NULL,
    decided_by  VARCHAR(64) NOT NULL,
    decided_at  BIGINT NOT NULL,
    note        TEXT NOT NULL,
    open_key    VARCHAR(64) NULL,
    PRIMARY KEY (id),
    UNIQUE KEY settle_terms_open (open_key),
    KEY settle_terms_merchant (merchant_no, id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- What does not settle until a second person lets it go: a merchant's money or one
-- payment. open_key lets an object be held once.
CREATE TABLE IF NOT EXISTS settle_holds (
    id          VARCHAR(26) NOT NULL,
    scope       VARCHAR(16) NOT NULL,
    object_no   VARCHAR(32) NOT NULL,
    merchant_no VARCHAR(15) NOT NULL,
    kind        VARCHAR(16) NOT NULL,
    state       VARCHAR(16) NOT NULL,
    reason      TEXT NOT NULL,
    held_by     VARCHAR(64) NOT NULL,
    held_at     BIGINT NOT NULL,
    ended_by    VARCHAR(64) NOT NULL,
    ended_at    BIGINT NOT NULL,
    end_reason  TEXT NOT NULL,
    open_key    VARCHAR(64) NULL,
    PRIMARY KEY (id),
    UNIQUE KEY settle_holds_open (open_key),
    KEY settle_holds_merchant (merchant_no, id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
