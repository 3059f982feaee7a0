package store

import (
	"strings"
)

// uniqueIndex ties a unique index of the migrations to the field that a caller
// can mend. SQLite reports columns, MySQL the index's name.
type uniqueIndex struct {
	name    string // "PRIMARY" for a primary key
	columns string // as SQLite reports them, "table.column, table.column"
	table   string
	field   string
}

// uniqueIndexes lists every unique index of the schema; a test compares it with
// the migrations.
var uniqueIndexes = []uniqueIndex{
	primary("meta", "meta_key"),
	primary("merchants", "merchant_no"),
	primary("stores", "id"),
	primary("terminals", "terminal_no"),
	primary("rate_agreements", "id"),
	unique("rate_agreements", "rate_agreements_version", "version", "merchant_no", "channel", "card_kind", "version"),
	primaryOf("channel_enrolments", "channel", "merchant_no", "channel"),
	unique("channel_enrolments", "channel_enrolments_id", "channel_id", "channel", "channel_id"),
	primary("enrolment_resubmissions", "id"),
	unique("enrolment_resubmissions", "enrolment_resubmissions_version", "version", "merchant_no", "channel", "version"),
	primary("rate_changes", "id"),
	unique("rate_changes", "rate_changes_open", "open_key", "open_key"),
	primary("applications", "id"),
	unique("applications", "applications_live", "applicant", "live_key"),
	primary("application_submissions", "id"),
	unique("application_submissions", "application_submissions_number", "number", "application_id", "number"),
	primaryOf("application_reasons", "line_no", "application_id", "submission", "line_no"),
	primary("verifications", "id"),
	primary("series", "name"),
	primary("account_changes", "id"),
	unique("account_changes", "account_changes_open", "open_key", "open_key"),
	primary("messages", "id"),
	primary("wire_messages", "id"),
	primaryOf("closed_places", "place_id", "place", "place_id"),
	primaryOf("search_terms", "object_id", "term", "kind", "object_id"),
	primary("plate_batches", "id"),
	primary("plate_serials", "serial_day"),
	primary("plate_events", "id"),
	primary("plates", "plate_key"),
	unique("plates", "plates_serial", "serial", "serial"),
	primaryOf("bindings", "version", "plate_key", "version"),
	unique("bindings", "bindings_in_force", "plate_key", "plate_key", "valid_to"),
	primary("alarms", "id"),
	unique("alarms", "alarms_open", "open_key", "open_key"),
	primaryOf("plate_refusals", "slot_at", "plate_key", "slot_at"),
	primary("plate_watches", "plate_key"),
	primary("payments", "order_no"),
	unique("payments", "payments_request", "request_id", "request_id"),
	unique("payments", "payments_result_token", "result_token", "result_token"),
	primary("route_sets", "version"),
	unique("route_sets", "route_sets_open", "open_key", "open_key"),
	unique("route_sets", "route_sets_force", "force_key", "force_key"),
	primary("refunds", "refund_no"),
	unique("refunds", "refunds_request", "request_id", "request_id"),
	primary("late_policies", "merchant_no"),
	primaryOf("commands", "object_no", "kind", "object_no"),
	primary("rrns", "rrn"),
	primary("payer_locks", "bucket"),
	primary("channel_accounts", "name"),
	primaryOf("notices", "notice_id", "channel", "notice_id"),
	unique("notices", "notices_id", "id", "id"),
	primary("forgeries", "id"),
	primary("ledger_entries", "id"),
	unique("ledger_entries", "ledger_entries_fact", "ref", "kind", "ref"),
	primaryOf("ledger_lines", "line_no", "entry_id", "line_no"),
	primary("ledger_days", "clearing_date"),
	primary("ledger_seals", "seq"),
	unique("ledger_seals", "ledger_seals_date", "clearing_date", "clearing_date"),
	primaryOf("ledger_pages", "page", "clearing_date", "page"),
	primaryOf("ledger_sums", "account", "clearing_date", "account"),
	primary("events", "id"),
	primary("fences", "name"),
	primary("audit", "id"),
	primary("audit_chain", "seq"),
	unique("audit_chain", "audit_chain_entry", "audit_id", "audit_id"),
	primary("audit_head", "name"),
	primaryOf("clearing_days", "clearing_date", "channel", "clearing_date"),
	primary("statement_files", "id"),
	unique("statement_files", "statement_files_live", "state", "live_key"),
	unique("statement_files", "statement_files_version", "version", "version_key"),
	unique("statement_files", "statement_files_content", "sha256", "content_key"),
	primary("statement_clearances", "id"),
	unique("statement_clearances", "statement_clearances_open", "file_id", "open_key"),
	unique("statement_clearances", "statement_clearances_version", "version", "version_key"),
	primary("clearing_items", "id"),
	unique("clearing_items", "clearing_items_once", "order_no", "settled_ref"),
	primary("settlement_batches", "clearing_date"),
	primaryOf("settlements", "merchant_no", "clearing_date", "merchant_no"),
	primaryOf("clearing_jobs", "clearing_date", "channel", "clearing_date"),
	primary("business_calendars", "version"),
	unique("business_calendars", "business_calendars_open", "open_key", "open_key"),
	unique("business_calendars", "business_calendars_force", "force_key", "force_key"),
	primary("settle_terms", "id"),
	unique("settle_terms", "settle_terms_open", "open_key", "open_key"),
	primary("settle_holds", "id"),
	unique("settle_holds", "settle_holds_open", "open_key", "open_key"),
	primary("settlement_files", "id"),
	unique("settlement_files", "settlement_files_name", "name", "folder", "name"),
	primary("downloads", "id"),
	primary("adjustments", "id"),
	unique("adjustments", "adjustments_once", "proposal_id", "proposal_id"),
	primary("clearing_cases", "item_id"),
	primary("case_events", "id"),
	primary("case_proposals", "id"),
	unique("case_proposals", "case_proposals_open", "open_key", "open_key"),
	primary("disputes", "id"),
	unique("disputes", "disputes_open", "open_key", "open_key"),
	primary("payouts", "payout_no"),
	unique("payouts", "payouts_replaces", "replaces", "replaces_key"),
	primary("payout_instructions", "id"),
	unique("payout_instructions", "payout_instructions_seq", "seq", "clearing_date", "seq"),
	primary("payout_results", "id"),
	unique("payout_results", "payout_results_once", "outcome", "payout_no", "outcome"),
	primary("bank_imports", "id"),
	unique("bank_imports", "bank_imports_once", "subject", "kind", "subject"),
	primary("bank_credits", "id"),
	primaryOf("credit_proofs", "channel", "clearing_date", "channel"),
	primary("users", "login"),
	primary("sessions", "token_hash"),
	primary("uploads", "id"),
	primary("user_states", "login"),
	primary("totps", "login"),
	primaryOf("recovery_codes", "code_hash", "login", "code_hash"),
	primary("passkeys", "id"),
	primary("challenges", "token_hash"),
	primary("invitations", "id"),
	unique("invitations", "invitations_token", "token_hash", "token_hash"),
	primary("role_grants", "id"),
}

func primary(table, column string) uniqueIndex { return primaryOf(table, column, column) }

func primaryOf(table, field string, columns ...string) uniqueIndex {
	return unique(table, "PRIMARY", field, columns...)
}

func unique(table, name, field string, columns ...string) uniqueIndex {
	return uniqueIndex{name: name, table: table, field: field, columns: table + "." + strings.Join(columns, ", "+table+".")}
}

// takenField names the field behind a violated index of the table.
func takenField(table, index string) string {
	for _, u := range uniqueIndexes {
		if u.table == table && (u.name == index || u.columns == index) {
			return u.field
		}
	}
	return index // an index that is not listed: better its name than nothing
}

// mysqlIndex reads the index's name, without the table that MySQL 8 puts before
// it.
func mysqlIndex(message string) string {
	const before = " for key '"
	i := strings.LastIndex(message, before)
	if i < 0 {
		return message
	}
	name := strings.TrimSuffix(message[i+len(before):], "'")
	return name[strings.LastIndexByte(name, '.')+1:]
}

// sqliteIndex reads the columns.
func sqliteIndex(message string) string {
	const before = "UNIQUE constraint failed: "
	i := strings.LastIndex(message, before)
	if i < 0 {
		return message
	}
	columns, _, _ := strings.Cut(message[i+len(before):], " (")
	return columns
}
