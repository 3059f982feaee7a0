// Package unionpay is the UnionPay (银联, 云闪付) adapter: acp 5.1.0 in the words
// of the channel contract. The files here choose transaction types, map response
// codes to outcomes and check that an answer speaks of what was asked;
// acp signs, sends and verifies; statement reads the daily file.
//
// What is peculiar to this wallet:
//
//   - An order is named by orderId + txnTime + merId, so the time of creation is
//     always part of the reference, in China time.
//   - A synchronous 00 to a refund means accepted, not done: it is Pending until
//     a notification or a query says more.
//   - There is no close. An order becomes unpayable by its payTimeout (see
//     Config.OrderLifeMinutes), and Close answers from a query.
//   - Dates and times in answers carry no year.
package unionpay
