-- +goose Up

-- The further accounts at channels (wechat_east beside wechat), as they were met in a wallet
-- configuration. Whoever clears a day asks each account that was in use on it, whatever
-- configuration is at hand. until_date is 0 while the account is in use.
CREATE TABLE channel_accounts (
    name       TEXT NOT NULL,
    from_date  INTEGER NOT NULL,
    until_date INTEGER NOT NULL,
    PRIMARY KEY (name)
) STRICT;
