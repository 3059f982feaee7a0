-- +goose NO TRANSACTION
-- +goose Up

-- Every file that came in, whatever became of it. live_key is set while a file is in
-- use (channel, merchant, date and kind: one file of each), version_key while it has a
-- version, content_key for what was brought: the same file again is no news. findings
-- is the list of its steps as JSON. (This migration may be run again after it was
-- stopped: the copy is made only while the old table is there.)
CREATE TABLE IF NOT EXISTS statement_files (
    id            VARCHAR(26) NOT NULL,
    channel       VARCHAR(32) NOT NULL,
    merchant_id   VARCHAR(64) NOT NULL,
    clearing_date INT NOT NULL,
    kind          VARCHAR(16) NOT NULL,
    layout        VARCHAR(32) NOT NULL,
    name          VARCHAR(255) NOT NULL,
    is_empty      TINYINT NOT NULL,
    byte_count    BIGINT NOT NULL,
    sha256        CHAR(64) NOT NULL,
    fingerprint   VARCHAR(64) NOT NULL,
    path          VARCHAR(512) NOT NULL,
    state         VARCHAR(16) NOT NULL,
    version       INT NOT NULL,
    row_count     BIGINT NOT NULL,
    pay_count     BIGINT NOT NULL,
    paid_fen      BIGINT NOT NULL,
    refund_count  BIGINT NOT NULL,
    refunded_fen  BIGINT NOT NULL,
    fee_fen       BIGINT NOT NULL,
    origin        VARCHAR(16) NOT NULL,
    actor         VARCHAR(64) NOT NULL,
    findings      MEDIUMTEXT NOT NULL,
    came_at       BIGINT NOT NULL,
    live_key      VARCHAR(191) NULL,
    version_key   VARCHAR(191) NULL,
    content_key   VARCHAR(255) NULL,
    PRIMARY KEY (id),
    UNIQUE KEY statement_files_live (live_key),
    UNIQUE KEY statement_files_version (version_key),
    UNIQUE KEY statement_files_content (content_key),
    KEY statement_files_day (clearing_date, channel, merchant_id),
    KEY statement_files_state (state, came_at),
    KEY statement_files_sha (sha256)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- What was fetched until now: of each account and date the last one was in use.
SET @copy = IF((SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name = 'statements') > 0,
    "INSERT IGNORE INTO statement_files (id, channel, merchant_id, clearing_date, kind, layout, name, is_empty, byte_count, sha256, fingerprint, path, state, version, row_count, pay_count, paid_fen, refund_count, refunded_fen, fee_fen, origin, actor, findings, came_at, live_key, version_key, content_key) SELECT s.id, s.channel, s.merchant_id, s.clearing_date, 'payments', '', s.name, s.is_empty, s.byte_count, s.sha256, '', s.path, CASE WHEN n.later > 0 THEN 'superseded' WHEN d.state = 'reconciled' THEN 'matched' ELSE 'staged' END, n.version, 0, 0, 0, 0, 0, 0, 'fetched', 'clearing', '{}', s.fetched_at, CASE WHEN n.later > 0 THEN NULL ELSE CONCAT_WS('|', s.channel, s.merchant_id, s.clearing_date, 'payments') END, CONCAT_WS('|', s.channel, s.merchant_id, s.clearing_date, 'payments', n.version), CONCAT_WS('|', s.channel, s.merchant_id, s.clearing_date, 'payments', s.sha256) FROM statements s JOIN (SELECT a.id, (SELECT COUNT(*) FROM statements b WHERE b.channel = a.channel AND b.merchant_id = a.merchant_id AND b.clearing_date = a.clearing_date AND b.id <= a.id) AS version, (SELECT COUNT(*) FROM statements b WHERE b.channel = a.channel AND b.merchant_id = a.merchant_id AND b.clearing_date = a.clearing_date AND b.id > a.id) AS later FROM statements a) n ON n.id = s.id LEFT JOIN clearing_days d ON d.channel = s.channel AND d.clearing_date = s.clearing_date", 'DO 0');
PREPARE copy_statements FROM @copy;
EXECUTE copy_statements;
DEALLOCATE PREPARE copy_statements;
DROP TABLE IF EXISTS statements;

-- What one person proposes about a quarantined file, and another decides: where its
-- columns belong (map_text, a version of its channel's mapping), and how many rows and
-- how much money the channel's own page shows. open_key is the file while a proposal
-- is open.
CREATE TABLE IF NOT EXISTS statement_clearances (
    id            VARCHAR(26) NOT NULL,
    file_id       VARCHAR(26) NOT NULL,
    channel       VARCHAR(32) NOT NULL,
    merchant_id   VARCHAR(64) NOT NULL,
    clearing_date INT NOT NULL,
    signature     VARCHAR(32) NOT NULL,
    version       INT NOT NULL,
    map_text      MEDIUMTEXT NOT NULL,
    row_count     BIGINT NOT NULL,
    sum_fen       BIGINT NOT NULL,
    state         VARCHAR(16) NOT NULL,
    reason        TEXT NOT NULL,
    proposed_by   VARCHAR(64) NOT NULL,
    proposed_at   BIGINT NOT NULL,
    decided_by    VARCHAR(64) NOT NULL,
    decided_at    BIGINT NOT NULL,
    note          TEXT NOT NULL,
    open_key      VARCHAR(26) NULL,
    version_key   VARCHAR(191) NULL,
    PRIMARY KEY (id),
    UNIQUE KEY statement_clearances_open (open_key),
    UNIQUE KEY statement_clearances_version (version_key),
    KEY statement_clearances_file (file_id, proposed_at)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
