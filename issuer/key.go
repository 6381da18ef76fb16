package issuer

import (
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	_ "embed"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"math/big"
	"sync"

	"github.com/go-jose/go-jose/v4"
)

// modulusBits and publicExponent are the only RSA parameters Clerk's SDKs can read: they cut the modulus out of
// CLERK_JWT_KEY by two fixed strings that fit RSA-2048 with exponent 65537 alone.
const (
	modulusBits    = 2048
	publicExponent = 65537
)

// Category is the value of the "cat" header parameter, Clerk's tag for the class of a token.
type Category string

// The categories Clerk's SDKs tell apart. Handshake tokens carry the session category.
const (
	CategorySession  Category = "cl_B7d4PD111AAA"
	CategoryTemplate Category = "cl_B7d4PD222AAA"
)

// developmentPEM is published with the source, which is fine and the point: it signs tokens of emulated users on a
// developer's machine only, so whoever holds it can forge nothing of value, and because every machine has the same
// key, a pasted CLERK_JWT_KEY or data: JWKS keeps working for the whole team and start-up generates no key. An
// emulator that strangers can reach must use a generated key.
//
//go:embed development_key.pem
var developmentPEM []byte

// Key is an RSA-2048 signing key with its key id, public forms and prepared signers. It is immutable and safe for
// concurrent use.
type Key struct {
	private   *rsa.PrivateKey
	kid       string
	publicPEM []byte
	session   jose.Signer
	template  jose.Signer
}

// DevelopmentKey returns the published key that the default instance signs with. Every call returns the same Key.
var DevelopmentKey = sync.OnceValue(func() *Key {
	key, err := ParsePEM(developmentPEM)
	if err != nil {
		panic("the embedded development key is broken: rebuild from a clean checkout: " + err.Error())
	}
	return key
})

// ParsePEM reads a private key in PKCS #8 or PKCS #1 PEM form. It must be RSA-2048 with exponent 65537.
func ParsePEM(data []byte) (*Key, error) {
	block, _ := pem.Decode(data)
	if block == nil {
		return nil, errors.New("signing key: no PEM block found; expected a file starting with -----BEGIN PRIVATE KEY-----")
	}
	private, err := parsePrivate(block)
	if err != nil {
		return nil, err
	}
	return newKey(private)
}

// Generate makes a new key. It takes tens to hundreds of milliseconds: use a Pool where somebody waits. From Go 1.26
// on crypto/rsa draws from the system's own source whatever the reader is; older rules read from random.
func Generate(random io.Reader) (*Key, error) {
	private, err := rsa.GenerateKey(random, modulusBits)
	if err != nil {
		return nil, fmt.Errorf("signing key: generate RSA-%d: %w; try again or configure a PEM file", modulusBits, err)
	}
	return newKey(private)
}

// KID is the key id: "ins_" and 27 base62 characters made from a hash of the public key. Clerk uses the instance id;
// here it is new for every new key and stable for the same one, so that a JWKS cached by an SDK can never pair an old
// key with a new token.
func (k *Key) KID() string { return k.kid }

// PublicPEM is the public key as SubjectPublicKeyInfo PEM, the form CLERK_JWT_KEY wants. The caller must not change it.
func (k *Key) PublicPEM() []byte { return k.publicPEM }

// PrivatePEM is the key as PKCS #8 PEM, the form ParsePEM reads back. It is a secret unless k is DevelopmentKey.
func (k *Key) PrivatePEM() ([]byte, error) {
	der, err := x509.MarshalPKCS8PrivateKey(k.private)
	if err != nil {
		return nil, fmt.Errorf("signing key: encode as PKCS #8: %w; rotate to a new key", err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), nil
}

// Public returns the public key, for callers that verify tokens of their own instance.
func (k *Key) Public() *rsa.PublicKey { return &k.private.PublicKey }

// Sign returns the compact RS256 JWS of payload with the header alg, cat, kid, typ.
func (k *Key) Sign(category Category, payload []byte) (string, error) {
	signer := k.template
	if category == CategorySession {
		signer = k.session
	}
	return signWith(signer, payload)
}

func newKey(private *rsa.PrivateKey) (*Key, error) {
	if bits := private.N.BitLen(); bits != modulusBits || private.E != publicExponent {
		return nil, fmt.Errorf("signing key: RSA-%d with exponent %d: Clerk's SDKs read only RSA-%d with exponent %d; "+
			"make one with: openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048",
			bits, private.E, modulusBits, publicExponent)
	}
	der, err := x509.MarshalPKIXPublicKey(&private.PublicKey)
	if err != nil {
		return nil, fmt.Errorf("signing key: encode public key: %w; use another key", err)
	}
	k := &Key{private: private, kid: deriveKID(der)}
	k.publicPEM = pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
	if k.session, err = newSigner(private, k.kid, CategorySession); err != nil {
		return nil, err
	}
	k.template, err = newSigner(private, k.kid, CategoryTemplate)
	return k, err
}

func parsePrivate(block *pem.Block) (*rsa.PrivateKey, error) {
	if block.Type == "RSA PRIVATE KEY" {
		private, err := x509.ParsePKCS1PrivateKey(block.Bytes)
		if err != nil {
			return nil, fmt.Errorf("signing key: damaged PKCS #1 block: %w; export the key again", err)
		}
		return private, nil
	}
	parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("signing key: PEM block %q is not a PKCS #8 private key: %w; export it with: "+
			"openssl pkcs8 -topk8 -nocrypt", block.Type, err)
	}
	private, ok := parsed.(*rsa.PrivateKey)
	if !ok {
		return nil, fmt.Errorf("signing key: %T is not RSA: Clerk signs with RS256; use an RSA-2048 key", parsed)
	}
	return private, nil
}

// kidLength is the length of the part after "ins_" in Clerk's instance ids (a KSUID).
const kidLength = 27

func deriveKID(publicDER []byte) string {
	const base62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	sum := sha256.Sum256(publicDER)
	// A KSUID has 160 bits: more would not fit 27 base62 digits.
	rest, digit, base := new(big.Int).SetBytes(sum[:20]), new(big.Int), big.NewInt(62)
	var digits [kidLength]byte
	for i := kidLength - 1; i >= 0; i-- {
		rest.DivMod(rest, base, digit)
		digits[i] = base62[digit.Int64()]
	}
	return "ins_" + string(digits[:])
}
