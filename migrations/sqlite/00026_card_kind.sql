-- +goose Up

-- The kind of card that paid: debit, credit, other, or '' where the channel does not
-- say; and the network's fee of what was settled.
ALTER TABLE payments ADD COLUMN card_kind TEXT NOT NULL DEFAULT '';
ALTER TABLE clearing_items ADD COLUMN network_fee_fen INTEGER NOT NULL DEFAULT 0;
