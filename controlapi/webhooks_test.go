package controlapi_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/nightclerk/nightclerk/scenario"
)

// receiving starts an emulator with an endpoint that answers with a status.
func receiving(t *testing.T, status int) *kit {
	t.Helper()
	receiver := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(status) }))
	t.Cleanup(receiver.Close)
	file := &scenario.File{Server: scenario.Server{WebhookSchedule: "manual"}}
	file.Default.WebhookEndpoints = []scenario.WebhookEndpoint{{URL: receiver.URL}}
	return start(t, file)
}

func TestWaitReturnsTheMessageThatWasAccepted(t *testing.T) {
	k := receiving(t, http.StatusOK)
	out := k.do(`POST /trigger {"type":"user.created"}`).want(k, 200)
	got := k.do(fmt.Sprintf("GET /wait?type=user.created&user=%s&since=%v&timeout=30s", out["user_id"], out["since"])).want(k, 200)
	id := out["messages"].([]any)[0].(map[string]any)["id"]
	if got["id"] != id || got["payload"].(map[string]any)["data"].(map[string]any)["id"] != out["user_id"] {
		t.Errorf("waited for %v and got %v", id, got)
	}
	// a mark may be the id of a message; nothing came after it
	k.do(fmt.Sprintf("GET /wait?since=%s&timeout=1ms", id)).refused(k, 408, "emulator_wait_timeout", "No message was emitted after")
}

func TestWaitSaysWhatHappenedInstead(t *testing.T) {
	refusing := receiving(t, http.StatusUnauthorized)
	refusing.do(`POST /trigger {"type":"user.deleted"}`).want(refusing, 200)
	refusing.awaitAttempts(1)
	refusing.do("GET /wait?type=user.deleted&timeout=1ms").refused(refusing, 408, "emulator_wait_timeout", "401")
	deaf := start(t, nil)
	deaf.do(`POST /trigger {"type":"user.deleted"}`).want(deaf, 200)
	deaf.do("GET /wait?type=user.deleted&timeout=1ms").refused(deaf, 408, "emulator_wait_timeout", "There was no endpoint")
	deaf.do("GET /wait?type=session.created&user=alice@example.com&timeout=1ms").refused(deaf, 408, "emulator_wait_timeout", "No session.created was emitted")
	deaf.do("GET /wait?type=user.exploded").refused(deaf, 422, "form_param_value_invalid", "user.exploded")
	deaf.do("GET /wait?timeout=1h").refused(deaf, 422, "form_param_format_invalid", "5m")
	deaf.do("GET /wait?since=-1").refused(deaf, 422, "form_param_format_invalid", "since")
	deaf.do("GET /wait?user=nobody@example.com").refused(deaf, 404, "resource_not_found", "nobody@example.com")
}

func TestMessagesTellTheirFate(t *testing.T) {
	k := receiving(t, http.StatusOK)
	out := k.do(`POST /trigger {"type":"user.updated","user":"bob@example.com"}`).want(k, 200)
	k.do(fmt.Sprintf("GET /wait?type=user.updated&since=%v", out["since"])).want(k, 200)
	list := k.do("GET /webhooks/messages?type=user.updated&user="+scenario.BobID).want(k, 200)["data"].([]any)
	if len(list) != 1 {
		t.Fatalf("listed %v", list)
	}
	m := list[0].(map[string]any)
	d := m["deliveries"].([]any)[0].(map[string]any)
	if d["status"] != "success" || d["attempts"] != 1.0 || d["next_at"] != nil || m["unsent"] != nil {
		t.Errorf("listed %v", m)
	}
	if n := len(k.do("GET /webhooks/messages?limit=1").want(k, 200)["data"].([]any)); n != 1 {
		t.Errorf("limit=1 lists %d", n)
	}
	k.do("GET /webhooks/messages?limit=251").refused(k, 422, "form_param_format_invalid", "250")
	k.do("GET /webhooks/messages?type=nonsense").refused(k, 422, "form_param_value_invalid", "nonsense")
}

// Everybody is told of once, however many batches that takes.
func TestSyncUsersTellsOfEverybodyOnce(t *testing.T) {
	k := start(t, nil)
	people := scenario.Instance{}
	for n := 1; n <= 1100; n++ {
		people.Users = append(people.Users, scenario.Person(n))
	}
	k.do("POST /seed "+string(scenario.SeedJSON(&people))).want(k, 200)
	out := k.do(`POST /webhooks/sync-users {"type":"user.updated"}`).want(k, 200)
	if out["count"] != 1102.0 {
		t.Errorf("told of %v users", out["count"])
	}
	seen := map[string]bool{}
	for path := "/api/v1/app/default/msg?limit=250&event_types=user.updated"; path != ""; {
		list := k.svix(path)
		for _, m := range list["data"].([]any) {
			seen[m.(map[string]any)["payload"].(map[string]any)["data"].(map[string]any)["id"].(string)] = true
		}
		path = ""
		if list["done"] != true {
			path = "/api/v1/app/default/msg?limit=250&event_types=user.updated&iterator=" + list["iterator"].(string)
		}
	}
	if len(seen) != 1102 {
		t.Errorf("%d users were told of", len(seen))
	}
	k.do(`POST /webhooks/sync-users {"type":"user.deleted"}`).refused(k, 422, "form_param_value_invalid", "user.updated")
	if out := k.do(`POST /webhooks/sync-users`).want(k, 200); out["type"] != "user.created" {
		t.Errorf("the default is %v", out["type"])
	}
}
