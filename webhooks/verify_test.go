package webhooks

import (
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	svix "github.com/svix/svix-webhooks/go"

	"github.com/nightclerk/nightclerk/internal/store"
)

const otherTestSecret = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"

// signedAt is a request as it is sent at a wall time.
func signedAt(at time.Time, secret, body string) Received {
	h := http.Header{}
	setSignature(h, HeadersSvix, [][]byte{secretKey(secret)}, "msg_1", at, []byte(body))
	return Received{h, []byte(body)}
}

// Every refusal names its cause, and Svix's own verifier agrees on what is one.
func TestVerify(t *testing.T) {
	now := time.Now()
	body := `{"data":{"id":"user_1","name":"<Ada> é"},"type":"user.created"}`
	change := func(r Received, fn func(*Received)) Received { fn(&r); return r }
	fresh := signedAt(now, testSecret, body)
	known := []KnownSecret{{testSecret, "ep_1", false}, {otherTestSecret, "ep_2", true}}
	for _, c := range []struct {
		name   string
		r      Received
		secret string
		known  []KnownSecret
		sent   string
		code   VerdictCode
		says   string
	}{
		{"right", fresh, testSecret, nil, "", VerdictAccepted, "this secret"},
		{"right, without prefix", fresh, strings.TrimPrefix(testSecret, "whsec_"), known, "", VerdictAccepted, "ep_1"},
		{"anybody's", fresh, "", known, "", VerdictAccepted, "ep_1"},
		{"four minutes old", signedAt(now.Add(-4*time.Minute), testSecret, body), testSecret, nil, "", VerdictAccepted, ""},
		{"no secret", fresh, "", nil, "", VerdictBadSecret, "no secret"},
		{"six minutes old", signedAt(now.Add(-6*time.Minute), testSecret, body), testSecret, nil, "", VerdictTooOld, "6m0s ago"},
		{"six minutes early", signedAt(now.Add(6*time.Minute+time.Second/2), testSecret, body), testSecret, nil, "", VerdictTooNew, "in the future"},
		{"wrong secret", fresh, otherTestSecret, nil, "", VerdictNoMatch, "another one"},
		{"another endpoint's", fresh, otherTestSecret, known, "", VerdictOtherSecret, "ep_1"},
		{"expired", signedAt(now, otherTestSecret, body), testSecret, known, "", VerdictExpiredSecret, "ep_2"},
		{"expired, anybody's", signedAt(now, otherTestSecret, body), "", known, "", VerdictExpiredSecret, "ep_2"},
		{"no headers", Received{http.Header{}, []byte(body)}, testSecret, nil, "", VerdictMissingHeader, "svix-id, no svix-timestamp, no svix-signature"},
		{"one header lost", change(signedAt(now, testSecret, body), func(r *Received) { r.Header.Del("svix-id") }), testSecret, nil, "", VerdictMissingHeader, "no svix-id."},
		{"other names", Received{http.Header{"Webhook-Id": {"a"}, "Webhook-Timestamp": {"1"}, "Webhook-Signature": {"v1,x"}}, nil}, testSecret, nil, "", VerdictMissingHeader, "webhook-*"},
		{"words for a time", change(signedAt(now, testSecret, body), func(r *Received) { r.Header.Set("svix-timestamp", "now") }), testSecret, nil, "", VerdictBadTimestamp, `"now"`},
		{"milliseconds", change(signedAt(now, testSecret, body), func(r *Received) {
			r.Header.Set("svix-timestamp", strconv.FormatInt(now.UnixMilli(), 10))
		}), testSecret, nil, "", VerdictBadTimestamp, "milliseconds"},
		{"asymmetric", change(signedAt(now, testSecret, body), func(r *Received) { r.Header.Set("svix-signature", "v1a,AAAA") }), testSecret, nil, "", VerdictNoV1, "v1"},
		{"pretty", change(fresh, func(r *Received) { r.Body = []byte(strings.ReplaceAll(body, ":", ": ")) }), testSecret, nil, "", VerdictReserialized, "written again"},
		{"reordered and escaped", change(fresh, func(r *Received) {
			r.Body = []byte(`{"type":"user.created","data":{"name":"\u003cAda\u003e \u00e9","id":"user_1"}}`)
		}), testSecret, nil, "", VerdictReserialized, "written again"},
		{"pretty, of another endpoint", change(fresh, func(r *Received) { r.Body = []byte(" " + body) }), otherTestSecret, known, "", VerdictReserialized, "written again"},
		{"reordered by its sender", change(signedAt(now, testSecret, `{"b":1,"a":2}`), func(r *Received) { r.Body = []byte(`{"a":2,"b":1}`) }), testSecret, nil, `{"b":1,"a":2}`, VerdictReserialized, "written again"},
		{"line break", change(fresh, func(r *Received) { r.Body = []byte(body + "\n") }), testSecret, nil, "", VerdictBodyChanged, "line break was added"},
		{"line break lost", change(signedAt(now, testSecret, body+"\n"), func(r *Received) { r.Body = []byte(body) }), testSecret, nil, "", VerdictBodyChanged, "was lost"},
		{"mark", change(fresh, func(r *Received) { r.Body = []byte("\uFEFF" + body) }), testSecret, nil, "", VerdictBodyChanged, "byte order mark"},
		{"tampered", change(fresh, func(r *Received) { r.Body = []byte(strings.Replace(body, "user_1", "user_2", 1)) }), testSecret, nil, body, VerdictBodyChanged, "from byte 20 on"},
		{"tampered, unknown", change(fresh, func(r *Received) { r.Body = []byte("{}") }), testSecret, nil, "", VerdictNoMatch, "another one"},
		{"another id", change(signedAt(now, testSecret, body), func(r *Received) { r.Header.Set("svix-id", "msg_2") }), testSecret, nil, body, VerdictNoMatch, "another one"},
	} {
		got := Verify(c.r, c.secret, c.known, []byte(c.sent), now)
		if c.sent == "" {
			got = Verify(c.r, c.secret, c.known, nil, now)
		}
		if got.Code != c.code || got.Accepted != (c.code == VerdictAccepted) || !strings.Contains(got.Message, c.says) {
			t.Errorf("%s: %+v, want %s …%s…", c.name, got, c.code, c.says)
		}
		if got.Accepted == (got.Fix != "") {
			t.Errorf("%s: accepted %v, and to do: %q", c.name, got.Accepted, got.Fix)
		}
		if c.secret == "" || c.r.Header.Get("webhook-id") != "" {
			continue // Svix's verifier takes one secret, and webhook-* too
		}
		wh, err := svix.NewWebhook(c.secret)
		if err != nil {
			t.Fatal(err)
		}
		if err := wh.Verify(c.r.Body, c.r.Header); (err == nil) != got.Accepted {
			t.Errorf("%s: %+v, but Svix says %v", c.name, got, err)
		}
	}
}

func TestVerifySecrets(t *testing.T) {
	r := signedAt(time.Now(), testSecret, "{}")
	for secret, says := range map[string]string{
		`"` + testSecret + `"`:                   "quotes",
		testSecret + " ":                         "spaces",
		"sk_test_abc":                            "API key",
		"whsk_abc":                               "asymmetric",
		"whsec_":                                 "empty",
		"whsec_C2FVsBQIhrscChlQIMV-b5sSYspob7oD": "base64url",
		"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwAA":   "padding",
		"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwA":    "not base64",
		"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwA=A=": "not base64",
	} {
		if got := Verify(r, secret, nil, nil, time.Now()); got.Code != VerdictBadSecret || !strings.Contains(got.Message, says) || got.Fix == "" {
			t.Errorf("%s: %+v, want …%s…", secret, got, says)
		}
	}
}

func TestParseReceived(t *testing.T) {
	for name, c := range map[string]struct{ raw, id, body string }{
		"as on the wire":   {"POST /hook HTTP/1.1\r\nHost: a\r\nSvix-Id: msg_1\r\nContent-Length: 2\r\n\r\n{}", "msg_1", "{}"},
		"edited":           {"POST /hook HTTP/1.1\nsvix-id: msg_1\nContent-Length: 2\n\n{}\n", "msg_1", "{}"},
		"headers only":     {"svix-id: msg_1\n\n{}\n", "msg_1", "{}\n"},
		"chunked":          {"POST / HTTP/1.1\r\nsvix-id: msg_1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n", "msg_1", "{}"},
		"shorter than was": {"svix-id: msg_1\ncontent-length: 9\n\n{}", "msg_1", "{}"},
	} {
		r, err := ParseReceived([]byte(c.raw))
		if err != nil || r.Header.Get("svix-id") != c.id || string(r.Body) != c.body {
			t.Errorf("%s: %+v, %v", name, r, err)
		}
	}
	for _, raw := range []string{"", "{}", "{\n}", "POST / HTTP/1.1\nsvix-id: msg_1", "POST / HTTP/1.1\nno header\n\n"} {
		if r, err := ParseReceived([]byte(raw)); err == nil {
			t.Errorf("%q is read as %+v", raw, r)
		}
	}
}

func TestKnownSecrets(t *testing.T) {
	each(t, func(e *env) {
		ep := e.endpoint(EndpointParams{URL: "http://localhost:3000", Secret: testSecret})
		gone := e.endpoint(EndpointParams{URL: "http://localhost:3001", Secret: testSecret})
		e.write(func(tx *store.Tx) error {
			if err := DeleteEndpoint(tx, gone.ID); err != nil {
				return err
			}
			_, err := RotateSecret(tx, ep.ID, otherTestSecret, time.Hour)
			return err
		})
		e.read(func(tx *store.Tx) error {
			got, err := KnownSecrets(tx)
			if err == nil && (len(got) != 3 || got[0].Secret != otherTestSecret || got[1].Secret != testSecret || got[1].Expired || !strings.Contains(got[2].Owner, "deleted")) {
				e.t.Errorf("known are %+v", got)
			}
			return err
		})
	})
}

// FuzzVerify looks for a request that Svix's verifier judges otherwise.
func FuzzVerify(f *testing.F) {
	now := time.Now()
	stamp := strconv.FormatInt(now.Unix(), 10)
	f.Add("msg_1", stamp, Sign([][]byte{secretKey(testSecret)}, "msg_1", now.Unix(), []byte("{}")), []byte("{}"))
	f.Add("", "x", "v1,", []byte(" {}"))
	f.Fuzz(func(t *testing.T, id, at, signature string, body []byte) {
		h := http.Header{"Svix-Id": {id}, "Svix-Timestamp": {at}, "Svix-Signature": {signature}}
		got := Verify(Received{h, body}, testSecret, nil, nil, time.Now())
		wh, err := svix.NewWebhook(testSecret)
		if err != nil {
			t.Fatal(err)
		}
		if err := wh.Verify(body, h); err != nil && got.Accepted {
			t.Errorf("accepted, but Svix says %v", err)
		}
	})
}
