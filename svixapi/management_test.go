package svixapi_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/nightclerk/nightclerk/emulator"
	"github.com/nightclerk/nightclerk/emulator/apitest"
	"github.com/nightclerk/nightclerk/scenario"
)

const since = `{"since":"2000-01-01T00:00:00Z"}`

func TestReplayRefusals(t *testing.T) {
	apitest.Run(t, apitest.Start(t, emulator.Config{}), []apitest.Case{
		{Name: "recover without since", Given: given, Do: `POST /api/v1/app/{app}/endpoint/{ep}/recover {}`, Want: `422 {"detail":[{"loc":["body","since"],"type":"value_error"}]}`},
		{Name: "recover since nonsense", Given: given, Do: `POST /api/v1/app/{app}/endpoint/{ep}/recover {"since":"yesterday"}`, Want: `422 {"detail":[{"loc":["body","since"]}]}`},
		{Name: "recover too much", Given: given, Do: `POST /api/v1/app/{app}/endpoint/{ep}/recover ` + since,
			Want: `422 {"detail":[{"loc":["body","since"],"msg":"Cannot recover more than 14 days of messages"}]}`},
		{Name: "recover backwards", Given: given, Do: `POST /api/v1/app/{app}/endpoint/{ep}/recover {"since":"2026-01-02T00:00:00Z","until":"2026-01-01T00:00:00Z"}`, Want: `422 {"detail":[{"loc":["body","until"]}]}`},
		{Name: "recover elsewhere", Given: withApp, Do: `POST /api/v1/app/{app}/endpoint/ep_other/replay-missing ` + since, Want: `404 {"code":"not_found"}`},
		{Name: "replay to a disabled endpoint", Given: func(e *apitest.Env) { endpoint(e, `{"url":"http://localhost:3000","disabled":true}`) },
			Do: `POST /api/v1/app/{app}/endpoint/{ep}/replay-missing ` + since, Want: `400 {"code":"endpoint_disabled"}`},
		{Name: "bulk replay of no status", Given: given, Do: `POST /api/v1/app/{app}/endpoint/{ep}/bulk-replay {"since":"2000-01-01T00:00:00Z","status":9}`, Want: `422 {"detail":[{"loc":["body","status"]}]}`},
		{Name: "no tasks", Do: `GET /api/v1/background-task`, Want: `200 {"data":[],"iterator":null,"done":true}`},
		{Name: "no such task", Do: `GET /api/v1/background-task/qtask_other`, Want: `404 {"code":"not_found"}`},
		{Name: "cancel nothing", Given: given, Do: `POST /api/v1/app/{app}/endpoint/{ep}/cancel-msgs {"createdBefore":"2100-01-01T00:00:00Z"}`, Want: `204`},
		{Name: "cancel without a time", Given: given, Do: `POST /api/v1/app/{app}/endpoint/{ep}/cancel-msgs {}`, Want: `422 {"detail":[{"loc":["body","createdBefore"]}]}`},
		{Name: "throttling", Given: given, Do: `GET /api/v1/app/{app}/endpoint/{ep}/rate-limit-status`, Want: `200 {"status":"Ok","throttledSince":null}`},
		{Name: "example of nothing", Given: given, Do: `POST /api/v1/app/{app}/endpoint/{ep}/send-example {"eventType":"user.exploded"}`, Want: `404 {"code":"not_found"}`},
		{Name: "another example", Given: given, Do: `POST /api/v1/app/{app}/endpoint/{ep}/send-example {"eventType":"user.created","exampleIndex":1}`, Want: `422 {"detail":[{"loc":["body","exampleIndex"]}]}`},
	})
}

func TestApplicationAndCatalogue(t *testing.T) {
	apitest.Run(t, apitest.Start(t, emulator.Config{}), []apitest.Case{
		{Name: "create the application there is", Given: withApp, Do: `POST /api/v1/app?get_if_exists=true {"name":"n","uid":"{slug}"}`, Want: `200 {"id":"{app}","uid":"{slug}"}`},
		{Name: "create it again", Given: withApp, Do: `POST /api/v1/app {"name":"n","uid":"{slug}"}`, Want: `409 {"code":"conflict"}`},
		{Name: "create another", Given: withApp, Do: `POST /api/v1/app {"name":"n"}`, Want: `400 {"code":"limit_reached","detail":"*"}`},
		{Name: "create without a name", Given: withApp, Do: `POST /api/v1/app {}`, Want: `422 {"detail":[{"loc":["body","name"]}]}`},
		{Name: "put what is so", Given: withApp, Do: `PUT /api/v1/app/{app} {"name":"{slug}","uid":"{slug}"}`, Want: `200 {"id":"{app}"}`},
		{Name: "rename", Given: withApp, Do: `PATCH /api/v1/app/{app} {"name":"other"}`, Want: `501 {"code":"not_implemented"}`},
		{Name: "event types", Do: `GET /api/v1/event-type?limit=1`, Want: `200 {"data":[{"name":"email.created","description":"*","archived":false,"deprecated":false,"schemas":null,"createdAt":"*","updatedAt":"*","groupName":"email"}],"iterator":"email.created","prevIterator":"-email.created","done":false}`},
		{Name: "event types go on", Do: `GET /api/v1/event-type?limit=1&iterator=user.updated&with_content=true`, Want: `200 {"data":[{"name":"waitlistEntry.created"}],"done":false}`},
		{Name: "event types end", Do: `GET /api/v1/event-type?iterator=waitlistEntry.created`, Want: `200 {"data":[{"name":"waitlistEntry.updated"}],"done":true}`},
		{Name: "event types go back", Do: `GET /api/v1/event-type?limit=2&iterator=-organization.deleted`, Want: `200 {"data":[{"name":"email.created"},{"name":"organization.created"}],"done":true}`},
		{Name: "event types backwards", Do: `GET /api/v1/event-type?limit=1&order=descending&iterator=organization.created`, Want: `200 {"data":[{"name":"email.created"}],"done":true}`},
		{Name: "event type", Do: `GET /api/v1/event-type/user.created`, Want: `200 {"name":"user.created","archived":false}`},
		{Name: "no event type", Do: `GET /api/v1/event-type/user.exploded`, Want: `404 {"code":"not_found"}`},
		{Name: "portal", Given: withApp, Do: `POST /api/v1/auth/app-portal-access/{app} {}`, Want: `200 {"url":"*","token":""}`},
		{Name: "portal elsewhere", Do: `POST /api/v1/auth/app-portal-access/other {}`, Want: `404 {"code":"not_found"}`},
		{Name: "logout", Do: `POST /api/v1/auth/logout`, Want: `204`},
		{Name: "expire all", Given: withApp, Do: `POST /api/v1/auth/app/{app}/expire-all {}`, Want: `204`},
		{Name: "precheck nobody", Given: withApp, Do: `POST /api/v1/app/{app}/msg/precheck/active {"eventType":"user.created"}`, Want: `200 {"active":false}`},
		{Name: "precheck somebody", Given: given, Do: `POST /api/v1/app/{app}/msg/precheck/active {"eventType":"user.created"}`, Want: `200 {"active":true}`},
		{Name: "precheck nothing", Given: given, Do: `POST /api/v1/app/{app}/msg/precheck/active {}`, Want: `422 {"detail":[{"loc":["body","eventType"]}]}`},
		{Name: "endpoints counted", Given: given, Do: `GET /api/v1/stats/endpoint/count`, Want: `200 {"active":1,"disabled":0}`},
		{Name: "no stats", Given: withApp, Do: `GET /api/v1/app/{app}/stats/attempts`, Want: `200 {"by_event_type":{},"total_success":0,"total_failure":0,"total_canceled":0,"since":"*","until":"*"}`},
		{Name: "stats of no time", Given: withApp, Do: `GET /api/v1/stats/app/{app}/attempt?startDate=2000-01-01T00:00:00Z&period=FiveMinutes`, Want: `400 {"code":"generic_error"}`},
		{Name: "stats of no period", Given: withApp, Do: `GET /api/v1/stats/app/{app}/attempt?period=OneYear`, Want: `400 {"code":"generic_error"}`},
	})
}

// finished waits for a task and returns it.
func finished(e *apitest.Env, id string) map[string]any {
	e.T.Helper()
	e.Set("task", id)
	var task map[string]any
	apitest.Eventually(e.T, "task "+id, func() bool {
		task = e.JSON("GET /api/v1/background-task/{task}")
		return task["status"] != "running"
	})
	return task
}

func TestReplays(t *testing.T) {
	apitest.Engines(t, emulator.Config{Server: scenario.Server{WebhookSchedule: "manual"}}, func(t *testing.T, s *apitest.Server) {
		e := sent(t, s)
		ago := time.Now().Add(-time.Hour).UTC().Format(time.RFC3339)
		for _, c := range []struct{ call, endpoint, task string }{
			{"recover", "bad", "endpoint.recover"}, {"bulk-replay", "good", "endpoint.bulk-replay"},
		} {
			began := e.JSON(`POST /api/v1/app/{app}/endpoint/` + c.endpoint + `/` + c.call + ` {"since":"` + ago + `"}`)
			if began["task"] != c.task || began["updatedAt"] == nil || len(began) != 4 {
				t.Errorf("%s began %v", c.call, began)
			}
			task := finished(e, began["id"].(string))
			if task["status"] != "finished" || task["data"].(map[string]any)["messagesSent"] != 1.0 {
				t.Errorf("%s: %v", c.call, task)
			}
			apitest.Eventually(t, "one more attempt", func() bool {
				return e.JSON(`GET /api/v1/app/{app}/attempt/endpoint/` + c.endpoint + `/count`)["count"] == 2.0
			})
		}
		later := e.JSON(`POST /api/v1/app/{app}/endpoint {"uid":"later","url":"http://127.0.0.1:1/hook"}`)
		task := finished(e, e.JSON(`POST /api/v1/app/{app}/endpoint/later/replay-missing {"since":"` + ago + `"}`)["id"].(string))
		if task["task"] != "endpoint.replay" || task["data"].(map[string]any)["messagesSent"] != 1.0 {
			t.Errorf("replayed to %v: %v", later["id"], task)
		}
		apitest.Eventually(t, "an attempt at it", func() bool {
			return e.JSON(`GET /api/v1/app/{app}/attempt/endpoint/later/count`)["count"] == 1.0
		})
		check(t, e, `GET /api/v1/background-task?task=endpoint.recover&status=finished`, `200 {"data":[{"task":"endpoint.recover","status":"finished","data":{"messagesSent":1},"id":"*","updatedAt":"*"}],"done":true}`)
		check(t, e, `GET /api/v1/background-task?limit=1`, `200 {"data":[{"task":"endpoint.replay"}],"done":false}`)
		check(t, e, `GET /api/v1/background-task?limit=1&order=ascending`, `200 {"data":[{"task":"endpoint.recover"}],"done":false}`)
		check(t, e, `GET /api/v1/app/{app}/stats/attempts?event_types=user.created`, `200 {"by_event_type":{"user.created":{"success":2,"failure":3,"canceled":0}},"total_success":2,"total_failure":3}`)
		check(t, e, `GET /api/v1/app/{app}/stats/attempts?event_types=user.deleted`, `200 {"by_event_type":{},"total_success":0}`)
		tomorrow := time.Now().Add(24 * time.Hour).UTC().Format(time.RFC3339)
		check(t, e, `GET /api/v1/stats/app/{app}/attempt?startDate=`+ago+`&endDate=`+tomorrow, `200 {"period":"OneDay","data":{"successCount":[2,0],"failureCount":[3,0],"canceledCount":[0,0]}}`)
		check(t, e, `GET /api/v1/app/{app}/attempt/endpoint/good?with_msg=true&limit=1`, `200 {"data":[{"msg":{"id":"{msg}","eventType":"user.created","payload":{"type":"user.created"}}}]}`)
	})
}

func TestContent(t *testing.T) {
	apitest.Engines(t, emulator.Config{Server: scenario.Server{WebhookSchedule: "manual"}}, func(t *testing.T, s *apitest.Server) {
		e := sent(t, s)
		raw := e.JSON(`GET /api/v1/app/{app}/msg/{msg}/raw`)["payload"].(string)
		if !strings.HasPrefix(raw, `{"data":{`) {
			t.Errorf("the raw payload is %q", raw)
		}
		e.Set("attempt", e.JSON(`GET /api/v1/app/{app}/attempt/endpoint/bad`)["data"].([]any)[0].(map[string]any)["id"].(string))
		check(t, e, `GET /api/v1/app/{app}/msg/{msg}/attempt/{attempt}/headers`,
			`200 {"sentHeaders":{"svix-id":"{msg}","svix-timestamp":"*","svix-signature":"*","content-type":"application/json","user-agent":"*"},"responseHeaders":null,"sensitive":[]}`)
		check(t, e, `DELETE /api/v1/app/{app}/msg/{msg}/attempt/{attempt}/content`, `204`)
		check(t, e, `GET /api/v1/app/{app}/msg/{msg}/attempt/{attempt}`, `200 {"response":"EXPUNGED","responseStatusCode":404}`)
		check(t, e, `DELETE /api/v1/app/{app}/msg/{msg}/attempt/atmpt_other/content`, `404`)
		check(t, e, `POST /api/v1/app/{app}/msg/search {"event_types":["user.created"],"with_content":true,"limit":1}`, `200 {"data":[{"id":"{msg}","payload":{"type":"user.created"}}],"iterator":"{msg}","done":true}`)
		check(t, e, `POST /api/v1/app/{app}/msg/search {}`, `200 {"data":[{"id":"{msg}","payload":{}}]}`)
		check(t, e, `POST /api/v1/app/{app}/msg/search {"after":"2100-01-01T00:00:00Z"}`, `200 {"data":[],"iterator":null}`)
		check(t, e, `POST /api/v1/app/{app}/msg/search {"limit":0}`, `422 {"detail":[{"loc":["body","limit"]}]}`)
		check(t, e, `POST /api/v1/app/{app}/msg/bulk-expunge {"ids":["msg_other"]}`, `200 {"results":{"msg_other":"not-found"}}`)
		check(t, e, `POST /api/v1/app/{app}/msg/bulk-expunge {"ids":["{msg}"]}`, `200 {"results":{"{msg}":"expunged"}}`)
		check(t, e, `DELETE /api/v1/app/{app}/msg/{msg}/content`, `204`)
		check(t, e, `GET /api/v1/app/{app}/msg/{msg}`, `200 {"payload":{"expired":true}}`)
		check(t, e, `POST /api/v1/app/{app}/msg/{msg}/endpoint/good/resend`, `400 {"code":"missing_payload","detail":"Unable to resend message. Payload is missing (probably expired)."}`)
		task := finished(e, e.JSON(`POST /api/v1/app/{app}/msg/expunge-all-contents`)["id"].(string))
		if task["task"] != "application.purge_content" || task["data"].(map[string]any)["messagesPurged"] != 0.0 {
			t.Errorf("purging what is gone: %v", task)
		}
	})
}

func TestMessageOptions(t *testing.T) {
	apitest.Engines(t, emulator.Config{Server: scenario.Server{WebhookSchedule: "manual"}}, func(t *testing.T, s *apitest.Server) {
		e := s.Instance(t)
		given(e)
		for _, c := range []struct{ body, want string }{
			{`{"eventType":"a","data":{"x":1}}`, `202 {"payload":{"x":1}}`},
			{`{"eventType":"a","payload":{},"channels":["c:1"],"tags":["t/1"]}`, `202 {"channels":["c:1"],"tags":["t/1"]}`},
			{`{"eventType":"a","payload":{},"channels":["a","b","c","d","e","f"]}`, `422 {"detail":[{"loc":["body","channels"]}]}`},
			{`{"eventType":"a","payload":{},"channels":["a b"]}`, `422 {"detail":[{"loc":["body","channels"]}]}`},
			{`{"eventType":"a","payload":{},"tags":["a,b"]}`, `422 {"detail":[{"loc":["body","tags"]}]}`},
			{`{"eventType":"a","payload":{},"payloadRetentionPeriod":90,"payloadRetentionHours":1}`, `202`},
			{`{"eventType":"a","payload":{},"payloadRetentionPeriod":91}`, `422 {"detail":[{"loc":["body","payloadRetentionPeriod"]}]}`},
			{`{"eventType":"a","payload":{},"payloadRetentionHours":0}`, `422 {"detail":[{"loc":["body","payloadRetentionHours"]}]}`},
			{`{"eventType":"a","payload":{},"eventId":""}`, `422 {"detail":[{"loc":["body","eventId"]}]}`},
			{`{"eventType":"a","payload":{},"deliverAt":"2000-01-01T00:00:00Z"}`, `422 {"detail":[{"loc":["body","deliverAt"]}]}`},
			{`{"eventType":"a","payload":{},"application":{"name":"ignored"}}`, `202`},
			{`{"eventType":"a","payload":{},"eventId":"raw","transformationsParams":{"rawPayload":"<x/>","other":1}}`, `202 {"payload":{"expired":true}}`},
			{`{"eventType":"a","payload":{},"transformationsParams":{"rawPayload":"x","headers":{"content-type":"text/plain"}}}`, `422 {"detail":[{"loc":["body","transformationsParams"]}]}`},
		} {
			check(t, e, `POST /api/v1/app/{app}/msg `+c.body, c.want)
		}
		check(t, e, `GET /api/v1/app/{app}/msg/raw/raw`, `200 {"payload":"<x/>"}`)
		check(t, e, `GET /api/v1/app/{app}/msg?tag=t/1`, `200 {"data":[{"tags":["t/1"]}]}`)
		check(t, e, `POST /api/v1/app/{app}/msg/search {"channel":"c:1"}`, `200 {"data":[{"channels":["c:1"]}]}`)
		check(t, e, `POST /api/v1/app/{app}/msg/search {"channel":"c"}`, `200 {"data":[]}`)
	})
}

func TestSendExample(t *testing.T) {
	apitest.Engines(t, emulator.Config{Server: scenario.Server{WebhookSchedule: "manual"}}, func(t *testing.T, s *apitest.Server) {
		e := sent(t, s)
		e.JSON(`POST /api/v1/app/{app}/endpoint {"uid":"picky","url":"http://127.0.0.1:1/hook","eventTypes":["session.created"]}`)
		for typ, want := range map[string]string{
			"user.created": `202 {"eventType":"user.created","payload":{"type":"user.created","object":"event","instance_id":"{app}","data":{"object":"user","first_name":"Jane"}}}`,
			"user.deleted": `202 {"payload":{"data":{"object":"user","deleted":true}}}`,
			"role.created": `202 {"payload":{"data":{"object":"role"}}}`,
			"svix.ping":    `202 {"eventType":"svix.ping","payload":{"success":true}}`,
		} {
			check(t, e, `POST /api/v1/app/{app}/endpoint/picky/send-example {"eventType":"`+typ+`"}`, want)
		}
		apitest.Eventually(t, "an attempt of each", func() bool {
			return e.JSON(`GET /api/v1/app/{app}/attempt/endpoint/picky/count`)["count"] == 4.0
		})
		check(t, e, `GET /api/v1/app/{app}/attempt/endpoint/good/count`, `200 {"count":1,"approximated":false}`)
	})
}

// A request that the SDK sends twice is done once.
func TestIdempotencyKeys(t *testing.T) {
	apitest.Engines(t, emulator.Config{}, func(t *testing.T, s *apitest.Server) {
		e := s.Instance(t)
		withApp(e)
		for _, c := range []struct{ path, body string }{
			{"/api/v1/app/" + e.Live.ID + "/endpoint", `{"url":"http://localhost:3000"}`},
			{"/api/v1/app/" + e.Live.ID + "/msg", `{"eventType":"a","payload":{}}`},
			{"/api/v1/app/" + e.Live.ID + "/msg?with_content=false", `{"eventType":"a","payload":{}}`},
		} {
			first, again, other := post(t, e, c.path, "key", c.body), post(t, e, c.path, "key", c.body), post(t, e, c.path, "other", c.body)
			if first != again || first == other || !strings.HasPrefix(first, "20") {
				t.Errorf("%s answers %s, then %s, and with another key %s", c.path, first, again, other)
			}
		}
		bad := "/api/v1/app/" + e.Live.ID + "/msg"
		if refused, taken := post(t, e, bad, "retry", `{"eventType":"a b","payload":{}}`), post(t, e, bad, "retry", `{"eventType":"a","payload":{}}`); !strings.HasPrefix(refused, "422") || !strings.HasPrefix(taken, "202") {
			t.Errorf("a refusal was kept: %s, then %s", refused, taken)
		}
		check(t, e, `GET /api/v1/app/{app}/endpoint`, `200 {"data":["*","*"]}`)
		check(t, e, `GET /api/v1/app/{app}/msg`, `200 {"data":["*","*","*","*","*"]}`)
	})
}

// post sends a request with an idempotency key; it returns status and body.
func post(t *testing.T, e *apitest.Env, path, key, body string) string {
	t.Helper()
	req, err := http.NewRequest("POST", e.Base+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+e.Live.SecretKey)
	req.Header.Set("Idempotency-Key", key)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	var out strings.Builder
	out.WriteString(res.Status)
	res.Write(&out)
	return res.Status + out.String()[strings.Index(out.String(), "\r\n\r\n"):]
}
