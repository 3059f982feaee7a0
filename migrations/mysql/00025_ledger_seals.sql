-- +goose NO TRANSACTION
-- +goose Up

-- An entry for a clearing date whose book is closed goes to the next open one, and
-- remembers the date that it was made for; 0: its own. (Columns and indexes are
-- asked for first: this migration may be run again after it was stopped.)
SET @change = IF((SELECT COUNT(*) FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = 'ledger_entries' AND column_name = 'orig_date') = 0,
    'ALTER TABLE ledger_entries ADD COLUMN orig_date INT NOT NULL DEFAULT 0', 'DO 0');
PREPARE change_it FROM @change;
EXECUTE change_it;

-- The book by clearing date, and by account.
SET @change = IF((SELECT COUNT(*) FROM information_schema.statistics WHERE table_schema = DATABASE() AND table_name = 'ledger_entries' AND index_name = 'ledger_entries_date') = 0,
    'CREATE INDEX ledger_entries_date ON ledger_entries (clearing_date, id)', 'DO 0');
PREPARE change_it FROM @change;
EXECUTE change_it;
SET @change = IF((SELECT COUNT(*) FROM information_schema.statistics WHERE table_schema = DATABASE() AND table_name = 'ledger_lines' AND index_name = 'ledger_lines_account') = 0,
    'CREATE INDEX ledger_lines_account ON ledger_lines (account, entry_id)', 'DO 0');
PREPARE change_it FROM @change;
EXECUTE change_it;
SET @change = IF((SELECT COUNT(*) FROM information_schema.statistics WHERE table_schema = DATABASE() AND table_name = 'ledger_lines' AND index_name = 'ledger_lines_merchant') > 0,
    'DROP INDEX ledger_lines_merchant ON ledger_lines', 'DO 0');
PREPARE change_it FROM @change;
EXECUTE change_it;
DEALLOCATE PREPARE change_it;

-- Every clearing date that something was booked on, "open" or "closed". Who books
-- holds its row; who closes it waits for them.
CREATE TABLE IF NOT EXISTS ledger_days (
    clearing_date INT NOT NULL,
    state         VARCHAR(8) NOT NULL,
    PRIMARY KEY (clearing_date)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
INSERT IGNORE INTO ledger_days (clearing_date, state) SELECT DISTINCT clearing_date, 'open' FROM ledger_entries;

-- The chain of sealed dates.
CREATE TABLE IF NOT EXISTS ledger_seals (
    seq           BIGINT NOT NULL,
    clearing_date INT NOT NULL,
    entry_count   BIGINT NOT NULL,
    debit_fen     BIGINT NOT NULL,
    credit_fen    BIGINT NOT NULL,
    hash          VARCHAR(64) NOT NULL,
    sealed_at     BIGINT NOT NULL,
    sealed_by     VARCHAR(64) NOT NULL,
    PRIMARY KEY (seq),
    UNIQUE KEY ledger_seals_date (clearing_date)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- Which entries a sealed date has: a thousand of them in a row, each by its id and
-- its digest, so that the one that was altered, taken out or put in has a name.
CREATE TABLE IF NOT EXISTS ledger_pages (
    clearing_date INT NOT NULL,
    page          INT NOT NULL,
    body          MEDIUMBLOB NOT NULL,
    PRIMARY KEY (clearing_date, page)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- What a sealed date booked on each account: a balance needs no more than these and
-- the entries of open dates.
CREATE TABLE IF NOT EXISTS ledger_sums (
    clearing_date INT NOT NULL,
    account       VARCHAR(64) NOT NULL,
    debit_fen     BIGINT NOT NULL,
    credit_fen    BIGINT NOT NULL,
    PRIMARY KEY (clearing_date, account)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
