package ledger

import (
	"fmt"
	"strings"
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
