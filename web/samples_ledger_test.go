package web

const someAccount = ledgerPath + "/entries?account=merchant_payable%2F" + merchantA

var ledgerSamples = []sample{
	{route: ledgerPath, urls: []string{ledgerPath, ledgerPath + "?date=2026-03-10"}, session: "clear"},
	{route: ledgerPath + "/balance.csv", noPage: "a file"},
	{route: ledgerPath + "/accounts", urls: []string{ledgerPath + "/accounts?head=merchant_payable"}, session: "clear"},
	{route: ledgerPath + "/entries", urls: []string{someAccount}, session: "clear"},
	{route: ledgerPath + "/rules", urls: []string{ledgerPath + "/rules"}, session: "clear"},
}

var ledgerProbes = []probe{
	{route: "GET " + ledgerPath, anybody: ofPlatform},
	{route: "GET " + ledgerPath + "/balance.csv", anybody: ofPlatform},
	{route: "GET " + ledgerPath + "/accounts", path: ledgerPath + "/accounts?head=merchant_payable", anybody: ofPlatform},
	{route: "GET " + ledgerPath + "/entries", path: someAccount, anybody: ofPlatform},
	{route: "GET " + ledgerPath + "/rules", anybody: ofPlatform},
}
