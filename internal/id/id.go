// Package id makes and checks the numbers that Juma's files and partners know
// things by. Every generator takes its randomness and time as arguments.
package id

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"io"
	"math/rand/v2"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/oklog/ulid/v2"

	"juma/internal/bizdate"
)

// Random is a source of random bytes: crypto/rand.Reader in production, Seeded
// in a demo or test.
type Random = io.Reader

// Seeded returns a deterministic source that is safe for concurrent use. The
// label keeps the streams of two uses apart.
func Seeded(seed uint64, label string) Random {
	h := sha256.Sum256(binary.BigEndian.AppendUint64([]byte("juma "+label+" "), seed))
	return &lockedReader{r: rand.NewChaCha8(h)}
}

type lockedReader struct {
	mu sync.Mutex
	r  io.Reader
}

func (l *lockedReader) Read(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.r.Read(p)
}

// ULIDs makes row identifiers that sort by time. It is safe for concurrent use.
type ULIDs struct {
	rnd Random
}

// NewULIDs returns a maker of row identifiers.
func NewULIDs(rnd Random) *ULIDs { return &ULIDs{rnd: rnd} }

// At returns a new 26-character ULID for the instant.
func (u *ULIDs) At(t time.Time) string {
	v, err := ulid.New(ulid.Timestamp(t), u.rnd)
	if err != nil {
		panic("id: random source failed: " + err.Error()) // no identifier, no business
	}
	return v.String()
}

// CheckMerchantNo verifies the shape of a merchant number (F42): 15 digits or
// capital letters. It is text and is not parsed for meaning.
func CheckMerchantNo(s string) error { return checkText("merchant_no", s, 15) }

// CheckTerminalNo verifies the shape of a terminal number (F41): 8 digits or
// capital letters.
func CheckTerminalNo(s string) error { return checkText("terminal_no", s, 8) }

// CheckCNAPS verifies a payment-system bank number: 12 digits, the last of them
// the check digit of the others by ISO 7064 MOD 11,10.
func CheckCNAPS(s string) error {
	if len(s) != 12 || strings.Trim(s, "0123456789") != "" {
		return fmt.Errorf("cnaps %q: want 12 digits", s)
	}
	p := 10
	for _, c := range s[:11] {
		if p = (p + int(c-'0')) % 10; p == 0 {
			p = 10
		}
		p = 2 * p % 11
	}
	if (11-p)%10 != int(s[11]-'0') {
		return fmt.Errorf("cnaps %q: the check digit does not fit, look for a typing mistake", s)
	}
	return nil
}

func checkText(field, s string, n int) error {
	if len(s) != n {
		return fmt.Errorf("%s %q: has %d characters, want %d", field, s, len(s), n)
	}
	for _, c := range s {
		if (c < '0' || c > '9') && (c < 'A' || c > 'Z') {
			return fmt.Errorf("%s %q: only digits and capital letters are allowed", field, s)
		}
	}
	return nil
}

// MaxMerchantSeq is the last merchant of a series: 9,999 with digits, then
// letters and digits from A000 to ZZZZ.
const MaxMerchantSeq = 9_999 + 26*36*36*36

// MerchantNo builds a merchant number: acquirer 3 + UnionPay region 4 + MCC 4 +
// sequence 4 (identifiers §1). The sequence runs from 1; after 9999 it goes on with
// letters, as acquirers do: A000, A001 … ZZZZ.
func MerchantNo(acquirer, region, mcc string, seq int) (string, error) {
	if seq < 1 || seq > MaxMerchantSeq {
		return "", fmt.Errorf("merchant sequence %d: want 1 to %d, take another MCC series", seq, MaxMerchantSeq)
	}
	s := fmt.Sprintf("%s%s%s%s", acquirer, region, mcc, merchantSeq(seq))
	return s, CheckMerchantNo(s)
}

func merchantSeq(n int) string {
	if n <= 9999 {
		return fmt.Sprintf("%04d", n)
	}
	return strings.ToUpper(strconv.FormatInt(int64(n-10_000)+10*36*36*36, 36)) // A000 is 10 × 36³
}

// TerminalNo prints the n-th terminal of the acquirer as 8 digits.
func TerminalNo(n int) (string, error) {
	if n < 1 || n > 99_999_999 {
		return "", fmt.Errorf("terminal sequence %d: want 1 to 99999999", n)
	}
	return fmt.Sprintf("%08d", n), nil
}

// MaxTrace is the last trace number before the counter rolls over to 1.
const MaxTrace = 999_999

// NextTrace is the trace number that follows: 1 to 999999, rolling.
func NextTrace(t int) int {
	if t >= MaxTrace {
		return 1
	}
	return t + 1
}

// TraceStart is where the counter of a merchant's n-th terminal (from 0) begins:
// far from the others', so that two terminals of one merchant do not give the
// same number in the same second. The merchant statement's query id of a wallet
// payment is made of second and trace and would not tell them apart.
func TraceStart(n int) int { return n%10*100_000 + n/10%10*10_000 + n/100%10*1000 }

// Trace prints a trace number (F11, system trace audit number) as 6 digits.
func Trace(t int) string { return fmt.Sprintf("%06d", t) }

// OrderNo builds the number that the wallets know a payment ('P') or refund
// ('R') by: letter + date + terminal + trace, 23 characters, capital letters and
// digits only, which suits all three wallets (6–32, ≤ 64 and 8–40 characters).
// The trace counter of a terminal rolls over after 999,999, so the number is
// unique as long as one terminal makes fewer orders in a day.
func OrderNo(letter byte, d bizdate.Date, terminalNo string, trace int) string {
	return fmt.Sprintf("%c%s%s%06d", letter, d.Compact(), terminalNo, trace)
}

// RRN builds a 12-digit retrieval reference number (F37): last digit of the
// year, day of the year, and 8 digits drawn from the order number. Drawing them
// needs no shared counter, so two terminals never wait for each other; the
// database keeps the number unique and the caller takes the next attempt when
// it is taken.
func RRN(d bizdate.Date, orderNo string, attempt int) string {
	h := sha256.Sum256(fmt.Appendf(nil, "%s/%d", orderNo, attempt))
	n := binary.BigEndian.Uint64(h[:8]) % 100_000_000
	return fmt.Sprintf("%d%03d%08d", d.Year()%10, d.Start().YearDay(), n)
}
