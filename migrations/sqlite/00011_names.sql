-- +goose Up

-- Names of merchants and of people with accounts are sealed from here on; SQLite
-- has no longer kind of text to change to.
SELECT 1;
