package listen

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestOnePortSpeaksTLSAndPlain(t *testing.T) {
	s := open(t, "localhost:0", time.Hour, echo)
	s.mustWork(t)
	get(t, s.client(t, false), "https://"+s.Addr().String(), "HTTP/1.1 tls=true")
}

func TestSilentConnectionsDelayNobody(t *testing.T) {
	s := open(t, "localhost:0", time.Hour, echo)
	silent := s.silence(t, 200)
	s.mustWork(t)

	late := silent[100]
	io.WriteString(late, "GET / HTTP/1.0\r\n\r\n")
	answer, err := io.ReadAll(late)
	if err != nil || !bytes.HasSuffix(answer, []byte("tls=false")) {
		t.Errorf("a connection that was silent at first got %q, %v", answer, err)
	}
}

func TestSilentConnectionIsDropped(t *testing.T) {
	s := open(t, "localhost:0", time.Millisecond, echo)
	wantClosed(t, dial(t, s.Addr().String()))
	eventually(t, "nothing is held", func() bool { return s.held() == 0 })
}

func TestTimeoutEndsWithTheFirstByte(t *testing.T) {
	s := open(t, "localhost:0", 500*time.Millisecond, echo)
	conn := dial(t, s.Addr().String())
	io.WriteString(conn, "G")
	// A connection that stays silent from now on outlives the first one's timeout.
	wantClosed(t, dial(t, s.Addr().String()))
	io.WriteString(conn, "ET / HTTP/1.0\r\n\r\n")
	if answer, err := io.ReadAll(conn); err != nil || !bytes.Contains(answer, []byte("200 OK")) {
		t.Errorf("got %q, %v", answer, err)
	}
}

// dribble sends every byte in a packet of its own.
type dribble struct{ net.Conn }

func (d dribble) Write(p []byte) (int, error) {
	for i := range p {
		if _, err := d.Conn.Write(p[i : i+1]); err != nil {
			return i, err
		}
	}
	return len(p), nil
}

func TestBytesOneByOne(t *testing.T) {
	s := open(t, "localhost:0", time.Hour, echo)
	plain := dribble{dial(t, s.Addr().String())}
	secure := tls.Client(dribble{dial(t, s.Addr().String())}, &tls.Config{RootCAs: s.roots, ServerName: "localhost"})
	for want, conn := range map[string]net.Conn{"HTTP/1.1 tls=false": plain, "HTTP/1.1 tls=true": secure} {
		io.WriteString(conn, "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
		resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil {
			t.Fatal(err)
		}
		body := make([]byte, len(want))
		if _, err := io.ReadFull(resp.Body, body); err != nil || string(body) != want {
			t.Errorf("got %q (%v), want %q", body, err, want)
		}
	}
}

func TestGarbage(t *testing.T) {
	s := open(t, "localhost:0", time.Hour, echo)
	for _, garbage := range []string{
		"\x00", "\x16", "\x16\x03\x01\xff\xff", "\x16\x03\x01\x00\x05hello", "\x80\x2e\x01\x00\x02", "\r\n\r\n\r\n",
		"SSH-2.0-OpenSSH_9.9\r\n", strings.Repeat("\xff", 1<<16),
	} {
		conn := dial(t, s.Addr().String())
		io.WriteString(conn, garbage)
		conn.(*net.TCPConn).CloseWrite()
		answer, _ := io.ReadAll(conn)
		if bytes.Contains(answer, []byte("200 OK")) {
			t.Errorf("%.20q was answered with %q", garbage, answer)
		}
	}
	s.mustWork(t)
}

func TestTLSOff(t *testing.T) {
	l, err := Listen(t.Context(), "localhost:0", nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	conn := dial(t, l.Addr().String())
	io.WriteString(conn, "\x16\x03\x01")
	wantClosed(t, conn)
	io.WriteString(dial(t, l.Addr().String()), "G")
	if conn, err := l.Accept(); err != nil {
		t.Error(err)
	} else {
		conn.Close()
	}
}

func TestDefaultProtocols(t *testing.T) {
	site := open(t, "localhost:0", time.Hour, echo)
	config := &tls.Config{GetCertificate: site.tls.GetCertificate}
	l, err := Listen(t.Context(), "localhost:0", config, quiet())
	if err != nil {
		t.Fatal(err)
	}
	go site.server.Serve(l)
	get(t, site.client(t, true), "https://"+l.Addr().String(), "HTTP/2.0 tls=true")
	if config.NextProtos != nil {
		t.Error("the caller's configuration was changed")
	}
}

func TestFileByPlainHTTP(t *testing.T) {
	content := strings.Repeat("0123456789abcdef", 1<<16)
	file := filepath.Join(t.TempDir(), "bundle.js")
	if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	s := open(t, "localhost:0", time.Hour, func(w http.ResponseWriter, r *http.Request) { http.ServeFile(w, r, file) })
	get(t, s.client(t, true), "http://"+s.Addr().String(), content)
	get(t, s.client(t, true), "https://"+s.Addr().String(), content)
}

func TestShutdownClosesSilentConnectionsOnly(t *testing.T) {
	entered, finish := make(chan struct{}), make(chan struct{})
	s := open(t, "localhost:0", time.Hour, func(w http.ResponseWriter, r *http.Request) {
		close(entered)
		<-finish
		echo(w, r)
	})
	silent := s.silence(t, 50)
	busy := make(chan struct{})
	go func() {
		defer close(busy)
		get(t, s.client(t, true), "https://"+s.Addr().String(), "HTTP/2.0 tls=true")
	}()
	<-entered

	shut := make(chan error, 1)
	go func() { shut <- s.server.Shutdown(context.Background()) }()
	for _, conn := range silent {
		wantClosed(t, conn)
	}
	close(finish)
	<-busy
	if err := <-shut; err != nil {
		t.Error(err)
	}
	noGoroutines(t)
	if conn, err := net.Dial("tcp", s.Addr().String()); err == nil {
		conn.Close()
		t.Error("the port still answers")
	}
}

func TestCloseWithoutServer(t *testing.T) {
	l, err := Listen(t.Context(), "localhost:0", nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	spoke, silent := dial(t, l.Addr().String()), dial(t, l.Addr().String())
	io.WriteString(spoke, "G")
	eventually(t, "one connection waits for Accept", func() bool { return l.held() == 1 })
	for range 2 {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	}
	wantClosed(t, spoke)
	wantClosed(t, silent)
	noGoroutines(t)
	if _, err := l.Accept(); !errors.Is(err, net.ErrClosed) {
		t.Errorf("Accept after Close: %v", err)
	}
}

// starved fails to accept until fails is used up, as a process without free file
// descriptors does.
type starved struct {
	net.Listener
	fails int
}

func (s *starved) Accept() (net.Conn, error) {
	if s.fails > 0 {
		s.fails--
		return nil, &net.OpError{Op: "accept", Err: os.NewSyscallError("accept4", syscall.EMFILE)}
	}
	return s.Listener.Accept()
}

func TestAcceptErrorsPass(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	serve(t, []net.Listener{&starved{Listener: ln, fails: 3}}, time.Hour, echo).mustWork(t)
}

func TestCloseDuringAcceptErrors(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l := start([]net.Listener{&starved{Listener: ln, fails: 1 << 30}}, nil, quiet(), time.Hour)
	closed := make(chan struct{})
	go func() { l.Close(); close(closed) }()
	select {
	case <-closed:
	case <-time.After(patience):
		t.Fatal("Close hangs")
	}
}
