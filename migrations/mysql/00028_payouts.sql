-- +goose NO TRANSACTION
-- +goose Up

-- Money for a merchant, as it is to be paid. replaces_key is what it replaces while it
-- stands, so that nothing is paid again twice. account is sealed.
CREATE TABLE IF NOT EXISTS payouts (
    payout_no       VARCHAR(26) NOT NULL,
    clearing_date   INT NOT NULL,
    merchant_no     VARCHAR(15) NOT NULL,
    attempt         INT NOT NULL,
    state           VARCHAR(16) NOT NULL,
    amount_fen      BIGINT NOT NULL,
    account         TEXT NOT NULL,
    settlement_date INT NOT NULL,
    payer_code      VARCHAR(32) NOT NULL,
    payer_name      VARCHAR(128) NOT NULL,
    replaces        VARCHAR(26) NOT NULL,
    replaces_key    VARCHAR(26) NULL,
    instruction_id  VARCHAR(26) NOT NULL,
    made_by         VARCHAR(64) NOT NULL,
    made_at         BIGINT NOT NULL,
    released_by     VARCHAR(64) NOT NULL,
    released_at     BIGINT NOT NULL,
    reason_code     VARCHAR(32) NOT NULL,
    reason          TEXT NOT NULL,
    bank_ref        VARCHAR(64) NOT NULL,
    finished_at     BIGINT NOT NULL,
    updated_at      BIGINT NOT NULL,
    PRIMARY KEY (payout_no),
    UNIQUE KEY payouts_replaces (replaces_key),
    KEY payouts_date (clearing_date, state),
    KEY payouts_merchant (merchant_no, clearing_date),
    KEY payouts_state (state, clearing_date),
    KEY payouts_instruction (instruction_id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- An instruction file. sha256 is empty until the file is there.
CREATE TABLE IF NOT EXISTS payout_instructions (
    id            VARCHAR(26) NOT NULL,
    clearing_date INT NOT NULL,
    seq           INT NOT NULL,
    payer_code    VARCHAR(32) NOT NULL,
    payer_name    VARCHAR(128) NOT NULL,
    row_count     INT NOT NULL,
    amount_fen    BIGINT NOT NULL,
    made_by       VARCHAR(64) NOT NULL,
    made_at       BIGINT NOT NULL,
    name          VARCHAR(64) NOT NULL,
    byte_count    BIGINT NOT NULL,
    sha256        VARCHAR(64) NOT NULL,
    PRIMARY KEY (id),
    UNIQUE KEY payout_instructions_seq (clearing_date, seq)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- What a bank said about a payout: each outcome once.
CREATE TABLE IF NOT EXISTS payout_results (
    id          VARCHAR(26) NOT NULL,
    import_id   VARCHAR(26) NOT NULL,
    line_no     INT NOT NULL,
    payout_no   VARCHAR(26) NOT NULL,
    amount_fen  BIGINT NOT NULL,
    outcome     VARCHAR(16) NOT NULL,
    reason_code VARCHAR(32) NOT NULL,
    reason      TEXT NOT NULL,
    bank_ref    VARCHAR(64) NOT NULL,
    finished_at BIGINT NOT NULL,
    PRIMARY KEY (id),
    UNIQUE KEY payout_results_once (payout_no, outcome)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- A file of a bank's that was taken in. subject is what may come once: the digest of
-- results, account and day of credits.
CREATE TABLE IF NOT EXISTS bank_imports (
    id          VARCHAR(26) NOT NULL,
    kind        VARCHAR(16) NOT NULL,
    subject     VARCHAR(128) NOT NULL,
    name        VARCHAR(255) NOT NULL,
    sha256      VARCHAR(64) NOT NULL,
    row_count   INT NOT NULL,
    amount_fen  BIGINT NOT NULL,
    imported_by VARCHAR(64) NOT NULL,
    imported_at BIGINT NOT NULL,
    PRIMARY KEY (id),
    UNIQUE KEY bank_imports_once (kind, subject)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- Money that a channel paid into the reserve. channel is empty and clearing_date 0 where
-- the row names none.
CREATE TABLE IF NOT EXISTS bank_credits (
    id            VARCHAR(26) NOT NULL,
    import_id     VARCHAR(26) NOT NULL,
    credit_date   INT NOT NULL,
    channel       VARCHAR(32) NOT NULL,
    clearing_date INT NOT NULL,
    amount_fen    BIGINT NOT NULL,
    reference     VARCHAR(128) NOT NULL,
    payer         VARCHAR(255) NOT NULL,
    PRIMARY KEY (id),
    KEY bank_credits_date (clearing_date, channel)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- The three-way proof of a channel's day as it stood last.
CREATE TABLE IF NOT EXISTS credit_proofs (
    clearing_date INT NOT NULL,
    channel       VARCHAR(32) NOT NULL,
    ours_fen      BIGINT NOT NULL,
    statement_fen BIGINT NOT NULL,
    bank_fen      BIGINT NOT NULL,
    waiting       INT NOT NULL,
    state         VARCHAR(16) NOT NULL,
    proved_at     BIGINT NOT NULL,
    PRIMARY KEY (clearing_date, channel)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
