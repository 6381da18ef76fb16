package certs

import (
	"crypto/tls"
	"strconv"
	"testing"
)

// Clients choose the names, so the cache must not grow with them.
func TestCacheIsBounded(t *testing.T) {
	a, err := Open(Options{})
	if err != nil {
		t.Fatal(err)
	}
	for i := range maxLeaves + 50 {
		name := strconv.Itoa(i) + ".localhost"
		if _, err := a.GetCertificate(&tls.ClientHelloInfo{ServerName: name}); err != nil {
			t.Fatal(err)
		}
	}
	if len(a.leaves) > maxLeaves {
		t.Errorf("%d certificates are kept, want at most %d", len(a.leaves), maxLeaves)
	}
}
