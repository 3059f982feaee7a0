-- +goose NO TRANSACTION
-- +goose Up

-- Names of merchants and of people with accounts are sealed from here on, and
-- sealed values are longer than what they hold.
ALTER TABLE merchants MODIFY name TEXT NOT NULL;
ALTER TABLE users MODIFY name TEXT NOT NULL;
ALTER TABLE invitations MODIFY name TEXT NOT NULL;
