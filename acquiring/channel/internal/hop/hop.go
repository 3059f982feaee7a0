// Package hop sends one HTTP request for an adapter and tells, when no answer comes,
// whether anything can have reached the wallet: the difference between "try another
// route" and "nobody knows, ask". It knows no wallet.
package hop

import (
	"errors"
	"net"
	"net/http"
	"net/http/httptrace"
	"sync/atomic"
)

// Do sends req. sent is false only when it is certain that nothing of it left this
// process: the context had ended, no connection came about, or the handshake of one
// failed, be it cut or under a certificate that is not the wallet's. A transport that
// reports no connections (one that calls a handler) counts as connected. The transport
// repeats a request by itself only when nothing of it was written.
func Do(client *http.Client, req *http.Request) (resp *http.Response, sent bool, err error) {
	if err := req.Context().Err(); err != nil {
		return nil, false, err
	}
	var waiting atomic.Bool
	trace := &httptrace.ClientTrace{
		GetConn: func(string) { waiting.Store(true) },
		GotConn: func(httptrace.GotConnInfo) { waiting.Store(false) }, // after the handshake
	}
	resp, err = client.Do(req.WithContext(httptrace.WithClientTrace(req.Context(), trace)))
	if err == nil {
		return resp, true, nil
	}
	var op *net.OpError
	dialling := errors.As(err, &op) && op.Op == "dial"
	return nil, !waiting.Load() && !dialling, err
}
