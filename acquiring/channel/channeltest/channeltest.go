// Package channeltest is the one suite that every channel adapter must pass,
// whether it is called in this process or stands behind the message bus, talking
// to its wallet's sandbox over the real wire protocol.
//
// An adapter's own test builds a Harness and calls Run:
//
//	func TestContract(t *testing.T) {
//		channeltest.Run(t, func(t *testing.T) channeltest.Harness { return channeltest.Start(t, kit) })
//	}
//
// What an implementation may lack is said in Traits, with the wallet's reason;
// everything else holds for all. The cases run in order on one harness, because
// they share one simulated day: what they pay and refund is what the statement
// at the end must show. It is for tests only and therefore may know the
// sandboxes, which no adapter may.
package channeltest

import (
	"net/http"
	"testing"
	"time"

	"juma/acquiring/channel"
	"juma/acquiring/sandbox"
	"juma/internal/clock"
)

// Harness is an adapter and the sandboxed wallet that it faces.
type Harness struct {
	Adapter channel.Adapter
	// Reader reads the statements that Adapter fetches.
	Reader channel.StatementReader
	Wallet sandbox.Wallet
	Core   *sandbox.Core
	// Clock is everybody's: the suite advances it.
	Clock *clock.Sim
	// MerchantID and OtherMerchantID are two merchants' numbers at the channel.
	MerchantID, OtherMerchantID string
	// Line is the connection between adapter and wallet, which the suite disturbs.
	Line *Line
	// Inbox receives the wallet's notices.
	Inbox  *Inbox
	Traits Traits

	kit    Kit // to make the adapter anew
	client *http.Client
}

// Traits says where the wallets differ by their own documents.
type Traits struct {
	// Holds is the wallet that the suite's consumers hold; "" is the one that the
	// channel is named after.
	Holds channel.Wallet
	// ForeignPayers: who holds the phone is told by the wallet's own channel and not
	// by this one.
	ForeignPayers bool
	// Retry is the wallet's documented schedule: the gaps between the attempts
	// to deliver a notice that is not accepted.
	Retry []time.Duration
	// NoticeFreshFor is how old a notice's signature may be; 0 means that the
	// wallet's notices carry no time to judge by.
	NoticeFreshFor time.Duration
	// UnsignedParams are the parameters of a notice's form that the wallet's
	// signature does not cover.
	UnsignedParams []string
	// NoClose: the wallet has no call to close an order; it becomes unpayable
	// when it expires.
	NoClose bool
	// StatementPerMerchant: one statement for each merchant number, not one for
	// the service provider.
	StatementPerMerchant bool
	// RefundNoticeLacks names what a refund's notice does not carry.
	RefundNoticeLacks RefundNoticeLacks
	// NoPayCode: the wallet takes no payments by the consumer's code.
	NoPayCode bool
	// NoCodeNotice: it does, and sends no notice about them.
	NoCodeNotice bool
	// KeysByHand: nothing that the wallet sends tells of its next key; the provider is
	// handed it.
	KeysByHand bool
	// OneKindOfKey: of the wallet's two kinds of key this adapter was given one.
	OneKindOfKey bool
	// RowState: the statement says of a refund whether it succeeded.
	RowState bool
}

// RefundNoticeLacks names what a wallet's refund notice does not carry.
type RefundNoticeLacks struct{ OrderNo, Amount, Time bool }

// Kit is what an adapter's test gives Start to build a Harness from.
type Kit struct {
	// Wallet makes the sandbox.
	Wallet func(*sandbox.Core) (sandbox.Wallet, error)
	// Adapter makes the adapter from the sandbox's credentials (JSON, as
	// juma sandbox --json prints them).
	Adapter func(credentials []byte, clk clock.Clock, client *http.Client) (channel.Adapter, error)
	// Reader makes the statement reader from the same credentials.
	Reader                      func(credentials []byte) (channel.StatementReader, error)
	MerchantID, OtherMerchantID string
	Traits                      Traits
}

// Run proves that the adapter keeps the channel contract. build is called once.
func Run(t *testing.T, build func(t *testing.T) Harness) {
	h := build(t)
	h.Inbox.Use(h.Adapter) // whoever stands in front of the adapter also reads notices
	s := newSuite(h)
	for _, c := range []struct {
		name string
		run  func(*testing.T)
	}{
		{"Name", s.testName},
		{"Credentials", s.testCredentials},
		{"IdentifyPayer", s.testIdentify},
		{"IdentifyRefused", s.testIdentifyRefused},
		{"Prepay", s.testPrepay},
		{"PrepayAgain", s.testPrepayAgain},
		{"PrepayConflict", s.testPrepayConflict},
		{"PrepayPaid", s.testPrepayPaid},
		{"QueryUnpaidPaidNeverSeen", s.testQuery},
		{"NoticeArrivesAndIsAccepted", s.testNotice},
		{"NoticeRetriedUntilAccepted", s.testNoticeRetried},
		{"NoticeDuplicatesShareTheirID", s.testNoticeDuplicates},
		{"NoticeLostOrLate", s.testNoticeLostOrLate},
		{"NoticeAfterTheRefunds", s.testNoticeReordered},
		{"NoticeForged", s.testNoticeForged},
		{"NoticeAltered", s.testNoticeAltered},
		{"NoticeStale", s.testNoticeStale},
		{"RefundInParts", s.testRefundInParts},
		{"RefundAgain", s.testRefundAgain},
		{"RefundRefused", s.testRefundRefused},
		{"RefundNeverSeen", s.testRefundNeverSeen},
		{"RefundNotice", s.testRefundNotice},
		{"RefundTriedAgain", s.testRefundTriedAgain},
		{"CancelInItsDay", s.testCancel},
		{"Close", s.testClose},
		{"ClosePaid", s.testClosePaid},
		{"PrepayAnswerLost", s.testPrepayLost},
		{"QueryAnswerLost", s.testQueryLost},
		{"RefundAnswerLost", s.testRefundLost},
		{"RefundQueryAnswerLost", s.testRefundQueryLost},
		{"CloseAnswerLost", s.testCloseLost},
		{"IdentifyAnswerLost", s.testIdentifyLost},
		{"AnswerAltered", s.testAnswerAltered},
		{"AnswerFromSomethingElse", s.testAnswerFromSomethingElse},
		{"AnswerAboutAnotherOrder", s.testAnswerAboutAnotherOrder},
		{"AnswerHalf", s.testAnswerHalf},
		{"AnswerUnderServerError", s.testAnswerUnderServerError},
		{"AnswerSignature", s.testAnswerSignature},
		{"AnswerAmountAltered", s.testAnswerAmountAltered},
		{"Probe", s.testProbe},
		{"UnknownSerial", s.testUnknownSerial},
		{"KeyChanged", s.testKeyChanged},
		{"KeysMixed", s.testKeysMixed},
		{"TLS", s.testTLS},
		{"ContextEnded", s.testContextEnded},
		{"WalletDown", s.testWalletDown},
		{"EnrolAccepted", s.testEnrolAccepted},
		{"EnrolAgain", s.testEnrolAgain},
		{"EnrolRejectedAndMended", s.testEnrolRejected},
		{"EnrolSlow", s.testEnrolSlow},
		{"EnrolNeverSeen", s.testEnrolNeverSeen},
		{"EnrolAnswerLost", s.testEnrolAnswerLost},
		{"EnrolAnswerAltered", s.testEnrolAltered},
		{"StaticLimit", s.testStaticLimit},
		{"CodePaid", s.codes(s.testCodePaid)},
		{"CodeNotice", s.codes(s.testCodeNotice)},
		{"CodePassword", s.codes(s.testCodePassword)},
		{"CodeRefused", s.codes(s.testCodeRefused)},
		{"CodeInvalid", s.codes(s.testCodeInvalid)},
		{"CodeAgain", s.codes(s.testCodeAgain)},
		{"CodeAnswerLost", s.codes(s.testCodeLost)},
		{"Reverse", s.codes(s.testReverse)},
		{"ReverseAnswerLost", s.codes(s.testReverseLost)},
		{"Parallel", s.testParallel},
		{"Statement", s.testStatement},
		{"NoticeScheduleToItsEnd", s.testNoticeSchedule},
		{"CancelTooLate", s.testCancelTooLate},
	} {
		t.Run(c.name, c.run)
	}
}
