-- +goose Up

-- Every file that came in, whatever became of it. live_key is set while a file is in
-- use (channel, merchant, date and kind: one file of each), version_key while it has a
-- version, content_key for what was brought: the same file again is no news. findings
-- is the list of its steps as JSON.
CREATE TABLE statement_files (
    id            TEXT NOT NULL,
    channel       TEXT NOT NULL,
    merchant_id   TEXT NOT NULL,
    clearing_date INTEGER NOT NULL,
    kind          TEXT NOT NULL,
    layout        TEXT NOT NULL,
    name          TEXT NOT NULL,
    is_empty      INTEGER NOT NULL,
    byte_count    INTEGER NOT NULL,
    sha256        TEXT NOT NULL,
    fingerprint   TEXT NOT NULL,
    path          TEXT NOT NULL,
    state         TEXT NOT NULL,
    version       INTEGER NOT NULL,
    row_count     INTEGER NOT NULL,
    pay_count     INTEGER NOT NULL,
    paid_fen      INTEGER NOT NULL,
    refund_count  INTEGER NOT NULL,
    refunded_fen  INTEGER NOT NULL,
    fee_fen       INTEGER NOT NULL,
    origin        TEXT NOT NULL,
    actor         TEXT NOT NULL,
    findings      TEXT NOT NULL,
    came_at       INTEGER NOT NULL,
    live_key      TEXT,
    version_key   TEXT,
    content_key   TEXT,
    PRIMARY KEY (id)
) STRICT;
CREATE UNIQUE INDEX statement_files_live ON statement_files (live_key);
CREATE UNIQUE INDEX statement_files_version ON statement_files (version_key);
CREATE UNIQUE INDEX statement_files_content ON statement_files (content_key);
CREATE INDEX statement_files_day ON statement_files (clearing_date, channel, merchant_id);
CREATE INDEX statement_files_state ON statement_files (state, came_at);
CREATE INDEX statement_files_sha ON statement_files (sha256);

-- What was fetched until now: of each account and date the last one was in use.
INSERT INTO statement_files (id, channel, merchant_id, clearing_date, kind, layout, name, is_empty, byte_count, sha256, fingerprint, path, state, version,
    row_count, pay_count, paid_fen, refund_count, refunded_fen, fee_fen, origin, actor, findings, came_at, live_key, version_key, content_key)
SELECT s.id, s.channel, s.merchant_id, s.clearing_date, 'payments', '', s.name, s.is_empty, s.byte_count, s.sha256, '', s.path,
    CASE WHEN n.later > 0 THEN 'superseded' WHEN d.state = 'reconciled' THEN 'matched' ELSE 'staged' END, n.version,
    0, 0, 0, 0, 0, 0, 'fetched', 'clearing', '{}', s.fetched_at,
    CASE WHEN n.later > 0 THEN NULL ELSE s.channel || '|' || s.merchant_id || '|' || s.clearing_date || '|payments' END,
    s.channel || '|' || s.merchant_id || '|' || s.clearing_date || '|payments|' || n.version,
    s.channel || '|' || s.merchant_id || '|' || s.clearing_date || '|payments|' || s.sha256
FROM statements s
JOIN (SELECT a.id,
        (SELECT COUNT(*) FROM statements b WHERE b.channel = a.channel AND b.merchant_id = a.merchant_id AND b.clearing_date = a.clearing_date AND b.id <= a.id) AS version,
        (SELECT COUNT(*) FROM statements b WHERE b.channel = a.channel AND b.merchant_id = a.merchant_id AND b.clearing_date = a.clearing_date AND b.id > a.id) AS later
      FROM statements a) n ON n.id = s.id
LEFT JOIN clearing_days d ON d.channel = s.channel AND d.clearing_date = s.clearing_date;
DROP TABLE statements;

-- What one person proposes about a quarantined file, and another decides: where its
-- columns belong (map_text, a version of its channel's mapping), and how many rows and
-- how much money the channel's own page shows. open_key is the file while a proposal
-- is open.
CREATE TABLE statement_clearances (
    id           TEXT NOT NULL,
    file_id      TEXT NOT NULL,
    channel      TEXT NOT NULL,
    merchant_id  TEXT NOT NULL,
    clearing_date INTEGER NOT NULL,
    signature    TEXT NOT NULL,
    version      INTEGER NOT NULL,
    map_text     TEXT NOT NULL,
    row_count    INTEGER NOT NULL,
    sum_fen      INTEGER NOT NULL,
    state        TEXT NOT NULL,
    reason       TEXT NOT NULL,
    proposed_by  TEXT NOT NULL,
    proposed_at  INTEGER NOT NULL,
    decided_by   TEXT NOT NULL,
    decided_at   INTEGER NOT NULL,
    note         TEXT NOT NULL,
    open_key     TEXT,
    version_key  TEXT,
    PRIMARY KEY (id)
) STRICT;
CREATE UNIQUE INDEX statement_clearances_open ON statement_clearances (open_key);
CREATE UNIQUE INDEX statement_clearances_version ON statement_clearances (version_key);
CREATE INDEX statement_clearances_file ON statement_clearances (file_id, proposed_at);
