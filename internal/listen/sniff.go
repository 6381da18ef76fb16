package listen

import (
	"crypto/tls"
	"errors"
	"io"
	"net"
	"time"
)

// tlsHandshake is the first byte of every TLS connection (RFC 8446, 5.1:
// ContentType handshake); no HTTP method begins with it.
const tlsHandshake = 0x16

// acceptFrom accepts until ln is closed. It never reads from a connection, so that
// a silent one delays nobody.
func (l *Listener) acceptFrom(ln net.Listener) {
	var delay time.Duration
	for {
		conn, err := ln.Accept()
		switch {
		case err == nil:
			delay = 0
			l.work.Go(func() { l.sniff(conn) })
		case errors.Is(err, net.ErrClosed):
			return
		default:
			delay = min(max(2*delay, 5*time.Millisecond), time.Second)
			l.log.Warn("cannot accept a connection; if too many files are open, raise the limit (ulimit -n)",
				"addr", ln.Addr().String(), "error", err, "retry_in", delay)
			if !l.pause(delay) {
				return
			}
		}
	}
}

// pause waits for d; it reports false when the Listener is closed meanwhile.
func (l *Listener) pause(d time.Duration) bool {
	select {
	case <-time.After(d):
		return true
	case <-l.done:
		return false
	}
}

// sniff waits for the first byte and hands the connection to Accept.
func (l *Listener) sniff(conn net.Conn) {
	first, err := l.firstByte(conn)
	if err == nil && first == tlsHandshake && l.tls == nil {
		err = errors.New("TLS is switched off; use http://")
	}
	if err != nil {
		l.log.Debug("dropped a connection before its first request", "remote", conn.RemoteAddr().String(), "error", err)
		conn.Close()
		return
	}
	var ready net.Conn = &replayed{Conn: conn, first: first, pending: true}
	if first == tlsHandshake {
		ready = tls.Server(ready, l.tls)
	}
	select {
	case l.ready <- ready:
	case <-l.done:
		conn.Close()
	}
}

// firstByte reads one byte. While it waits the connection costs a goroutine and
// that byte. The timer closes the connection instead of setting a deadline, which
// would have to be taken back before net/http sets its own.
func (l *Listener) firstByte(conn net.Conn) (byte, error) {
	if !l.track(conn) {
		return 0, net.ErrClosed
	}
	defer l.untrack(conn)
	timer := time.AfterFunc(l.timeout, func() { conn.Close() })
	var buf [1]byte
	_, err := io.ReadFull(conn, buf[:])
	if !timer.Stop() {
		return 0, errors.New("it sent nothing in time")
	}
	return buf[0], err
}

// track makes conn known to Close; it fails when the Listener is closed already.
func (l *Listener) track(conn net.Conn) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.silent == nil {
		return false
	}
	l.silent[conn] = struct{}{}
	return true
}

func (l *Listener) untrack(conn net.Conn) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.silent, conn)
}

// replayed is a connection that gives its first byte again. It has one reader at a
// time, as net/http and crypto/tls guarantee.
type replayed struct {
	net.Conn
	first   byte
	pending bool
}

// Read gives the byte that was read ahead, then the rest.
func (c *replayed) Read(p []byte) (int, error) {
	if !c.pending || len(p) == 0 {
		return c.Conn.Read(p)
	}
	c.pending = false
	p[0] = c.first
	return 1, nil
}

// CloseWrite lets net/http end an answer without losing its last bytes to a reset.
func (c *replayed) CloseWrite() error {
	if half, ok := c.Conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return errors.ErrUnsupported
}

// ReadFrom lets net/http send files without copying them through this process.
func (c *replayed) ReadFrom(r io.Reader) (int64, error) { return io.Copy(c.Conn, r) }
