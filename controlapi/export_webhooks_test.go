package controlapi_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"

	"github.com/nightclerk/nightclerk/scenario"
)

// Whoever exports gets every message once, with what became of it.
func TestExport(t *testing.T) {
	k := receiving(t, http.StatusUnauthorized)
	out := k.do(`POST /trigger {"type":"user.updated","user":"bob@example.com"}`).want(k, 200)
	k.awaitAttempts(1)
	lines := exported(k, fmt.Sprintf("GET /webhooks/export?since=%v", out["since"]))
	if len(lines) != 1 {
		t.Fatalf("exported %d messages", len(lines))
	}
	attempt := lines[0]["attempts"].([]any)[0].(map[string]any)
	if lines[0]["type"] != "user.updated" || attempt["status_code"] != 401.0 || attempt["diagnosis"] == "" || lines[0]["payload"].(map[string]any)["type"] != "user.updated" {
		t.Errorf("exported %v", lines[0])
	}
	all := exported(k, "GET /webhooks/export")
	for i := 1; i < len(all); i++ {
		if all[i]["seq"].(float64) <= all[i-1]["seq"].(float64) {
			t.Errorf("line %d is older than the one before", i)
		}
	}
	k.do("GET /webhooks/export?since=nonsense").refused(k, 422, "form_param_format_invalid", "since")
	k.in("nowhere").do("GET /webhooks/export").refused(k, 404, "resource_not_found", "nowhere")
}

func exported(k *kit, line string) (out []map[string]any) {
	k.Helper()
	answer := k.do(line)
	if got := answer.header.Get("Content-Type"); got != "application/x-ndjson" || answer.status != 200 {
		k.Fatalf("%s answers %d %s", line, answer.status, got)
	}
	for scanner := bufio.NewScanner(bytes.NewReader(answer.body)); scanner.Scan(); {
		var one map[string]any
		if err := json.Unmarshal(scanner.Bytes(), &one); err != nil {
			k.Fatal(err)
		}
		out = append(out, one)
	}
	return out
}

func TestTrimByTheInstancesClock(t *testing.T) {
	k := start(t, nil)
	k.do(`POST /trigger {"type":"user.created"}`).want(k, 200)
	if out := k.do("POST /webhooks/trim").want(k, 200); out["messages"] != 0.0 {
		t.Errorf("trimmed %v of what is new", out)
	}
	k.do(`POST /clock/advance {"duration":"2200h"}`).want(k, 200)
	k.do("POST /webhooks/trim").want(k, 200) // whether this did it or the move of the clock
	if list := k.do("GET /webhooks/messages").want(k, 200)["data"].([]any); len(list) != 0 {
		t.Errorf("%d messages are left", len(list))
	}
}

// The emulator knows whose secret signed what an app refuses.
func TestVerifyKnowsTheSecrets(t *testing.T) {
	caught := make(chan map[string]any, 1)
	var once sync.Once
	app := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var body bytes.Buffer
		body.ReadFrom(r.Body)
		headers := map[string]any{"svix-id": r.Header.Get("svix-id"), "svix-timestamp": r.Header.Get("svix-timestamp"), "svix-signature": r.Header.Get("svix-signature")}
		once.Do(func() { caught <- map[string]any{"headers": headers, "body": body.String()} })
	}))
	t.Cleanup(app.Close)
	file := scenario.Default()
	file.Default.WebhookEndpoints = []scenario.WebhookEndpoint{{URL: app.URL}}
	k := start(t, file)
	k.do(`POST /trigger {"type":"user.created"}`).want(k, 200)
	request := <-caught
	verify := func(change func(map[string]any)) map[string]any {
		in := map[string]any{"headers": request["headers"], "body": request["body"]}
		change(in)
		raw, _ := json.Marshal(in)
		return k.do("POST /webhooks/verify "+string(raw)).want(k, 200)
	}
	for _, c := range []struct {
		code   string
		change func(map[string]any)
	}{
		{"accepted", func(map[string]any) {}},
		{"accepted", func(in map[string]any) { in["secret"] = scenario.DefaultWebhookSecret }},
		{"other_secret", func(in map[string]any) { in["secret"] = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD" }},
		{"bad_secret", func(in map[string]any) { in["secret"] = "whsec_C2FVsBQIhrscChlQIMV-b5sSYspob7oD" }},
		{"body_changed", func(in map[string]any) { in["body"] = "{}" }},
		{"missing_header", func(in map[string]any) { in["headers"] = map[string]any{} }},
	} {
		if got := verify(c.change); got["code"] != c.code || got["accepted"] != (c.code == "accepted") {
			t.Errorf("%v, want %s", got, c.code)
		}
	}
	k.do(`POST /webhooks/verify {"body":1}`).refused(k, 422, "form_param_value_invalid", "body")
}
