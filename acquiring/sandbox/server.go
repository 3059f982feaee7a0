package sandbox

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
)

// Options says where a Server listens. The zero value is 127.0.0.1 with free
// ports.
type Options struct {
	// Host is the address to listen on; "" is 127.0.0.1. Credentials hold
	// private keys and the control plane knows no login, so anything else is for
	// closed networks only.
	Host string
	// Ports gives wallets a fixed port by name; a missing one, or 0, takes a
	// free one.
	Ports map[string]int
	// ControlPort is the control plane's; 0 takes a free one.
	ControlPort int
}

// Server is a set of sandboxed wallets that other programs can be pointed at:
// each wallet on a port of its own, and the control plane on another.
type Server struct {
	core    *Core
	wallets []Wallet
	sites   []*Site // one for each wallet, in their order; the control plane last
	stop    func() bool
	once    sync.Once
	done    chan struct{}
}

// Start opens all ports, tells each wallet its address, and serves until Close
// or until ctx ends. When one port cannot be had, nothing is left open.
func Start(ctx context.Context, core *Core, wallets []Wallet, opts Options) (*Server, error) {
	s := &Server{core: core, wallets: wallets, done: make(chan struct{})}
	if err := s.listen(opts); err != nil {
		for _, site := range s.sites {
			site.Close()
		}
		return nil, err
	}
	for i, w := range wallets {
		w.SetBaseURL(s.sites[i].URL())
	}
	for i, w := range wallets {
		s.sites[i].Serve(w.Handler())
	}
	s.control().Serve(NewControl(core, wallets))
	s.stop = context.AfterFunc(ctx, s.close)
	return s, nil
}

func (s *Server) listen(opts Options) error {
	var known []string
	for _, w := range s.wallets {
		known = append(known, w.Name())
		site, err := Listen("the "+w.Name()+" sandbox", opts.Host, opts.Ports[w.Name()])
		if err != nil {
			return err
		}
		s.sites = append(s.sites, site)
	}
	for name := range opts.Ports {
		if !slices.Contains(known, name) {
			return fmt.Errorf("port for wallet %q: want one of %s", name, strings.Join(known, ", "))
		}
	}
	site, err := Listen("the sandboxes' control plane", opts.Host, opts.ControlPort)
	if err != nil {
		return err
	}
	s.sites = append(s.sites, site)
	return nil
}

func (s *Server) control() *Site { return s.sites[len(s.sites)-1] }

// ControlURL is the control plane's base address.
func (s *Server) ControlURL() string { return s.control().URL() }

// WalletURL is the base address of a wallet, "" when the server has none of that
// name.
func (s *Server) WalletURL(name string) string {
	for i, w := range s.wallets {
		if w.Name() == name {
			return s.sites[i].URL()
		}
	}
	return ""
}

// Ready is the object of the one JSON line that a stand-alone sandbox prints:
// each wallet's credentials by its name, and control_url.
func (s *Server) Ready() map[string]any {
	ready := map[string]any{"control_url": s.ControlURL()}
	for _, w := range s.wallets {
		ready[w.Name()] = w.Credentials()
	}
	return ready
}

// WriteReady prints Ready as one line of JSON.
func (s *Server) WriteReady(w io.Writer) error {
	return json.NewEncoder(w).Encode(s.Ready())
}

// WriteText prints where everything is, for people. Keys are left out: who
// needs them asks for JSON.
func (s *Server) WriteText(w io.Writer) error {
	var b strings.Builder
	for i, wallet := range s.wallets {
		fmt.Fprintf(&b, "%-9s %s\n", wallet.Name(), s.sites[i].URL())
	}
	control := s.ControlURL()
	fmt.Fprintf(&b, "%-9s %s\n\n", "control", control)
	fmt.Fprintf(&b, "press pay    curl -d '{\"wallet\":\"wechat\",\"out_trade_no\":\"…\"}' %s/confirm\n", control)
	fmt.Fprintf(&b, "script fault curl -d '{\"wallet\":\"wechat\",\"kind\":\"notice_duplicate\"}' %s/faults\n", control)
	fmt.Fprintf(&b, "see orders   curl %s/orders\n", control)
	_, err := io.WriteString(w, b.String())
	return err
}

// Close ends delivery of notices and all servers, and waits for them.
func (s *Server) Close() {
	s.stop()
	s.close()
	<-s.done
}

// Done is closed once the server has ended, by Close or with its context.
func (s *Server) Done() <-chan struct{} { return s.done }

func (s *Server) close() {
	s.once.Do(func() {
		defer close(s.done)
		s.core.Notices.Close()
		var all sync.WaitGroup
		for _, site := range s.sites {
			all.Go(site.Close)
		}
		all.Wait()
	})
}
