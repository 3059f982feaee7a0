-- +goose Up

-- Whoever adds up what a payer has paid and may still pay, to hold one more order
-- against the limit, writes the payer's row first: nobody else adds up for the same
-- payer before the commit. A row stands for many payers (a hash of theirs), so the table
-- never grows and tells nothing of anybody.
CREATE TABLE payer_locks (
    bucket INTEGER NOT NULL,
    taken  INTEGER NOT NULL,
    PRIMARY KEY (bucket)
);

INSERT INTO payer_locks (bucket, taken)
WITH RECURSIVE b (bucket) AS (SELECT 0 UNION ALL SELECT bucket + 1 FROM b WHERE bucket < 255)
SELECT bucket, 0 FROM b;
