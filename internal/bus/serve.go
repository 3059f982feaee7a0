package bus

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"runtime/debug"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/micro"

	"juma/acquiring/channel"
	"juma/internal/fault"
)

const (
	// callsAtOnce bounds the calls of one method that one member works on; more
	// wait in line, so that a wallet that hangs at prepay leaves notices alone.
	callsAtOnce = 64
	// stopGrace is how long a stopping member lets running calls end by themselves.
	stopGrace = 10 * time.Second

	serviceVersion = "1.0.0" // of the messages, not of the program

	// headerBudget tells the member how long the caller will wait, in milliseconds.
	headerBudget = "Juma-Budget-Ms"
)

// rpc makes a contract method into a function from JSON to an answer.
func rpc[Req, Res any](call func(context.Context, Req) (Res, error)) func(context.Context, []byte) (any, error) {
	return func(ctx context.Context, body []byte) (any, error) {
		var req Req
		if err := json.Unmarshal(body, &req); err != nil {
			return nil, fault.New("bus.serve", fault.Invalid, "the request cannot be read: %v", err)
		}
		return call(ctx, req)
	}
}

// service is one member of a wallet's queue group.
type service struct {
	bus     *Bus
	name    channel.Name
	adapter channel.Adapter
	micro   micro.Service
	held    *transfers
	served  atomic.Int64 // calls of the contract
	ctx     context.Context
	cancel  context.CancelFunc

	mu      sync.Mutex
	closing bool
	running sync.WaitGroup
}

// Serve puts an adapter behind the bus until ctx ends, stop is called or the bus
// is closed. Any number of processes may serve the same wallet; they share the
// work. stop lets running calls end (10 s at most), waits for them, and may be
// called again. Calls get a context that ends with ctx and with what the caller
// is willing to wait.
func (b *Bus) Serve(ctx context.Context, adapter channel.Adapter) (stop func(), err error) {
	const op = "bus.Serve"
	name := adapter.Name()
	if !token.MatchString(string(name)) {
		return nil, fault.Field(op, "channel", string(name), "a channel's name is made of letters, digits, '-' and '_'")
	}
	s := &service{bus: b, name: name, adapter: adapter, held: newTransfers()}
	s.ctx, s.cancel = context.WithCancel(ctx)
	s.micro, err = micro.AddService(b.nc, micro.Config{
		Name: serviceName(name), QueueGroup: serviceName(name), Version: serviceVersion,
		Description: "channel adapter of " + string(name),
		ErrorHandler: func(_ micro.Service, err *micro.NATSError) {
			b.log.Error("adapter service", "channel", name, "subject", err.Subject, "err", err.Description)
		},
	})
	if err == nil {
		err = s.addEndpoints()
	}
	if err == nil {
		// A caller in another process may ask as soon as Serve has returned.
		err = b.nc.FlushTimeout(connectTimeout)
	}
	if err != nil {
		s.stop()
		return nil, fault.Wrap(op, fault.Unavailable, err)
	}
	b.mu.Lock()
	b.services = append(b.services, s)
	b.mu.Unlock()
	stopNow := b.onClose(s.stop)
	detach := context.AfterFunc(ctx, stopNow)
	return func() { detach(); stopNow() }, nil
}

// noEnroller answers for an adapter that has not the ability.
type noEnroller struct{ name channel.Name }

func (n noEnroller) refusal() error {
	return fault.New("bus.serve", fault.Invalid, "the %s adapter takes no applications of merchants", n.name)
}

// Enrol refuses.
func (n noEnroller) Enrol(context.Context, channel.EnrolRequest) (channel.EnrolResult, error) {
	return channel.EnrolResult{}, n.refusal()
}

// QueryEnrolment refuses.
func (n noEnroller) QueryEnrolment(context.Context, channel.EnrolQuery) (channel.EnrolResult, error) {
	return channel.EnrolResult{}, n.refusal()
}

// noCodePayer answers for an adapter that has not the ability.
type noCodePayer struct{ name channel.Name }

func (n noCodePayer) refusal() error {
	return fault.New("bus.serve", fault.Invalid, "the %s adapter takes no payments by the consumer's code", n.name)
}

// PayByCode refuses.
func (n noCodePayer) PayByCode(context.Context, channel.CodeRequest) (channel.PaymentResult, error) {
	return channel.PaymentResult{}, n.refusal()
}

// Reverse refuses.
func (n noCodePayer) Reverse(context.Context, channel.OrderRef) (channel.ReverseResult, error) {
	return channel.ReverseResult{}, n.refusal()
}

// credentials are what an adapter signs and proves by; none of one that cannot tell.
func (s *service) credentials(ctx context.Context, _ struct{}) ([]channel.Credential, error) {
	if lister, ok := s.adapter.(channel.CredentialLister); ok {
		return lister.Credentials(ctx)
	}
	return nil, nil
}

func (s *service) addEndpoints() error {
	a := s.adapter
	codes, ok := a.(channel.CodePayer)
	if !ok {
		codes = noCodePayer{s.name}
	}
	enroller, ok := a.(channel.Enroller)
	if !ok {
		enroller = noEnroller{s.name}
	}
	for m, call := range map[method]func(context.Context, []byte) (any, error){
		methodAuthURL:     rpc(a.AuthURL),
		methodIdentify:    rpc(a.Identify),
		methodPrepay:      rpc(a.Prepay),
		methodQuery:       rpc(a.Query),
		methodClose:       rpc(a.Close),
		methodRefund:      rpc(a.Refund),
		methodQueryRefund: rpc(a.QueryRefund),
		methodReadNotice:  rpc(a.ReadNotice),
		methodStatement:   rpc(s.statement),

		methodPayByCode: rpc(codes.PayByCode),
		methodReverse:   rpc(codes.Reverse),

		methodEnrol:          rpc(enroller.Enrol),
		methodQueryEnrolment: rpc(enroller.QueryEnrolment),

		methodCredentials: rpc(s.credentials),
	} {
		if err := s.micro.AddEndpoint(string(m), s.handler(m, call), micro.WithEndpointSubject(methodSubject(s.name, m))); err != nil {
			return err
		}
	}
	member := s.micro.Info().ID
	return s.micro.AddEndpoint(endpointChunk, micro.HandlerFunc(s.sendChunk),
		micro.WithEndpointSubject(chunkSubject(s.name, member)), micro.WithEndpointQueueGroupDisabled())
}

// handler runs calls side by side: NATS itself would hand over one at a time.
func (s *service) handler(m method, call func(context.Context, []byte) (any, error)) micro.HandlerFunc {
	places := make(chan struct{}, callsAtOnce)
	return func(req micro.Request) {
		if !s.begin() {
			s.refuse(req, fault.New("bus.serve", fault.Unavailable, "this %s adapter is stopping; ask again", s.name))
			return
		}
		s.served.Add(1)
		places <- struct{}{}
		go func() {
			defer s.running.Done()
			defer func() { <-places }()
			ctx, cancel := s.budget(req)
			defer cancel()
			answer, err := s.guarded(ctx, m, call, req.Data())
			s.reply(req, m, answer, err)
		}()
	}
}

// begin counts a call in, unless the member is stopping.
func (s *service) begin() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closing {
		return false
	}
	s.running.Add(1)
	return true
}

func (s *service) budget(req micro.Request) (context.Context, context.CancelFunc) {
	ms, err := strconv.ParseInt(req.Headers().Get(headerBudget), 10, 64)
	if err != nil || ms <= 0 {
		return context.WithTimeout(s.ctx, s.bus.cfg.CallTimeout)
	}
	return context.WithTimeout(s.ctx, time.Duration(ms)*time.Millisecond)
}

// guarded makes a panic of the adapter an error of this one call.
func (s *service) guarded(ctx context.Context, m method, call func(context.Context, []byte) (any, error), body []byte) (answer any, err error) {
	defer func() {
		if p := recover(); p != nil {
			s.bus.log.Error("adapter panicked", "channel", s.name, "method", string(m), "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
			answer, err = nil, fault.New(string(s.name)+"."+string(m), fault.Internal, "the adapter panicked: %v", p)
		}
	}()
	return call(ctx, body)
}

func (s *service) reply(req micro.Request, m method, answer any, err error) {
	if gaveUp(err) {
		s.bus.log.Warn("adapter ran out of time and has no answer", "channel", s.name, "method", string(m), "err", err)
		return
	}
	if err != nil {
		s.refuse(req, err)
		return
	}
	body, err := json.Marshal(answer)
	if err != nil {
		s.refuse(req, fault.Wrap(string(s.name)+"."+string(m), fault.Internal, err))
		return
	}
	s.send(req, nil, body)
}

// gaveUp tells whether an adapter says no more than that its time was over: it
// does not know what happened, and silence says exactly that.
func gaveUp(err error) bool {
	var known *fault.Error
	return !errors.As(err, &known) && (errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled))
}

// refuse answers with a fault, under the headers that micro services use for it.
func (s *service) refuse(req micro.Request, err error) {
	kind := string(fault.KindOf(err))
	s.send(req, nats.Header{micro.ErrorHeader: {kind}, micro.ErrorCodeHeader: {kind}}, encodeFault(err))
}

// send publishes the answer itself, because micro's own Respond must not be used
// after its handler has returned: it writes to what micro reads just then.
func (s *service) send(req micro.Request, header nats.Header, body []byte) {
	err := s.bus.nc.PublishMsg(&nats.Msg{Subject: req.Reply(), Header: header, Data: body})
	if err != nil {
		// The caller takes silence for "unknown", which is what it is.
		s.bus.log.Warn("answer not sent", "channel", s.name, "subject", req.Subject(), "bytes", len(body), "err", err)
	}
}

// stop takes no more calls, lets running ones end and forgets held files.
func (s *service) stop() {
	if s.micro != nil {
		if err := s.micro.Stop(); err != nil {
			s.bus.log.Warn("stopping adapter service", "channel", s.name, "err", err)
		}
	}
	s.mu.Lock()
	s.closing = true
	s.mu.Unlock()
	ended := make(chan struct{})
	go func() { s.running.Wait(); close(ended) }()
	select {
	case <-ended:
	case <-s.ctx.Done():
	case <-time.After(stopGrace):
	}
	s.cancel()
	select {
	case <-ended:
	case <-time.After(stopGrace):
		s.bus.log.Error("adapter ignores that its calls were cancelled; leaving them behind", "channel", s.name)
	}
	s.held.close()
	s.bus.retire(s)
}
