-- +goose NO TRANSACTION
-- +goose Up

-- What a process does about a channel's clearing day by itself, or with the channel ''
-- about the day's batch: leased under a fence, tried again at next_at. alarmed_at: people
-- were told that it is late.
CREATE TABLE IF NOT EXISTS clearing_jobs (
    channel       VARCHAR(32) NOT NULL,
    clearing_date INT NOT NULL,
    tries         INT NOT NULL,
    next_at       BIGINT NOT NULL,
    problem       TEXT NOT NULL,
    alarmed_at    BIGINT NOT NULL,
    fence         BIGINT NOT NULL,
    leased_until  BIGINT NOT NULL,
    PRIMARY KEY (channel, clearing_date)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- Versions of the business calendar: days off and working days as people write them.
-- open_key lets one proposal be open and force_key one version be in force.
CREATE TABLE IF NOT EXISTS business_calendars (
    version     INT NOT NULL,
    state       VARCHAR(16) NOT NULL,
    days        TEXT NOT NULL,
    reason      TEXT NOT NULL,
    proposed_by VARCHAR(64) NOT NULL,
    proposed_at BIGINT NOT NULL,
    decided_by  VARCHAR(64) NOT NULL,
    decided_at  BIGINT NOT NULL,
    note        TEXT NOT NULL,
    open_key    VARCHAR(16) NULL,
    force_key   VARCHAR(16) NULL,
    PRIMARY KEY (version),
    UNIQUE KEY business_calendars_open (open_key),
    UNIQUE KEY business_calendars_force (force_key)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
