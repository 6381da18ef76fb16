package main

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// The vector that Svix publishes for people who write a verifier of their own.
const (
	vectorSecret    = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
	vectorID        = "msg_p5jXN8AQM9LWM0D4loKWxJek"
	vectorTimestamp = "1614265330"
	vectorBody      = `{"test": 2432232314}`
	vectorSignature = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
)

func TestReceiver(t *testing.T) {
	signedAt := time.Unix(1614265330, 0)
	cases := []struct {
		name       string
		signatures string
		body       string
		now        time.Time
		want       int
		print      string
	}{
		{"signed", vectorSignature, vectorBody, signedAt, 200, "verified"},
		{"signed by an older key too", "v1,AAAA " + vectorSignature, vectorBody, signedAt, 200, "verified"},
		{"five minutes old", vectorSignature, vectorBody, signedAt.Add(tolerance), 200, "verified"},
		{"too old", vectorSignature, vectorBody, signedAt.Add(tolerance + time.Second), 400, "five minutes"},
		{"from the future", vectorSignature, vectorBody, signedAt.Add(-tolerance - time.Second), 400, "five minutes"},
		{"another body", vectorSignature, `{"test":2432232314}`, signedAt, 400, "no signature fits"},
		{"another scheme's signature", "v2" + vectorSignature[2:], vectorBody, signedAt, 400, "no signature fits"},
		{"unsigned", "", vectorBody, signedAt, 400, "missing"},
	}
	key, err := decodeSecret(vectorSecret)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			var out bytes.Buffer
			handler := routes(key, func() time.Time { return c.now }, &out)
			r := httptest.NewRequest(http.MethodPost, "/webhooks", strings.NewReader(c.body))
			r.Header.Set("svix-id", vectorID)
			r.Header.Set("svix-timestamp", vectorTimestamp)
			r.Header.Set("svix-signature", c.signatures)
			w := httptest.NewRecorder()
			handler.ServeHTTP(w, r)
			if w.Code != c.want || !strings.Contains(out.String(), c.print) {
				t.Errorf("answered %d and printed %q; want %d and …%s…", w.Code, out.String(), c.want, c.print)
			}
		})
	}
}

func TestDecodeSecret(t *testing.T) {
	for _, secret := range []string{"", "whsec_", "whsec_not base64"} {
		if key, err := decodeSecret(secret); err == nil {
			t.Errorf("decodeSecret(%q) = %x, want an error: an empty key would accept what anybody signs", secret, key)
		}
	}
}

func TestDescribe(t *testing.T) {
	got := describe("msg_1", []byte(`{"type":"user.created","data":{"id":"user_1"}}`))
	if want := "user.created user_1 (msg_1)"; got != want {
		t.Errorf("describe = %q, want %q", got, want)
	}
}
