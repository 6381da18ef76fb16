package listen

import (
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"net"
	"slices"
	"sync"
	"time"
)

// firstByteTimeout is how long a connection may stay silent at first. Browsers
// open spare connections and repeat the request on another when one is closed.
const firstByteTimeout = 10 * time.Second

// Listener accepts TLS and plain connections on one port of one or two addresses.
// It is safe for concurrent use.
type Listener struct {
	bound   []net.Listener
	tls     *tls.Config
	log     *slog.Logger
	timeout time.Duration

	ready chan net.Conn
	done  chan struct{}
	work  sync.WaitGroup

	mu     sync.Mutex
	silent map[net.Conn]struct{} // first byte outstanding; nil once closed
}

// Listen binds addr and starts to accept. The forms of addr are:
//
//	localhost:4545      127.0.0.1 and ::1, or the one the machine has
//	0.0.0.0:4545        every IPv4 address
//	:4545, [::]:4545    every address
//	192.0.2.7:4545      that address; a host name means its first address
//
// Port 0 is a free port, the same one on both loopback addresses. A nil tlsConfig
// refuses TLS; one without ALPN protocols offers h2 and http/1.1. A nil log is
// silence. The error is a *PortTakenError when something else has the port. ctx
// bounds the look-up of a host name only; Close ends the Listener.
func Listen(ctx context.Context, addr string, tlsConfig *tls.Config, log *slog.Logger) (*Listener, error) {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	b := binder{listen: new(net.ListenConfig).Listen, log: log}
	bound, err := b.bind(ctx, addr)
	if err != nil {
		return nil, err
	}
	return start(bound, tlsConfig, log, firstByteTimeout), nil
}

func start(bound []net.Listener, tlsConfig *tls.Config, log *slog.Logger, timeout time.Duration) *Listener {
	if tlsConfig != nil && len(tlsConfig.NextProtos) == 0 {
		tlsConfig = tlsConfig.Clone()
		tlsConfig.NextProtos = []string{"h2", "http/1.1"}
	}
	l := &Listener{
		bound: bound, tls: tlsConfig, log: log, timeout: timeout,
		ready: make(chan net.Conn), done: make(chan struct{}), silent: map[net.Conn]struct{}{},
	}
	for _, ln := range bound {
		l.work.Go(func() { l.acceptFrom(ln) })
	}
	return l
}

// Accept returns the next connection that has sent its first byte: a *tls.Conn
// whose handshake is still to be done, or a plain one. After Close it fails with
// net.ErrClosed.
func (l *Listener) Accept() (net.Conn, error) {
	select {
	case <-l.done:
		return nil, net.ErrClosed
	default:
	}
	select {
	case conn := <-l.ready:
		return conn, nil
	case <-l.done:
		return nil, net.ErrClosed
	}
}

// Close frees the port, closes every connection that Accept has not returned and
// waits until all goroutines of the Listener have ended. Closing again does nothing.
func (l *Listener) Close() error {
	l.mu.Lock()
	silent := l.silent
	l.silent = nil
	if silent != nil {
		close(l.done)
	}
	l.mu.Unlock()
	if silent == nil {
		return nil
	}
	var errs []error
	for _, ln := range l.bound {
		errs = append(errs, ln.Close())
	}
	for conn := range silent {
		conn.Close()
	}
	l.work.Wait()
	return errors.Join(errs...)
}

// Addr returns the first bound address; see Addrs.
func (l *Listener) Addr() net.Addr { return l.bound[0].Addr() }

// Addrs returns every bound address, IPv4 first.
func (l *Listener) Addrs() []net.Addr {
	addrs := make([]net.Addr, len(l.bound))
	for i, ln := range l.bound {
		addrs[i] = ln.Addr()
	}
	return addrs
}

// Port returns the one port of all addresses.
func (l *Listener) Port() int { return portOf(l.bound[0]) }

// LoopbackOnly reports whether only this machine can connect.
func (l *Listener) LoopbackOnly() bool {
	return !slices.ContainsFunc(l.Addrs(), func(a net.Addr) bool { return !a.(*net.TCPAddr).IP.IsLoopback() })
}
