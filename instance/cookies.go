package instance

import (
	"crypto/sha1"
	"encoding/base64"
	"slices"
	"strings"
)

// AcceptedKeys are the publishable keys that an app of the instance can be
// configured with: those of the configuration and the one that follows from the
// address, each without base64 padding and with it. The SDKs take both
// spellings, and name their cookies after the one they were given.
func (l *Live) AcceptedKeys() []string {
	var keys []string
	for _, key := range append(slices.Clone(l.Config.PublishableKeys), PublishableKey(l.Addresses.KeyHost)) {
		bare := strings.TrimRight(key, "=")
		padded := bare + strings.Repeat("=", (4-(len(bare)-len(testKey))%4)%4)
		for _, spelling := range []string{bare, padded} {
			if !slices.Contains(keys, spelling) {
				keys = append(keys, spelling)
			}
		}
	}
	return keys
}

// CookieSuffixes are what the accepted keys put behind the names of the app's
// cookies, in the order of the keys.
func (l *Live) CookieSuffixes() []string {
	var suffixes []string
	for _, key := range l.AcceptedKeys() {
		suffixes = append(suffixes, CookieSuffix(key))
	}
	return suffixes
}

// CookieSuffix is the first eight characters of base64url of the key's SHA-1
// (clerk/javascript packages/shared/src/keys.ts getCookieSuffix).
func CookieSuffix(publishableKey string) string {
	sum := sha1.Sum([]byte(publishableKey))
	return base64.URLEncoding.EncodeToString(sum[:])[:8]
}
