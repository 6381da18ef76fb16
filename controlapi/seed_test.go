package controlapi_test

import (
	"strings"
	"testing"
)

func TestSeedCountsWhatItDid(t *testing.T) {
	k := start(t, nil)
	const yaml = "users:\n- email_addresses: [zoe@example.com]\n  first_name: Zoe\n- email_addresses: [max@example.com]\n"
	for _, want := range []map[string]any{
		{"users_created": 2.0, "users_updated": 0.0, "users_unchanged": 0.0},
		{"users_created": 0.0, "users_updated": 0.0, "users_unchanged": 2.0},
	} {
		got := k.send("POST", "/seed", "application/yaml", yaml).want(k, 200)
		for name, n := range want {
			if got[name] != n {
				t.Errorf("%s is %v, not %v", name, got[name], n)
			}
		}
	}
	got := k.do(`POST /seed {"users":[{"email_addresses":["ZOE@example.com"],"first_name":"Zoë"}]}`).want(k, 200)
	if got["users_updated"] != 1.0 {
		t.Errorf("found again as %v", got)
	}
}

// A seed is written by hand: its mistakes are shown as an editor would.
func TestSeedMistakesHaveLineAndCaret(t *testing.T) {
	k := start(t, nil)
	out := k.send("POST", "/seed", "application/yaml", "users:\n- email_addresses: [a@example.com]\n  frist_name: A\n- password: short\n").want(k, 422)
	errs := out["errors"].([]any)
	if len(errs) < 2 {
		t.Fatalf("only %d mistakes are told of: %v", len(errs), errs)
	}
	one := errs[0].(map[string]any)
	meta := one["meta"].(map[string]any)
	long := one["long_message"].(string)
	if meta["line"] != 3.0 || meta["column"] != 3.0 || !strings.Contains(long, "^") || !strings.Contains(long, "first_name") {
		t.Errorf("told as %v", one)
	}
}

// What a seed cannot do is said, and nothing of it is done.
func TestSeedRefusesWhatItWouldLose(t *testing.T) {
	k := start(t, nil)
	for field, value := range map[string]string{"server": `{"seed":"a"}`, "instances": `{"w1":{}}`, "settings": `{"test_mode":false}`,
		"issuer": `"http://localhost:1"`, "session_token": `{"lifetime":90}`} {
		k.do(`POST /seed {"users":[{"email_addresses":["zoe@example.com"]}],"`+field+`":`+value+`}`).refused(k, 422, "form_param_unknown", field)
	}
	k.do(`POST /tokens {"user":"zoe@example.com"}`).refused(k, 404, "resource_not_found", "zoe")
}

func TestSeedMakesTemplatesAndEndpoints(t *testing.T) {
	k := start(t, nil)
	k.do(`POST /seed {"jwt_templates":[{"name":"hasura","claims":{"role":"user"}}]}`).want(k, 200)
	k.do(`POST /tokens {"user":"alice@example.com","template":"hasura"}`).want(k, 200)
}
