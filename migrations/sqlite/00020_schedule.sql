-- +goose Up

-- What a process does about a channel's clearing day by itself, or with the channel ''
-- about the day's batch: leased under a fence, tried again at next_at. alarmed_at: people
-- were told that it is late.
CREATE TABLE clearing_jobs (
    channel       TEXT NOT NULL,
    clearing_date INTEGER NOT NULL,
    tries         INTEGER NOT NULL,
    next_at       INTEGER NOT NULL,
    problem       TEXT NOT NULL,
    alarmed_at    INTEGER NOT NULL,
    fence         INTEGER NOT NULL,
    leased_until  INTEGER NOT NULL,
    PRIMARY KEY (channel, clearing_date)
) STRICT;

-- Versions of the business calendar: days off and working days as people write them.
-- open_key lets one proposal be open and force_key one version be in force.
CREATE TABLE business_calendars (
    version     INTEGER NOT NULL,
    state       TEXT NOT NULL,
    days        TEXT NOT NULL,
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
CREATE UNIQUE INDEX business_calendars_open ON business_calendars (open_key);
CREATE UNIQUE INDEX business_calendars_force ON business_calendars (force_key);
