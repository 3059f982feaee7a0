-- +goose Up

-- What people at the desk look payments up by: the latest of all merchants, the
-- channel's number, the terminal's trace number, and who paid.
CREATE INDEX payments_created ON payments (created_at, order_no);
CREATE INDEX payments_channel_no ON payments (channel_no);
CREATE INDEX payments_trace ON payments (trace, created_at);
CREATE INDEX payments_account ON payments (payer_account, created_at);
CREATE INDEX refunds_channel_no ON refunds (channel_no);
