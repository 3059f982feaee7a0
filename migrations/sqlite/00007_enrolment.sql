-- +goose Up

-- Applications to a channel that were handed in anew after a rejection: what the
-- version is sent with (sealed), and what had been rejected.
CREATE TABLE enrolment_resubmissions (
    id              TEXT NOT NULL,
    merchant_no     TEXT NOT NULL,
    channel         TEXT NOT NULL,
    version         INTEGER NOT NULL,
    profile         TEXT NOT NULL,
    rejected_code   TEXT NOT NULL,
    rejected_for    TEXT NOT NULL,
    rejected_answer TEXT NOT NULL,
    made_by         TEXT NOT NULL,
    reason          TEXT NOT NULL,
    made_at         INTEGER NOT NULL,
    PRIMARY KEY (id)
) STRICT;
CREATE UNIQUE INDEX enrolment_resubmissions_version ON enrolment_resubmissions (merchant_no, channel, version);
