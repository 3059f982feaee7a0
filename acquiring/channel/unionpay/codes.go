package unionpay

import "juma/acquiring/channel"

// Response codes that decide something.
const (
	codeOK         = "00" // synchronous: accepted; final: success
	codeOKDefect   = "A6" // success with a defect; final only
	codeDuplicate  = "12"
	codeRefunded   = "45" // already refunded or cancelled
	codeNotFound   = "34"
	codeOrigState  = "35" // the original is missing, or in a state that does not allow it
	codeNoFile     = "98"
	codeUnverified = "unverified" // ours: an answer that came and proves nothing
)

// undecided are the codes after which only a query knows. 03, 04 and 05 are the
// documented ones; 42 and 74 are counted among them out of caution, because
// their text does not say that nothing happened.
var undecided = map[string]bool{
	"03": true, // time-out
	"04": true, // unclear
	"05": true, // accepted, query later
	"42": true, // debited but over time
	"74": true, // write-off unknown
}

// codeGeneral is "general error". As the result of an order it is a failure like
// any other; as a synchronous answer it does not say how far things had gone.
const codeGeneral = "99"

// accepted maps the respCode of a synchronous answer. Success here means that
// the request was accepted, no more.
func accepted(code string) channel.Outcome {
	switch {
	case code == codeOK, code == codeOKDefect:
		return channel.Succeeded
	case undecided[code], code == codeGeneral, code == "":
		return channel.Unknown
	}
	return channel.Refused
}

// final maps the code that tells an order's own result: origRespCode of a query,
// respCode of a notification.
func final(code string) channel.Outcome {
	switch {
	case code == codeOK, code == codeOKDefect:
		return channel.Succeeded
	case undecided[code]:
		return channel.Pending
	case code == "":
		return channel.Unknown
	}
	return channel.Refused
}
