package issuer

import (
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"strings"

	"github.com/go-jose/go-jose/v4"
)

// newSigner prepares an RS256 signer whose header is alg, cat, kid, typ: exactly Clerk's, in that order.
func newSigner(private any, kid string, category Category) (jose.Signer, error) {
	return newAlgSigner(jose.RS256, private, kid, category)
}

func newAlgSigner(alg jose.SignatureAlgorithm, private any, kid string, category Category) (jose.Signer, error) {
	if kid != "" {
		private = jose.JSONWebKey{Key: private, KeyID: kid}
	}
	options := (&jose.SignerOptions{}).WithType("JWT").WithHeader("cat", string(category))
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: alg, Key: private}, options)
	if err != nil {
		return nil, fmt.Errorf("signing key: cannot sign %s with it: %w; use a key made for that algorithm", alg, err)
	}
	return signer, nil
}

func signWith(signer jose.Signer, payload []byte) (string, error) {
	jws, err := signer.Sign(payload)
	if err != nil {
		return "", fmt.Errorf("sign token: %w; rotate to a new signing key", err)
	}
	token, err := jws.CompactSerialize()
	if err != nil {
		return "", fmt.Errorf("sign token: %w; rotate to a new signing key", err)
	}
	return token, nil
}

// customSigner prepares the signer of a template that brings its own key: a shared secret for HS*, a PEM otherwise.
// It sets no kid, because a kid names a key of the instance's JWKS and this key is not in it.
func customSigner(algorithm, secret string) (jose.Signer, error) {
	if secret == "" {
		return nil, fmt.Errorf("template: signing_key is missing: a custom signing key needs one for %s", algorithm)
	}
	alg := jose.SignatureAlgorithm(algorithm)
	switch alg {
	case jose.HS256, jose.HS384, jose.HS512:
		return newAlgSigner(alg, []byte(secret), "", CategoryTemplate)
	case jose.EdDSA, jose.ES256, jose.ES384, jose.ES512, jose.RS256, jose.RS384, jose.RS512:
		private, err := parseAnyPrivate(secret)
		if err != nil {
			return nil, err
		}
		return newAlgSigner(alg, private, "", CategoryTemplate)
	}
	return nil, fmt.Errorf("template: unknown signing_algorithm %q: use one of EdDSA ES256 ES384 ES512 "+
		"HS256 HS384 HS512 RS256 RS384 RS512", algorithm)
}

func parseAnyPrivate(text string) (any, error) {
	block, _ := pem.Decode([]byte(strings.TrimSpace(text)))
	if block == nil {
		return nil, fmt.Errorf("template: signing_key is not PEM: paste the private key with its BEGIN and END lines")
	}
	if key, err := x509.ParsePKCS1PrivateKey(block.Bytes); err == nil {
		return key, nil
	}
	if key, err := x509.ParseECPrivateKey(block.Bytes); err == nil {
		return key, nil
	}
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("template: signing_key is not a private key: %w; export it as PKCS #8 PEM", err)
	}
	return key, nil
}
