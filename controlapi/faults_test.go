package controlapi_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/nightclerk/nightclerk/emulator"
	"github.com/nightclerk/nightclerk/emulator/apitest"
	"github.com/nightclerk/nightclerk/internal/store"
	"github.com/nightclerk/nightclerk/scenario"
	"github.com/nightclerk/nightclerk/webhooks"
)

// hooked is an emulator with one endpoint, which answers 204.
func hooked(t *testing.T) *kit {
	t.Helper()
	app := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }))
	t.Cleanup(app.Close)
	return start(t, &scenario.File{Default: scenario.Instance{WebhookEndpoints: []scenario.WebhookEndpoint{{URL: app.URL}}}})
}

func first(out map[string]any) map[string]any { return out["data"].([]any)[0].(map[string]any) }

func TestFaultRulesAreAddedShownAndTakenBack(t *testing.T) {
	k := hooked(t)
	k.do("GET /wait?user=alice@example.com").want(k, 200) // the seed's messages are out of the way
	k.do("GET /wait?user=bob@example.com").want(k, 200)
	made := k.do(`POST /webhooks/faults {"action":"force_status","types":["user.*"],"status":503,"count":1}`).want(k, 200)
	if made["status"] != 503.0 || made["seen"] != 0.0 || made["by"] != nil || made["endpoint"] != nil {
		t.Errorf("made %v", made)
	}
	out := k.do(`POST /trigger {"type":"user.created"}`).want(k, 200)
	got := k.do("GET /wait?status=attempted&since="+number(out["since"])).want(k, 200)
	attempt := got["last_attempt"].(map[string]any)
	if attempt["fault"] != "force_status ("+made["id"].(string)+")" && attempt["status_code"] != 204.0 {
		t.Errorf("the attempt is %v", attempt)
	}
	k.do("GET /wait?since="+number(out["since"])).want(k, 200) // the retry is not touched
	list := k.do("GET /webhooks/faults").want(k, 200)
	if rule := first(list); rule["applied"] != 1.0 || rule["seen"] == 0.0 {
		t.Errorf("counted %v", rule)
	}
	if n := len(list["actions"].([]any)); n != len(webhooks.Faults) {
		t.Errorf("%d actions are listed", n)
	}
	k.do("DELETE /webhooks/faults/"+made["id"].(string)).want(k, 200)
	k.do("DELETE /webhooks/faults/"+made["id"].(string)).refused(k, 404, "resource_not_found", "There is no fault rule")

	by := k.do(`POST /webhooks/faults {"action":"drop","user":"alice@example.com"}`).want(k, 200)
	if by["user"] != scenario.AliceID {
		t.Errorf("alice is %v", by["user"])
	}
	k.do(`POST /webhooks/faults {"action":"drop","user":"nobody@example.com"}`).refused(k, 404, "resource_not_found", "nobody@example.com")
	set := k.do(`PUT /webhooks/faults {"faults":[{"action":"delay","by":"90s"},{"action":"reorder"}]}`).want(k, 200)
	if first(set)["by"] != "1m30s" || set["data"].([]any)[1].(map[string]any)["wait"] != "10s" {
		t.Errorf("set %v", set)
	}
	if k.in("w1"); !contains(k.do(`POST /instances {"slug":"w1"}`), "w1") || len(k.in("w1").do("GET /webhooks/faults").want(k, 200)["data"].([]any)) != 0 {
		t.Error("another instance has rules too")
	}
	k.do("DELETE /webhooks/faults").want(k, 200)
	if list := k.do("GET /webhooks/faults").want(k, 200); len(list["data"].([]any)) != 0 {
		t.Errorf("left %v", list["data"])
	}
}

func TestWrongFaultRulesChangeNothing(t *testing.T) {
	k := start(t, nil)
	k.do(`POST /webhooks/faults {"action":"drop"}`).want(k, 200)
	for _, c := range []struct{ line, code, says string }{
		{`POST /webhooks/faults {}`, "form_param_missing", `"param_name":"action"`},
		{`POST /webhooks/faults {"action":"drops"}`, "form_param_value_invalid", "duplicate"},
		{`POST /webhooks/faults {"action":"drop","times":1}`, "form_param_value_invalid", `"param_name":"times"`},
		{`POST /webhooks/faults {"action":"delay","by":5}`, "form_param_value_invalid", `"param_name":"by"`},
		{`POST /webhooks/faults {"action":"delay","by":"soon"}`, "form_param_value_invalid", "5s"},
		{`POST /webhooks/faults {"action":"drop","sometimes":true}`, "form_param_unknown", "sometimes"},
		{`PUT /webhooks/faults {}`, "form_param_missing", `"param_name":"faults"`},
		{`PUT /webhooks/faults {"faults":[{"action":"delay"},{"action":"delay","gap":"1s"}]}`, "form_param_value_invalid", `"param_name":"faults[1].gap"`},
		{`PUT /webhooks/faults {"faults":[{"action":"delay","bye":"1s"}]}`, "form_param_unknown", `"param_name":"faults[0].bye"`},
		{`PUT /webhooks/faults {"faults":[{"action":"delay","by":1}]}`, "form_param_value_invalid", `"param_name":"faults[0].by"`},
		{`PUT /webhooks/faults {"faults":[{}]}`, "form_param_missing", `"param_name":"faults[0].action"`},
		{`PUT /webhooks/faults {"faults":["drop"]}`, "form_param_value_invalid", "faults[0]"},
		{`PUT /webhooks/mode {"answer_after":"2h"}`, "form_param_format_invalid", "1m"},
		{`PUT /webhooks/mode {"answer_after":5}`, "form_param_format_invalid", "answer_after"},
		{`POST /webhooks/release {"count":0}`, "form_param_format_invalid", "count"},
		{`GET /wait?status=done`, "form_param_format_invalid", "emitted"},
	} {
		a := k.do(c.line)
		a.refused(k, 422, c.code, c.says)
	}
	if list := k.do("GET /webhooks/faults").want(k, 200)["data"].([]any); len(list) != 1 || list[0].(map[string]any)["action"] != "drop" {
		t.Errorf("the rules became %v", list)
	}
}

func TestDeliveriesAreHeldAndReleased(t *testing.T) {
	k := hooked(t)
	k.do("GET /wait?user=alice@example.com").want(k, 200)
	k.do("GET /wait?user=bob@example.com").want(k, 200)
	k.do("PUT /webhooks/mode "+`{"answer_after":"10s"}`).want(k, 200)
	if m := k.do("POST /webhooks/hold").want(k, 200); m["held"] != true || m["answer_after"] != "10s" || m["held_count"] != 0.0 {
		t.Errorf("held %v", m)
	}
	var ids []string
	for range 3 {
		out := k.do(`POST /trigger {"type":"organization.created"}`).want(k, 200)
		ids = append(ids, out["messages"].([]any)[0].(map[string]any)["id"].(string))
	}
	if m := k.do("GET /webhooks/mode").want(k, 200); m["held_count"] != 3.0 {
		t.Errorf("three are held: %v", m)
	}
	k.do("GET /wait?timeout=1ms&type=organization.created").refused(k, 408, "emulator_wait_timeout", "held back")
	if m := k.do("GET /wait?status=emitted&type=organization.created").want(k, 200); m["id"] != ids[0] || m["last_attempt"] != nil {
		t.Errorf("emitted first: %v", m)
	}
	if m := k.do(`POST /webhooks/release {"count":1}`).want(k, 200); m["released"] != 1.0 || m["held"] != true {
		t.Errorf("released one: %v", m)
	}
	if m := k.do("GET /wait?type=organization.created").want(k, 200); m["id"] != ids[0] {
		t.Errorf("the oldest goes first: %v", m)
	}
	if m := k.do("GET /webhooks/mode").want(k, 200); m["held_count"] != 2.0 {
		t.Errorf("two stay: %v", m)
	}
	if m := k.do("POST /webhooks/release").want(k, 200); m["released"] != 2.0 || m["held"] != false || m["answer_after"] != "10s" {
		t.Errorf("released all: %v", m)
	}
	for _, since := range ids[:2] {
		k.do("GET /wait?type=organization.created&since="+since).want(k, 200)
	}
	if m := k.do(`PUT /webhooks/mode {"answer_after":null}`).want(k, 200); m["answer_after"] != nil {
		t.Errorf("switched off: %v", m)
	}
}

// What a request causes has arrived before it is answered.
func TestAnswersComeAfterTheFirstAttempt(t *testing.T) {
	k := hooked(t)
	k.do(`PUT /webhooks/mode {"answer_after":"30s"}`).want(k, 200)
	out := k.do(`POST /trigger {"type":"user.created"}`).want(k, 200)
	k.do("GET /wait?timeout=0s&type=user.created&since="+number(out["since"])).want(k, 200)
}

func TestAResetForgetsFaultsAndMode(t *testing.T) {
	k := start(t, &scenario.File{Default: scenario.Instance{
		WebhookFaults: []scenario.WebhookFault{{Action: "drop"}}, Webhooks: scenario.WebhookMode{Held: new(true)}}})
	k.do(`PUT /webhooks/faults {"faults":[{"action":"tamper"},{"action":"delay"}]}`).want(k, 200)
	k.do(`PUT /webhooks/mode {"held":false,"answer_after":"1s"}`).want(k, 200)
	k.do("POST /reset").want(k, 200)
	if m := k.do("GET /webhooks/mode").want(k, 200); m["held"] != true || m["answer_after"] != nil {
		t.Errorf("the mode is %v", m)
	}
	if list := k.do("GET /webhooks/faults").want(k, 200)["data"].([]any); len(list) != 1 || !strings.Contains(list[0].(map[string]any)["action"].(string), "drop") {
		t.Errorf("the rules are %v", list)
	}
}

// What the file says of an endpoint's deliveries, and the server's limits, are
// obeyed.
func TestTheFileSaysHowDeliveriesAreMade(t *testing.T) {
	goOn := make(chan struct{})
	slow := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-goOn }))
	t.Cleanup(slow.Close)
	t.Cleanup(func() { close(goOn) })
	file, err := scenario.Parse("f", []byte(`
server: {webhook_timeout: 30ms, webhook_schedule: manual, webhook_jitter: 0.2}
webhook_endpoints:
  - {id: ep_plain, url: "`+slow.URL+`", event_types: [user.updated]}
  - {id: ep_tuned, url: "`+slow.URL+`", event_types: [user.deleted], schedule: svix, ordered: true, timeout: 20ms, rate_limit: 10, keep_enabled: true}
  - {id: ep_wide, url: "`+slow.URL+`", event_types: [role.created], concurrency: 4}
`))
	if err != nil {
		t.Fatal(err)
	}
	s := apitest.Start(t, emulator.Config{File: file, Server: file.Server})
	k := on(t, s.URL)
	out := k.do(`POST /trigger {"type":"user.updated"}`).want(k, 200)
	got := k.do("GET /wait?status=failed&type=user.updated&since="+number(out["since"])).want(k, 200)
	if a := got["last_attempt"].(map[string]any); a["status_code"] != nil || !strings.Contains(a["diagnosis"].(string), "did not answer in time") {
		t.Errorf("the attempt is %v", a)
	}
	live, err := s.Instances().BySlug(t.Context(), "default")
	if err != nil {
		t.Fatal(err)
	}
	err = s.Store().Read(t.Context(), live.ID, func(tx *store.Tx) error {
		tuned, err := webhooks.GetEndpoint(tx, "ep_tuned")
		if err != nil {
			return err
		}
		if p := tuned.EndpointParams; p.Schedule != "svix" || !p.Ordered || p.TimeoutMS != 20 || p.ThrottleRate != 10 || !p.KeepEnabled {
			t.Errorf("ep_tuned is %+v", p)
		}
		wide, err := webhooks.GetEndpoint(tx, "ep_wide")
		if err == nil && (wide.Concurrency != 4 || wide.Ordered || wide.KeepEnabled || wide.Schedule != "") {
			t.Errorf("ep_wide is %+v", wide.EndpointParams)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}
