-- +goose NO TRANSACTION
-- +goose Up

-- The further accounts at channels (wechat_east beside wechat), as they were met in a wallet
-- configuration. Whoever clears a day asks each account that was in use on it, whatever
-- configuration is at hand. until_date is 0 while the account is in use.
CREATE TABLE IF NOT EXISTS channel_accounts (
    name       VARCHAR(32) NOT NULL,
    from_date  INT NOT NULL,
    until_date INT NOT NULL,
    PRIMARY KEY (name)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
