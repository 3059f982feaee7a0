package bus

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"juma/acquiring/channel"
	"juma/internal/fault"
	"juma/internal/id"
)

func randomFile(n int) channel.StatementFile {
	data := make([]byte, n)
	id.Seeded(3, "statement").Read(data)
	return channel.StatementFile{Channel: channel.UnionPay, MerchantID: "898310054110001", Date: 20260310, Name: "INN26031088ZM_898310054110001", Data: data}
}

func statementOf(name channel.Name, f channel.StatementFile) *fake {
	return &fake{name: name, statement: func(context.Context, channel.StatementRequest) (channel.StatementFile, error) { return f, nil }}
}

func TestStatementTravelsInChunks(t *testing.T) {
	t.Parallel()
	b := start(t)
	for i, n := range []int{0, 1, maxChunk - 1, maxChunk, maxChunk + 1, 3 << 20, 3<<20 + 7} {
		name := channel.Name(fmt.Sprintf("size-%d", n))
		want := randomFile(n)
		want.Empty = n == 0
		serve(t, b, statementOf(name, want))
		var messages, largest atomic.Int64
		spy, err := b.nc.Subscribe("_INBOX.>", func(m *nats.Msg) {
			if m.Header.Get(headerIndex) != "" {
				messages.Add(1)
				largest.Store(max(largest.Load(), int64(len(m.Data))))
			}
		})
		if err != nil {
			t.Fatal(err)
		}
		got, err := b.Remote(name).Statement(context.Background(), channel.StatementRequest{Date: 20260310})
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got.Data, want.Data) || got.Name != want.Name || got.Empty != want.Empty || got.Date != want.Date {
			t.Errorf("%d bytes: got %d bytes named %s", n, len(got.Data), got.Name)
		}
		wantMessages := int64((n + maxChunk - 1) / maxChunk)
		eventually(t, "the spy saw every chunk", func() bool { return messages.Load() == wantMessages })
		if largest.Load() > maxChunk {
			t.Errorf("%d bytes: a chunk has %d bytes, want at most %d", n, largest.Load(), maxChunk)
		}
		held := b.services[i].held
		eventually(t, "the file is released", func() bool { held.mu.Lock(); defer held.mu.Unlock(); return len(held.open) == 0 && held.bytes == 0 })
		spy.Unsubscribe()
	}
}

// member answers for an adapter by hand, so that it can misbehave: bend may
// change a chunk before it is sent, or drop it by returning false.
func member(t *testing.T, b *Bus, name channel.Name, f channel.StatementFile, bend func(m *manifest, index int, chunk *nats.Msg) bool) {
	t.Helper()
	m := describe(f)
	m.Member, m.Transfer = "byhand", "T1"
	subscribe := func(subject string, h nats.MsgHandler) {
		if _, err := b.nc.Subscribe(subject, h); err != nil {
			t.Fatal(err)
		}
	}
	subscribe(methodSubject(name, methodStatement), func(req *nats.Msg) {
		announced := m
		bend(&announced, -1, nil)
		body, _ := json.Marshal(announced)
		req.Respond(body)
	})
	subscribe(chunkSubject(name, m.Member), func(req *nats.Msg) {
		var want chunkRequest
		json.Unmarshal(req.Data, &want)
		if want.Done {
			return
		}
		chunk := bytes.Clone(split(f.Data)[want.Index])
		msg := &nats.Msg{Data: chunk, Header: nats.Header{headerTransfer: {m.Transfer}, headerIndex: {fmt.Sprint(want.Index)},
			headerCount: {fmt.Sprint(len(m.Chunks))}, headerDigest: {sha(chunk)}}}
		if bend(nil, want.Index, msg) {
			req.RespondMsg(msg)
		}
	})
}

func TestBadChunksAreFound(t *testing.T) {
	t.Parallel()
	b := start(t)
	file := randomFile(3 << 20)
	second := func(change func(*nats.Msg)) func(*manifest, int, *nats.Msg) bool {
		return func(_ *manifest, i int, c *nats.Msg) bool {
			if i == 1 {
				change(c)
			}
			return true
		}
	}
	announce := func(change func(*manifest)) func(*manifest, int, *nats.Msg) bool {
		return func(m *manifest, i int, _ *nats.Msg) bool {
			if i < 0 {
				change(m)
			}
			return true
		}
	}
	for name, c := range map[string]struct {
		bend func(*manifest, int, *nats.Msg) bool
		kind fault.Kind
		says string
	}{
		"one bit altered":       {second(func(c *nats.Msg) { c.Data[77] ^= 1 }), fault.Corrupt, "altered"},
		"altered and relabeled": {second(func(c *nats.Msg) { c.Data[77] ^= 1; c.Header.Set(headerDigest, sha(c.Data)) }), fault.Corrupt, "altered"},
		"cut short":             {second(func(c *nats.Msg) { c.Data = c.Data[:1000] }), fault.Corrupt, "altered"},
		"doubled": {second(func(c *nats.Msg) {
			c.Data = split(file.Data)[0]
			c.Header.Set(headerIndex, "0")
			c.Header.Set(headerDigest, sha(c.Data))
		}), fault.Corrupt, "asked for chunk 1"},
		"doubled and relabeled": {second(func(c *nats.Msg) { c.Data = split(file.Data)[0]; c.Header.Set(headerDigest, sha(c.Data)) }), fault.Corrupt, "altered"},
		"other count":           {second(func(c *nats.Msg) { c.Header.Set(headerCount, "7") }), fault.Corrupt, "the file has 6"},
		"other file":            {second(func(c *nats.Msg) { c.Header.Set(headerTransfer, "T2") }), fault.Corrupt, "another file"},
		"lost for good":         {func(_ *manifest, i int, _ *nats.Msg) bool { return i != 1 }, fault.Unavailable, "no answer"},
		"whole digest wrong":    {announce(func(m *manifest) { m.SHA256 = sha(nil) }), fault.Corrupt, "announced file"},
		"bytes and chunks":      {announce(func(m *manifest) { m.Bytes = 5 << 20 }), fault.Corrupt, "make 10 chunks"},
		"too few bytes":         {announce(func(m *manifest) { m.Bytes -= 5 }), fault.Corrupt, "announced file"},
		"negative size":         {announce(func(m *manifest) { m.Bytes = -1 }), fault.Corrupt, "no statement"},
		"a size for a bomb":     {announce(func(m *manifest) { m.Bytes = 1 << 40 }), fault.Corrupt, "no statement"},
		"member with a dot":     {announce(func(m *manifest) { m.Member = "a.b" }), fault.Corrupt, "member"},
		"member that is gone":   {announce(func(m *manifest) { m.Member = "gone" }), fault.Unavailable, "listening"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			wallet := channel.Name(strings.ReplaceAll(name, " ", "-"))
			member(t, b, wallet, file, c.bend)
			patience := 10 * time.Second
			if c.says == "no answer" { // the one that has to be waited for
				patience = time.Second
			}
			ctx, cancel := context.WithTimeout(context.Background(), patience)
			defer cancel()
			got, err := b.Remote(wallet).Statement(ctx, channel.StatementRequest{})
			if !fault.Is(err, c.kind) || !strings.Contains(err.Error(), c.says) {
				t.Errorf("got %v (%s), want %s that says %q", err, fault.KindOf(err), c.kind, c.says)
			}
			if got.Data != nil {
				t.Error("part of a bad file was returned")
			}
		})
	}
}

func TestHeldFilesAreBoundedAndForgotten(t *testing.T) {
	t.Parallel()
	h := newTransfers()
	h.maxBytes, h.hold = 100, 30*time.Millisecond
	defer h.close()
	big, err := h.put(make([]byte, 150))
	if err != nil {
		t.Fatalf("a large file alone: %v", err)
	}
	if _, err := h.put(make([]byte, 1)); !fault.Is(err, fault.Unavailable) {
		t.Errorf("one more: got %v, want Unavailable", err)
	}
	if _, _, err := h.chunk(big, 1); !fault.Is(err, fault.Invalid) {
		t.Errorf("chunk 1 of one: got %v, want Invalid", err)
	}
	eventually(t, "the file is forgotten", func() bool {
		_, _, err := h.chunk(big, 0)
		return fault.Is(err, fault.Unavailable) || !pause(40*time.Millisecond)
	})
	if _, err := h.put(make([]byte, 100)); err != nil {
		t.Errorf("room again: %v", err)
	}
}

// pause waits and says true.
func pause(d time.Duration) bool { time.Sleep(d); return true }
