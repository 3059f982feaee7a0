package bus

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/micro"
	"github.com/nats-io/nuid"

	"juma/acquiring/channel"
	"juma/internal/fault"
)

// A statement travels like this: the call "statement" is answered with a
// manifest; the caller then asks the very member that holds the file for each
// chunk by its index, proves it against the manifest, and says when it is done.

const (
	// maxChunk is the most bytes of a file in one message.
	maxChunk = 512 << 10
	// maxStatement is the largest file that is believed to be a statement.
	maxStatement = 1 << 30
	// holdTime is how long a file is kept for its next chunk to be asked for.
	holdTime = time.Minute
	// holdBytes bounds the files that one member keeps at a time. A file that is
	// larger alone is let through when nothing else is held.
	holdBytes = 128 << 20
)

const (
	headerTransfer = "Juma-Transfer"
	headerIndex    = "Juma-Chunk-Index" // from 0
	headerCount    = "Juma-Chunk-Count"
	headerDigest   = "Juma-Chunk-SHA256"
)

// manifest announces a statement file: what it is and how to prove it.
type manifest struct {
	File     channel.StatementFile `json:"file"` // all but the data
	Member   string                `json:"member"`
	Transfer string                `json:"transfer"`
	Bytes    int                   `json:"bytes"`
	SHA256   string                `json:"sha256"`
	Chunks   []string              `json:"chunks"` // the SHA-256 of each, in order
}

// chunkRequest asks for one chunk, or says that no more will be asked for.
type chunkRequest struct {
	Transfer string `json:"transfer"`
	Index    int    `json:"index"`
	Done     bool   `json:"done,omitempty"`
}

func sha(b []byte) string {
	h := sha256.Sum256(b)
	return hex.EncodeToString(h[:])
}

// split cuts a file into chunks that share its memory.
func split(data []byte) [][]byte { return slices.Collect(slices.Chunk(data, maxChunk)) }

// describe makes the manifest of a file.
func describe(f channel.StatementFile) manifest {
	m := manifest{File: f, Bytes: len(f.Data), SHA256: sha(f.Data)}
	for _, c := range split(f.Data) {
		m.Chunks = append(m.Chunks, sha(c))
	}
	return m
}

// check refuses a manifest that contradicts itself, before any memory is taken
// for the file.
func (m manifest) check() error {
	if m.Bytes < 0 || m.Bytes > maxStatement {
		return corrupt("bytes", strconv.Itoa(m.Bytes), "no statement has that size")
	}
	if want := (m.Bytes + maxChunk - 1) / maxChunk; len(m.Chunks) != want {
		return corrupt("chunks", strconv.Itoa(len(m.Chunks)), "%d bytes make %d chunks", m.Bytes, want)
	}
	if m.Bytes > 0 && !token.MatchString(m.Member) {
		return corrupt("member", m.Member, "is no name of a member")
	}
	return nil
}

// prove checks that a chunk is the one asked for, and unaltered.
func (m manifest) prove(index int, header func(string) string, data []byte) error {
	want := len(m.Chunks)
	switch {
	case header(headerTransfer) != m.Transfer:
		return corrupt("transfer", header(headerTransfer), "chunk of another file, want %s", m.Transfer)
	case header(headerIndex) != strconv.Itoa(index):
		return corrupt("chunk", header(headerIndex), "asked for chunk %d and got another", index)
	case header(headerCount) != strconv.Itoa(want):
		return corrupt("chunks", header(headerCount), "the file has %d", want)
	case sha(data) != header(headerDigest) || sha(data) != m.Chunks[index]:
		return corrupt("chunk", strconv.Itoa(index), "was altered on the way: its SHA-256 does not fit")
	}
	return nil
}

func corrupt(field, value, format string, args ...any) error {
	e := fault.New("bus.statement", fault.Corrupt, format+"; fetch the statement again", args...)
	e.Field, e.Value = field, value
	return e
}

// statement is the contract's method on the serving side: the answer is the
// manifest, the file is held.
func (s *service) statement(ctx context.Context, req channel.StatementRequest) (manifest, error) {
	f, err := s.adapter.Statement(ctx, req)
	if err != nil {
		return manifest{}, err
	}
	m := describe(f)
	m.Member = s.micro.Info().ID
	if m.Bytes > 0 {
		m.Transfer, err = s.held.put(f.Data)
	}
	return m, err
}

// sendChunk answers a chunkRequest. It is quick and needs no goroutine.
func (s *service) sendChunk(req micro.Request) {
	var want chunkRequest
	if err := json.Unmarshal(req.Data(), &want); err != nil {
		s.refuse(req, fault.New("bus.statement", fault.Invalid, "the chunk request cannot be read: %v", err))
		return
	}
	if want.Done {
		s.held.drop(want.Transfer)
		return
	}
	data, count, err := s.held.chunk(want.Transfer, want.Index)
	if err != nil {
		s.refuse(req, err)
		return
	}
	s.send(req, nats.Header{
		headerTransfer: {want.Transfer}, headerIndex: {strconv.Itoa(want.Index)},
		headerCount: {strconv.Itoa(count)}, headerDigest: {sha(data)},
	}, data)
}

// transfers holds files while they are being fetched.
type transfers struct {
	maxBytes int
	hold     time.Duration
	mu       sync.Mutex
	bytes    int
	open     map[string]*transfer
}

type transfer struct {
	chunks [][]byte
	bytes  int
	expiry *time.Timer
}

func newTransfers() *transfers {
	return &transfers{maxBytes: holdBytes, hold: holdTime, open: map[string]*transfer{}}
}

// put holds a file and returns the transfer's name.
func (t *transfers) put(data []byte) (string, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.open) > 0 && t.bytes+len(data) > t.maxBytes {
		return "", fault.New("bus.statement", fault.Unavailable, "%d statements are being fetched already; try again in a minute", len(t.open))
	}
	name := nuid.Next()
	t.open[name] = &transfer{chunks: split(data), bytes: len(data), expiry: time.AfterFunc(t.hold, func() { t.drop(name) })}
	t.bytes += len(data)
	return name, nil
}

// chunk returns one chunk and how many there are, and keeps the file for longer.
func (t *transfers) chunk(name string, index int) ([]byte, int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	tr, ok := t.open[name]
	if !ok {
		return nil, 0, fault.New("bus.statement", fault.Unavailable, "the file is no longer held; fetch the statement again")
	}
	if index < 0 || index >= len(tr.chunks) {
		return nil, 0, fault.Field("bus.statement", "index", strconv.Itoa(index), "the file has %d chunks", len(tr.chunks))
	}
	tr.expiry.Reset(t.hold)
	return tr.chunks[index], len(tr.chunks), nil
}

func (t *transfers) drop(name string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if tr, ok := t.open[name]; ok {
		tr.expiry.Stop()
		t.bytes -= tr.bytes
		delete(t.open, name)
	}
}

func (t *transfers) close() {
	t.mu.Lock()
	defer t.mu.Unlock()
	for name, tr := range t.open {
		tr.expiry.Stop()
		delete(t.open, name)
	}
	t.bytes = 0
}
