package activity

import (
	"bytes"
	"encoding/base64"
	"net/url"
	"regexp"
	"strings"
)

// Masked stands in the place of a secret.
const Masked = "[masked]"

// secretWords are parts of names whose values are secrets.
var secretWords = []string{"password", "passcode", "passwd", "secret", "token", "jwt", "ticket", "handshake", "signature", "cookie", "authorization",
	"private_key", "otp", "backup_code", "credential", "nonce", "captcha"}

// secretNames are whole names of secrets. The texts of mails are among them: they
// carry codes and links.
var secretNames = map[string]bool{"code": true, "codes": true, "body": true, "body_plain": true, "session": true, "dvb": true,
	"code_verifier": true, "verification_code": true}

// plainEndings are those of names that tell about a secret and are none.
var plainEndings = []string{"_id", "_ids", "_at", "_in", "_type", "_enabled", "_count", "_hasher", "_url", "_uri", "_lifetime", "_ms", "_from", "_checks", "_requirement", "_strategy"}

// secretName tells whether the value of that name is a secret, in a query, a form
// or JSON.
func secretName(name string) bool {
	name = strings.ToLower(strings.TrimSuffix(name, "[]"))
	name = strings.TrimLeft(strings.ReplaceAll(name, "-", "_"), "_")
	if secretNames[name] || strings.HasPrefix(name, "session_") && !strings.HasSuffix(name, "_id") && len(name) > 12 {
		return true // session_<suffix> is a cookie's name
	}
	for _, ending := range plainEndings {
		if strings.HasSuffix(name, ending) {
			return false
		}
	}
	for _, word := range secretWords {
		if strings.Contains(name, word) {
			return true
		}
	}
	return false
}

// errorCode is what the member "code" of an error holds, which has the name of a
// secret and is none.
var errorCode = regexp.MustCompile(`^[a-z]+(?:[_-][a-z0-9]+)*$`)

var (
	tokenShape = regexp.MustCompile(`eyJ[A-Za-z0-9_-]{5,}\.[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]*)?`)
	keyShape   = regexp.MustCompile(`\b(sk_(?:test|live)|whsec|whsk|whpk|ak|rk|dvb|oat|mt)_[A-Za-z0-9+/=_-]{8,}|otpauth://[^\s"]+|\$2[aby]\$[^\s"]{20,}`)
	paramShape = regexp.MustCompile(`([?&#]|^)([A-Za-z0-9_\-\[\]]+)=([^&#\s"'<>\\]+)`)
)

// maskText masks what looks like a secret within a text: tokens, keys, and the
// parameters of addresses by their names. Of a token whose it was stays.
func maskText(text string) string {
	if strings.Contains(text, "=") {
		text = paramShape.ReplaceAllStringFunc(text, maskParam)
	}
	if isToken(text) {
		return maskToken(text)
	}
	if strings.Contains(text, "eyJ") {
		text = tokenShape.ReplaceAllStringFunc(text, maskToken)
	}
	if hasKey(text) {
		text = keyShape.ReplaceAllStringFunc(text, maskKey)
	}
	return text
}

// keyBeginnings are what keyShape begins with: looking for them costs less.
var keyBeginnings = []string{"sk_", "wh", "ak_", "rk_", "dvb_", "oat_", "mt_", "otpauth:", "$2"}

func hasKey(text string) bool {
	for _, beginning := range keyBeginnings {
		if strings.Contains(text, beginning) {
			return true
		}
	}
	return false
}

// isToken tells whether a text is a token and nothing else.
func isToken(text string) bool {
	if !strings.HasPrefix(text, "eyJ") || strings.Count(text, ".") != 2 {
		return false
	}
	for i := range len(text) {
		if b := text[i]; !isAlnum(b) && b != '-' && b != '_' && b != '.' {
			return false
		}
	}
	return true
}

func maskKey(key string) string {
	if prefix := keyShape.FindStringSubmatch(key)[1]; prefix != "" {
		return prefix + "_" + Masked
	}
	return Masked
}

func maskParam(param string) string {
	m := paramShape.FindStringSubmatch(param)
	name, err := url.QueryUnescape(m[2])
	if err != nil || secretName(name) {
		return m[1] + m[2] + "=" + Masked
	}
	if value, err := url.QueryUnescape(m[3]); err == nil && value != m[3] {
		if masked := maskText(value); masked != value {
			return m[1] + m[2] + "=" + masked
		}
	}
	return param
}

// maskToken leaves of a token whose it was: `[masked token of user_…]`.
func maskToken(token string) string {
	if sub := subject(token); sub != "" {
		return "[masked token of " + sub + "]"
	}
	return "[masked token]"
}

var (
	subjectName  = []byte(`"sub":"`)
	subjectShape = regexp.MustCompile(`^[a-z]+_[A-Za-z0-9]{1,64}$`)
)

// subject reads the claim sub of a token, "" where it is no id.
func subject(token string) string {
	_, rest, _ := strings.Cut(token, ".")
	payload, _, _ := strings.Cut(rest, ".")
	raw, err := base64.RawURLEncoding.DecodeString(payload)
	if err != nil {
		return ""
	}
	_, after, found := bytes.Cut(raw, subjectName)
	sub, _, closed := bytes.Cut(after, []byte(`"`))
	if !found || !closed || !subjectShape.Match(sub) {
		return ""
	}
	return string(sub)
}
