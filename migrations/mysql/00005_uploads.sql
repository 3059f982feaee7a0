-- +goose NO TRANSACTION
-- +goose Up

-- Photos of applications; content is sealed JPEG, size is that of the JPEG.
CREATE TABLE IF NOT EXISTS uploads (
    id           VARCHAR(26) NOT NULL,
    owner        VARCHAR(64) NOT NULL,
    kind         VARCHAR(32) NOT NULL,
    sha256       VARCHAR(64) NOT NULL,
    size_bytes   BIGINT NOT NULL,
    width        INT NOT NULL,
    height       INT NOT NULL,
    created_at   BIGINT NOT NULL,
    created_by   VARCHAR(128) NOT NULL,
    content      MEDIUMBLOB NOT NULL,
    PRIMARY KEY (id),
    KEY uploads_owner (owner, id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
