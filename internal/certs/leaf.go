package certs

import (
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"net/netip"
	"slices"
	"time"
)

// mint makes the certificate for name and verifies it the way a client would, so
// that a CA which does not permit the name is found here and explained, not in
// somebody's browser.
//
// Besides the asked name it holds localhost, 127.0.0.1, ::1 and the configured
// addresses: clients that dial an address send no server name. It does not hold
// *.localhost: a wildcard directly below a top-level name is refused by OpenSSL
// and Node, so subdomains have certificates of their own.
func (a *Authority) mint(name string) (*tls.Certificate, error) {
	now := a.clock.Now()
	if err := a.ca.check(now); err != nil {
		return nil, err
	}
	key, err := newKey(a.rand)
	if err != nil {
		return nil, err
	}
	der, err := x509.CreateCertificate(a.rand, a.template(name, now), a.ca.cert, key.Public(), a.ca.key)
	if err != nil {
		return nil, fmt.Errorf("sign a certificate for %q: %w", name, err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, fmt.Errorf("read back the certificate for %q: %w", name, err)
	}
	if err := a.verify(leaf, name, now); err != nil {
		return nil, err
	}
	return &tls.Certificate{
		Certificate: append([][]byte{der}, a.ca.served()...),
		PrivateKey:  key,
		Leaf:        leaf,
	}, nil
}

func (a *Authority) template(name string, now time.Time) *x509.Certificate {
	t := &x509.Certificate{
		Subject:     pkix.Name{Organization: []string{"Nightclerk local development certificate"}},
		NotBefore:   latest(now.Add(-backdate), a.ca.cert.NotBefore),
		NotAfter:    earliest(now.Add(leafLifetime), a.ca.cert.NotAfter),
		KeyUsage:    x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		DNSNames:    []string{"localhost"},
	}
	ips := append([]netip.Addr{netip.AddrFrom4([4]byte{127, 0, 0, 1}), netip.IPv6Loopback()}, a.names.ips...)
	if ip, err := netip.ParseAddr(name); err != nil && name != "localhost" {
		t.DNSNames = append(t.DNSNames, name)
	} else if err == nil && !slices.Contains(ips, ip) {
		ips = append(ips, ip)
	}
	for _, ip := range ips {
		t.IPAddresses = append(t.IPAddresses, ip.AsSlice())
	}
	return t
}

func (a *Authority) verify(leaf *x509.Certificate, name string, now time.Time) error {
	roots := x509.NewCertPool()
	roots.AddCert(a.ca.cert)
	_, err := leaf.Verify(x509.VerifyOptions{DNSName: name, Roots: roots, CurrentTime: now})
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s does not permit a certificate for %q (%w); %s", a.ca, name, err, a.ca.remedy)
}

// fresh reports whether cert has more than a third of its lifetime left.
func fresh(cert *tls.Certificate, now time.Time) bool {
	life := cert.Leaf.NotAfter.Sub(cert.Leaf.NotBefore)
	return now.After(cert.Leaf.NotBefore) && now.Before(cert.Leaf.NotAfter.Add(-life/3))
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func earliest(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}
