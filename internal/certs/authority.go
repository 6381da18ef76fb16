package certs

import (
	"crypto"
	"crypto/rand"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"sync"

	"github.com/nightclerk/nightclerk/internal/clock"
)

// ErrNameNotAllowed is wrapped by the error for a server name that is neither
// localhost, nor a configured name, nor below one of them.
var ErrNameNotAllowed = errors.New("name is not allowed")

// maxLeaves bounds the cache, because clients choose the names.
const maxLeaves = 512

// Options say which CA to use and for what.
type Options struct {
	// Dir is the data folder that holds ca.pem and ca-key.pem. Both are made there
	// when absent. Empty keeps the CA in memory only.
	Dir string
	// CACertFile and CAKeyFile name the user's own CA, in PEM; both or neither.
	// Dir is not used then.
	CACertFile, CAKeyFile string
	// Names are host names and IP addresses allowed besides localhost, its
	// subdomains and loopback addresses. A host name stands for its subdomains too.
	Names []string
	// Clock is wall time; nil is the machine's clock.
	Clock clock.Clock
	// Rand is where serial numbers come from; nil is crypto/rand. (Keys and
	// signatures always draw on the system's randomness: Go 1.26 ignores a reader.)
	Rand io.Reader
	// Log hears when a CA is made; nil is silence.
	Log *slog.Logger
}

func (o Options) withDefaults() Options {
	if o.Clock == nil {
		o.Clock = clock.Wall
	}
	if o.Rand == nil {
		o.Rand = rand.Reader
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return o
}

// Authority is a CA with the certificates minted so far. It is safe for
// concurrent use.
type Authority struct {
	ca    *ca
	names allowed
	clock clock.Clock
	rand  io.Reader

	mu     sync.Mutex
	leaves map[string]*tls.Certificate
}

// Open reads the CA or makes it, and mints a certificate for localhost and each
// configured name. It fails when a file is missing, damaged or expired, and when
// the CA does not permit one of the names; the error names the file and what to do.
func Open(o Options) (*Authority, error) {
	o = o.withDefaults()
	names, err := parseNames(o.Names)
	if err != nil {
		return nil, err
	}
	c, err := openCA(o, names)
	if err != nil {
		return nil, err
	}
	a := &Authority{ca: c, names: names, clock: o.Clock, rand: o.Rand, leaves: map[string]*tls.Certificate{}}
	for _, name := range names.list() {
		if _, err := a.certificate(name); err != nil {
			return nil, err
		}
	}
	return a, nil
}

func openCA(o Options, names allowed) (*ca, error) {
	if o.CACertFile != "" || o.CAKeyFile != "" {
		return openOwn(o)
	}
	m := maker{
		key: func() (crypto.Signer, error) { return newKey(o.Rand) },
		cert: func(key crypto.Signer) ([]byte, error) {
			o.Log.Info("making a local CA", "dir", o.Dir, "permits", names.String())
			return mintCA(o.Rand, key, names, o.Clock.Now())
		},
	}
	if o.Dir == "" {
		return m.inMemory()
	}
	warnReadable(o.Log, filepath.Join(o.Dir, keyName))
	return m.stored(o.Dir)
}

func openOwn(o Options) (*ca, error) {
	if o.CACertFile == "" || o.CAKeyFile == "" {
		return nil, errors.New("a CA of your own needs both its certificate file and its key file; name the missing one too")
	}
	warnReadable(o.Log, o.CAKeyFile)
	return readCA(o.CACertFile, o.CAKeyFile,
		"name the certificate and key files of a CA that fits, or none to use a local CA made for you")
}

// warnReadable warns about a key that other users of the machine can read:
// whoever has it can pose as any name that the CA permits.
func warnReadable(log *slog.Logger, file string) {
	info, err := os.Stat(file)
	if err == nil && runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0 {
		log.Warn("the CA's key can be read by other users; run chmod 600 on it", "file", file)
	}
}

// CAFile returns the path of the CA certificate in PEM, the file to trust, or ""
// for a CA in memory.
func (a *Authority) CAFile() string { return a.ca.file }

// CAPEM returns the CA certificate in PEM (of a user's own CA every certificate of
// its file), never a key.
func (a *Authority) CAPEM() []byte { return a.ca.pem() }

// TLSConfig returns a new server configuration that mints certificates and offers
// HTTP/2 and HTTP/1.1.
func (a *Authority) TLSConfig() *tls.Config {
	return &tls.Config{
		GetCertificate: a.GetCertificate,
		MinVersion:     tls.VersionTLS12,
		NextProtos:     []string{"h2", "http/1.1"},
	}
}

// GetCertificate returns the certificate for the server name that a client asks
// for, minting or renewing it if need be; it fits tls.Config. A client without a
// server name gets the certificate of the address it dialled, or of localhost. It
// fails with ErrNameNotAllowed for any other name.
func (a *Authority) GetCertificate(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
	name := a.asked(hello)
	if !a.names.covers(name) {
		return nil, fmt.Errorf("no certificate for %q: %w (allowed: %s, and names below them); "+
			"connect by an allowed name, or add this one with --public-host", name, ErrNameNotAllowed, a.names)
	}
	if err := checkName(name); err != nil {
		return nil, fmt.Errorf("no certificate for %q: %w: %w", name, ErrNameNotAllowed, err)
	}
	return a.certificate(name)
}

func (a *Authority) asked(hello *tls.ClientHelloInfo) string {
	if hello.ServerName != "" {
		return normal(hello.ServerName)
	}
	if hello.Conn != nil {
		if addr, ok := hello.Conn.LocalAddr().(*net.TCPAddr); ok {
			if ip := addr.AddrPort().Addr().Unmap(); a.names.coversIP(ip) {
				return ip.String()
			}
		}
	}
	return "localhost"
}

// certificate returns the cached certificate for an allowed name. Minting takes
// well below a millisecond, so one lock for all names is enough.
func (a *Authority) certificate(name string) (*tls.Certificate, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if cert := a.leaves[name]; cert != nil && fresh(cert, a.clock.Now()) {
		return cert, nil
	}
	cert, err := a.mint(name)
	if err != nil {
		return nil, err
	}
	a.makeRoom()
	a.leaves[name] = cert
	return cert, nil
}

// makeRoom drops any one certificate when the cache is full; it would be minted
// again when asked for.
func (a *Authority) makeRoom() {
	if len(a.leaves) < maxLeaves {
		return
	}
	for name := range a.leaves {
		delete(a.leaves, name)
		return
	}
}
