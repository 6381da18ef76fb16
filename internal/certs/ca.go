package certs

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"encoding/pem"
	"fmt"
	"io"
	"time"
)

const (
	caLifetime   = 10 * 365 * 24 * time.Hour
	leafLifetime = 90 * 24 * time.Hour
	// backdate lets certificates be used by machines and containers whose clocks
	// are somewhat behind.
	backdate = 24 * time.Hour
)

// ca is a certificate authority with its key.
type ca struct {
	cert *x509.Certificate
	key  crypto.Signer
	// chain holds every certificate of the file, cert first.
	chain []*x509.Certificate
	// file is the path of the certificates in PEM; empty in memory.
	file string
	// remedy says what the user can do when this CA does not serve.
	remedy string
}

// newKey makes a P-256 key. Since Go 1.26 the library takes it from the system's
// randomness whatever rand is.
func newKey(rand io.Reader) (*ecdsa.PrivateKey, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand)
	if err != nil {
		return nil, fmt.Errorf("make a key: %w", err)
	}
	return key, nil
}

// mintCA signs a CA certificate for key that permits names only.
func mintCA(rand io.Reader, key crypto.Signer, names allowed, now time.Time) ([]byte, error) {
	spki, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		return nil, fmt.Errorf("encode the CA's public key: %w", err)
	}
	sum := sha256.Sum256(spki)
	template := &x509.Certificate{
		// Trust stores tell CAs apart by their subject, so each gets its own.
		Subject: pkix.Name{
			Organization: []string{"Nightclerk local development CA"},
			CommonName:   "Nightclerk local CA " + hex.EncodeToString(sum[:4]),
		},
		NotBefore:                   now.Add(-backdate),
		NotAfter:                    now.Add(caLifetime),
		BasicConstraintsValid:       true,
		IsCA:                        true,
		MaxPathLenZero:              true,
		KeyUsage:                    x509.KeyUsageCertSign,
		ExtKeyUsage:                 []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		PermittedDNSDomainsCritical: true, // covers the addresses too: they share one extension
		PermittedDNSDomains:         names.dns,
		PermittedIPRanges:           names.ranges(),
	}
	der, err := x509.CreateCertificate(rand, template, template, key.Public(), key)
	if err != nil {
		return nil, fmt.Errorf("sign the CA certificate: %w", err)
	}
	return der, nil
}

// check tells whether the CA can sign at now.
func (c *ca) check(now time.Time) error {
	switch {
	case !c.cert.IsCA, c.cert.KeyUsage != 0 && c.cert.KeyUsage&x509.KeyUsageCertSign == 0:
		return fmt.Errorf("%s may not sign other certificates; %s", c, c.remedy)
	case now.After(c.cert.NotAfter):
		return fmt.Errorf("%s expired on %s; %s", c, day(c.cert.NotAfter), c.remedy)
	case now.Before(c.cert.NotBefore):
		return fmt.Errorf("%s is valid from %s only; set this machine's clock, or %s",
			c, day(c.cert.NotBefore), c.remedy)
	}
	return nil
}

// String names the CA in messages.
func (c *ca) String() string {
	if c.file == "" {
		return "the CA certificate in memory"
	}
	return "the CA certificate " + c.file
}

func day(t time.Time) string { return t.UTC().Format(time.DateOnly) }

// pem returns the certificates of the CA's file and nothing else of it.
func (c *ca) pem() []byte {
	var out bytes.Buffer
	for _, cert := range c.chain {
		out.Write(encodeCert(cert.Raw))
	}
	return out.Bytes()
}

// served returns the certificates that go to clients after the leaf: what they
// need to reach a root, and no root, because they must have that already.
func (c *ca) served() [][]byte {
	var der [][]byte
	for _, cert := range c.chain {
		if !bytes.Equal(cert.RawSubject, cert.RawIssuer) {
			der = append(der, cert.Raw)
		}
	}
	return der
}

func encodeCert(der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
}
