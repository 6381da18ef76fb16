package listen

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"strconv"
	"strings"
	"syscall"
)

// freePortTries is how often a port that is free on the one loopback address may
// turn out to be taken on the other.
const freePortTries = 20

// PortTakenError says that another process listens on the address.
type PortTakenError struct {
	Addr string // host:port
	Err  error  // the system's error
}

// Error says what to do about it.
func (e *PortTakenError) Error() string {
	return fmt.Sprintf("%s: address already in use; stop the other process (it may be another nightclerk), "+
		"or choose another port: --listen localhost:0 takes a free one", e.Addr)
}

// Unwrap returns the system's error.
func (e *PortTakenError) Unwrap() error { return e.Err }

// binder opens sockets; tests replace the listen function to play other machines.
type binder struct {
	listen func(ctx context.Context, network, addr string) (net.Listener, error)
	log    *slog.Logger
}

// bind opens the one or two sockets that addr stands for.
func (b binder) bind(ctx context.Context, addr string) ([]net.Listener, error) {
	host, port, err := net.SplitHostPort(addr)
	if err == nil && port == "" {
		err = errors.New("missing port")
	}
	if err != nil {
		return nil, fmt.Errorf("cannot listen on %q: write host:port, for example localhost:4545: %w", addr, err)
	}
	if isLocalhost(host) {
		return b.bindLoopback(ctx, port)
	}
	network := "tcp"
	if host == "0.0.0.0" {
		network = "tcp4" // "tcp" would take it for every address of both families
	}
	ln, err := b.listen(ctx, network, addr)
	if err != nil {
		return nil, explain(addr, err)
	}
	return []net.Listener{ln}, nil
}

func isLocalhost(host string) bool {
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	return host == "localhost" || strings.HasSuffix(host, ".localhost") // RFC 6761, 6.3
}

// bindLoopback binds both loopback addresses, because clients differ in which of
// them they mean by localhost. Were one left to another process, some clients would
// talk to that.
func (b binder) bindLoopback(ctx context.Context, port string) ([]net.Listener, error) {
	for try := 1; ; try++ {
		bound, err := b.tryLoopback(ctx, port)
		var taken *PortTakenError
		if port != "0" || try == freePortTries || !errors.As(err, &taken) {
			return bound, err
		}
	}
}

func (b binder) tryLoopback(ctx context.Context, port string) ([]net.Listener, error) {
	var bound []net.Listener
	var missing error
	for _, family := range []struct{ network, host string }{{"tcp4", "127.0.0.1"}, {"tcp6", "::1"}} {
		addr := net.JoinHostPort(family.host, port)
		ln, err := b.listen(ctx, family.network, addr)
		switch {
		case err == nil:
			bound = append(bound, ln)
			port = strconv.Itoa(portOf(ln)) // the other family takes the same
		case familyMissing(err):
			b.log.Debug("this machine lacks one loopback address", "addr", family.host, "error", err)
			missing = explain(addr, err)
		default:
			closeAll(bound)
			return nil, explain(addr, err)
		}
	}
	if len(bound) == 0 {
		return nil, missing
	}
	return bound, nil
}

func closeAll(bound []net.Listener) {
	for _, ln := range bound {
		ln.Close()
	}
}

func portOf(ln net.Listener) int { return ln.Addr().(*net.TCPAddr).Port }

// explain adds to an error of the system what to do about it.
func explain(addr string, err error) error {
	switch {
	case isOneOf(err, addressInUse):
		return &PortTakenError{Addr: addr, Err: err}
	case familyMissing(err):
		return fmt.Errorf("cannot listen on %s: this machine has no such address; choose localhost:4545, or 0.0.0.0:4545 for every IPv4 address: %w", addr, err)
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("cannot listen on %s: not permitted; choose a port above 1023, for example --listen localhost:4545: %w", addr, err)
	}
	return fmt.Errorf("cannot listen on %s; write an address of this machine and a port, for example localhost:4545: %w", addr, err)
}

// familyMissing reports whether the machine lacks the address or its whole family,
// as containers often lack IPv6.
func familyMissing(err error) bool { return isOneOf(err, addressMissing) }

func isOneOf(err error, codes []syscall.Errno) bool {
	for _, code := range codes {
		if errors.Is(err, code) {
			return true
		}
	}
	return false
}
