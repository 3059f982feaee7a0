-- +goose Up

-- What a merchant is in law stands beside its sealed profile, so that lists can be
-- narrowed to it. Codes of the older rows tell it: 92 begins an individual
-- business's, and a micro merchant has none.
ALTER TABLE applications ADD COLUMN kind TEXT NOT NULL DEFAULT '';
UPDATE applications SET kind = CASE WHEN uscc = '' THEN 'micro' WHEN uscc LIKE '92%' THEN 'individual' ELSE 'enterprise' END;

-- live_key is who applies, by code or by person and account, from the submission
-- until the application is rejected or withdrawn, and NULL otherwise: at most one
-- application of a business lives, whoever hands them in at once. Of older rows
-- that share a key the first keeps it.
ALTER TABLE applications ADD COLUMN live_key TEXT;
UPDATE applications SET live_key = CASE WHEN uscc <> '' THEN uscc ELSE id_index || '/' || account_index END
WHERE id IN (
    SELECT first_id FROM (
        SELECT MIN(id) AS first_id FROM applications WHERE state NOT IN ('draft', 'rejected', 'withdrawn')
        GROUP BY uscc, CASE WHEN uscc <> '' THEN '' ELSE id_index || '/' || account_index END
    ) AS firsts
);
CREATE UNIQUE INDEX applications_live ON applications (live_key);

CREATE INDEX merchants_state ON merchants (state, merchant_no);
