-- +goose Up

-- Sessions know how far their person has proved who they are. Those that are open
-- do not, so everybody logs in again.
DROP TABLE sessions;
CREATE TABLE sessions (
    token_hash   TEXT NOT NULL,
    login        TEXT NOT NULL,
    level        TEXT NOT NULL,
    ip           TEXT NOT NULL,
    created_at   INTEGER NOT NULL,
    last_seen_at INTEGER NOT NULL,
    expires_at   INTEGER NOT NULL,
    step_up_at   INTEGER NOT NULL,
    PRIMARY KEY (token_hash)
) STRICT;
CREATE INDEX sessions_expiry ON sessions (expires_at);
CREATE INDEX sessions_seen ON sessions (last_seen_at);
CREATE INDEX sessions_login ON sessions (login);

-- Accounts that are kept out; an account without a row is active.
CREATE TABLE user_states (
    login      TEXT NOT NULL,
    state      TEXT NOT NULL,
    changed_at INTEGER NOT NULL,
    PRIMARY KEY (login)
) STRICT;

-- Authenticator apps; the secret is sealed.
CREATE TABLE totps (
    login        TEXT NOT NULL,
    secret       TEXT NOT NULL,
    created_at   INTEGER NOT NULL,
    confirmed_at INTEGER NOT NULL,
    last_step    INTEGER NOT NULL,
    PRIMARY KEY (login)
) STRICT;

-- Recovery codes that are left, hashed.
CREATE TABLE recovery_codes (
    login     TEXT NOT NULL,
    code_hash TEXT NOT NULL,
    PRIMARY KEY (login, code_hash)
) STRICT, WITHOUT ROWID;

-- Passkeys: public keys and counters, nothing secret. The id is a hash of the
-- credential's, which may be longer than an index takes.
CREATE TABLE passkeys (
    id         TEXT NOT NULL,
    login      TEXT NOT NULL,
    label      TEXT NOT NULL,
    data       TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    used_at    INTEGER NOT NULL,
    PRIMARY KEY (id)
) STRICT;
CREATE INDEX passkeys_login ON passkeys (login);

-- Passkey ceremonies under way.
CREATE TABLE challenges (
    token_hash TEXT NOT NULL,
    login      TEXT NOT NULL,
    purpose    TEXT NOT NULL,
    state      TEXT NOT NULL,
    expires_at INTEGER NOT NULL,
    PRIMARY KEY (token_hash)
) STRICT;
CREATE INDEX challenges_expiry ON challenges (expires_at);

-- Links by which people get an account; the link's token itself is nowhere.
CREATE TABLE invitations (
    id          TEXT NOT NULL,
    token_hash  TEXT NOT NULL,
    login       TEXT NOT NULL,
    name        TEXT NOT NULL,
    role        TEXT NOT NULL,
    merchant_no TEXT NOT NULL,
    state       TEXT NOT NULL,
    invited_by  TEXT NOT NULL,
    created_at  INTEGER NOT NULL,
    expires_at  INTEGER NOT NULL,
    PRIMARY KEY (id)
) STRICT;
CREATE UNIQUE INDEX invitations_token ON invitations (token_hash);
CREATE INDEX invitations_open ON invitations (merchant_no, state, id);

-- Roles on the platform that one administrator proposes and another confirms.
CREATE TABLE role_grants (
    id            TEXT NOT NULL,
    login         TEXT NOT NULL,
    role_from     TEXT NOT NULL,
    role_to       TEXT NOT NULL,
    invitation_id TEXT NOT NULL,
    reason        TEXT NOT NULL,
    state         TEXT NOT NULL,
    proposed_by   TEXT NOT NULL,
    proposed_at   INTEGER NOT NULL,
    decided_by    TEXT NOT NULL,
    decided_at    INTEGER NOT NULL,
    PRIMARY KEY (id)
) STRICT;
CREATE INDEX role_grants_state ON role_grants (state, id);
