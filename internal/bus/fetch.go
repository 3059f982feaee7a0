package bus

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/nats-io/nats.go"

	"juma/acquiring/channel"
	"juma/internal/fault"
)

const (
	chunkTimeout  = 5 * time.Second
	chunkAttempts = 3 // asking for a chunk again is harmless
)

// Statement fetches a statement and its file. A chunk that is lost is asked for
// again; one that is doubled or altered is a fault of kind Corrupt; when the
// member that held the file is gone, the fault is Unavailable. In either case
// nothing of the file is returned.
func (r *remote) Statement(ctx context.Context, req channel.StatementRequest) (channel.StatementFile, error) {
	m, err := ask[manifest](ctx, r, methodStatement, req, harmless)
	if err != nil {
		return channel.StatementFile{}, err
	}
	if err := m.check(); err != nil {
		return channel.StatementFile{}, err
	}
	data, err := r.fetch(ctx, m)
	if err != nil {
		return channel.StatementFile{}, err
	}
	m.File.Data = data
	return m.File, nil
}

// fetch gets the chunks in order and proves the whole.
func (r *remote) fetch(ctx context.Context, m manifest) ([]byte, error) {
	if m.Bytes == 0 {
		return nil, nil
	}
	defer r.release(m)
	data := make([]byte, 0, m.Bytes)
	for i := range m.Chunks {
		chunk, err := r.fetchChunk(ctx, m, i)
		if err != nil {
			return nil, err
		}
		data = append(data, chunk...)
	}
	if len(data) != m.Bytes || sha(data) != m.SHA256 {
		return nil, corrupt("sha256", sha(data), "the chunks do not make the announced file of %d bytes", m.Bytes)
	}
	return data, nil
}

func (r *remote) fetchChunk(ctx context.Context, m manifest, index int) ([]byte, error) {
	body, err := json.Marshal(chunkRequest{Transfer: m.Transfer, Index: index})
	if err != nil {
		return nil, fault.Wrap("bus.statement", fault.Internal, err)
	}
	var answer *nats.Msg
	for range chunkAttempts {
		answer, err = r.exchange(ctx, chunkTimeout, chunkSubject(r.name, m.Member), body)
		var lost *lostAnswer
		if err == nil || !errors.As(err, &lost) || ctx.Err() != nil {
			break
		}
	}
	if err != nil {
		return nil, harmless(err)
	}
	if err := m.prove(index, answer.Header.Get, answer.Data); err != nil {
		return nil, err
	}
	return answer.Data, nil
}

// release tells the member to forget the file. If that is lost, the member
// forgets by itself a minute later.
func (r *remote) release(m manifest) {
	body, err := json.Marshal(chunkRequest{Transfer: m.Transfer, Done: true})
	if err == nil {
		err = r.bus.nc.Publish(chunkSubject(r.name, m.Member), body)
	}
	if err != nil {
		r.bus.log.Debug("statement not released", "channel", r.name, "err", err)
	}
}
