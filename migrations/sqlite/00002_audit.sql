-- +goose Up

-- The audit's hash chain: an entry's place and the hash over all up to it.
CREATE TABLE audit_chain (
    seq      INTEGER NOT NULL,
    audit_id TEXT NOT NULL,
    hash     TEXT NOT NULL,
    PRIMARY KEY (seq)
) STRICT;
CREATE UNIQUE INDEX audit_chain_entry ON audit_chain (audit_id);

-- The chain's end.
CREATE TABLE audit_head (
    name TEXT NOT NULL,
    seq  INTEGER NOT NULL,
    hash TEXT NOT NULL,
    PRIMARY KEY (name)
) STRICT, WITHOUT ROWID;

INSERT INTO audit_head (name, seq, hash) VALUES ('audit', 0, '');
