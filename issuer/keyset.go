package issuer

import (
	"bytes"
	"encoding/base64"
	"math/big"
)

// KeySet is the key an instance signs with and the retired ones its tokens may still carry. It is immutable: rotating
// returns a new set, so that a reader of the old one never sees half a change.
type KeySet struct {
	keys []*Key // current first, then retired, newest first; no kid twice
	jwks []byte
}

// NewKeySet returns a set that signs with current and still publishes retired, newest first.
func NewKeySet(current *Key, retired ...*Key) *KeySet {
	set := &KeySet{keys: []*Key{current}}
	for _, key := range retired {
		if set.Find(key.kid) == nil {
			set.keys = append(set.keys, key)
		}
	}
	set.jwks = encodeJWKS(set.keys)
	return set
}

// Current is the key that signs new tokens.
func (s *KeySet) Current() *Key { return s.keys[0] }

// Retired are the keys that no longer sign but are still published, newest first.
func (s *KeySet) Retired() []*Key { return append([]*Key(nil), s.keys[1:]...) }

// Find returns the key with that kid, nil when the set has none.
func (s *KeySet) Find(kid string) *Key {
	for _, key := range s.keys {
		if key.kid == kid {
			return key
		}
	}
	return nil
}

// Rotate returns a set that signs with next and keeps publishing every key of s. To drop the old keys at once, as a
// fault, use NewKeySet(next).
func (s *KeySet) Rotate(next *Key) *KeySet {
	return NewKeySet(next, s.keys...)
}

// JWKS is the JSON Web Key Set as served: precomputed, current key first. The caller must not change it.
func (s *KeySet) JWKS() []byte { return s.jwks }

// encodeJWKS writes the members in Clerk's order. Convex wants kid, use and alg; the SDKs match kid with the header.
func encodeJWKS(keys []*Key) []byte {
	var b bytes.Buffer
	b.WriteString(`{"keys":[`)
	for i, key := range keys {
		if i > 0 {
			b.WriteByte(',')
		}
		public := key.Public()
		b.WriteString(`{"use":"sig","kty":"RSA","kid":"` + key.kid + `","alg":"RS256","n":"`)
		b.WriteString(base64.RawURLEncoding.EncodeToString(public.N.Bytes()))
		b.WriteString(`","e":"`)
		b.WriteString(base64.RawURLEncoding.EncodeToString(big.NewInt(int64(public.E)).Bytes()))
		b.WriteString(`"}`)
	}
	b.WriteString(`]}`)
	return b.Bytes()
}
