package ledger

import (
	"fmt"
	"strconv"
	"strings"

	"juma/internal/money"
)

// ChartText is the chart of accounts as a table in Markdown.
func ChartText() string {
	var b strings.Builder
	b.WriteString("| account | 科目 | name | type | normal side | one for each | who has the money |\n| --- | --- | --- | --- | --- | --- | --- |\n")
	for _, h := range Chart {
		per := string(h.Per)
		if per == "" {
			per = "–"
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s | %s | %s | %s |\n", h.Code, h.Name.Chinese, h.Name.English, h.Type, h.Normal, per, h.Where.English)
	}
	return b.String()
}

// RulesText is the table of posting rules in Markdown, with the examples' amounts
// in yuan.
func RulesText() string {
	var b strings.Builder
	b.WriteString("| rule | reference | what happened | debit | credit | for example |\n| --- | --- | --- | --- | --- | --- |\n")
	for _, r := range Rules {
		var examples []string
		for _, x := range r.Examples {
			examples = append(examples, fmt.Sprintf("%s %s: debit `%s`, credit `%s`, %s", x.Fact.Ref, x.Fact.Amount.Yuan(), x.Debit, x.Credit, x.Amount.Yuan()))
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | `%s` | `%s` | %s |\n", r.Kind, r.Ref, r.What.English, r.Debit, r.Credit, strings.Join(examples, "; "))
	}
	return b.String()
}

// TrialTable is a trial balance for a CSV file: a line for each head and one of
// totals, amounts in fen.
func TrialTable(t Trial) [][]string {
	rows := [][]string{{"account", "name_zh", "name_en", "type", "normal", "accounts", "debit_fen", "credit_fen", "balance_fen"}}
	for _, h := range t.Heads {
		rows = append(rows, []string{string(h.Code), h.Name.Chinese, h.Name.English, string(h.Type), string(h.Normal),
			strconv.Itoa(h.Accounts), fen(h.Debit), fen(h.Credit), fen(h.Net())})
	}
	return append(rows, []string{"total", "", "", "", "", "", fen(t.Debit), fen(t.Credit), fen(t.Debit - t.Credit)})
}

// AccountTable is every account for a CSV file, amounts in fen; the balance is on
// the normal side of the account's head.
func AccountTable(all []Balance) [][]string {
	rows := [][]string{{"account", "head", "holder", "debit_fen", "credit_fen", "balance_fen"}}
	for _, b := range all {
		h, _ := HeadOf(b.Account)
		rows = append(rows, []string{string(b.Account), string(h.Code), b.Account.Whose(), fen(b.Debit), fen(b.Credit), fen(b.Net(h.Normal))})
	}
	return rows
}

func fen(f money.Fen) string { return strconv.FormatInt(int64(f), 10) }
