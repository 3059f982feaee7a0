-- +goose NO TRANSACTION
-- +goose Up

-- What people at the desk look payments up by: the latest of all merchants, the
-- channel's number, the terminal's trace number, and who paid. An index cannot be
-- added "if it is not there" on every server, so ask first: this migration may be run
-- again after it was stopped.
SET @add = IF((SELECT COUNT(*) FROM information_schema.statistics WHERE table_schema = DATABASE() AND table_name = 'payments' AND index_name = 'payments_created') = 0,
    'CREATE INDEX payments_created ON payments (created_at, order_no)', 'DO 0');
PREPARE add_index FROM @add;
EXECUTE add_index;
SET @add = IF((SELECT COUNT(*) FROM information_schema.statistics WHERE table_schema = DATABASE() AND table_name = 'payments' AND index_name = 'payments_channel_no') = 0,
    'CREATE INDEX payments_channel_no ON payments (channel_no)', 'DO 0');
PREPARE add_index FROM @add;
EXECUTE add_index;
SET @add = IF((SELECT COUNT(*) FROM information_schema.statistics WHERE table_schema = DATABASE() AND table_name = 'payments' AND index_name = 'payments_trace') = 0,
    'CREATE INDEX payments_trace ON payments (trace, created_at)', 'DO 0');
PREPARE add_index FROM @add;
EXECUTE add_index;
SET @add = IF((SELECT COUNT(*) FROM information_schema.statistics WHERE table_schema = DATABASE() AND table_name = 'payments' AND index_name = 'payments_account') = 0,
    'CREATE INDEX payments_account ON payments (payer_account, created_at)', 'DO 0');
PREPARE add_index FROM @add;
EXECUTE add_index;
SET @add = IF((SELECT COUNT(*) FROM information_schema.statistics WHERE table_schema = DATABASE() AND table_name = 'refunds' AND index_name = 'refunds_channel_no') = 0,
    'CREATE INDEX refunds_channel_no ON refunds (channel_no)', 'DO 0');
PREPARE add_index FROM @add;
EXECUTE add_index;
DEALLOCATE PREPARE add_index;
