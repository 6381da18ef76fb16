package certs_test

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nightclerk/nightclerk/internal/certs"
	"github.com/nightclerk/nightclerk/internal/clock"
)

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

func open(t *testing.T, o certs.Options) *certs.Authority {
	t.Helper()
	a, err := certs.Open(o)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func pool(t *testing.T, pem []byte) *x509.CertPool {
	t.Helper()
	p := x509.NewCertPool()
	if !p.AppendCertsFromPEM(pem) {
		t.Fatalf("no certificate in %q", pem)
	}
	return p
}

// serve answers TLS handshakes on addr and returns the address it got.
func serve(t *testing.T, addr string, config *tls.Config) string {
	t.Helper()
	ln, err := tls.Listen("tcp", addr, config)
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			conn, err := ln.Accept()
			if err != nil {
				return
			}
			wg.Go(func() {
				defer conn.Close()
				_ = conn.(*tls.Conn).Handshake()
			})
		}
	})
	t.Cleanup(func() { ln.Close(); wg.Wait() })
	return ln.Addr().String()
}

// dial connects as a client that wants to see a certificate for name.
func dial(addr, name string, roots *x509.CertPool) (*x509.Certificate, error) {
	d := tls.Dialer{
		NetDialer: &net.Dialer{Timeout: 10 * time.Second},
		Config:    &tls.Config{ServerName: name, RootCAs: roots, NextProtos: []string{"h2"}},
	}
	conn, err := d.Dial("tcp", addr)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	return conn.(*tls.Conn).ConnectionState().PeerCertificates[0], nil
}

func get(t *testing.T, a *certs.Authority, name string) *tls.Certificate {
	t.Helper()
	cert, err := a.GetCertificate(&tls.ClientHelloInfo{ServerName: name})
	if err != nil {
		t.Fatal(err)
	}
	return cert
}

func TestClientsAcceptEveryAllowedName(t *testing.T) {
	a := open(t, certs.Options{Names: []string{"Emulator", "192.0.2.7"}})
	addr := serve(t, "127.0.0.1:0", a.TLSConfig())
	roots := pool(t, a.CAPEM())
	for _, name := range []string{
		"127.0.0.1", "192.0.2.7", "::1", "LOCALHOST", "a.b.localhost", "acme.emulator", "acme.localhost", "emulator", "localhost",
	} {
		if _, err := dial(addr, name, roots); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestClientByAnyLoopbackAddress(t *testing.T) {
	a := open(t, certs.Options{})
	ln, err := net.Listen("tcp", "127.0.0.9:0")
	if err != nil {
		t.Skipf("this machine has only 127.0.0.1: %v", err)
	}
	ln.Close()
	if _, err := dial(serve(t, "127.0.0.9:0", a.TLSConfig()), "127.0.0.9", pool(t, a.CAPEM())); err != nil {
		t.Error(err)
	}
}

func TestOtherNamesAreRefused(t *testing.T) {
	a := open(t, certs.Options{Names: []string{"emulator"}})
	addr := serve(t, "127.0.0.1:0", a.TLSConfig())
	for _, name := range []string{"example.com", "localhost.example.com", "notlocalhost", "xemulator"} {
		if _, err := dial(addr, name, pool(t, a.CAPEM())); err == nil {
			t.Errorf("%s: the handshake succeeded", name)
		}
		_, err := a.GetCertificate(&tls.ClientHelloInfo{ServerName: name})
		if !errors.Is(err, certs.ErrNameNotAllowed) || !strings.Contains(err.Error(), "localhost, emulator") {
			t.Errorf("%s: error %v does not list the allowed names", name, err)
		}
	}
	for _, name := range []string{"..localhost", "a b.localhost", strings.Repeat("a", 64) + ".localhost", "ü.localhost"} {
		if _, err := a.GetCertificate(&tls.ClientHelloInfo{ServerName: name}); !errors.Is(err, certs.ErrNameNotAllowed) {
			t.Errorf("%q: got %v", name, err)
		}
	}
}

func TestLeafContents(t *testing.T) {
	a := open(t, certs.Options{Names: []string{"10.1.2.3"}})
	leaf := get(t, a, "acme.localhost").Leaf
	if want := []string{"localhost", "acme.localhost"}; !slices.Equal(leaf.DNSNames, want) {
		t.Errorf("DNS names %q, want %q", leaf.DNSNames, want)
	}
	var ips []string
	for _, ip := range leaf.IPAddresses {
		ips = append(ips, ip.String())
	}
	if want := []string{"127.0.0.1", "::1", "10.1.2.3"}; !slices.Equal(ips, want) {
		t.Errorf("addresses %q, want %q", ips, want)
	}
	if want := []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}; !slices.Equal(leaf.ExtKeyUsage, want) {
		t.Errorf("extended key usage %v, want %v", leaf.ExtKeyUsage, want)
	}
	if life := leaf.NotAfter.Sub(leaf.NotBefore); life > 397*24*time.Hour {
		t.Errorf("browsers refuse a lifetime of %s", life)
	}
}

func TestNoServerNameMeansLocalhost(t *testing.T) {
	a := open(t, certs.Options{})
	if err := get(t, a, "").Leaf.VerifyHostname("localhost"); err != nil {
		t.Error(err)
	}
}

func TestLeavesAreCachedAndRenewed(t *testing.T) {
	now := clock.NewManual(noon)
	a := open(t, certs.Options{Clock: now})
	first := get(t, a, "localhost")
	if get(t, a, "localhost.") != first {
		t.Error("a second certificate was minted for the same name")
	}
	for range 20 { // two years
		now.Advance(37 * 24 * time.Hour)
		leaf := get(t, a, "localhost").Leaf
		if left := leaf.NotAfter.Sub(now.Now()); left < 14*24*time.Hour {
			t.Fatalf("a certificate with %s left was served", left)
		}
		_, err := leaf.Verify(x509.VerifyOptions{DNSName: "localhost", Roots: pool(t, a.CAPEM()), CurrentTime: now.Now()})
		if err != nil {
			t.Fatal(err)
		}
	}
}

func TestClockSetBack(t *testing.T) {
	now := clock.NewManual(noon)
	dir := t.TempDir()
	open(t, certs.Options{Clock: now, Dir: dir})
	now.Advance(365 * 24 * time.Hour)
	a := open(t, certs.Options{Clock: now, Dir: dir})
	now.Set(noon)
	if leaf := get(t, a, "localhost").Leaf; leaf.NotBefore.After(noon) {
		t.Errorf("served a certificate that is valid from %s only", leaf.NotBefore)
	}
}

func TestCAEndsItsLeavesAndThenItself(t *testing.T) {
	now := clock.NewManual(noon)
	a := open(t, certs.Options{Clock: now, Dir: t.TempDir()})
	now.Set(noon.AddDate(10, 0, -10))
	leaf := get(t, a, "localhost").Leaf
	if _, err := leaf.Verify(x509.VerifyOptions{Roots: pool(t, a.CAPEM()), CurrentTime: leaf.NotAfter}); err != nil {
		t.Errorf("the certificate outlives its CA: %v", err)
	}
	now.Set(noon.AddDate(10, 0, 10))
	_, err := a.GetCertificate(&tls.ClientHelloInfo{ServerName: "localhost"})
	wantError(t, err, "expired", a.CAFile(), "delete")
}

func TestConcurrentHandshakes(t *testing.T) {
	a := open(t, certs.Options{})
	addr, roots := serve(t, "127.0.0.1:0", a.TLSConfig()), pool(t, a.CAPEM())
	var wg sync.WaitGroup
	for i := range 24 {
		wg.Go(func() {
			name := string(rune('a'+i%6)) + ".localhost"
			if _, err := dial(addr, name, roots); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		})
	}
	wg.Wait()
}

func TestUnusableNames(t *testing.T) {
	for _, name := range []string{"", "emulator:4545", "https://emulator", "münchen.test", strings.Repeat("a.", 130) + "test"} {
		_, err := certs.Open(certs.Options{Names: []string{name}})
		if err == nil || !strings.Contains(err.Error(), "cannot be put into a certificate") {
			t.Errorf("%q: got %v", name, err)
		}
	}
}

// wantError fails unless err mentions every part.
func wantError(t *testing.T, err error, parts ...string) {
	t.Helper()
	if err == nil {
		t.Errorf("no error, want one that mentions %q", parts)
		return
	}
	for _, part := range parts {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("error %q does not mention %q", err, part)
		}
	}
}
