-- +goose Up

-- Payments by the consumer's code have no plate and no payer known beforehand;
-- operator is who scanned it. reason is what a payer can be told of a refusal.
-- no_credit: the order excludes credit cards, now and whenever it is placed again.
ALTER TABLE payments ADD COLUMN operator TEXT NOT NULL DEFAULT '';
ALTER TABLE payments ADD COLUMN reason TEXT NOT NULL DEFAULT '';
ALTER TABLE payments ADD COLUMN no_credit INTEGER NOT NULL DEFAULT 0;

-- What a store took today.
CREATE INDEX payments_store ON payments (store_id, created_at);
