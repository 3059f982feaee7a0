// Package file is the settlement file room: the fixed-width layouts of a
// clearing day's files, and their builder, writer, reader and verifier. It knows
// no database and no network; clearing gives it a Day and the ledger's totals,
// and anybody can give the finished folders to Verify.
//
// A clearing date has its own folder, 2026-03-10, with
//
//	IND26031032ACOMA                 one row for each settled transaction
//	INO26031032ZSUM                  one row for each merchant with an ACOMA row
//	INO26031099ZPSUM                 what is paid out: one row for each merchant
//	                                 that we pay (not those a wallet settles directly)
//	INN26031088ZM_<merchant no>      one statement for each merchant with an ACOMA row
//	IND26031032POS                   one row for each terminal with an ACOMA row
//	IND26031032AERRA                 one row for each dispute
//	INN26031088ZME_<merchant no>     a merchant's disputes, if it has any
//	IND26031099ALFEE                 one row for each transaction with a brand service fee
//
// and a control file NAME.chk beside each. Files are GBK, fields are joined by
// one space and rows end in CRLF. A finished folder is never changed: a
// correction is a folder of its own, 2026-03-10-2, whose control files say what
// they replace. A re-issued folder replaces the earlier one as a whole.
//
// # Signs
//
// A signed amount (type xn) is C or D and digits, seen by the merchant: C is
// money the merchant gets, D money the merchant gives. A fee is a cost, so D; a
// fee given back is C. A computed zero is C0…0, a field that is not used is all
// zeros. The channel's own costs (feePayable, feeReceivable) are unsigned and
// the acquirer's.
//
// # Debit and credit in a control file
//
// The transaction files (ACOMA, ZM, and POS, AERRA and ZME like them) count as an offline POS batch does: debit is
// what was taken from payers (purchases), credit what was given back (refunds
// and cancellations); the sums are the transaction amounts. The summaries count
// by the sign of their result, the merchant's view: ZSUM by settleAmt and ZPSUM
// by creditedAmt, C rows as credit and D rows as debit. A ZPSUM has no debit
// ever. ALFEE counts fees by their sign. Function tally is the one place that decides this.
//
// # What proves a folder
//
// Build refuses a day that does not pass the same checks as Verify makes, or
// that differs from the ledger. Verify proves: the control files; each field's
// type and each unused field's emptiness; the order of the rows; per merchant
// ACOMA = ZSUM = Σ ZM and row by row; POS from ACOMA's rows, ALFEE against their
// switchFee, AERRA against ZME and ZPSUM's err figures; the ZPSUM formulas
//
//	settleTotal = normalAmt + normalFee + errAmt + errFeeBack + otherAmt
//	creditedAmt = settleTotal + twoLineFee + released + replenished − suspended ≥ 0
//
// refunds against their purchases; and over several folders what was suspended
// against what was taken back.
package file
