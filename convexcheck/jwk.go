package convexcheck

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"slices"
)

// jwk is a key of a JWKS as either verifier read it. Empty strings and nil bytes stand for absent members.
type jwk struct {
	kty, use, alg, crv string
	kid                *string
	n, e, x, y         []byte
}

// The algorithm names each parser knows; any other makes the key, or the token's header, unreadable to it.
var (
	signatureAlgs = []string{"HS256", "HS384", "HS512", "RS256", "RS384", "RS512", "ES256", "ES384", "ES512", "PS256", "PS384", "PS512"}
	contentAlgs   = []string{"A128CBC-HS256", "A192CBC-HS384", "A256CBC-HS512", "A128GCM", "A192GCM", "A256GCM"}
	keyAlgs       = []string{"RSA1_5", "RSA-OAEP", "RSA-OAEP-256", "A128KW", "A192KW", "A256KW", "dir", "ECDH-ES", "ECDH-ES+A128KW",
		"ECDH-ES+A192KW", "ECDH-ES+A256KW", "A128GCMKW", "A192GCMKW", "A256GCMKW", "PBES2-HS256+A128KW", "PBES2-HS384+A192KW",
		"PBES2-HS512+A256KW"}
)

func oidcKnowsAlg(alg string) bool {
	return alg == "none" || alg == "EdDSA" || slices.Contains(signatureAlgs, alg) || slices.Contains(contentAlgs, alg)
}

// parseOIDCKeys reads a JWKS like openidconnect: keys it cannot read are skipped.
func parseOIDCKeys(body []byte) ([]jwk, error) {
	items, err := parseKeyList(body)
	if err != nil {
		return nil, err
	}
	var keys []jwk
	for _, item := range items {
		if key, ok := parseOIDCKey(item); ok {
			keys = append(keys, key)
		}
	}
	return keys, nil
}

func parseKeyList(body []byte) ([]json.RawMessage, error) {
	fields, err := parseObject(body)
	if err != nil {
		return nil, err
	}
	keys := find(fields, "keys")
	if keys == nil {
		return nil, errors.New("missing field `keys`")
	}
	var items []json.RawMessage
	if !isList(keys) || json.Unmarshal(keys, &items) != nil {
		return nil, fmt.Errorf("`keys` must be a list, not %s", describeRaw(keys))
	}
	return items, nil
}

func parseOIDCKey(item json.RawMessage) (key jwk, ok bool) {
	fields, err := parseObject(item)
	if err != nil {
		return key, false
	}
	key, err = commonMembers(fields)
	known := slices.Contains([]string{"EC", "OKP", "RSA", "oct"}, key.kty)
	if err != nil || !known || key.alg != "" && !oidcKnowsAlg(key.alg) {
		return key, false
	}
	// a parameter that cannot be decoded counts as absent
	key.n, _ = laxBase64(text(find(fields, "n")))
	key.e, _ = laxBase64(text(find(fields, "e")))
	key.x, _ = laxBase64(text(find(fields, "x")))
	key.crv = text(find(fields, "crv"))
	return key, true
}

// commonMembers reads what both parsers type alike.
func commonMembers(fields []field) (key jwk, err error) {
	for _, name := range []string{"kty", "use", "alg", "kid"} {
		if value := find(fields, name); !textOrNull(value) {
			return key, fmt.Errorf("member %q must be a string, not %s", name, describeRaw(value))
		}
	}
	key.kty, key.use, key.alg = text(find(fields, "kty")), text(find(fields, "use")), text(find(fields, "alg"))
	if kid := find(fields, "kid"); !isNull(kid) {
		s := text(kid)
		key.kid = &s
	}
	return key, nil
}

// parseCustomKeys reads a JWKS like biscuit: one unreadable key spoils the set.
func parseCustomKeys(body []byte) ([]jwk, error) {
	items, err := parseKeyList(body)
	if err != nil {
		return nil, err
	}
	keys := make([]jwk, 0, len(items))
	for i, item := range items {
		key, err := parseCustomKey(item)
		if err != nil {
			return nil, fmt.Errorf("key %d of the set is unreadable (%w), and one unreadable key spoils the set", i, err)
		}
		keys = append(keys, key)
	}
	return keys, nil
}

func parseCustomKey(item json.RawMessage) (key jwk, err error) {
	fields, err := parseObject(item)
	if err != nil {
		return key, err
	}
	if key, err = commonMembers(fields); err != nil {
		return key, err
	}
	if !textsOrNull(find(fields, "key_ops")) || !textsOrNull(find(fields, "x5c")) || !textOrNull(find(fields, "x5t")) {
		return key, errors.New("key_ops and x5c must be lists of strings, x5t a string")
	}
	known := slices.Concat(signatureAlgs, keyAlgs, contentAlgs, []string{"none"})
	if key.alg != "" && !slices.Contains(known, key.alg) {
		return key, fmt.Errorf("unknown alg %q", key.alg)
	}
	return key, key.customParameters(fields)
}

func (key *jwk) customParameters(fields []field) error {
	var k []byte
	needed := map[string][]parameter{
		"EC":  {{"x", &key.x}, {"y", &key.y}},
		"OKP": {{"x", &key.x}},
		"RSA": {{"n", &key.n}, {"e", &key.e}},
		"oct": {{"k", &k}},
	}[key.kty]
	if needed == nil {
		return fmt.Errorf("unknown kty %q", key.kty)
	}
	for _, p := range needed {
		value := find(fields, p.name)
		data, err := strictBase64(text(value))
		if err != nil || !isText(value) {
			return fmt.Errorf("member %q of a %s key is not base64url", p.name, key.kty)
		}
		*p.into = data
	}
	key.crv = text(find(fields, "crv"))
	curves := []string{"P-256", "P-384", "P-521", "Ed25519", "Ed448"}
	if (key.kty == "EC" || key.kty == "OKP") && !slices.Contains(curves, key.crv) {
		return fmt.Errorf("unknown crv %q", key.crv)
	}
	return nil
}

type parameter struct {
	name string
	into *[]byte
}

// verify checks a signature. The reason it fails is what a backend log shows.
func (key *jwk) verify(alg string, signed, signature []byte) error {
	digest := sha256.Sum256(signed)
	switch alg {
	case "RS256":
		return key.verifyRSA(digest[:], signature)
	case "ES256":
		return key.verifyES256(digest[:], signature)
	case "EdDSA":
		if key.crv != "Ed25519" || len(key.x) != ed25519.PublicKeySize {
			return fmt.Errorf("unsupported EdDSA key with crv %q", key.crv)
		}
		if !ed25519.Verify(key.x, signed, signature) {
			return errors.New("bad signature")
		}
		return nil
	}
	return fmt.Errorf("unsupported algorithm %s", alg)
}

// verifyRSA accepts moduli of 2048 to 8192 bits: to Convex a smaller key is just a bad signature.
func (key *jwk) verifyRSA(digest, signature []byte) error {
	n, e := new(big.Int).SetBytes(key.n), new(big.Int).SetBytes(key.e)
	switch {
	case len(key.n) == 0 || len(key.e) == 0:
		return errors.New("the RSA key has no modulus or exponent")
	case n.BitLen() < 2048 || n.BitLen() > 8192:
		return fmt.Errorf("bad signature: the RSA modulus has %d bits, 2048 to 8192 are accepted", n.BitLen())
	case e.BitLen() > 31 || e.Bit(0) == 0 || e.Int64() < 3:
		return fmt.Errorf("bad signature: the RSA exponent %s is unusable", e)
	}
	public := &rsa.PublicKey{N: n, E: int(e.Int64())}
	if rsa.VerifyPKCS1v15(public, crypto.SHA256, digest, signature) != nil {
		return errors.New("bad signature")
	}
	return nil
}

func (key *jwk) verifyES256(digest, signature []byte) error {
	if key.kty != "EC" || key.crv != "P-256" || len(key.x) != 32 || len(key.y) != 32 || len(signature) != 64 {
		return errors.New("bad signature: not a P-256 key or signature")
	}
	public, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), slices.Concat([]byte{4}, key.x, key.y))
	if err != nil {
		return fmt.Errorf("bad signature: %w", err)
	}
	r, s := new(big.Int).SetBytes(signature[:32]), new(big.Int).SetBytes(signature[32:])
	if !ecdsa.Verify(public, digest, r, s) {
		return errors.New("bad signature")
	}
	return nil
}
