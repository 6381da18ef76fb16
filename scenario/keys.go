package scenario

import (
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

const liveKey = "belongs to a production instance; Nightclerk plays a development instance and must never see a live key"

func secretKeyProblem(key string) string {
	switch {
	case strings.HasPrefix(key, "sk_live_"):
		return liveKey
	case strings.HasPrefix(key, "pk_"):
		return "is a publishable key; it goes under `publishable_keys`"
	}
	return ""
}

// publishableKeyProblem follows @clerk/shared, packages/shared/src/keys.ts.
func publishableKeyProblem(key string) string {
	switch {
	case strings.HasPrefix(key, "pk_live_"):
		return liveKey
	case strings.HasPrefix(key, "sk_"):
		return "is a secret key; it goes under `secret_key`"
	}
	encoded, found := strings.CutPrefix(key, "pk_test_")
	if !found {
		return ""
	}
	text, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(encoded, "="))
	if err != nil {
		return "is not base64 after pk_test_"
	}
	host, found := strings.CutSuffix(string(text), "$")
	if !found || strings.Contains(host, "$") {
		return "does not decode to a host that ends in one $"
	}
	if !strings.Contains(host, ".") {
		return "decodes to a host without a dot, which Clerk's SDKs refuse"
	}
	return ""
}

// webhookSecretProblem follows Svix: 24 to 75 bytes in standard base64.
func webhookSecretProblem(secret string) string {
	encoded, found := strings.CutPrefix(secret, "whsec_")
	if !found {
		return ""
	}
	key, err := base64.StdEncoding.DecodeString(encoded)
	switch {
	case err != nil:
		return "is not standard base64 after whsec_"
	case len(key) < 24:
		return "is too short"
	case len(key) > 75:
		return "is too long"
	}
	return ""
}

func signingKeyProblem(key string) string {
	if !strings.HasPrefix(key, "-----BEGIN ") {
		return ""
	}
	block, _ := pem.Decode([]byte(key))
	if block == nil {
		return "is not complete PEM"
	}
	if strings.Contains(block.Type, "PUBLIC") {
		return "is a public key; signing needs the private one"
	}
	private, err := x509.ParsePKCS1PrivateKey(block.Bytes)
	if err != nil {
		any, _ := x509.ParsePKCS8PrivateKey(block.Bytes)
		private, _ = any.(*rsa.PrivateKey)
	}
	if private == nil {
		return "is not an RSA private key in PKCS #1 or PKCS #8 form, and Clerk's tokens are RS256"
	}
	if private.N.BitLen() < 2048 {
		return "has fewer than 2048 bits, which verifiers refuse"
	}
	return ""
}

func slugProblem(slug string) string {
	switch {
	case slug == DefaultSlug:
		return "is the instance whose fields stand at the top level of the file"
	case strings.HasSuffix(slug, "clerk"):
		return "ends in clerk, and Clerk's SDKs rewrite `clerk.` in host names"
	}
	return ""
}

func hostProblem(host string) string {
	name, port, hasPort := strings.Cut(host, ":")
	if strings.Contains(name, "clerk.") {
		return "contains `clerk.`, which Clerk's SDKs rewrite"
	}
	if hasPort {
		return portProblem(":" + port)
	}
	return ""
}

func portProblem(address string) string {
	port, err := strconv.Atoi(address[strings.LastIndexByte(address, ':')+1:])
	if err == nil && port > 65535 {
		return "has a port above 65535"
	}
	return ""
}

func urlProblem(text string) string {
	u, err := url.Parse(text)
	if err != nil {
		return "is not a URL"
	}
	if u.User != nil {
		return "carries a user name, which no client would send"
	}
	return ""
}

func durationProblem(text string) string {
	if _, err := strconv.ParseFloat(text, 64); err == nil {
		return "has no unit"
	}
	if d, err := time.ParseDuration(text); err != nil || d < 0 {
		return "is not a duration"
	}
	return ""
}

// eventPatternProblem refuses what no event of Clerk's fits: a rule about it
// would never do anything.
func eventPatternProblem(pattern string) string {
	prefix, open := strings.CutSuffix(pattern, "*")
	if !slices.ContainsFunc(eventTypes, func(name string) bool { return name == pattern || open && strings.HasPrefix(name, prefix) }) {
		return "fits none of Clerk's webhook events"
	}
	return ""
}
