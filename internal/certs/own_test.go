package certs_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nightclerk/nightclerk/internal/certs"
)

// own writes the files of a user's CA and returns the options that name them.
func own(t *testing.T, keyType string, keyDER []byte, chain ...*x509.Certificate) certs.Options {
	t.Helper()
	dir := t.TempDir()
	o := certs.Options{CACertFile: filepath.Join(dir, "root.pem"), CAKeyFile: filepath.Join(dir, "root-key.pem")}
	var text []byte
	for _, cert := range chain {
		text = append(text, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert.Raw})...)
	}
	write(t, o.CACertFile, text)
	write(t, o.CAKeyFile, pem.EncodeToMemory(&pem.Block{Type: keyType, Bytes: keyDER}))
	return o
}

func caTemplate(name string) *x509.Certificate {
	return &x509.Certificate{
		Subject: pkix.Name{CommonName: name}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		BasicConstraintsValid: true, IsCA: true, KeyUsage: x509.KeyUsageCertSign,
	}
}

func newECKey(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func pkcs8(t *testing.T, key crypto.Signer) []byte {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

// selfSigned returns a root made from template, with its key in PKCS #8.
func selfSigned(t *testing.T, template *x509.Certificate) (*x509.Certificate, *ecdsa.PrivateKey) {
	t.Helper()
	key := newECKey(t)
	return issue(t, template, key, template, key).Leaf, key
}

func TestOwnRSACA(t *testing.T) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	template := caTemplate("our root")
	root := issue(t, template, key, template, key).Leaf
	for keyType, der := range map[string][]byte{
		"PRIVATE KEY": pkcs8(t, key), "RSA PRIVATE KEY": x509.MarshalPKCS1PrivateKey(key),
	} {
		o := own(t, keyType, der, root)
		o.Dir, o.Names = filepath.Join(t.TempDir(), "data"), []string{"clerk.test"}
		a := open(t, o)
		addr := serve(t, "127.0.0.1:0", a.TLSConfig())
		if _, err := dial(addr, "clerk.test", pool(t, a.CAPEM())); err != nil {
			t.Errorf("%s: %v", keyType, err)
		}
		if a.CAFile() != o.CACertFile {
			t.Errorf("CAFile %q, want %q", a.CAFile(), o.CACertFile)
		}
		if _, err := os.Stat(o.Dir); err == nil {
			t.Error("a data folder was made for a CA that is not used")
		}
	}
}

func TestOwnIntermediateIsServed(t *testing.T) {
	root, rootKey := selfSigned(t, caTemplate("root"))
	key := newECKey(t)
	middle := issue(t, caTemplate("intermediate"), key, root, rootKey).Leaf
	ec, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	a := open(t, own(t, "EC PRIVATE KEY", ec, middle, root))
	roots := x509.NewCertPool()
	roots.AddCert(root)
	if _, err := dial(serve(t, "127.0.0.1:0", a.TLSConfig()), "localhost", roots); err != nil {
		t.Errorf("a client that trusts the root only: %v", err)
	}
	if n := len(get(t, a, "localhost").Certificate); n != 2 {
		t.Errorf("%d certificates are served, want the leaf and the intermediate", n)
	}
}

func TestUnfitOwnCA(t *testing.T) {
	root, key := selfSigned(t, caTemplate("root"))
	server := caTemplate("server")
	server.IsCA, server.KeyUsage = false, x509.KeyUsageDigitalSignature
	leaf, leafKey := selfSigned(t, server)
	narrow := caTemplate("narrow")
	narrow.PermittedDNSDomains = []string{"example.com"}
	narrowRoot, narrowKey := selfSigned(t, narrow)
	old := caTemplate("old")
	old.NotBefore, old.NotAfter = time.Now().Add(-48*time.Hour), time.Now().Add(-24*time.Hour)
	oldRoot, oldKey := selfSigned(t, old)

	certOnly := own(t, "PRIVATE KEY", pkcs8(t, key), root)
	certOnly.CAKeyFile = ""
	absent := own(t, "PRIVATE KEY", pkcs8(t, key), root)
	absent.CACertFile += ".gone"
	for _, tc := range []struct {
		name    string
		options certs.Options
		want    []string
	}{
		{"absent file", absent, []string{absent.CACertFile}},
		{"expired", own(t, "PRIVATE KEY", pkcs8(t, oldKey), oldRoot), []string{"root.pem", "expired"}},
		{"key of another", own(t, "PRIVATE KEY", pkcs8(t, leafKey), root), []string{"root.pem", "root-key.pem", "does not belong"}},
		{"no CA", own(t, "PRIVATE KEY", pkcs8(t, leafKey), leaf), []string{"root.pem", "may not sign"}},
		{"no key file", certOnly, []string{"both"}},
		{"too narrow", own(t, "PRIVATE KEY", pkcs8(t, narrowKey), narrowRoot), []string{"root.pem", "localhost", "does not permit"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, err := certs.Open(tc.options)
			wantError(t, err, tc.want...)
			if err != nil && strings.Contains(err.Error(), "delete") {
				t.Errorf("%v: asks to delete a file that belongs to the user", err)
			}
		})
	}
}

func TestReadableKeyIsWarnedAbout(t *testing.T) {
	root, key := selfSigned(t, caTemplate("root"))
	o := own(t, "PRIVATE KEY", pkcs8(t, key), root)
	var out strings.Builder
	o.Log = slog.New(slog.NewTextHandler(&out, nil))
	open(t, o)
	if out.Len() != 0 {
		t.Errorf("a private key was warned about: %s", out.String())
	}
	if err := os.Chmod(o.CAKeyFile, 0o644); err != nil {
		t.Fatal(err)
	}
	open(t, o)
	if !strings.Contains(out.String(), o.CAKeyFile) {
		t.Errorf("no warning names %s: %q", o.CAKeyFile, out.String())
	}
}

// The file of a user's own CA may hold its key as well.
func TestCAPEMHoldsNoKey(t *testing.T) {
	root, key := selfSigned(t, caTemplate("root"))
	o := own(t, "PRIVATE KEY", pkcs8(t, key), root)
	write(t, o.CACertFile, append(read(t, o.CAKeyFile), read(t, o.CACertFile)...))
	o.CAKeyFile = o.CACertFile
	a := open(t, o)
	if strings.Contains(string(a.CAPEM()), "PRIVATE") {
		t.Error("CAPEM holds the key")
	}
	if _, err := dial(serve(t, "127.0.0.1:0", a.TLSConfig()), "localhost", pool(t, a.CAPEM())); err != nil {
		t.Error(err)
	}
}
