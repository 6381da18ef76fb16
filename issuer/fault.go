package issuer

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// Fault names one thing to do wrong when minting, so that an app's failure path can be tried on purpose.
type Fault string

// The faults, alphabetically. Faults explains each.
const (
	FaultAlgES256         Fault = "alg-es256"
	FaultBadSignature     Fault = "bad-signature"
	FaultExpired          Fault = "expired"
	FaultIssTrailingSlash Fault = "iss-trailing-slash"
	FaultMultiAud         Fault = "multi-aud"
	FaultNoAud            Fault = "no-aud"
	FaultShortLived       Fault = "short-lived"
	FaultStringBool       Fault = "string-bool"
	FaultUnknownKID       Fault = "unknown-kid"
	FaultUpdatedAtMS      Fault = "updated-at-ms"
	FaultWrongAud         Fault = "wrong-aud"
	FaultWrongIss         Fault = "wrong-iss"
)

// FaultInfo is a fault with one line of explanation.
type FaultInfo struct {
	Fault       Fault  `json:"fault"`
	Explanation string `json:"explanation"`
}

// What the faults put in place of the right value.
const (
	wrongAudience  = "wrong-audience"
	secondAudience = "second-audience"
	wrongIssuer    = "https://wrong-issuer.example.com"
	unknownKID     = "ins_000000000000000000000000000"
	shortLifetime  = 2 // seconds: the longest that Convex's client still refuses to schedule
	expiredSince   = 60
)

// Faults lists every fault, alphabetically.
func Faults() []FaultInfo {
	return []FaultInfo{
		{FaultAlgES256, "signed with ES256 and a key nobody publishes: Convex's OIDC providers accept RS256 and EdDSA only"},
		{FaultBadSignature, "one bit of the signature is flipped"},
		{FaultExpired, "issued in the past and expired a minute ago"},
		{FaultIssTrailingSlash, "iss ends in a slash: it still matches the provider, but discovery then asks for that exact issuer"},
		{FaultMultiAud, "aud is a list with a second audience: refused by OIDC providers, accepted by customJwt"},
		{FaultNoAud, "aud is missing, as in a plain session token: no OIDC provider matches"},
		{FaultShortLived, "lives two seconds: accepted, but Convex's client gives up refreshing it"},
		{FaultStringBool, "email_verified is a string: OIDC providers refuse the whole token"},
		{FaultUnknownKID, "kid names a key that is not in the JWKS, as after a rotation the verifier has not seen"},
		{FaultUpdatedAtMS, "updated_at is in milliseconds: accepted, and dated in the year 56000 or so"},
		{FaultWrongAud, "aud is another application's: no provider matches"},
		{FaultWrongIss, "iss is another issuer's: no provider matches"},
	}
}

// ParseFault returns the fault of that name; an unknown name is an error that lists the known ones.
func ParseFault(name string) (Fault, error) {
	var known []string
	for _, f := range Faults() {
		if string(f.Fault) == name {
			return f.Fault, nil
		}
		known = append(known, string(f.Fault))
	}
	return "", fmt.Errorf("unknown fault %q: use one of %s", name, strings.Join(known, ", "))
}

// edit makes the claims wrong. Faults of header and signature leave them as they are.
func (f Fault) edit(claims []claim, now time.Time) ([]claim, error) {
	switch f {
	case "", FaultAlgES256, FaultBadSignature, FaultUnknownKID:
		return claims, nil
	case FaultExpired:
		return expire(claims, now), nil
	case FaultIssTrailingSlash:
		return set(claims, str("iss", decodeString(get(claims, "iss"))+"/")), nil
	case FaultMultiAud:
		return set(claims, claim{"aud", severalAudiences(get(claims, "aud"))}), nil
	case FaultNoAud:
		return remove(claims, "aud"), nil
	case FaultShortLived:
		return set(claims, number("exp", now.Unix()+shortLifetime)), nil
	case FaultStringBool:
		return set(claims, str("email_verified", orText(get(claims, "email_verified"), "true"))), nil
	case FaultUpdatedAtMS:
		return set(claims, claim{"updated_at", milliseconds(get(claims, "updated_at"), now)}), nil
	case FaultWrongAud:
		return set(claims, str("aud", wrongAudience)), nil
	case FaultWrongIss:
		return set(claims, str("iss", wrongIssuer)), nil
	}
	_, err := ParseFault(string(f))
	return nil, err
}

// sign signs with signer, or wrongly when the fault is about the header or the signature.
func (r *Request) sign(signer jose.Signer, category Category, payload []byte) (token string, err error) {
	switch r.Fault {
	case FaultAlgES256:
		signer, err = newAlgSigner(jose.ES256, unpublishedES256(r.Key), r.Key.kid, category)
	case FaultUnknownKID:
		signer, err = newSigner(r.Key.private, unknownKID, category)
	}
	if err != nil {
		return "", err
	}
	token, err = signWith(signer, payload)
	if err == nil && r.Fault == FaultBadSignature {
		token, err = spoil(token)
	}
	return token, err
}

func expire(claims []claim, now time.Time) []claim {
	exp := now.Unix() - expiredSince
	claims = set(claims, number("exp", exp))
	claims = set(claims, number("iat", exp-DefaultLifetime))
	return set(claims, number("nbf", exp-DefaultLifetime))
}

func severalAudiences(aud []byte) []byte {
	own := bytes.Trim(aud, "[] \t\r\n")
	if len(own) == 0 || string(own) == "null" {
		own = []byte(`"convex"`)
	}
	return fmt.Appendf(nil, `[%s,%q]`, own, secondAudience)
}

func orText(json []byte, otherwise string) string {
	if json == nil || string(json) == "null" {
		return otherwise
	}
	return strings.Trim(string(json), `"`)
}

func milliseconds(seconds []byte, now time.Time) []byte {
	n, err := strconv.ParseInt(string(seconds), 10, 64)
	if err != nil {
		n = now.Unix()
	}
	return strconv.AppendInt(nil, n*1000, 10)
}

func decodeString(data []byte) (s string) {
	_ = json.Unmarshal(data, &s) // an overridden, non-string iss becomes "": still wrong, as asked
	return s
}

// unpublishedES256 derives a P-256 key from the RSA key: stable without storage, and in no JWKS.
func unpublishedES256(key *Key) *ecdsa.PrivateKey {
	scalar := sha256.Sum256(key.publicPEM)
	scalar[0] &= 0x7f // below the curve's order, which starts with 0xff
	private, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), scalar[:])
	if err != nil {
		panic("a hash below the order of P-256 is always a private key: " + err.Error())
	}
	return private
}

func spoil(token string) (string, error) {
	dot := strings.LastIndexByte(token, '.') + 1
	signature, err := base64.RawURLEncoding.DecodeString(token[dot:])
	if err != nil || len(signature) == 0 {
		return "", fmt.Errorf("spoil signature: %w; mint again", err)
	}
	signature[len(signature)-1] ^= 1
	return token[:dot] + base64.RawURLEncoding.EncodeToString(signature), nil
}
