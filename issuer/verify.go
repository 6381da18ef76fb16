package issuer

import (
	"encoding/json"
	"errors"

	"github.com/go-jose/go-jose/v4"
)

// SessionClaims are those of a session token that an instance reads back. A
// claim that the token lacks is empty.
type SessionClaims struct {
	AuthorizedParty string `json:"azp"`
	ID              string `json:"jti"`
	IssuedAt        int64  `json:"iat"` // seconds
	SessionID       string `json:"sid"`
}

// errNoSessionToken is deliberately mute: what is wrong with a token is told by
// convexcheck, not to whoever presents one.
var errNoSessionToken = errors.New("no session token that this instance has signed")

// ReadSession reads a session token that one of the keys has signed, however old
// it is. Tokens of templates, which an author can give any claim, are none.
func (s *KeySet) ReadSession(token string) (c SessionClaims, err error) {
	signed, err := jose.ParseSignedCompact(token, []jose.SignatureAlgorithm{jose.RS256})
	if err != nil || len(signed.Signatures) != 1 {
		return c, errNoSessionToken
	}
	header := signed.Signatures[0].Protected
	key := s.Find(header.KeyID)
	if key == nil || header.ExtraHeaders["cat"] != string(CategorySession) {
		return c, errNoSessionToken
	}
	payload, err := signed.Verify(key.Public())
	if err != nil || json.Unmarshal(payload, &c) != nil {
		return c, errNoSessionToken
	}
	return c, nil
}
