// Package statement reads UnionPay's merchant statement (商户对账单, "ZM"): the
// zip that the file download gives, in it one fixed-width GBK text per merchant
// and clearing date. It is pure: bytes in, rows in normal form out, nothing
// fetched and no clock asked.
//
// A ZM has neither header nor trailer, so nothing in the text says how many rows
// there should be. What keeps a shortened file out is the zip's own checksum, the
// exact length of every row, and the check that fee and settlement amount of each
// row make up its transaction amount.
//
// Disputes (the ZME file beside it in the zip) are not read here.
package statement
