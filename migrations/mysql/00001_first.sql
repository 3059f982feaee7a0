-- MySQL commits each CREATE TABLE by itself: IF NOT EXISTS lets a migration that
-- was stopped half way be run again.

-- +goose NO TRANSACTION
-- +goose Up

-- Small facts about this database itself: seed, version, finished.
CREATE TABLE IF NOT EXISTS meta (
    meta_key   VARCHAR(64) NOT NULL,
    meta_value TEXT NOT NULL,
    PRIMARY KEY (meta_key)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- Who may be paid.
CREATE TABLE IF NOT EXISTS merchants (
    merchant_no       VARCHAR(15) NOT NULL,
    name              VARCHAR(255) NOT NULL,
    short_name        VARCHAR(255) NOT NULL,
    mcc               VARCHAR(4) NOT NULL,
    region_code       VARCHAR(6) NOT NULL,
    bank_name         VARCHAR(255) NOT NULL,
    cnaps             VARCHAR(12) NOT NULL,
    clearing_no       VARCHAR(32) NOT NULL,
    account_no        VARCHAR(64) NOT NULL,
    account_name      VARCHAR(255) NOT NULL,
    settled_by_wallet TINYINT NOT NULL,
    state             VARCHAR(16) NOT NULL,
    created_at        BIGINT NOT NULL,
    PRIMARY KEY (merchant_no)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- A merchant's places of business.
CREATE TABLE IF NOT EXISTS stores (
    id          VARCHAR(26) NOT NULL,
    merchant_no VARCHAR(15) NOT NULL,
    name        VARCHAR(255) NOT NULL,
    address     VARCHAR(512) NOT NULL,
    region_code VARCHAR(6) NOT NULL,
    PRIMARY KEY (id),
    KEY stores_merchant (merchant_no)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- Terminals; trace is the last trace number given out, 0 before the first.
CREATE TABLE IF NOT EXISTS terminals (
    terminal_no VARCHAR(8) NOT NULL,
    merchant_no VARCHAR(15) NOT NULL,
    store_id    VARCHAR(26) NOT NULL,
    trace       INT NOT NULL,
    PRIMARY KEY (terminal_no),
    KEY terminals_merchant (merchant_no)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- Rates agreed, by channel, from a day to a day (0 = open).
CREATE TABLE IF NOT EXISTS agreements (
    id          VARCHAR(26) NOT NULL,
    merchant_no VARCHAR(15) NOT NULL,
    channel     VARCHAR(16) NOT NULL,
    rate_ppm    BIGINT NOT NULL,
    cap_fen     BIGINT NOT NULL,
    valid_from  INT NOT NULL,
    valid_to    INT NOT NULL,
    PRIMARY KEY (id),
    UNIQUE KEY agreements_start (merchant_no, channel, valid_from)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- A merchant's number at each channel.
CREATE TABLE IF NOT EXISTS enrolments (
    merchant_no VARCHAR(15) NOT NULL,
    channel     VARCHAR(16) NOT NULL,
    channel_id  VARCHAR(64) NOT NULL,
    PRIMARY KEY (merchant_no, channel),
    UNIQUE KEY enrolments_channel_id (channel, channel_id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- Orders of plates.
CREATE TABLE IF NOT EXISTS plate_batches (
    id          VARCHAR(26) NOT NULL,
    grammar     VARCHAR(16) NOT NULL,
    institution VARCHAR(8) NOT NULL,
    plate_count INT NOT NULL,
    created_at  BIGINT NOT NULL,
    created_by  VARCHAR(64) NOT NULL,
    PRIMARY KEY (id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- Printed codes. A key is never issued again.
CREATE TABLE IF NOT EXISTS plates (
    plate_key  VARCHAR(32) NOT NULL,
    serial     VARCHAR(32) NOT NULL,
    batch_id   VARCHAR(26) NOT NULL,
    grammar    VARCHAR(16) NOT NULL,
    payload    VARCHAR(512) NOT NULL,
    state      VARCHAR(16) NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (plate_key),
    UNIQUE KEY plates_serial (serial),
    KEY plates_state (state),
    KEY plates_batch (batch_id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- Binding history. valid_to is 0 while in force, so bindings_in_force lets a plate have one at most.
CREATE TABLE IF NOT EXISTS bindings (
    plate_key   VARCHAR(32) NOT NULL,
    version     INT NOT NULL,
    merchant_no VARCHAR(15) NOT NULL,
    store_id    VARCHAR(26) NOT NULL,
    terminal_no VARCHAR(8) NOT NULL,
    valid_from  BIGINT NOT NULL,
    valid_to    BIGINT NOT NULL,
    bound_by    VARCHAR(64) NOT NULL,
    PRIMARY KEY (plate_key, version),
    UNIQUE KEY bindings_in_force (plate_key, valid_to),
    KEY bindings_merchant (merchant_no)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- Payment orders.
CREATE TABLE IF NOT EXISTS payments (
    order_no        VARCHAR(32) NOT NULL,
    merchant_no     VARCHAR(15) NOT NULL,
    store_id        VARCHAR(26) NOT NULL,
    terminal_no     VARCHAR(8) NOT NULL,
    plate_key       VARCHAR(32) NOT NULL,
    binding_version INT NOT NULL,
    channel         VARCHAR(16) NOT NULL,
    channel_id      VARCHAR(64) NOT NULL,
    trace           VARCHAR(6) NOT NULL,
    rrn             VARCHAR(12) NOT NULL,
    amount_fen      BIGINT NOT NULL,
    refunded_fen    BIGINT NOT NULL,
    state           VARCHAR(16) NOT NULL,
    agreement_id    VARCHAR(26) NOT NULL,
    fee_rate_ppm    BIGINT NOT NULL,
    fee_cap_fen     BIGINT NOT NULL,
    payer_id        VARCHAR(128) NOT NULL,
    payer_account   VARCHAR(255) NOT NULL,
    request_id      VARCHAR(128) NOT NULL,
    result_token    VARCHAR(64) NOT NULL,
    created_at      BIGINT NOT NULL,
    expires_at      BIGINT NOT NULL,
    paid_at         BIGINT NOT NULL,
    clearing_date   INT NOT NULL,
    channel_no      VARCHAR(64) NOT NULL,
    code            VARCHAR(128) NOT NULL,
    message         TEXT NOT NULL,
    attempts        INT NOT NULL,
    next_query_at   BIGINT NOT NULL,
    PRIMARY KEY (order_no),
    UNIQUE KEY payments_request (request_id),
    UNIQUE KEY payments_result_token (result_token),
    KEY payments_merchant (merchant_no, created_at, order_no),
    KEY payments_due (state, order_no, next_query_at),
    KEY payments_clearing (channel, clearing_date, order_no),
    KEY payments_payer (payer_id, channel, created_at)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- Refund orders.
CREATE TABLE IF NOT EXISTS refunds (
    refund_no     VARCHAR(32) NOT NULL,
    order_no      VARCHAR(32) NOT NULL,
    merchant_no   VARCHAR(15) NOT NULL,
    terminal_no   VARCHAR(8) NOT NULL,
    channel       VARCHAR(16) NOT NULL,
    channel_id    VARCHAR(64) NOT NULL,
    trace         VARCHAR(6) NOT NULL,
    rrn           VARCHAR(12) NOT NULL,
    amount_fen    BIGINT NOT NULL,
    state         VARCHAR(16) NOT NULL,
    reason        TEXT NOT NULL,
    request_id    VARCHAR(128) NOT NULL,
    requested_by  VARCHAR(64) NOT NULL,
    created_at    BIGINT NOT NULL,
    refunded_at   BIGINT NOT NULL,
    clearing_date INT NOT NULL,
    channel_no    VARCHAR(64) NOT NULL,
    code          VARCHAR(128) NOT NULL,
    message       TEXT NOT NULL,
    attempts      INT NOT NULL,
    next_query_at BIGINT NOT NULL,
    PRIMARY KEY (refund_no),
    UNIQUE KEY refunds_request (request_id),
    KEY refunds_order (order_no, refund_no),
    KEY refunds_merchant (merchant_no, created_at),
    KEY refunds_due (state, refund_no, next_query_at),
    KEY refunds_clearing (channel, clearing_date, refund_no)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- Retrieval reference numbers given out, to payments and refunds alike: one number, one order.
CREATE TABLE IF NOT EXISTS rrns (
    rrn         VARCHAR(12) NOT NULL,
    order_no    VARCHAR(32) NOT NULL,
    merchant_no VARCHAR(15) NOT NULL,
    PRIMARY KEY (rrn)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- Verified notifications; deliveries counts how often each came.
CREATE TABLE IF NOT EXISTS notices (
    channel     VARCHAR(16) NOT NULL,
    notice_id   VARCHAR(128) NOT NULL,
    id          VARCHAR(26) NOT NULL,
    event       VARCHAR(16) NOT NULL,
    order_no    VARCHAR(64) NOT NULL,
    refund_no   VARCHAR(64) NOT NULL,
    amount_fen  BIGINT NOT NULL,
    channel_no  VARCHAR(64) NOT NULL,
    disposition VARCHAR(16) NOT NULL,
    reason      TEXT NOT NULL,
    received_at BIGINT NOT NULL,
    deliveries  INT NOT NULL,
    PRIMARY KEY (channel, notice_id),
    UNIQUE KEY notices_id (id),
    KEY notices_order (order_no)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- Notifications refused for their signature. Their bodies are not kept.
CREATE TABLE IF NOT EXISTS forgeries (
    id          VARCHAR(26) NOT NULL,
    channel     VARCHAR(16) NOT NULL,
    problem     TEXT NOT NULL,
    received_at BIGINT NOT NULL,
    PRIMARY KEY (id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- The book: it only grows, and a fact is in it once.
CREATE TABLE IF NOT EXISTS ledger_entries (
    id            VARCHAR(26) NOT NULL,
    kind          VARCHAR(32) NOT NULL,
    ref           VARCHAR(64) NOT NULL,
    merchant_no   VARCHAR(15) NOT NULL,
    clearing_date INT NOT NULL,
    posted_at     BIGINT NOT NULL,
    PRIMARY KEY (id),
    UNIQUE KEY ledger_entries_fact (kind, ref),
    KEY ledger_entries_merchant (merchant_no, clearing_date)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- The sides of the book's entries.
CREATE TABLE IF NOT EXISTS ledger_lines (
    entry_id    VARCHAR(26) NOT NULL,
    line_no     INT NOT NULL,
    merchant_no VARCHAR(15) NOT NULL,
    account     VARCHAR(64) NOT NULL,
    debit_fen   BIGINT NOT NULL,
    credit_fen  BIGINT NOT NULL,
    PRIMARY KEY (entry_id, line_no),
    KEY ledger_lines_merchant (merchant_no, account)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- The outbox: facts to be told to others, claimed with a lease and a fencing token.
CREATE TABLE IF NOT EXISTS events (
    id           VARCHAR(26) NOT NULL,
    subject      VARCHAR(64) NOT NULL,
    event_key    VARCHAR(64) NOT NULL,
    payload      MEDIUMBLOB NOT NULL,
    happened_at  BIGINT NOT NULL,
    published_at BIGINT NOT NULL,
    owner        VARCHAR(128) NOT NULL,
    leased_until BIGINT NOT NULL,
    fence        BIGINT NOT NULL,
    PRIMARY KEY (id),
    KEY events_waiting (published_at, happened_at, id),
    KEY events_subject (subject, published_at)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- The last fencing token given out, by what it guards.
CREATE TABLE IF NOT EXISTS fences (
    name  VARCHAR(64) NOT NULL,
    token BIGINT NOT NULL,
    PRIMARY KEY (name)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- Who changed what, why, from what to what.
CREATE TABLE IF NOT EXISTS audit (
    id           VARCHAR(26) NOT NULL,
    happened_at  BIGINT NOT NULL,
    actor        VARCHAR(64) NOT NULL,
    action       VARCHAR(64) NOT NULL,
    object       VARCHAR(128) NOT NULL,
    value_before TEXT NOT NULL,
    value_after  TEXT NOT NULL,
    reason       TEXT NOT NULL,
    PRIMARY KEY (id),
    KEY audit_object (object, id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- Where each channel's clearing day stands.
CREATE TABLE IF NOT EXISTS clearing_days (
    channel       VARCHAR(16) NOT NULL,
    clearing_date INT NOT NULL,
    state         VARCHAR(16) NOT NULL,
    theirs_lines  INT NOT NULL,
    updated_at    BIGINT NOT NULL,
    PRIMARY KEY (channel, clearing_date)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- Statement files that were kept.
CREATE TABLE IF NOT EXISTS statements (
    id            VARCHAR(26) NOT NULL,
    channel       VARCHAR(16) NOT NULL,
    merchant_id   VARCHAR(64) NOT NULL,
    clearing_date INT NOT NULL,
    name          VARCHAR(255) NOT NULL,
    is_empty      TINYINT NOT NULL,
    byte_count    INT NOT NULL,
    sha256        VARCHAR(64) NOT NULL,
    path          VARCHAR(512) NOT NULL,
    fetched_at    BIGINT NOT NULL,
    PRIMARY KEY (id),
    UNIQUE KEY statements_content (channel, merchant_id, clearing_date, sha256)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- Reconciled lines. settled_ref is NULL until the item settles; clearing_items_once then lets an order settle once.
CREATE TABLE IF NOT EXISTS clearing_items (
    id                VARCHAR(26) NOT NULL,
    channel           VARCHAR(16) NOT NULL,
    clearing_date     INT NOT NULL,
    kind              VARCHAR(16) NOT NULL,
    order_no          VARCHAR(64) NOT NULL,
    class             VARCHAR(16) NOT NULL,
    state             VARCHAR(16) NOT NULL,
    merchant_no       VARCHAR(15) NOT NULL,
    ours              TINYINT NOT NULL,
    theirs            TINYINT NOT NULL,
    ours_amount_fen   BIGINT NOT NULL,
    theirs_amount_fen BIGINT NOT NULL,
    ours_date         INT NOT NULL,
    ours_cost_fen     BIGINT NOT NULL,
    theirs_fee_fen    BIGINT NOT NULL,
    ours_payer        VARCHAR(255) NOT NULL,
    theirs_payer      VARCHAR(255) NOT NULL,
    theirs_time       BIGINT NOT NULL,
    channel_no        VARCHAR(64) NOT NULL,
    trace_no          VARCHAR(32) NOT NULL,
    file              VARCHAR(255) NOT NULL,
    line_no           INT NOT NULL,
    note              TEXT NOT NULL,
    settled_on        INT NOT NULL,
    merchant_fee_fen  BIGINT NOT NULL,
    settled_ref       VARCHAR(96) NULL,
    PRIMARY KEY (id),
    UNIQUE KEY clearing_items_once (settled_ref),
    KEY clearing_items_date (clearing_date, channel, kind, order_no),
    KEY clearing_items_state (state, clearing_date, merchant_no),
    KEY clearing_items_batch (settled_on, merchant_no, kind, order_no),
    KEY clearing_items_order (order_no, kind, state)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- The settlement of a clearing date.
CREATE TABLE IF NOT EXISTS settlement_batches (
    clearing_date   INT NOT NULL,
    settlement_date INT NOT NULL,
    state           VARCHAR(16) NOT NULL,
    folder          VARCHAR(255) NOT NULL,
    updated_at      BIGINT NOT NULL,
    PRIMARY KEY (clearing_date)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- Each merchant's part of a batch.
CREATE TABLE IF NOT EXISTS settlements (
    clearing_date    INT NOT NULL,
    merchant_no      VARCHAR(15) NOT NULL,
    row_count        INT NOT NULL,
    gross_fen        BIGINT NOT NULL,
    refund_fen       BIGINT NOT NULL,
    fee_fen          BIGINT NOT NULL,
    err_count        INT NOT NULL,
    err_fen          BIGINT NOT NULL,
    err_fee_back_fen BIGINT NOT NULL,
    other_fen        BIGINT NOT NULL,
    suspended_fen    BIGINT NOT NULL,
    replenished_fen  BIGINT NOT NULL,
    credited_fen     BIGINT NOT NULL,
    PRIMARY KEY (clearing_date, merchant_no),
    KEY settlements_merchant (merchant_no, clearing_date)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- Settlement files; served by id, never by name.
CREATE TABLE IF NOT EXISTS settlement_files (
    id            VARCHAR(26) NOT NULL,
    clearing_date INT NOT NULL,
    folder        VARCHAR(255) NOT NULL,
    name          VARCHAR(128) NOT NULL,
    byte_count    BIGINT NOT NULL,
    line_count    INT NOT NULL,
    sha256        VARCHAR(64) NOT NULL,
    created_at    BIGINT NOT NULL,
    PRIMARY KEY (id),
    UNIQUE KEY settlement_files_name (folder, name),
    KEY settlement_files_date (clearing_date)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- Who fetched a settlement file.
CREATE TABLE IF NOT EXISTS downloads (
    id          VARCHAR(26) NOT NULL,
    file_id     VARCHAR(26) NOT NULL,
    user_login  VARCHAR(64) NOT NULL,
    ip          VARCHAR(64) NOT NULL,
    happened_at BIGINT NOT NULL,
    PRIMARY KEY (id),
    KEY downloads_file (file_id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- Accounts that log in.
CREATE TABLE IF NOT EXISTS users (
    login         VARCHAR(64) NOT NULL,
    name          VARCHAR(255) NOT NULL,
    role          VARCHAR(32) NOT NULL,
    merchant_no   VARCHAR(15) NOT NULL,
    password_hash VARCHAR(255) NOT NULL,
    failed        INT NOT NULL,
    locked_until  BIGINT NOT NULL,
    created_at    BIGINT NOT NULL,
    PRIMARY KEY (login),
    KEY users_merchant (merchant_no)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- Sessions; the token itself is nowhere.
CREATE TABLE IF NOT EXISTS sessions (
    token_hash   VARCHAR(64) NOT NULL,
    login        VARCHAR(64) NOT NULL,
    created_at   BIGINT NOT NULL,
    last_seen_at BIGINT NOT NULL,
    expires_at   BIGINT NOT NULL,
    PRIMARY KEY (token_hash),
    KEY sessions_expiry (expires_at),
    KEY sessions_seen (last_seen_at)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

INSERT IGNORE INTO fences (name, token) VALUES ('outbox', 0);
