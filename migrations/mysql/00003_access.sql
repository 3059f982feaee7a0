-- +goose NO TRANSACTION
-- +goose Up

-- Sessions know how far their person has proved who they are. Those that are open
-- do not, so everybody logs in again.
DROP TABLE IF EXISTS sessions;
CREATE TABLE IF NOT EXISTS sessions (
    token_hash   VARCHAR(64) NOT NULL,
    login        VARCHAR(64) NOT NULL,
    level        VARCHAR(16) NOT NULL,
    ip           VARCHAR(64) NOT NULL,
    created_at   BIGINT NOT NULL,
    last_seen_at BIGINT NOT NULL,
    expires_at   BIGINT NOT NULL,
    step_up_at   BIGINT NOT NULL,
    PRIMARY KEY (token_hash),
    KEY sessions_expiry (expires_at),
    KEY sessions_seen (last_seen_at),
    KEY sessions_login (login)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- Accounts that are kept out; an account without a row is active.
CREATE TABLE IF NOT EXISTS user_states (
    login      VARCHAR(64) NOT NULL,
    state      VARCHAR(16) NOT NULL,
    changed_at BIGINT NOT NULL,
    PRIMARY KEY (login)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- Authenticator apps; the secret is sealed.
CREATE TABLE IF NOT EXISTS totps (
    login        VARCHAR(64) NOT NULL,
    secret       TEXT NOT NULL,
    created_at   BIGINT NOT NULL,
    confirmed_at BIGINT NOT NULL,
    last_step    BIGINT NOT NULL,
    PRIMARY KEY (login)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- Recovery codes that are left, hashed.
CREATE TABLE IF NOT EXISTS recovery_codes (
    login     VARCHAR(64) NOT NULL,
    code_hash VARCHAR(64) NOT NULL,
    PRIMARY KEY (login, code_hash)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- Passkeys: public keys and counters, nothing secret. The id is a hash of the
-- credential's, which may be longer than an index takes.
CREATE TABLE IF NOT EXISTS passkeys (
    id         VARCHAR(64) NOT NULL,
    login      VARCHAR(64) NOT NULL,
    label      VARCHAR(255) NOT NULL,
    data       TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    used_at    BIGINT NOT NULL,
    PRIMARY KEY (id),
    KEY passkeys_login (login)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- Passkey ceremonies under way.
CREATE TABLE IF NOT EXISTS challenges (
    token_hash VARCHAR(64) NOT NULL,
    login      VARCHAR(64) NOT NULL,
    purpose    VARCHAR(16) NOT NULL,
    state      TEXT NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (token_hash),
    KEY challenges_expiry (expires_at)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- Links by which people get an account; the link's token itself is nowhere.
CREATE TABLE IF NOT EXISTS invitations (
    id          VARCHAR(26) NOT NULL,
    token_hash  VARCHAR(64) NOT NULL,
    login       VARCHAR(64) NOT NULL,
    name        VARCHAR(255) NOT NULL,
    role        VARCHAR(32) NOT NULL,
    merchant_no VARCHAR(15) NOT NULL,
    state       VARCHAR(16) NOT NULL,
    invited_by  VARCHAR(64) NOT NULL,
    created_at  BIGINT NOT NULL,
    expires_at  BIGINT NOT NULL,
    PRIMARY KEY (id),
    UNIQUE KEY invitations_token (token_hash),
    KEY invitations_open (merchant_no, state, id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- Roles on the platform that one administrator proposes and another confirms.
CREATE TABLE IF NOT EXISTS role_grants (
    id            VARCHAR(26) NOT NULL,
    login         VARCHAR(64) NOT NULL,
    role_from     VARCHAR(32) NOT NULL,
    role_to       VARCHAR(32) NOT NULL,
    invitation_id VARCHAR(26) NOT NULL,
    reason        VARCHAR(255) NOT NULL,
    state         VARCHAR(16) NOT NULL,
    proposed_by   VARCHAR(64) NOT NULL,
    proposed_at   BIGINT NOT NULL,
    decided_by    VARCHAR(64) NOT NULL,
    decided_at    BIGINT NOT NULL,
    PRIMARY KEY (id),
    KEY role_grants_state (state, id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
