// Package acp speaks UnionPay's acp 5.1.0 and nothing else: the string to sign,
// the double-hashed RSA signature, the answer's half-encoded text, the chain of
// the certificate that every answer brings along, and one HTTP exchange. It
// knows no order and no refund; the adapters above give the parameters their
// meaning.
package acp
