package issuer

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Request is what every mint needs besides the subject.
type Request struct {
	Key    *Key
	Issuer string // the claim iss, verbatim
	// Origin is the Origin header of the request that asks; it becomes azp. Empty or "null" leaves azp out, as Clerk does.
	Origin string
	Now    time.Time // wall time: strangers' clocks check it
	// Random gives the jti. It must differ at every mint: RS256 is deterministic, and Convex's client takes a token
	// equal to the previous one for "nothing new" and stops refreshing.
	Random   io.Reader
	Lifetime int64                      // seconds; 0 means the template's or the session token's own
	Claims   map[string]json.RawMessage // laid over the finished claims, reserved ones included; a debugging tool
	Fault    Fault                      // what to do wrong; empty for a right token
}

// MintTemplate returns a token made from a JWT template: its claims and the automatic azp, exp, iat, iss, jti, nbf and
// sub, in alphabetical order.
func MintTemplate(r Request, t *CompiledTemplate, s *Subject) (string, error) {
	if t.Issuer != "" {
		r.Issuer = t.Issuer
	}
	if r.Lifetime == 0 {
		r.Lifetime = t.Lifetime
	}
	claims, err := r.automatic(s.User.ID, t.AllowedClockSkew)
	if err != nil {
		return "", err
	}
	payload, err := r.payload(t.claims.appendTo(claims, s))
	if err != nil {
		return "", err
	}
	signer := t.signer
	if signer == nil {
		signer = r.Key.template
	}
	return r.sign(signer, CategoryTemplate, payload)
}

// MintHandshake returns the token that carries cookie directives back to an SDK: Set-Cookie strings, in the order the
// SDK is to apply them.
func MintHandshake(key *Key, directives []string) (string, error) {
	payload := append([]byte(`{"handshake":`), listValue(directives).json...)
	return key.Sign(CategorySession, append(payload, '}'))
}

// jtiBytes makes Clerk's 20 hexadecimal characters.
const jtiBytes = 10

// automatic starts a payload with the claims both kinds of token have.
func (r *Request) automatic(sub string, backdating int64) ([]claim, error) {
	var random [jtiBytes]byte
	if _, err := io.ReadFull(r.Random, random[:]); err != nil {
		return nil, fmt.Errorf("token id: %w; the source of randomness failed, try again", err)
	}
	now := r.Now.Unix()
	claims := make([]claim, 0, 24)
	claims = append(claims,
		number("exp", now+r.Lifetime),
		number("iat", now),
		str("iss", r.Issuer),
		str("jti", hex.EncodeToString(random[:])),
		number("nbf", now-backdating),
		str("sub", sub))
	if r.Origin != "" && r.Origin != "null" {
		claims = append(claims, str("azp", r.Origin))
	}
	return claims, nil
}

// payload lays overrides and the fault over the claims and writes them in alphabetical order.
func (r *Request) payload(claims []claim) ([]byte, error) {
	for name, value := range r.Claims {
		if !json.Valid(value) {
			return nil, fmt.Errorf("claim %q: %q is not JSON: put strings in double quotes", name, value)
		}
		claims = set(claims, claim{name, value})
	}
	claims, err := r.Fault.edit(claims, r.Now)
	if err != nil {
		return nil, err
	}
	slices.SortFunc(claims, func(a, b claim) int { return strings.Compare(a.name, b.name) })
	payload := make([]byte, 0, 1024)
	for i, c := range claims {
		open := byte(',')
		if i == 0 {
			open = '{'
		}
		payload = append(appendString(append(payload, open), c.name), ':')
		payload = append(payload, c.value...)
	}
	return append(payload, '}'), nil
}

func str(name, value string) claim { return claim{name, appendString(nil, value)} }

func number(name string, value int64) claim { return claim{name, strconv.AppendInt(nil, value, 10)} }

func set(claims []claim, c claim) []claim {
	if i := index(claims, c.name); i >= 0 {
		claims[i] = c
		return claims
	}
	return append(claims, c)
}

func remove(claims []claim, name string) []claim {
	return slices.DeleteFunc(claims, func(c claim) bool { return c.name == name })
}

func index(claims []claim, name string) int {
	return slices.IndexFunc(claims, func(c claim) bool { return c.name == name })
}

// get returns the JSON text of a claim, nil when there is none.
func get(claims []claim, name string) []byte {
	if i := index(claims, name); i >= 0 {
		return claims[i].value
	}
	return nil
}
