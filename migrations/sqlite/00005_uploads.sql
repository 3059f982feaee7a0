-- +goose Up

-- Photos of applications; content is sealed JPEG, size is that of the JPEG.
CREATE TABLE uploads (
    id           TEXT NOT NULL,
    owner        TEXT NOT NULL,
    kind         TEXT NOT NULL,
    sha256       TEXT NOT NULL,
    size_bytes   INTEGER NOT NULL,
    width        INTEGER NOT NULL,
    height       INTEGER NOT NULL,
    created_at   INTEGER NOT NULL,
    created_by   TEXT NOT NULL,
    content      BLOB NOT NULL,
    PRIMARY KEY (id)
) STRICT;
CREATE INDEX uploads_owner ON uploads (owner, id);
