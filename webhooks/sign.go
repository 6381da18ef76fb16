package webhooks

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/nightclerk/nightclerk/internal/ids"
)

const secretPrefix = "whsec_"

// secretPattern is Svix's published schema for an endpoint secret.
var secretPattern = regexp.MustCompile(`^(whsec_)?[a-zA-Z0-9+/=]{32,100}$`)

// HeaderSet names the signature headers a delivery carries.
type HeaderSet string

const (
	// HeadersSvix sends svix-id, svix-timestamp and svix-signature, what Clerk
	// sends and its verifiers insist on.
	HeadersSvix HeaderSet = "svix"
	// HeadersBoth adds webhook-*, the only names the standardwebhooks package
	// reads.
	HeadersBoth HeaderSet = "both"
)

// ParseSecret checks an endpoint secret by Svix's rules (standard padded
// base64 of 24 to 75 bytes, with or without whsec_) and returns it with the
// prefix. The error is an *Error on the field "secret".
func ParseSecret(s string) (string, error) {
	if !secretPattern.MatchString(s) {
		return "", invalid("secret", "Signing secrets are whsec_ followed by 32 to 100 characters of standard base64.")
	}
	s = secretPrefix + strings.TrimPrefix(s, secretPrefix)
	key, err := base64.StdEncoding.DecodeString(s[len(secretPrefix):])
	if err != nil {
		return "", invalid("secret", "The signing secret is not standard base64 with padding: verifiers would reject it.")
	}
	if len(key) < 24 || len(key) > 75 {
		return "", invalid("secret", "The signing secret must decode to 24 to 75 bytes, it has "+strconv.Itoa(len(key))+".")
	}
	return s, nil
}

// NewSecret generates a secret as Svix does: whsec_ and 24 random bytes.
func NewSecret(src ids.Source) string {
	return secretPrefix + base64.StdEncoding.EncodeToString(src.Bytes(24))
}

// secretKey is the HMAC key of a secret that ParseSecret accepted.
func secretKey(secret string) []byte {
	key, _ := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, secretPrefix))
	return key
}

// Sign returns the svix-signature header for a body: one "v1," signature per
// key over "{id}.{timestamp}.{body}", in the order of keys. The timestamp is in
// Unix seconds.
func Sign(keys [][]byte, id string, timestamp int64, body []byte) string {
	head := id + "." + strconv.FormatInt(timestamp, 10) + "."
	var out []byte
	var sum [sha256.Size]byte
	for i, key := range keys {
		mac := hmac.New(sha256.New, key)
		mac.Write([]byte(head))
		mac.Write(body)
		if i > 0 {
			out = append(out, ' ')
		}
		out = append(out, "v1,"...)
		out = base64.StdEncoding.AppendEncode(out, mac.Sum(sum[:0]))
	}
	return string(out)
}

// setSignature signs body at wall time now and sets the headers of set.
func setSignature(h http.Header, set HeaderSet, keys [][]byte, id string, now time.Time, body []byte) {
	timestamp := strconv.FormatInt(now.Unix(), 10)
	signature := Sign(keys, id, now.Unix(), body)
	h["Svix-Id"] = []string{id}
	h["Svix-Timestamp"] = []string{timestamp}
	h["Svix-Signature"] = []string{signature}
	if set == HeadersBoth {
		h["Webhook-Id"] = []string{id}
		h["Webhook-Timestamp"] = []string{timestamp}
		h["Webhook-Signature"] = []string{signature}
	}
}
