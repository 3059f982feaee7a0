package access

import (
	"context"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"

	"juma/internal/fault"
	"juma/internal/id"
)

// Cost is what computing one hash takes. It is written into each stored hash.
type Cost struct {
	MemoryKiB uint32
	Time      uint32 // passes over the memory
	Lanes     uint8
}

// StandardCost is OWASP's recommendation for Argon2id: 19 MiB, two passes.
var StandardCost = Cost{MemoryKiB: 19 * 1024, Time: 2, Lanes: 1}

const (
	saltLen        = 16
	keyLen         = 32
	parallelHashes = 4 // each holds its memory while it runs
)

// The length of a password in characters: PCI DSS 4.0.1 (8.3.6) asks for 12;
// ASVS asks to allow at least 64 and to set an upper end, so that hashing cannot
// be made expensive by length.
const (
	MinPasswordLen = 12
	MaxPasswordLen = 128
)

// CheckPassword refuses a password that is too short, too long, or easily
// guessed from the login. Errors are of kind Invalid and never hold the password.
func CheckPassword(login, password string) error {
	const op = "access.CheckPassword"
	n := utf8.RuneCountInString(password)
	shown := fmt.Sprintf("%d characters", n) // never the password itself
	switch {
	case !utf8.ValidString(password):
		return fault.Field(op, "password", shown, "must be valid UTF-8 text")
	case n < MinPasswordLen:
		return fault.Field(op, "password", shown, "too short, take at least %d characters", MinPasswordLen)
	case n > MaxPasswordLen:
		return fault.Field(op, "password", shown, "too long, take at most %d characters", MaxPasswordLen)
	case login != "" && strings.Contains(strings.ToLower(password), strings.ToLower(login)) && len(login) >= 4:
		return fault.Field(op, "password", shown, "must not contain the login")
	case distinctRunes(password) < 5:
		return fault.Field(op, "password", shown, "too uniform, use at least 5 different characters")
	case strings.ContainsFunc(password, unicode.IsControl):
		return fault.Field(op, "password", shown, "must not contain control characters")
	case commonPassword(password):
		return fault.Field(op, "password", shown, "one of the first that anybody would try; take a few unrelated words instead")
	}
	return nil
}

func distinctRunes(s string) int {
	seen := map[rune]bool{}
	for _, r := range s {
		seen[r] = true
	}
	return len(seen)
}

// hasher computes and compares Argon2id hashes, few at a time.
type hasher struct {
	rnd   id.Random
	cost  Cost
	slots chan struct{}
	decoy string // compared with when there is no account, so that the time is the same
}

func newHasher(rnd id.Random, c Cost) (*hasher, error) {
	h := &hasher{rnd: rnd, cost: c, slots: make(chan struct{}, parallelHashes)}
	// The decoy is a hash of nothing anybody can type: its salt and key are random.
	salt, key := make([]byte, saltLen), make([]byte, keyLen)
	if _, err := io.ReadFull(rnd, salt); err != nil {
		return nil, fault.Wrap("access.New", fault.Internal, err)
	}
	if _, err := io.ReadFull(rnd, key); err != nil {
		return nil, fault.Wrap("access.New", fault.Internal, err)
	}
	h.decoy = phc{c, salt, key}.String()
	return h, nil
}

// hash makes the PHC form of a password under a fresh salt.
func (h *hasher) hash(ctx context.Context, password string) (string, error) {
	salt := make([]byte, saltLen)
	if _, err := io.ReadFull(h.rnd, salt); err != nil {
		return "", fault.Wrap("access.hash", fault.Internal, err)
	}
	p := phc{Cost: h.cost, salt: salt, key: make([]byte, keyLen)}
	key, err := h.derive(ctx, p, password)
	if err != nil {
		return "", err
	}
	p.key = key
	return p.String(), nil
}

// matches compares a password with a stored hash in constant time. A stored hash
// that cannot be read is an error of kind Corrupt.
func (h *hasher) matches(ctx context.Context, stored, password string) (bool, error) {
	p, err := parsePHC(stored)
	if err != nil {
		return false, fault.Wrap("access.matches", fault.Corrupt, err)
	}
	key, err := h.derive(ctx, p, password)
	if err != nil {
		return false, err
	}
	return subtle.ConstantTimeCompare(key, p.key) == 1, nil
}

func (h *hasher) derive(ctx context.Context, p phc, password string) ([]byte, error) {
	select {
	case h.slots <- struct{}{}:
	case <-ctx.Done():
		return nil, fault.Wrap("access.derive", fault.Unavailable, ctx.Err())
	}
	defer func() { <-h.slots }()
	return argon2.IDKey([]byte(password), p.salt, p.Time, p.MemoryKiB, p.Lanes, uint32(len(p.key))), nil
}

// phc is a hash in the form $argon2id$v=19$m=19456,t=2,p=1$SALT$KEY, which
// carries its own cost, so that the cost can be raised later.
type phc struct {
	Cost
	salt, key []byte
}

func (p phc) String() string {
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, p.MemoryKiB, p.Time, p.Lanes,
		base64.RawStdEncoding.EncodeToString(p.salt), base64.RawStdEncoding.EncodeToString(p.key))
}

var errPHC = errors.New("stored password hash is not of the form $argon2id$v=19$m=…,t=…,p=…$salt$key; set the password again")

func parsePHC(s string) (phc, error) {
	parts := strings.Split(s, "$")
	if len(parts) != 6 || parts[0] != "" || parts[1] != "argon2id" || parts[2] != fmt.Sprintf("v=%d", argon2.Version) {
		return phc{}, errPHC
	}
	var p phc
	if n, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &p.MemoryKiB, &p.Time, &p.Lanes); n != 3 || err != nil {
		return phc{}, errPHC
	}
	var err1, err2 error
	p.salt, err1 = base64.RawStdEncoding.DecodeString(parts[4])
	p.key, err2 = base64.RawStdEncoding.DecodeString(parts[5])
	// A row that was tampered with must not make us allocate gigabytes or compare nothing.
	if err1 != nil || err2 != nil || len(p.salt) < 8 || len(p.key) < 16 || len(p.key) > 64 ||
		p.MemoryKiB < 8 || p.MemoryKiB > 1<<20 || p.Time < 1 || p.Time > 32 || p.Lanes < 1 || p.Lanes > 16 {
		return phc{}, errPHC
	}
	return p, nil
}
