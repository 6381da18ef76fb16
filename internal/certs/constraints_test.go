package certs_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/nightclerk/nightclerk/internal/certs"
)

// forge signs whatever the thief of a CA's key might sign.
func forge(t *testing.T, dir string, usage x509.ExtKeyUsage, dns []string, ips ...net.IP) tls.Certificate {
	t.Helper()
	ca, err := tls.LoadX509KeyPair(filepath.Join(dir, "ca.pem"), filepath.Join(dir, "ca-key.pem"))
	if err != nil {
		t.Fatal(err)
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return issue(t, &x509.Certificate{
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		ExtKeyUsage: []x509.ExtKeyUsage{usage}, DNSNames: dns, IPAddresses: ips,
	}, key, ca.Leaf, ca.PrivateKey.(crypto.Signer))
}

func issue(t *testing.T, template *x509.Certificate, key crypto.Signer, parent *x509.Certificate, parentKey crypto.Signer) tls.Certificate {
	t.Helper()
	der, err := x509.CreateCertificate(rand.Reader, template, parent, key.Public(), parentKey)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}
}

// Trusting the CA must be harmless even when its key leaks.
func TestConstraintsHoldAgainstTheKeyItself(t *testing.T) {
	dir := t.TempDir()
	a := open(t, certs.Options{Dir: dir, Names: []string{"emulator", "10.1.2.3"}})
	roots := pool(t, a.CAPEM())
	forged := map[string]tls.Certificate{
		"example.com":           forge(t, dir, x509.ExtKeyUsageServerAuth, []string{"example.com"}),
		"localhost.example.com": forge(t, dir, x509.ExtKeyUsageServerAuth, []string{"localhost", "localhost.example.com"}),
		"10.1.2.4":              forge(t, dir, x509.ExtKeyUsageServerAuth, nil, net.IPv4(10, 1, 2, 4)),
		"2001:db8::1":           forge(t, dir, x509.ExtKeyUsageServerAuth, nil, net.ParseIP("2001:db8::1")),
	}
	for name, cert := range forged {
		addr := serve(t, "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{cert}})
		_, err := dial(addr, name, roots)
		var invalid x509.CertificateInvalidError
		if !errors.As(err, &invalid) || invalid.Reason != x509.CANotAuthorizedForThisName {
			t.Errorf("%s: got %v, want the CA's name constraints to refuse it", name, err)
		}
	}
}

func TestConstraintsAreCriticalAndForServersOnly(t *testing.T) {
	dir := t.TempDir()
	a := open(t, certs.Options{Dir: dir})
	block, _ := pem.Decode(a.CAPEM())
	ca, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	if !ca.PermittedDNSDomainsCritical {
		t.Error("a client that does not know name constraints would ignore them")
	}
	code := forge(t, dir, x509.ExtKeyUsageCodeSigning, []string{"localhost"}).Leaf
	_, err = code.Verify(x509.VerifyOptions{Roots: pool(t, a.CAPEM()), KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageCodeSigning}})
	var invalid x509.CertificateInvalidError
	if !errors.As(err, &invalid) || invalid.Reason != x509.IncompatibleUsage {
		t.Errorf("a code-signing certificate: got %v", err)
	}
}

func TestGrownNamesAreExplained(t *testing.T) {
	dir := t.TempDir()
	first := open(t, certs.Options{Dir: dir, Names: []string{"emulator"}})
	open(t, certs.Options{Dir: dir, Names: []string{"acme.emulator"}}) // permitted already

	_, err := certs.Open(certs.Options{Dir: dir, Names: []string{"emulator", "clerk.test"}})
	wantError(t, err, "clerk.test", "delete", first.CAFile(), filepath.Join(dir, "ca-key.pem"), "trust")

	for _, name := range []string{"ca.pem", "ca-key.pem"} {
		if err := os.Remove(filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	second := open(t, certs.Options{Dir: dir, Names: []string{"emulator", "clerk.test"}})
	if err := get(t, second, "clerk.test").Leaf.VerifyHostname("clerk.test"); err != nil {
		t.Error(err)
	}
}
