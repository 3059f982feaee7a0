-- A half-done run is run again: what it made is left alone, and the tables that it
-- took away are there for a moment, empty.

-- +goose NO TRANSACTION
-- +goose Up

-- Applications. The profile is sealed as a whole; the *_index columns find exact
-- values without opening it.
CREATE TABLE IF NOT EXISTS applications (
    id            VARCHAR(26) NOT NULL,
    login         VARCHAR(64) NOT NULL,
    source        VARCHAR(16) NOT NULL,
    state         VARCHAR(16) NOT NULL,
    revision      INT NOT NULL,
    submission    INT NOT NULL,
    profile       MEDIUMTEXT NOT NULL,
    uscc          VARCHAR(18) NOT NULL,
    id_index      VARCHAR(32) NOT NULL,
    phone_index   VARCHAR(32) NOT NULL,
    account_index VARCHAR(32) NOT NULL,
    risks         TEXT NOT NULL,
    first_by      VARCHAR(64) NOT NULL,
    first_at      BIGINT NOT NULL,
    override_by   VARCHAR(64) NOT NULL,
    merchant_no   VARCHAR(15) NOT NULL,
    created_at    BIGINT NOT NULL,
    updated_at    BIGINT NOT NULL,
    updated_by    VARCHAR(64) NOT NULL,
    submitted_at  BIGINT NOT NULL,
    PRIMARY KEY (id),
    KEY applications_queue (state, submitted_at, id),
    KEY applications_login (login, id),
    KEY applications_merchant (merchant_no),
    KEY applications_uscc (uscc),
    KEY applications_person (id_index),
    KEY applications_phone (phone_index),
    KEY applications_account (account_index)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- What was submitted, each time.
CREATE TABLE IF NOT EXISTS application_submissions (
    id             VARCHAR(26) NOT NULL,
    application_id VARCHAR(26) NOT NULL,
    number         INT NOT NULL,
    profile        MEDIUMTEXT NOT NULL,
    submitted_at   BIGINT NOT NULL,
    submitted_by   VARCHAR(64) NOT NULL,
    PRIMARY KEY (id),
    UNIQUE KEY application_submissions_number (application_id, number)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- Why a submission was rejected, by field.
CREATE TABLE IF NOT EXISTS application_reasons (
    application_id VARCHAR(26) NOT NULL,
    submission     INT NOT NULL,
    line_no        INT NOT NULL,
    path           VARCHAR(64) NOT NULL,
    code           VARCHAR(32) NOT NULL,
    reason         TEXT NOT NULL,
    PRIMARY KEY (application_id, submission, line_no)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- Questions to identity and bank providers, with their answers.
CREATE TABLE IF NOT EXISTS verifications (
    id             VARCHAR(26) NOT NULL,
    application_id VARCHAR(26) NOT NULL,
    submission     INT NOT NULL,
    subject        VARCHAR(16) NOT NULL,
    method         VARCHAR(16) NOT NULL,
    state          VARCHAR(16) NOT NULL,
    provider       VARCHAR(64) NOT NULL,
    reference      VARCHAR(64) NOT NULL,
    reason         TEXT NOT NULL,
    amount_fen     BIGINT NOT NULL,
    tries          INT NOT NULL,
    attempts       INT NOT NULL,
    created_at     BIGINT NOT NULL,
    next_at        BIGINT NOT NULL,
    decided_at     BIGINT NOT NULL,
    decided_by     VARCHAR(160) NOT NULL,
    PRIMARY KEY (id),
    KEY verifications_application (application_id, id),
    KEY verifications_due (state, id, next_at)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- The last number given out of each series.
CREATE TABLE IF NOT EXISTS series (
    name   VARCHAR(64) NOT NULL,
    number BIGINT NOT NULL,
    PRIMARY KEY (name)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- A merchant's registration at each channel; channel_id is NULL until accepted.
CREATE TABLE IF NOT EXISTS channel_enrolments (
    merchant_no   VARCHAR(15) NOT NULL,
    channel       VARCHAR(16) NOT NULL,
    channel_id    VARCHAR(32) NULL,
    state         VARCHAR(16) NOT NULL,
    business_code VARCHAR(40) NOT NULL,
    version       INT NOT NULL,
    reasons       TEXT NOT NULL,
    message       TEXT NOT NULL,
    attempts      INT NOT NULL,
    next_at       BIGINT NOT NULL,
    updated_at    BIGINT NOT NULL,
    PRIMARY KEY (merchant_no, channel),
    UNIQUE KEY channel_enrolments_id (channel, channel_id),
    KEY channel_enrolments_due (state, merchant_no, next_at)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE IF NOT EXISTS enrolments (
    merchant_no VARCHAR(15) NOT NULL,
    channel     VARCHAR(16) NOT NULL,
    channel_id  VARCHAR(32) NOT NULL,
    PRIMARY KEY (merchant_no, channel)
);
INSERT IGNORE INTO channel_enrolments (merchant_no, channel, channel_id, state, business_code, version, reasons, message, attempts, next_at, updated_at)
SELECT merchant_no, channel, channel_id, 'accepted', '', 1, '', '', 0, 0, 0 FROM enrolments;
DROP TABLE enrolments;

-- Rates agreed, by channel and card kind, from a day to a day (0 = open).
CREATE TABLE IF NOT EXISTS rate_agreements (
    id          VARCHAR(26) NOT NULL,
    merchant_no VARCHAR(15) NOT NULL,
    channel     VARCHAR(16) NOT NULL,
    card_kind   VARCHAR(16) NOT NULL,
    rate_ppm    BIGINT NOT NULL,
    cap_fen     BIGINT NOT NULL,
    valid_from  INT NOT NULL,
    valid_to    INT NOT NULL,
    version     INT NOT NULL,
    contract    VARCHAR(32) NOT NULL,
    reason      TEXT NOT NULL,
    made_by     VARCHAR(64) NOT NULL,
    checked_by  VARCHAR(64) NOT NULL,
    PRIMARY KEY (id),
    UNIQUE KEY rate_agreements_version (merchant_no, channel, card_kind, version)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE IF NOT EXISTS agreements (
    id          VARCHAR(26) NOT NULL,
    merchant_no VARCHAR(15) NOT NULL,
    channel     VARCHAR(16) NOT NULL,
    rate_ppm    BIGINT NOT NULL,
    cap_fen     BIGINT NOT NULL,
    valid_from  INT NOT NULL,
    valid_to    INT NOT NULL,
    PRIMARY KEY (id)
);
INSERT IGNORE INTO rate_agreements (id, merchant_no, channel, card_kind, rate_ppm, cap_fen, valid_from, valid_to, version, contract, reason, made_by, checked_by)
SELECT id, merchant_no, channel, '', rate_ppm, cap_fen, valid_from, valid_to,
    (SELECT COUNT(*) FROM agreements b WHERE b.merchant_no = a.merchant_no AND b.channel = a.channel AND b.valid_from <= a.valid_from), '', '', '', ''
FROM agreements a;
DROP TABLE agreements;
