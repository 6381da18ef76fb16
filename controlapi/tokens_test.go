package controlapi_test

import (
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"

	"github.com/nightclerk/nightclerk/issuer"
	"github.com/nightclerk/nightclerk/scenario"
)

// claims mints and reads the payload.
func (k *kit) claims(body string) map[string]any {
	k.Helper()
	return payload(k.T, k.do("POST /tokens "+body).want(k, 200)["jwt"].(string))
}

func payload(t *testing.T, jwt string) (claims map[string]any) {
	t.Helper()
	raw, err := base64.RawURLEncoding.DecodeString(strings.Split(jwt, ".")[1])
	if err == nil {
		err = json.Unmarshal(raw, &claims)
	}
	if err != nil {
		t.Fatalf("%s: %v", jwt, err)
	}
	return claims
}

func TestTokensAreMintedByAnyNameOfAUser(t *testing.T) {
	k := start(t, nil)
	k.do(`POST /seed {"users":[{"id":"user_2zoe0000000000000000000000","email_addresses":["zoe@example.com"],"phone_numbers":["+15555550100"],"username":"zoe_z"}]}`).want(k, 200)
	for _, name := range []string{"user_2zoe0000000000000000000000", "zoe@example.com", "ZOE@Example.com", "+15555550100", "zoe_z", "Zoe_Z"} {
		claims := k.claims(`{"user":"` + name + `","template":"convex"}`)
		if claims["sub"] != "user_2zoe0000000000000000000000" || claims["aud"] != "convex" {
			t.Errorf("%s gives a token of %v", name, claims["sub"])
		}
	}
	for _, name := range []string{"user_2nobody00000000000000000000", "nobody@example.com", "+15555550199", "nobody"} {
		k.do(`POST /tokens {"user":"`+name+`"}`).refused(k, 404, "resource_not_found", name)
	}
}

// A session token is of a session that exists: made once, event and all, and
// used again.
func TestSessionTokensAreOfRealSessions(t *testing.T) {
	k := start(t, nil)
	since := k.do("GET /webhooks/messages?limit=1").want(k, 200)["seq"].(float64)
	first := k.claims(`{"user":"alice@example.com"}`)
	again := k.claims(`{"user":"alice@example.com","origin":"http://localhost:3000"}`)
	if first["sid"] != again["sid"] || first["jti"] == again["jti"] || again["azp"] != "http://localhost:3000" || again["iss"] != k.base {
		t.Errorf("minted %v, then %v", first, again)
	}
	list := k.do("GET /webhooks/messages?type=session.created&user="+scenario.AliceID).want(k, 200)["data"].([]any)
	if len(list) != 1 || list[0].(map[string]any)["seq"].(float64) <= since {
		t.Errorf("session.created was emitted as %v", list)
	}
	byID := k.claims(`{"session_id":"` + first["sid"].(string) + `","template":"convex"}`)
	if byID["sub"] != scenario.AliceID {
		t.Errorf("minted of a session: %v", byID)
	}
	k.do(`POST /tokens {"user":"bob@example.com","session_id":"`+first["sid"].(string)+`"}`).refused(k, 422, "form_param_value_invalid", "bob@example.com")
	k.do(`POST /trigger {"type":"session.revoked","user":"alice@example.com"}`).want(k, 200)
	k.do(`POST /tokens {"session_id":"`+first["sid"].(string)+`"}`).refused(k, 404, "resource_not_found", first["sid"].(string))
	if next := k.claims(`{"user":"alice@example.com"}`); next["sid"] == first["sid"] {
		t.Error("a revoked session was used again")
	}
}

func TestTokensCarryWhatIsAskedFor(t *testing.T) {
	k := start(t, nil)
	for ttl, seconds := range map[string]float64{`"2s"`: 2, `"1h"`: 3600, `90`: 90} {
		claims := k.claims(`{"user":"alice@example.com","template":"convex","ttl":` + ttl + `}`)
		if got := claims["exp"].(float64) - claims["iat"].(float64); got != seconds {
			t.Errorf("ttl %s lives %v seconds", ttl, got)
		}
	}
	claims := k.claims(`{"user":"alice@example.com","template":"convex","claims":{"role":"admin","aud":["x"]},"fault":"iss-trailing-slash"}`)
	if claims["role"] != "admin" || claims["aud"].([]any)[0] != "x" || claims["iss"] != k.base+"/" {
		t.Errorf("minted %v", claims)
	}
}

func TestTokensThatAreRefused(t *testing.T) {
	k := start(t, nil)
	before := k.do("GET /webhooks/messages?limit=1").want(k, 200)["seq"]
	for _, c := range []struct {
		body, code, text string
		status           int
	}{
		{`{}`, "form_param_missing", "user", 422},
		{`{"user":"alice@example.com","template":"Convex"}`, "resource_not_found", "Convex", 404},
		{`{"user":"alice@example.com","ttl":0}`, "form_param_format_invalid", "ttl", 422},
		{`{"user":"alice@example.com","ttl":"soon"}`, "form_param_format_invalid", "ttl", 422},
		{`{"user":"alice@example.com","ttl":"1ms"}`, "form_param_format_invalid", "ttl", 422},
		{`{"user":"alice@example.com","fault":"wrong"}`, "form_param_value_invalid", "wrong-aud", 422},
		{`{"user":"alice@example.com","claims":[]}`, "form_param_value_invalid", "claims", 422},
		{`{"user":"alice@example.com","uesr":1}`, "form_param_unknown", "uesr", 422},
	} {
		k.do("POST /tokens "+c.body).refused(k, c.status, c.code, c.text)
	}
	if after := k.do("GET /webhooks/messages?limit=1").want(k, 200)["seq"]; after != before {
		t.Error("a refused token left an event behind")
	}
}

// Every fault that can be minted is judged, and a right token is accepted with
// the identity that an app sees.
func TestExplainJudgesByTheInstancesOwnProvider(t *testing.T) {
	k := start(t, nil)
	explain := func(jwt, more string) map[string]any {
		return k.do(`POST /tokens/explain {"token":"`+jwt+`"`+more+`}`).want(k, 200)
	}
	right := k.do(`POST /tokens {"user":"alice@example.com","template":"convex"}`).want(k, 200)["jwt"].(string)
	verdict := explain(right, "")
	if verdict["ok"] != true || verdict["identity"].(map[string]any)["subject"] != scenario.AliceID || !strings.Contains(verdict["note"].(string), k.base) {
		t.Errorf("a right token: %v", verdict)
	}
	accepted := map[string]bool{"short-lived": true, "updated-at-ms": true}
	for _, f := range issuer.Faults() {
		jwt := k.do(`POST /tokens {"user":"alice@example.com","template":"convex","fault":"`+string(f.Fault)+`"}`).want(k, 200)["jwt"].(string)
		if got := explain(jwt, ""); got["ok"] != accepted[string(f.Fault)] {
			t.Errorf("%s: %v %v", f.Fault, got["ok"], got["message"])
		}
	}
	session := k.do(`POST /tokens {"user":"alice@example.com"}`).want(k, 200)["jwt"].(string)
	if got := explain(session, ""); got["code"] != "NoAuthProvider" {
		t.Errorf("a session token: %v", got)
	}
	if got := explain("nonsense", ""); got["code"] != "InvalidAuthHeader" {
		t.Errorf("no token at all: %v", got)
	}
	if got := explain(right, `,"providers":{"providers":[{"domain":"`+k.base+`","applicationID":"other"}]}`); got["code"] != "NoAuthProvider" {
		t.Errorf("another applicationID: %v", got)
	}
	k.do(`POST /tokens/explain {"token":"a.b.c","providers":[{"domain":"localhost","applicationId":"convex"}]}`).refused(k, 422, "emulator_auth_config_refused", "applicationID")
	k.do(`POST /tokens/explain {}`).refused(k, 422, "form_param_missing", "token")
}

// Other instances' issuers are known too; nobody else's host is asked.
func TestExplainFetchesNothing(t *testing.T) {
	k := start(t, nil)
	k.do(`POST /instances {"slug":"w1"}`).want(k, 201)
	jwt := k.in("w1").do(`POST /tokens {"user":"alice@example.com","template":"convex"}`).want(k, 200)["jwt"].(string)
	own := k.do(`POST /tokens/explain {"token":"`+jwt+`","providers":[{"domain":"`+k.base+`/i/w1","applicationID":"convex"}]}`).want(k, 200)
	if own["ok"] != true {
		t.Errorf("the token of another instance: %v", own)
	}
	away := k.do(`POST /tokens {"user":"alice@example.com","template":"convex","claims":{"iss":"https://example.com"}}`).want(k, 200)["jwt"].(string)
	got := k.do(`POST /tokens/explain {"token":"`+away+`","providers":[{"domain":"https://example.com","applicationID":"convex"}]}`).want(k, 200)
	if got["code"] != "AuthProviderDiscoveryFailed" || !strings.Contains(got["cause"].(string), "not fetched from here") {
		t.Errorf("a stranger's issuer: %v", got)
	}
}
