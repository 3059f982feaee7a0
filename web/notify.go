package web

import (
	"context"
	"io"

	"juma/acquiring/channel"
	"juma/internal/fault"
)

// notice receives a channel's notifications. The body is handed on untouched,
// because its signature is over these bytes, and the reply goes out as given.
func (s *Server) notice(ch channel.Name) handler {
	return func(ctx context.Context, r *request) (response, error) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return response{}, err
		}
		reply, err := s.cfg.Notices.Notice(ctx, ch, channel.RawNotice{Header: r.Header, Query: r.URL.Query(), Body: body})
		switch {
		case err != nil:
			// Whatever went wrong, nothing is committed: any status from 500 on
			// makes the wallet send again.
			return response{}, fault.Wrap("web.notice", fault.Internal, err)
		case reply.Status == 0:
			return response{}, fault.New("web.notice", fault.Internal, "channel %s gave no reply", ch)
		}
		return response{status: reply.Status, contentType: reply.ContentType, body: reply.Body}, nil
	}
}
