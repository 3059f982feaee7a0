-- +goose NO TRANSACTION
-- +goose Up

-- What a merchant is in law stands beside its sealed profile, so that lists can be
-- narrowed to it. Codes of the older rows tell it: 92 begins an individual
-- business's, and a micro merchant has none. (Columns are asked for first: this
-- migration may be run again after it was stopped.)
SET @kind = IF((SELECT COUNT(*) FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = 'applications' AND column_name = 'kind') = 0,
    "ALTER TABLE applications ADD COLUMN kind VARCHAR(16) NOT NULL DEFAULT ''", 'DO 0');
PREPARE add_kind FROM @kind;
EXECUTE add_kind;
DEALLOCATE PREPARE add_kind;
UPDATE applications SET kind = CASE WHEN uscc = '' THEN 'micro' WHEN uscc LIKE '92%' THEN 'individual' ELSE 'enterprise' END WHERE kind = '';

-- live_key is who applies, by code or by person and account, from the submission
-- until the application is rejected or withdrawn, and NULL otherwise: at most one
-- application of a business lives, whoever hands them in at once. Of older rows
-- that share a key the first keeps it.
SET @live = IF((SELECT COUNT(*) FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = 'applications' AND column_name = 'live_key') = 0,
    'ALTER TABLE applications ADD COLUMN live_key VARCHAR(80) NULL', 'DO 0');
PREPARE add_live FROM @live;
EXECUTE add_live;
DEALLOCATE PREPARE add_live;
UPDATE applications SET live_key = CASE WHEN uscc <> '' THEN uscc ELSE CONCAT(id_index, '/', account_index) END
WHERE live_key IS NULL AND id IN (
    SELECT first_id FROM (
        SELECT MIN(id) AS first_id FROM applications WHERE state NOT IN ('draft', 'rejected', 'withdrawn')
        GROUP BY uscc, CASE WHEN uscc <> '' THEN '' ELSE CONCAT(id_index, '/', account_index) END
    ) AS firsts
);
SET @live = IF((SELECT COUNT(*) FROM information_schema.statistics WHERE table_schema = DATABASE() AND table_name = 'applications' AND index_name = 'applications_live') = 0,
    'CREATE UNIQUE INDEX applications_live ON applications (live_key)', 'DO 0');
PREPARE add_live FROM @live;
EXECUTE add_live;
DEALLOCATE PREPARE add_live;

SET @state = IF((SELECT COUNT(*) FROM information_schema.statistics WHERE table_schema = DATABASE() AND table_name = 'merchants' AND index_name = 'merchants_state') = 0,
    'CREATE INDEX merchants_state ON merchants (state, merchant_no)', 'DO 0');
PREPARE add_state FROM @state;
EXECUTE add_state;
DEALLOCATE PREPARE add_state;
