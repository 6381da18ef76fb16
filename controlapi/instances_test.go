package controlapi_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/nightclerk/nightclerk/instance"
	"github.com/nightclerk/nightclerk/scenario"
)

func TestEnvHasTheseKeysInThisOrder(t *testing.T) {
	k := start(t, nil)
	raw := k.do("GET /env").body
	want := []string{"publishable_key", "secret_key", "frontend_api_url", "backend_api_url", "issuer", "jwks_url", "webhook_secret", "console_url", "ca_file"}
	if got := keysOf(t, raw); !slices.Equal(got, want) {
		t.Errorf("the keys are %v", got)
	}
	env := k.do("GET /env").want(k, 200)
	https := strings.Replace(k.base, "http://", "https://", 1)
	for name, want := range map[string]any{"secret_key": scenario.DefaultSecretKey, "frontend_api_url": https, "backend_api_url": k.base,
		"issuer": k.base, "jwks_url": k.base + "/.well-known/jwks.json", "webhook_secret": scenario.DefaultWebhookSecret,
		"console_url": k.base + "/", "ca_file": nil} {
		if env[name] != want {
			t.Errorf("%s is %v, not %v", name, env[name], want)
		}
	}
	host, err := instance.ParsePublishableKey(env["publishable_key"].(string))
	if err != nil || "https://"+host != https+instance.KeyPath {
		t.Errorf("the publishable key is of %q (%v)", host, err)
	}
}

// keysOf lists the keys of a JSON object in their order.
func keysOf(t *testing.T, raw []byte) (keys []string) {
	t.Helper()
	dec := json.NewDecoder(strings.NewReader(string(raw)))
	dec.Token()
	for dec.More() {
		key, err := dec.Token()
		if err != nil {
			t.Fatal(err)
		}
		keys = append(keys, key.(string))
		var value json.RawMessage
		if err := dec.Decode(&value); err != nil {
			t.Fatal(err)
		}
	}
	return keys
}

func TestInstancesComeAndGo(t *testing.T) {
	k := start(t, nil)
	made := k.do(`POST /instances {"slug":"w1"}`)
	env := made.want(k, 201)
	if made.header.Get("Location") != "/_emulator/instances/w1" || env["backend_api_url"] != k.base+"/i/w1" {
		t.Errorf("made at %q: %v", made.header.Get("Location"), env)
	}
	w1 := k.in("w1")
	if got := w1.do("GET /env").want(k, 200); got["secret_key"] != env["secret_key"] || got["secret_key"] == scenario.DefaultSecretKey {
		t.Errorf("the instance has the key %v, made with %v", got["secret_key"], env["secret_key"])
	}
	drawn := k.do(`POST /instances`).header.Get("Location")
	if list := k.do("GET /instances").want(k, 200); list["total_count"] != 3.0 || list["data"].([]any)[0].(map[string]any)["slug"] != "default" {
		t.Errorf("the list is %v", list)
	}
	k.do("DELETE "+strings.TrimPrefix(drawn, "/_emulator")).want(k, 200)
	k.do("DELETE /instances/w1").want(k, 200)
	w1.do("GET /env").refused(k, 404, "resource_not_found", "default")
	k.do("DELETE /instances/w1").refused(k, 404, "resource_not_found", "w1")
}

func TestInstancesThatAreRefused(t *testing.T) {
	k := start(t, nil)
	k.do(`POST /instances {"slug":"taken"}`).want(k, 201)
	for _, c := range []struct {
		line, code, text string
		status           int
	}{
		{`POST /instances {"slug":"taken"}`, "form_identifier_exists", "slug", 422},
		{`POST /instances {"slug":"default"}`, "form_identifier_exists", "slug", 422},
		{`POST /instances {"slug":"Big"}`, "form_param_value_invalid", "a-z, 0-9", 422},
		{`POST /instances {"slug":"myclerk"}`, "form_param_value_invalid", "must not end in clerk", 422},
		{`POST /instances {"name":"x"}`, "form_param_unknown", "name", 422},
		{`POST /instances {"seed":7}`, "form_param_type_invalid", "seed", 422},
		{`POST /instances {"seed":{"userz":[]}}`, "emulator_seed_invalid", "users", 422},
		{`POST /instances {"seed":{"server":{"seed":"a"}}}`, "form_param_unknown", "server", 422},
		// an instance must not be taken over by a seed that names its id or key
		{`POST /instances {"slug":"x","seed":{"id":"` + scenario.DefaultInstanceID + `"}}`, "form_identifier_exists", "id", 422},
		{`POST /instances {"slug":"x","seed":{"secret_key":"` + scenario.DefaultSecretKey + `"}}`, "form_identifier_exists", "secret_key", 422},
		{`DELETE /instances/default`, "emulator_default_instance", "reset", 422},
		{`DELETE /instances/nobody`, "resource_not_found", "taken", 404},
	} {
		k.do(c.line).refused(k, c.status, c.code, c.text)
	}
	if list := k.do("GET /instances").want(k, 200); list["total_count"] != 2.0 {
		t.Errorf("something was made after all: %v", list)
	}
}

// The same seed gives the same ids to the same requests, on every machine.
func TestASeedTextMakesIdsRepeatable(t *testing.T) {
	k := start(t, nil)
	first := func(slug, seed string) any {
		k.do(`POST /instances {"slug":"`+slug+`","seed":`+seed+`}`).want(k, 201)
		out := k.in(slug).do(`POST /trigger {"type":"user.created"}`).want(k, 200)
		k.do("DELETE /instances/"+slug).want(k, 200)
		return out["user_id"]
	}
	a, again, other := first("w1", `"tuesday"`), first("w1", `"tuesday"`), first("w1", `"friday"`)
	if a != again || a == other {
		t.Errorf("the seed gave %v, then %v; another seed %v", a, again, other)
	}
}

func TestASeedObjectShapesTheInstance(t *testing.T) {
	k := start(t, nil)
	k.do(`POST /instances {"slug":"w1","seed":{"issuer":"http://emulator:4545/i/w1","users":[{"email_addresses":["zoe@example.com"]}]}}`).want(k, 201)
	w1 := k.in("w1")
	if env := w1.do("GET /env").want(k, 200); env["issuer"] != "http://emulator:4545/i/w1" {
		t.Errorf("the issuer is %v", env["issuer"])
	}
	w1.do(`POST /tokens {"user":"zoe@example.com","template":"convex"}`).want(k, 200)
	w1.do(`POST /tokens {"user":"alice@example.com","template":"convex"}`).refused(k, 404, "resource_not_found", "alice@example.com")
}

func TestResetReturnsToTheFile(t *testing.T) {
	k := start(t, nil)
	before := k.do("GET /env").want(k, 200)
	k.do(`POST /seed {"users":[{"email_addresses":["zoe@example.com"]}]}`).want(k, 200)
	k.do(`POST /clock/advance {"duration":"48h"}`).want(k, 200)
	after := k.do("POST /reset").want(k, 200)
	if after["secret_key"] != before["secret_key"] || after["publishable_key"] != before["publishable_key"] {
		t.Error("a reset changed the keys")
	}
	k.do(`POST /tokens {"user":"zoe@example.com"}`).refused(k, 404, "resource_not_found", "zoe")
	k.do(`POST /tokens {"user":"alice@example.com"}`).want(k, 200)
	if clock := k.do("GET /clock").want(k, 200); clock["offset_ms"] != 0.0 {
		t.Errorf("the clock is still %v", clock)
	}
}
