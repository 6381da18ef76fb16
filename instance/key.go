package instance

import (
	"encoding/base64"
	"fmt"
	"strings"
)

// KeyPath is the path in the host of a publishable key. It makes clerk-js use
// the dev-browser protocol, which looks at how the host ends, while its
// requests go to the host proper (clerk/javascript packages/shared/src/keys.ts).
const KeyPath = "/.accounts.dev"

const (
	testKey = "pk_test_"
	liveKey = "pk_live_"
)

// PublishableKey is the key for a host and port, without base64 padding.
func PublishableKey(host string) string {
	return testKey + base64.RawStdEncoding.EncodeToString([]byte(host+KeyPath+"$"))
}

// ParsePublishableKey returns the host that a key decodes to, path included. It
// takes padded and unpadded keys, and refuses those of production instances.
func ParsePublishableKey(key string) (host string, err error) {
	if strings.HasPrefix(key, liveKey) {
		return "", fmt.Errorf("pk_live_ keys belong to production instances, whose cookies need a domain of their own: use a pk_test_ key, as `nightclerk env` prints it")
	}
	encoded, ok := strings.CutPrefix(key, testKey)
	if !ok {
		return "", fmt.Errorf("publishable key %q does not begin with pk_test_", key)
	}
	raw, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(encoded, "="))
	host, ok = strings.CutSuffix(string(raw), "$")
	if err != nil || !ok || strings.Contains(host, "$") || !strings.Contains(host, ".") {
		return "", fmt.Errorf("publishable key %q does not decode to a host name with a dot and a closing $", key)
	}
	return host, nil
}

// WebhookSecret spells 24 random bytes as Svix does.
func WebhookSecret(raw []byte) string {
	return "whsec_" + base64.StdEncoding.EncodeToString(raw)
}
