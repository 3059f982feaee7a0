-- +goose Up

-- Small facts about this database itself: seed, version, finished.
CREATE TABLE meta (
    meta_key   TEXT NOT NULL,
    meta_value TEXT NOT NULL,
    PRIMARY KEY (meta_key)
) STRICT, WITHOUT ROWID;

-- Who may be paid.
CREATE TABLE merchants (
    merchant_no       TEXT NOT NULL,
    name              TEXT NOT NULL,
    short_name        TEXT NOT NULL,
    mcc               TEXT NOT NULL,
    region_code       TEXT NOT NULL,
    bank_name         TEXT NOT NULL,
    cnaps             TEXT NOT NULL,
    clearing_no       TEXT NOT NULL,
    account_no        TEXT NOT NULL,
    account_name      TEXT NOT NULL,
    settled_by_wallet INTEGER NOT NULL,
    state             TEXT NOT NULL,
    created_at        INTEGER NOT NULL,
    PRIMARY KEY (merchant_no)
) STRICT;

-- A merchant's places of business.
CREATE TABLE stores (
    id          TEXT NOT NULL,
    merchant_no TEXT NOT NULL,
    name        TEXT NOT NULL,
    address     TEXT NOT NULL,
    region_code TEXT NOT NULL,
    PRIMARY KEY (id)
) STRICT;
CREATE INDEX stores_merchant ON stores (merchant_no);

-- Terminals; trace is the last trace number given out, 0 before the first.
CREATE TABLE terminals (
    terminal_no TEXT NOT NULL,
    merchant_no TEXT NOT NULL,
    store_id    TEXT NOT NULL,
    trace       INTEGER NOT NULL,
    PRIMARY KEY (terminal_no)
) STRICT;
CREATE INDEX terminals_merchant ON terminals (merchant_no);

-- Rates agreed, by channel, from a day to a day (0 = open).
CREATE TABLE agreements (
    id          TEXT NOT NULL,
    merchant_no TEXT NOT NULL,
    channel     TEXT NOT NULL,
    rate_ppm    INTEGER NOT NULL,
    cap_fen     INTEGER NOT NULL,
    valid_from  INTEGER NOT NULL,
    valid_to    INTEGER NOT NULL,
    PRIMARY KEY (id)
) STRICT;
CREATE UNIQUE INDEX agreements_start ON agreements (merchant_no, channel, valid_from);

-- A merchant's number at each channel.
CREATE TABLE enrolments (
    merchant_no TEXT NOT NULL,
    channel     TEXT NOT NULL,
    channel_id  TEXT NOT NULL,
    PRIMARY KEY (merchant_no, channel)
) STRICT;
CREATE UNIQUE INDEX enrolments_channel_id ON enrolments (channel, channel_id);

-- Orders of plates.
CREATE TABLE plate_batches (
    id          TEXT NOT NULL,
    grammar     TEXT NOT NULL,
    institution TEXT NOT NULL,
    plate_count INTEGER NOT NULL,
    created_at  INTEGER NOT NULL,
    created_by  TEXT NOT NULL,
    PRIMARY KEY (id)
) STRICT;

-- Printed codes. A key is never issued again.
CREATE TABLE plates (
    plate_key  TEXT NOT NULL,
    serial     TEXT NOT NULL,
    batch_id   TEXT NOT NULL,
    grammar    TEXT NOT NULL,
    payload    TEXT NOT NULL,
    state      TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (plate_key)
) STRICT;
CREATE UNIQUE INDEX plates_serial ON plates (serial);
CREATE INDEX plates_state ON plates (state);
CREATE INDEX plates_batch ON plates (batch_id);

-- Binding history. valid_to is 0 while in force, so bindings_in_force lets a plate have one at most.
CREATE TABLE bindings (
    plate_key   TEXT NOT NULL,
    version     INTEGER NOT NULL,
    merchant_no TEXT NOT NULL,
    store_id    TEXT NOT NULL,
    terminal_no TEXT NOT NULL,
    valid_from  INTEGER NOT NULL,
    valid_to    INTEGER NOT NULL,
    bound_by    TEXT NOT NULL,
    PRIMARY KEY (plate_key, version)
) STRICT;
CREATE UNIQUE INDEX bindings_in_force ON bindings (plate_key, valid_to);
CREATE INDEX bindings_merchant ON bindings (merchant_no);

-- Payment orders.
CREATE TABLE payments (
    order_no        TEXT NOT NULL,
    merchant_no     TEXT NOT NULL,
    store_id        TEXT NOT NULL,
    terminal_no     TEXT NOT NULL,
    plate_key       TEXT NOT NULL,
    binding_version INTEGER NOT NULL,
    channel         TEXT NOT NULL,
    channel_id      TEXT NOT NULL,
    trace           TEXT NOT NULL,
    rrn             TEXT NOT NULL,
    amount_fen      INTEGER NOT NULL,
    refunded_fen    INTEGER NOT NULL,
    state           TEXT NOT NULL,
    agreement_id    TEXT NOT NULL,
    fee_rate_ppm    INTEGER NOT NULL,
    fee_cap_fen     INTEGER NOT NULL,
    payer_id        TEXT NOT NULL,
    payer_account   TEXT NOT NULL,
    request_id      TEXT NOT NULL,
    result_token    TEXT NOT NULL,
    created_at      INTEGER NOT NULL,
    expires_at      INTEGER NOT NULL,
    paid_at         INTEGER NOT NULL,
    clearing_date   INTEGER NOT NULL,
    channel_no      TEXT NOT NULL,
    code            TEXT NOT NULL,
    message         TEXT NOT NULL,
    attempts        INTEGER NOT NULL,
    next_query_at   INTEGER NOT NULL,
    PRIMARY KEY (order_no)
) STRICT;
CREATE UNIQUE INDEX payments_request ON payments (request_id);
CREATE UNIQUE INDEX payments_result_token ON payments (result_token);
CREATE INDEX payments_merchant ON payments (merchant_no, created_at, order_no);
CREATE INDEX payments_due ON payments (state, order_no, next_query_at);
CREATE INDEX payments_clearing ON payments (channel, clearing_date, order_no);
CREATE INDEX payments_payer ON payments (payer_id, channel, created_at);

-- Refund orders.
CREATE TABLE refunds (
    refund_no     TEXT NOT NULL,
    order_no      TEXT NOT NULL,
    merchant_no   TEXT NOT NULL,
    terminal_no   TEXT NOT NULL,
    channel       TEXT NOT NULL,
    channel_id    TEXT NOT NULL,
    trace         TEXT NOT NULL,
    rrn           TEXT NOT NULL,
    amount_fen    INTEGER NOT NULL,
    state         TEXT NOT NULL,
    reason        TEXT NOT NULL,
    request_id    TEXT NOT NULL,
    requested_by  TEXT NOT NULL,
    created_at    INTEGER NOT NULL,
    refunded_at   INTEGER NOT NULL,
    clearing_date INTEGER NOT NULL,
    channel_no    TEXT NOT NULL,
    code          TEXT NOT NULL,
    message       TEXT NOT NULL,
    attempts      INTEGER NOT NULL,
    next_query_at INTEGER NOT NULL,
    PRIMARY KEY (refund_no)
) STRICT;
CREATE UNIQUE INDEX refunds_request ON refunds (request_id);
CREATE INDEX refunds_order ON refunds (order_no, refund_no);
CREATE INDEX refunds_merchant ON refunds (merchant_no, created_at);
CREATE INDEX refunds_due ON refunds (state, refund_no, next_query_at);
CREATE INDEX refunds_clearing ON refunds (channel, clearing_date, refund_no);

-- Retrieval reference numbers given out, to payments and refunds alike: one number, one order.
CREATE TABLE rrns (
    rrn         TEXT NOT NULL,
    order_no    TEXT NOT NULL,
    merchant_no TEXT NOT NULL,
    PRIMARY KEY (rrn)
) STRICT, WITHOUT ROWID;

-- Verified notifications; deliveries counts how often each came.
CREATE TABLE notices (
    channel     TEXT NOT NULL,
    notice_id   TEXT NOT NULL,
    id          TEXT NOT NULL,
    event       TEXT NOT NULL,
    order_no    TEXT NOT NULL,
    refund_no   TEXT NOT NULL,
    amount_fen  INTEGER NOT NULL,
    channel_no  TEXT NOT NULL,
    disposition TEXT NOT NULL,
    reason      TEXT NOT NULL,
    received_at INTEGER NOT NULL,
    deliveries  INTEGER NOT NULL,
    PRIMARY KEY (channel, notice_id)
) STRICT;
CREATE UNIQUE INDEX notices_id ON notices (id);
CREATE INDEX notices_order ON notices (order_no);

-- Notifications refused for their signature. Their bodies are not kept.
CREATE TABLE forgeries (
    id          TEXT NOT NULL,
    channel     TEXT NOT NULL,
    problem     TEXT NOT NULL,
    received_at INTEGER NOT NULL,
    PRIMARY KEY (id)
) STRICT;

-- The book: it only grows, and a fact is in it once.
CREATE TABLE ledger_entries (
    id            TEXT NOT NULL,
    kind          TEXT NOT NULL,
    ref           TEXT NOT NULL,
    merchant_no   TEXT NOT NULL,
    clearing_date INTEGER NOT NULL,
    posted_at     INTEGER NOT NULL,
    PRIMARY KEY (id)
) STRICT;
CREATE UNIQUE INDEX ledger_entries_fact ON ledger_entries (kind, ref);
CREATE INDEX ledger_entries_merchant ON ledger_entries (merchant_no, clearing_date);

-- The sides of the book's entries.
CREATE TABLE ledger_lines (
    entry_id    TEXT NOT NULL,
    line_no     INTEGER NOT NULL,
    merchant_no TEXT NOT NULL,
    account     TEXT NOT NULL,
    debit_fen   INTEGER NOT NULL,
    credit_fen  INTEGER NOT NULL,
    PRIMARY KEY (entry_id, line_no)
) STRICT, WITHOUT ROWID;
CREATE INDEX ledger_lines_merchant ON ledger_lines (merchant_no, account);

-- The outbox: facts to be told to others, claimed with a lease and a fencing token.
CREATE TABLE events (
    id           TEXT NOT NULL,
    subject      TEXT NOT NULL,
    event_key    TEXT NOT NULL,
    payload      BLOB NOT NULL,
    happened_at  INTEGER NOT NULL,
    published_at INTEGER NOT NULL,
    owner        TEXT NOT NULL,
    leased_until INTEGER NOT NULL,
    fence        INTEGER NOT NULL,
    PRIMARY KEY (id)
) STRICT;
CREATE INDEX events_waiting ON events (published_at, happened_at, id);
CREATE INDEX events_subject ON events (subject, published_at);

-- The last fencing token given out, by what it guards.
CREATE TABLE fences (
    name  TEXT NOT NULL,
    token INTEGER NOT NULL,
    PRIMARY KEY (name)
) STRICT, WITHOUT ROWID;

-- Who changed what, why, from what to what.
CREATE TABLE audit (
    id           TEXT NOT NULL,
    happened_at  INTEGER NOT NULL,
    actor        TEXT NOT NULL,
    action       TEXT NOT NULL,
    object       TEXT NOT NULL,
    value_before TEXT NOT NULL,
    value_after  TEXT NOT NULL,
    reason       TEXT NOT NULL,
    PRIMARY KEY (id)
) STRICT;
CREATE INDEX audit_object ON audit (object, id);

-- Where each channel's clearing day stands.
CREATE TABLE clearing_days (
    channel       TEXT NOT NULL,
    clearing_date INTEGER NOT NULL,
    state         TEXT NOT NULL,
    theirs_lines  INTEGER NOT NULL,
    updated_at    INTEGER NOT NULL,
    PRIMARY KEY (channel, clearing_date)
) STRICT, WITHOUT ROWID;

-- Statement files that were kept.
CREATE TABLE statements (
    id            TEXT NOT NULL,
    channel       TEXT NOT NULL,
    merchant_id   TEXT NOT NULL,
    clearing_date INTEGER NOT NULL,
    name          TEXT NOT NULL,
    is_empty      INTEGER NOT NULL,
    byte_count    INTEGER NOT NULL,
    sha256        TEXT NOT NULL,
    path          TEXT NOT NULL,
    fetched_at    INTEGER NOT NULL,
    PRIMARY KEY (id)
) STRICT;
CREATE UNIQUE INDEX statements_content ON statements (channel, merchant_id, clearing_date, sha256);

-- Reconciled lines. settled_ref is NULL until the item settles; clearing_items_once then lets an order settle once.
CREATE TABLE clearing_items (
    id                TEXT NOT NULL,
    channel           TEXT NOT NULL,
    clearing_date     INTEGER NOT NULL,
    kind              TEXT NOT NULL,
    order_no          TEXT NOT NULL,
    class             TEXT NOT NULL,
    state             TEXT NOT NULL,
    merchant_no       TEXT NOT NULL,
    ours              INTEGER NOT NULL,
    theirs            INTEGER NOT NULL,
    ours_amount_fen   INTEGER NOT NULL,
    theirs_amount_fen INTEGER NOT NULL,
    ours_date         INTEGER NOT NULL,
    ours_cost_fen     INTEGER NOT NULL,
    theirs_fee_fen    INTEGER NOT NULL,
    ours_payer        TEXT NOT NULL,
    theirs_payer      TEXT NOT NULL,
    theirs_time       INTEGER NOT NULL,
    channel_no        TEXT NOT NULL,
    trace_no          TEXT NOT NULL,
    file              TEXT NOT NULL,
    line_no           INTEGER NOT NULL,
    note              TEXT NOT NULL,
    settled_on        INTEGER NOT NULL,
    merchant_fee_fen  INTEGER NOT NULL,
    settled_ref       TEXT,
    PRIMARY KEY (id)
) STRICT;
CREATE UNIQUE INDEX clearing_items_once ON clearing_items (settled_ref);
CREATE INDEX clearing_items_date ON clearing_items (clearing_date, channel, kind, order_no);
CREATE INDEX clearing_items_state ON clearing_items (state, clearing_date, merchant_no);
CREATE INDEX clearing_items_batch ON clearing_items (settled_on, merchant_no, kind, order_no);
CREATE INDEX clearing_items_order ON clearing_items (order_no, kind, state);

-- The settlement of a clearing date.
CREATE TABLE settlement_batches (
    clearing_date   INTEGER NOT NULL,
    settlement_date INTEGER NOT NULL,
    state           TEXT NOT NULL,
    folder          TEXT NOT NULL,
    updated_at      INTEGER NOT NULL,
    PRIMARY KEY (clearing_date)
) STRICT;

-- Each merchant's part of a batch.
CREATE TABLE settlements (
    clearing_date    INTEGER NOT NULL,
    merchant_no      TEXT NOT NULL,
    row_count        INTEGER NOT NULL,
    gross_fen        INTEGER NOT NULL,
    refund_fen       INTEGER NOT NULL,
    fee_fen          INTEGER NOT NULL,
    err_count        INTEGER NOT NULL,
    err_fen          INTEGER NOT NULL,
    err_fee_back_fen INTEGER NOT NULL,
    other_fen        INTEGER NOT NULL,
    suspended_fen    INTEGER NOT NULL,
    replenished_fen  INTEGER NOT NULL,
    credited_fen     INTEGER NOT NULL,
    PRIMARY KEY (clearing_date, merchant_no)
) STRICT;
CREATE INDEX settlements_merchant ON settlements (merchant_no, clearing_date);

-- Settlement files; served by id, never by name.
CREATE TABLE settlement_files (
    id            TEXT NOT NULL,
    clearing_date INTEGER NOT NULL,
    folder        TEXT NOT NULL,
    name          TEXT NOT NULL,
    byte_count    INTEGER NOT NULL,
    line_count    INTEGER NOT NULL,
    sha256        TEXT NOT NULL,
    created_at    INTEGER NOT NULL,
    PRIMARY KEY (id)
) STRICT;
CREATE UNIQUE INDEX settlement_files_name ON settlement_files (folder, name);
CREATE INDEX settlement_files_date ON settlement_files (clearing_date);

-- Who fetched a settlement file.
CREATE TABLE downloads (
    id          TEXT NOT NULL,
    file_id     TEXT NOT NULL,
    user_login  TEXT NOT NULL,
    ip          TEXT NOT NULL,
    happened_at INTEGER NOT NULL,
    PRIMARY KEY (id)
) STRICT;
CREATE INDEX downloads_file ON downloads (file_id);

-- Accounts that log in.
CREATE TABLE users (
    login         TEXT NOT NULL,
    name          TEXT NOT NULL,
    role          TEXT NOT NULL,
    merchant_no   TEXT NOT NULL,
    password_hash TEXT NOT NULL,
    failed        INTEGER NOT NULL,
    locked_until  INTEGER NOT NULL,
    created_at    INTEGER NOT NULL,
    PRIMARY KEY (login)
) STRICT;
CREATE INDEX users_merchant ON users (merchant_no);

-- Sessions; the token itself is nowhere.
CREATE TABLE sessions (
    token_hash   TEXT NOT NULL,
    login        TEXT NOT NULL,
    created_at   INTEGER NOT NULL,
    last_seen_at INTEGER NOT NULL,
    expires_at   INTEGER NOT NULL,
    PRIMARY KEY (token_hash)
) STRICT;
CREATE INDEX sessions_expiry ON sessions (expires_at);
CREATE INDEX sessions_seen ON sessions (last_seen_at);

INSERT INTO fences (name, token) VALUES ('outbox', 0);
