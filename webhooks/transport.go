package webhooks

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"syscall"
	"time"
)

// idleTimeout is below the five seconds after which Node.js closes an idle
// connection, so that requests do not run into a closing one.
const idleTimeout = 4 * time.Second

// newTransport makes the HTTP client: HTTP/1.1 as Svix speaks it, keep-alive
// for as many connections as there are workers, no proxy, no compression, and
// every target allowed, loopback included, except the process itself.
func newTransport(o Options) *http.Transport {
	dialer := &net.Dialer{Timeout: o.Timeout, KeepAlive: 30 * time.Second}
	if len(o.Refuse) > 0 {
		dialer.ControlContext = func(_ context.Context, _, address string, _ syscall.RawConn) error {
			return refuse(o.Refuse, address)
		}
	}
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	return &http.Transport{
		DialContext:         dialer.DialContext,
		TLSClientConfig:     &tls.Config{RootCAs: o.RootCAs},
		Protocols:           protocols,
		DisableCompression:  true,
		MaxIdleConns:        4 * o.Workers,
		MaxIdleConnsPerHost: o.PerEndpoint,
		IdleConnTimeout:     idleTimeout,
	}
}

// errHalf ends a request in the middle of its body, on purpose.
var errHalf = errors.New("the connection was closed in the middle of the body, on purpose")

// errLoop is the answer to a dial to the process's own listener.
var errLoop = errors.New("this is the address the emulator itself listens at")

func refuse(own []netip.AddrPort, address string) error {
	to, err := netip.ParseAddrPort(address)
	if err != nil {
		return nil
	}
	for _, a := range own {
		if a.Port() != to.Port() {
			continue
		}
		if a.Addr().Unmap() == to.Addr().Unmap() || a.Addr().IsUnspecified() && isLocal(to.Addr()) {
			return errLoop
		}
	}
	return nil
}

// isLocal tells whether an address is one of this machine's.
func isLocal(addr netip.Addr) bool {
	if addr.IsLoopback() || addr.IsUnspecified() {
		return true
	}
	nets, err := net.InterfaceAddrs()
	return err == nil && slices.ContainsFunc(nets, func(n net.Addr) bool {
		prefix, err := netip.ParsePrefix(n.String())
		return err == nil && prefix.Addr().Unmap() == addr.Unmap()
	})
}

// failure classifies an error of the transport and words it for the attempt's
// response.
func failure(err error, timeout time.Duration) (FailureKind, string) {
	var dns *net.DNSError
	switch {
	case errors.Is(err, errHalf):
		return FailureFault, errHalf.Error()
	case errors.Is(err, errLoop):
		return FailureLoop, "not sent: " + errLoop.Error()
	case errors.Is(err, context.DeadlineExceeded) || isTimeout(err):
		return FailureTimeout, fmt.Sprintf("no complete answer within %v", timeout)
	case errors.As(err, &dns):
		return FailureDNS, "the name " + dns.Name + " was not found"
	case errors.Is(err, syscall.ECONNREFUSED):
		return FailureRefused, "connection refused"
	case isTLS(err):
		return FailureTLS, err.Error()
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return FailureReset, "the connection was closed before the answer was complete"
	case strings.Contains(err.Error(), "malformed HTTP"): // net/http has no error value for it
		return FailureNotHTTP, err.Error()
	}
	return FailureOther, err.Error()
}

// again tells whether a connection failed in a way that a second try may not.
func again(err error) bool {
	kind, _ := failure(err, 0)
	return kind == FailureReset
}

func isTimeout(err error) bool {
	var timeout net.Error
	return errors.As(err, &timeout) && timeout.Timeout()
}

func isTLS(err error) bool {
	var record tls.RecordHeaderError
	var verify *tls.CertificateVerificationError
	var authority x509.UnknownAuthorityError
	var host x509.HostnameError
	return errors.As(err, &record) || errors.As(err, &verify) || errors.As(err, &authority) || errors.As(err, &host) ||
		strings.Contains(err.Error(), "tls: ") || strings.Contains(err.Error(), "server gave HTTP response to HTTPS client")
}
