package issuer_test

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/pem"
	"testing"

	"github.com/nightclerk/nightclerk/issuer"
)

// BenchmarkSignPKCS1v15 is the floor: nothing but the RSA operation that every mint contains.
func BenchmarkSignPKCS1v15(b *testing.B) {
	data, err := issuer.DevelopmentKey().PrivatePEM()
	if err != nil {
		b.Fatal(err)
	}
	block, _ := pem.Decode(data)
	parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		b.Fatal(err)
	}
	digest := sha256.Sum256([]byte("payload"))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := rsa.SignPKCS1v15(nil, parsed.(*rsa.PrivateKey), crypto.SHA256, digest[:]); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkMintTemplate(b *testing.B) {
	template, err := issuer.CompileTemplate(issuer.ConvexTemplate())
	if err != nil {
		b.Fatal(err)
	}
	r, s := request(), alice()
	r.Random = rand.Reader
	b.ReportAllocs()
	for b.Loop() {
		if _, err := issuer.MintTemplate(r, template, s); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkMintSession(b *testing.B) {
	r, s := request(), alice()
	r.Random = rand.Reader
	b.ReportAllocs()
	for b.Loop() {
		if _, err := issuer.MintSession(r, s, issuer.SessionOptions{}); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkCompileTemplate(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := issuer.CompileTemplate(issuer.ConvexTemplate()); err != nil {
			b.Fatal(err)
		}
	}
}
