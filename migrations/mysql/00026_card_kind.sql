-- +goose NO TRANSACTION
-- +goose Up

-- The kind of card that paid: debit, credit, other, or '' where the channel does not
-- say; and the network's fee of what was settled. (Columns are asked for first: this
-- migration may be run again after it was stopped.)
SET @change = IF((SELECT COUNT(*) FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = 'payments' AND column_name = 'card_kind') = 0,
    "ALTER TABLE payments ADD COLUMN card_kind VARCHAR(8) NOT NULL DEFAULT ''", 'DO 0');
PREPARE change_it FROM @change;
EXECUTE change_it;
SET @change = IF((SELECT COUNT(*) FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = 'clearing_items' AND column_name = 'network_fee_fen') = 0,
    'ALTER TABLE clearing_items ADD COLUMN network_fee_fen BIGINT NOT NULL DEFAULT 0', 'DO 0');
PREPARE change_it FROM @change;
EXECUTE change_it;
DEALLOCATE PREPARE change_it;
