package webhooks

import (
	"bytes"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/nightclerk/nightclerk/internal/clock"
	"github.com/nightclerk/nightclerk/internal/ids"
)

// The vector that Svix's own libraries test against.
const (
	vectorSecret    = "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
	vectorID        = "msg_p5jXN8AQM9LWM0D4loKWxJek"
	vectorTime      = 1614265330
	vectorBody      = `{"test": 2432232314}`
	vectorSignature = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
)

func TestSignVector(t *testing.T) {
	got := Sign([][]byte{secretKey("whsec_" + vectorSecret)}, vectorID, vectorTime, []byte(vectorBody))
	if got != vectorSignature {
		t.Errorf("signature %s, want %s", got, vectorSignature)
	}
}

func TestSignWithManyKeysKeepsTheirOrder(t *testing.T) {
	current, old := secretKey("whsec_"+strings.Repeat("A", 32)), secretKey("whsec_"+vectorSecret)
	parts := strings.Split(Sign([][]byte{current, old}, vectorID, vectorTime, []byte(vectorBody)), " ")
	if len(parts) != 2 || parts[0] == vectorSignature || parts[1] != vectorSignature {
		t.Errorf("signatures %v, want the current key's and then %s", parts, vectorSignature)
	}
}

func TestSetSignature(t *testing.T) {
	keys := [][]byte{secretKey(vectorSecret)}
	for _, set := range []HeaderSet{HeadersSvix, HeadersBoth} {
		h := http.Header{}
		setSignature(h, set, keys, vectorID, time.Unix(vectorTime, 999), []byte(vectorBody))
		for _, prefix := range []string{"svix", "webhook"} {
			got := [3]string{h.Get(prefix + "-id"), h.Get(prefix + "-timestamp"), h.Get(prefix + "-signature")}
			want := [3]string{vectorID, "1614265330", vectorSignature}
			if prefix == "webhook" && set == HeadersSvix {
				want = [3]string{}
			}
			if got != want {
				t.Errorf("%s: %s headers are %v, want %v", set, prefix, got, want)
			}
		}
	}
}

func TestParseSecret(t *testing.T) {
	for _, s := range []string{vectorSecret, "whsec_" + vectorSecret, "whsec_" + strings.Repeat("A", 100)} {
		if got, err := ParseSecret(s); err != nil || got != "whsec_"+strings.TrimPrefix(s, "whsec_") {
			t.Errorf("ParseSecret(%s) = %s, %v", s, got, err)
		}
	}
	for name, s := range map[string]string{
		"empty":        "",
		"too short":    "whsec_" + vectorSecret[:28],
		"too long":     strings.Repeat("A", 104),
		"base64url":    "whsec_-_KQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
		"bad padding":  "whsec_" + vectorSecret + "A",
		"only padding": strings.Repeat("=", 32),
		"other prefix": "sk_test_" + vectorSecret,
	} {
		var refusal *Error
		if got, err := ParseSecret(s); !errors.As(err, &refusal) || refusal.Fields[0].Loc[1] != "secret" {
			t.Errorf("%s: ParseSecret(%s) = %q, %v; want a validation error", name, s, got, err)
		}
	}
}

func TestNewSecretIsAcceptedByItsOwnRules(t *testing.T) {
	src := ids.Source{Rand: bytes.NewReader(bytes.Repeat([]byte{0xfb}, 24)), Clock: clock.Wall}
	s := NewSecret(src)
	if got, err := ParseSecret(s); err != nil || got != s || len(s) != len("whsec_")+32 {
		t.Errorf("generated %s: %v", s, err)
	}
}
