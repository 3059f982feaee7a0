// Package intake decides whether a file that came in (fetched from a channel, or
// brought by a person) may be used. A file goes through named states, each with what
// was found there:
//
//	received → checked (digest, size, archive) → recognised (by its header) →
//	proved (account, period, totals) → staged → matched
//
// or it leaves that way: refused (damaged, another day's, another merchant's; no row
// of it is used) or quarantined (a layout that nobody knows yet, or a file that
// nothing proves to be whole: two people may still clear it). A missing file is never
// an empty one: an empty day must be said by the wallet.
//
// The package is pure: it opens no file, stores nothing, and knows no wallet's format.
// The layouts are given to it (package layouts has those of the house), and whoever
// stores files keeps their versions (package clearing).
package intake
