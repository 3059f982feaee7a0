-- +goose NO TRANSACTION
-- +goose Up

-- Applications to a channel that were handed in anew after a rejection: what the
-- version is sent with (sealed), and what had been rejected.
CREATE TABLE IF NOT EXISTS enrolment_resubmissions (
    id              VARCHAR(26) NOT NULL,
    merchant_no     VARCHAR(15) NOT NULL,
    channel         VARCHAR(16) NOT NULL,
    version         INT NOT NULL,
    profile         MEDIUMTEXT NOT NULL,
    rejected_code   VARCHAR(40) NOT NULL,
    rejected_for    TEXT NOT NULL,
    rejected_answer TEXT NOT NULL,
    made_by         VARCHAR(64) NOT NULL,
    reason          TEXT NOT NULL,
    made_at         BIGINT NOT NULL,
    PRIMARY KEY (id),
    UNIQUE KEY enrolment_resubmissions_version (merchant_no, channel, version)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
