-- +goose NO TRANSACTION
-- +goose Up

-- Payments by the consumer's code have no plate and no payer known beforehand;
-- operator is who scanned it. reason is what a payer can be told of a refusal.
-- no_credit: the order excludes credit cards, now and whenever it is placed again.
-- (Columns and index are asked for first: this migration may be run again after it
-- was stopped.)
SET @add = IF((SELECT COUNT(*) FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = 'payments' AND column_name = 'operator') = 0,
    "ALTER TABLE payments ADD COLUMN operator VARCHAR(64) NOT NULL DEFAULT '', ADD COLUMN reason VARCHAR(32) NOT NULL DEFAULT '', ADD COLUMN no_credit TINYINT NOT NULL DEFAULT 0", 'DO 0');
PREPARE change_payments FROM @add;
EXECUTE change_payments;

-- What a store took today.
SET @add = IF((SELECT COUNT(*) FROM information_schema.statistics WHERE table_schema = DATABASE() AND table_name = 'payments' AND index_name = 'payments_store') = 0,
    'CREATE INDEX payments_store ON payments (store_id, created_at)', 'DO 0');
PREPARE change_payments FROM @add;
EXECUTE change_payments;
