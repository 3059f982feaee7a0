-- +goose Up

-- The wallet that the payer holds and the channel that carries the payment are two
-- things. Until now each wallet had a channel of its own, by the same name. route
-- says why the payment went where it went.
ALTER TABLE payments ADD COLUMN wallet TEXT NOT NULL DEFAULT '';
UPDATE payments SET wallet = channel WHERE wallet = '';
ALTER TABLE payments ADD COLUMN route TEXT NOT NULL DEFAULT '';
DROP INDEX payments_payer;
CREATE INDEX payments_payer ON payments (payer_id, wallet, created_at);

-- Rules of routing, a whole set at a time: proposed by one person, decided by another.
-- open_key and force_key are set while a set is proposed or in force, and NULL
-- otherwise, so that there is at most one of each.
CREATE TABLE route_sets (
    version     INTEGER NOT NULL,
    state       TEXT NOT NULL,
    rules       TEXT NOT NULL,
    reason      TEXT NOT NULL,
    proposed_by TEXT NOT NULL,
    proposed_at INTEGER NOT NULL,
    decided_by  TEXT NOT NULL,
    decided_at  INTEGER NOT NULL,
    note        TEXT NOT NULL,
    open_key    TEXT,
    force_key   TEXT,
    PRIMARY KEY (version)
) STRICT;
CREATE UNIQUE INDEX route_sets_open ON route_sets (open_key);
CREATE UNIQUE INDEX route_sets_force ON route_sets (force_key);
