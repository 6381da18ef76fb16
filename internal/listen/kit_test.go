package listen

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"log/slog"
	"net"
	"net/http"
	"runtime/pprof"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/nightclerk/nightclerk/internal/certs"
)

// patience bounds every wait; no test takes that long unless it fails.
const patience = 20 * time.Second

// site is a Listener with a real http.Server on it.
type site struct {
	*Listener
	server *http.Server
	roots  *x509.CertPool
}

// open serves on addr until the test ends. Silent connections stay for timeout.
func open(t *testing.T, addr string, timeout time.Duration, handler http.HandlerFunc) *site {
	t.Helper()
	bound, err := binder{listen: new(net.ListenConfig).Listen, log: quiet()}.bind(t.Context(), addr)
	if err != nil {
		t.Fatal(err)
	}
	return serve(t, bound, timeout, handler)
}

func serve(t *testing.T, bound []net.Listener, timeout time.Duration, handler http.HandlerFunc) *site {
	t.Helper()
	authority, err := certs.Open(certs.Options{})
	if err != nil {
		t.Fatal(err)
	}
	s := &site{
		Listener: start(bound, authority.TLSConfig(), quiet(), timeout),
		server: &http.Server{
			Handler: handler, ReadHeaderTimeout: patience, ErrorLog: slog.NewLogLogger(slog.DiscardHandler, slog.LevelError),
		},
		roots: x509.NewCertPool(),
	}
	s.roots.AppendCertsFromPEM(authority.CAPEM())
	served := make(chan struct{})
	go func() { _ = s.server.Serve(s.Listener); close(served) }()
	t.Cleanup(func() { s.server.Close(); <-served })
	return s
}

func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }

// echo answers with the protocol and whether it came by TLS.
func echo(w http.ResponseWriter, r *http.Request) {
	io.WriteString(w, r.Proto+" tls="+strconv.FormatBool(r.TLS != nil))
}

// client returns a client that trusts the site's CA and keeps no connection.
func (s *site) client(t *testing.T, http2 bool) *http.Client {
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	protocols.SetHTTP2(http2)
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: s.roots}, Protocols: protocols}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport, Timeout: patience}
}

// get fails unless url answers want.
func get(t *testing.T, client *http.Client, url, want string) {
	t.Helper()
	resp, err := client.Get(url)
	if err != nil {
		t.Error(err)
		return
	}
	defer resp.Body.Close()
	if body, err := io.ReadAll(resp.Body); err != nil || string(body) != want {
		t.Errorf("%s: got %q (%v), want %q", url, body, err, want)
	}
}

// mustWork fails unless both protocols are answered on every address.
func (s *site) mustWork(t *testing.T) {
	t.Helper()
	for _, addr := range s.Addrs() {
		get(t, s.client(t, true), "https://"+addr.String(), "HTTP/2.0 tls=true")
		get(t, s.client(t, true), "http://"+addr.String(), "HTTP/1.1 tls=false")
	}
}

// silence opens n connections that send nothing, and waits until they are held.
func (s *site) silence(t *testing.T, n int) []net.Conn {
	t.Helper()
	conns := make([]net.Conn, n)
	for i := range conns {
		conns[i] = dial(t, s.Addr().String())
	}
	eventually(t, "the silent connections are held", func() bool { return s.held() == n })
	return conns
}

func (l *Listener) held() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.silent)
}

func dial(t *testing.T, addr string) net.Conn {
	t.Helper()
	conn, err := net.DialTimeout("tcp", addr, patience)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	return conn
}

// wantClosed fails unless the server ends the connection without a word.
func wantClosed(t *testing.T, conn net.Conn) {
	t.Helper()
	n, err := conn.Read(make([]byte, 1))
	if timeout, ok := err.(net.Error); n != 0 || err == nil || ok && timeout.Timeout() {
		t.Errorf("read %d bytes and %v, want the connection closed", n, err)
	}
}

func eventually(t *testing.T, what string, condition func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	for !condition() {
		select {
		case <-time.After(time.Millisecond):
		case <-ctx.Done():
			t.Fatalf("not in time: %s", what)
		}
	}
}

// noGoroutines fails while a goroutine of any Listener is left.
func noGoroutines(t *testing.T) {
	t.Helper()
	eventually(t, "the goroutines end", func() bool {
		var stacks bytes.Buffer
		if err := pprof.Lookup("goroutine").WriteTo(&stacks, 2); err != nil {
			t.Fatal(err)
		}
		return !strings.Contains(stacks.String(), "listen.(*Listener)")
	})
}
