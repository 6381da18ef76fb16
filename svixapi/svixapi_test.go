package svixapi_test

import (
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"

	"github.com/nightclerk/nightclerk/emulator"
	"github.com/nightclerk/nightclerk/emulator/apitest"
	"github.com/nightclerk/nightclerk/scenario"
)

const secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

// given makes an endpoint named ep, that nothing can be sent to.
func given(e *apitest.Env) { endpoint(e, `{"url":"http://127.0.0.1:1/hook","uid":"mine"}`) }

func endpoint(e *apitest.Env, body string) {
	e.Set("app", e.Live.ID)
	made := e.JSON("POST /api/v1/app/{app}/endpoint " + body)
	e.Set("ep", made["id"].(string))
}

func withApp(e *apitest.Env) { e.Set("app", e.Live.ID); e.Set("slug", e.Live.Slug) }

func TestEndpoints(t *testing.T) {
	apitest.Run(t, apitest.Start(t, emulator.Config{}), []apitest.Case{
		{Name: "create with defaults", Given: withApp, Do: `POST /api/v1/app/{app}/endpoint {"url":"http://localhost:3000/hook","unknown":1}`,
			Want: `201 {"id":"*","url":"http://localhost:3000/hook","description":"","disabled":false,"uid":null,"eventTypes":null,"channels":null,"throttleRate":null,"version":1,"metadata":{},"createdAt":"*","updatedAt":"*"}`},
		{Name: "create with everything", Given: withApp, Do: `POST /api/v1/app/{slug}/endpoint {"url":"http://localhost:3000","description":"d","disabled":true,"uid":"u","filterTypes":["user.created"],"channels":["c"],"rateLimit":3,"metadata":{"k":"v"}}`,
			Want: `201 {"description":"d","disabled":true,"uid":"u","eventTypes":["user.created"],"filterTypes":["user.created"],"channels":["c"],"throttleRate":3,"metadata":{"k":"v"}}`},
		{Name: "create without url", Given: withApp, Do: `POST /api/v1/app/{app}/endpoint {}`, Want: `422 {"detail":[{"loc":["body","url"],"msg":"*","type":"value_error"}]}`},
		{Name: "create with an unknown event", Given: withApp, Do: `POST /api/v1/app/{app}/endpoint {"url":"http://localhost:3000","eventTypes":["user.create"]}`,
			Want: `422 {"detail":[{"loc":["body","eventTypes"],"msg":"The following event types don't exist: user.create"}]}`},
		{Name: "create with a wrong type", Given: withApp, Do: `POST /api/v1/app/{app}/endpoint {"url":3}`, Want: `422 {"detail":[{"loc":["body","url"],"type":"value_error.jsondecode"}]}`},
		{Name: "create with a bad body", Given: withApp, Do: `POST /api/v1/app/{app}/endpoint {"url"`, Want: `422 {"detail":[{"loc":["body"],"type":"value_error.jsondecode"}]}`},
		{Name: "create with a throttle of nothing", Given: withApp, Do: `POST /api/v1/app/{app}/endpoint {"url":"http://localhost:3000","throttleRate":0}`, Want: `422 {"detail":[{"loc":["body","throttleRate"]}]}`},
		{Name: "create with a taken uid", Given: given, Do: `POST /api/v1/app/{app}/endpoint {"url":"http://localhost:3000","uid":"mine"}`, Want: `409 {"code":"conflict","detail":"*"}`},
		{Name: "get by id", Given: given, Do: `GET /api/v1/app/{app}/endpoint/{ep}`, Want: `200 {"id":"{ep}"}`},
		{Name: "get by uid", Given: given, Do: `GET /api/v1/app/{app}/endpoint/mine`, Want: `200 {"id":"{ep}","uid":"mine"}`},
		{Name: "get another", Given: given, Do: `GET /api/v1/app/{app}/endpoint/ep_other`, Want: `404 {"code":"not_found","detail":"Entity not found"}`},
		{Name: "list", Given: given, Do: `GET /api/v1/app/{app}/endpoint?order=ascending&limit=2`, Want: `200 {"data":[{"id":"{ep}"}],"iterator":"{ep}","prevIterator":"-{ep}","done":true}`},
		{Name: "list too much", Given: withApp, Do: `GET /api/v1/app/{app}/endpoint?limit=251`, Want: `422 {"detail":[{"loc":["query","limit"]}]}`},
		{Name: "list by nonsense", Given: withApp, Do: `GET /api/v1/app/{app}/endpoint?limit=x`, Want: `400 {"code":"generic_error","detail":"*"}`},
		{Name: "put changes all", Given: given, Do: `PUT /api/v1/app/{app}/endpoint/mine {"url":"http://localhost:4000","eventTypes":["user.created"]}`,
			Want: `200 {"id":"{ep}","uid":null,"url":"http://localhost:4000","eventTypes":["user.created"]}`},
		{Name: "put creates", Given: withApp, Do: `PUT /api/v1/app/{app}/endpoint/new {"url":"http://localhost:4000","uid":"new"}`, Want: `201 {"uid":"new"}`},
		{Name: "patch changes what it names", Given: given, Do: `PATCH /api/v1/app/{app}/endpoint/{ep} {"description":"d","eventTypes":["user.created"],"throttleRate":5}`,
			Want: `200 {"description":"d","url":"http://127.0.0.1:1/hook","uid":"mine","eventTypes":["user.created"],"throttleRate":5}`},
		{Name: "patch with null clears", Given: func(e *apitest.Env) {
			endpoint(e, `{"url":"http://localhost:3000","uid":"mine","eventTypes":["user.created"],"throttleRate":5}`)
		}, Do: `PATCH /api/v1/app/{app}/endpoint/{ep} {"uid":null,"eventTypes":null,"throttleRate":null}`, Want: `200 {"uid":null,"eventTypes":null,"throttleRate":null}`},
		{Name: "delete", Given: given, Do: `DELETE /api/v1/app/{app}/endpoint/{ep}`, Want: `204`},
		{Name: "deleted is gone", Given: func(e *apitest.Env) { given(e); e.Do(`DELETE /api/v1/app/{app}/endpoint/{ep}`) },
			Do: `GET /api/v1/app/{app}/endpoint`, Want: `200 {"data":[],"iterator":null,"done":true}`},
		{Name: "stats", Given: given, Do: `GET /api/v1/app/{app}/endpoint/{ep}/stats`, Want: `200 {"success":0,"pending":0,"sending":0,"fail":0,"canceled":0}`},
	})
}

func TestSecretsAndHeaders(t *testing.T) {
	apitest.Run(t, apitest.Start(t, emulator.Config{}), []apitest.Case{
		{Name: "own secret", Given: func(e *apitest.Env) { endpoint(e, `{"url":"http://localhost:3000","secret":"`+secret+`"}`) },
			Do: `GET /api/v1/app/{app}/endpoint/{ep}/secret`, Want: `200 {"key":"` + secret + `"}`},
		{Name: "the instance's secret", Given: func(e *apitest.Env) { given(e); e.Set("secret", e.Live.Config.WebhookSecret) },
			Do: `GET /api/v1/app/{app}/endpoint/{ep}/secret`, Want: `200 {"key":"{secret}"}`},
		{Name: "bad secret", Given: withApp, Do: `POST /api/v1/app/{app}/endpoint {"url":"http://localhost:3000","secret":"whsec_x"}`, Want: `422 {"detail":[{"loc":["body","secret"]}]}`},
		{Name: "rotate to a key", Given: func(e *apitest.Env) {
			given(e)
			e.Do(`POST /api/v1/app/{app}/endpoint/{ep}/secret/rotate {"key":"` + secret + `"}`)
		}, Do: `GET /api/v1/app/{app}/endpoint/{ep}/secret`, Want: `200 {"key":"` + secret + `"}`},
		{Name: "rotate", Given: given, Do: `POST /api/v1/app/{app}/endpoint/{ep}/secret/rotate {}`, Want: `204`},
		{Name: "rotate with too much grace", Given: given, Do: `POST /api/v1/app/{app}/endpoint/{ep}/secret/rotate {"gracePeriodSeconds":604801}`, Want: `422 {"detail":[{"loc":["body","gracePeriodSeconds"]}]}`},
		{Name: "no headers", Given: given, Do: `GET /api/v1/app/{app}/endpoint/{ep}/headers`, Want: `200 {"headers":{},"sensitive":[]}`},
		{Name: "set headers", Given: func(e *apitest.Env) {
			given(e)
			e.Do(`PUT /api/v1/app/{app}/endpoint/{ep}/headers {"headers":{"X-A":"1","X-B":"2","Authorization":"s"}}`)
			e.Do(`PATCH /api/v1/app/{app}/endpoint/{ep}/headers {"headers":{"X-A":null,"X-C":"3"}}`)
		}, Do: `GET /api/v1/app/{app}/endpoint/{ep}/headers`, Want: `200 {"headers":{"X-B":"2","X-C":"3"},"sensitive":["Authorization"]}`},
		{Name: "forbidden header", Given: given, Do: `PUT /api/v1/app/{app}/endpoint/{ep}/headers {"headers":{"svix-id":"1"}}`, Want: `422 {"detail":[{"loc":["body","headers"],"msg":"Header starts with a forbidden prefix."}]}`},
	})
}

func TestWhoMayCall(t *testing.T) {
	apitest.Run(t, apitest.Start(t, emulator.Config{}), []apitest.Case{
		{Name: "without a key", Given: withApp, As: "-", Do: `GET /api/v1/app/{app}/endpoint`, Want: `401 {"code":"authentication_failed","detail":"*"}`},
		{Name: "with a wrong key", Given: withApp, As: "Bearer sk_test_wrong", Do: `GET /api/v1/app/{app}/endpoint`, Want: `401 {"code":"authentication_failed","detail":"*"}`},
		{Name: "another application", Do: `GET /api/v1/app/default/endpoint`, Want: `404 {"code":"not_found"}`},
		{Name: "the application", Given: withApp, Do: `GET /api/v1/app/{slug}`, Want: `200 {"id":"{app}","uid":"{slug}","name":"*","metadata":{},"createdAt":"*"}`},
		{Name: "its applications", Given: withApp, Do: `GET /api/v1/app`, Want: `200 {"data":[{"id":"{app}"}],"done":true}`},
		{Name: "not built", Given: withApp, Do: `PUT /api/v1/app/{app}/endpoint/ep_1/oauth {}`, Want: `501 {"code":"not_implemented","detail":"*"}`},
		{Name: "no such URL", Do: `GET /api/v1/nonsense`, Want: `404 {"code":"not_found","detail":"*"}`},
		{Name: "wrong method", Given: withApp, Do: `DELETE /api/v1/app/{app}/msg`, Want: `405 {"code":"method_not_allowed"}`},
		{Name: "health without a key", As: "-", Do: `GET /api/v1/health`, Want: `200 {"database":{"status":"ok"}}`},
		{Name: "ping", As: "-", Do: `GET /api/v1/health/ping`, Want: `204`},
	})
}

// sent makes a user on an instance with two endpoints, one that takes webhooks
// and one that answers 404, and waits for both attempts. It names the message
// msg, the endpoints good and bad.
func sent(t *testing.T, s *apitest.Server) *apitest.Env {
	t.Helper()
	app := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/bad" {
			http.Error(w, "no route", http.StatusNotFound)
		}
	}))
	t.Cleanup(app.Close)
	e := s.Seeded(t, &scenario.Instance{Users: []scenario.User{}})
	withApp(e)
	for _, name := range []string{"good", "bad"} {
		e.JSON(`POST /api/v1/app/{app}/endpoint {"uid":"` + name + `","url":"` + app.URL + `/` + name + `"}`)
	}
	e.User("ada@example.com")
	messages := e.JSON(`GET /api/v1/app/{app}/msg`)["data"].([]any)
	e.Set("msg", messages[0].(map[string]any)["id"].(string))
	for _, name := range []string{"good", "bad"} {
		e.Set(name, e.JSON("GET /api/v1/app/{app}/endpoint/" + name)["id"].(string))
		apitest.Eventually(t, "an attempt at "+name, func() bool {
			return len(e.JSON("GET /api/v1/app/{app}/attempt/endpoint/" + name)["data"].([]any)) > 0
		})
	}
	return e
}

func TestMessagesAndAttempts(t *testing.T) {
	apitest.Engines(t, emulator.Config{Server: scenario.Server{WebhookSchedule: "manual"}}, func(t *testing.T, s *apitest.Server) {
		e := sent(t, s)
		for _, c := range []struct{ do, want string }{
			{`GET /api/v1/app/{app}/msg`, `200 {"data":[{"id":"{msg}","eventType":"user.created","eventId":null,"channels":null,"timestamp":"*","payload":{"type":"user.created","object":"event","data":{"id":"{ada}"}}}],"iterator":"{msg}","prevIterator":"-{msg}","done":true}`},
			{`GET /api/v1/app/{app}/msg?with_content=false`, `200 {"data":[{"payload":{}}]}`},
			{`GET /api/v1/app/{app}/msg?event_types=session.created,user.updated`, `200 {"data":[]}`},
			{`GET /api/v1/app/{app}/msg?event_types[]=user.created&before=2100-01-01T00:00:00Z&after=2000-01-01T00:00:00%2B02:00`, `200 {"data":[{"id":"{msg}"}]}`},
			{`GET /api/v1/app/{app}/msg?channel=one`, `200 {"data":[],"done":true}`},
			{`GET /api/v1/app/{app}/msg?before=yesterday`, `400 {"code":"generic_error"}`},
			{`GET /api/v1/app/{app}/msg/{msg}`, `200 {"id":"{msg}","payload":{"type":"user.created"}}`},
			{`GET /api/v1/app/{app}/msg/msg_other`, `404 {"code":"not_found"}`},
			{`GET /api/v1/app/{app}/attempt/endpoint/good`, `200 {"data":[{"msgId":"{msg}","endpointId":"{good}","status":0,"statusText":"success","responseStatusCode":200,"response":"","responseDurationMs":"*","triggerType":0,"id":"*","url":"*","timestamp":"*"}],"done":true}`},
			{`GET /api/v1/app/{app}/attempt/endpoint/bad?status=2&status_code_class=400&event_types=user.created`, `200 {"data":[{"status":2,"statusText":"fail","responseStatusCode":404,"response":"no route\n"}]}`},
			{`GET /api/v1/app/{app}/attempt/endpoint/bad?with_content=false`, `200 {"data":[{"response":"{}"}]}`},
			{`GET /api/v1/app/{app}/attempt/endpoint/bad?status=0`, `200 {"data":[]}`},
			{`GET /api/v1/app/{app}/attempt/endpoint/bad?status=9`, `400 {"code":"generic_error"}`},
			{`GET /api/v1/app/{app}/attempt/msg/{msg}`, `200 {"data":["*","*"],"done":true}`},
			{`GET /api/v1/app/{app}/attempt/msg/{msg}?endpoint_id=bad`, `200 {"data":[{"endpointId":"{bad}"}]}`},
			{`GET /api/v1/app/{app}/attempt/msg/{msg}?endpoint_id=other`, `404 {"code":"not_found"}`},
			{`GET /api/v1/app/{app}/endpoint/bad/msg`, `200 {"data":[{"id":"{msg}","status":2,"statusText":"fail","payload":{"type":"user.created"}}]}`},
			{`GET /api/v1/app/{app}/endpoint/bad/msg?status=0`, `200 {"data":[]}`},
			{`GET /api/v1/app/{app}/msg/{msg}/endpoint`, `200 {"data":["*","*"],"done":true}`},
			{`GET /api/v1/app/{app}/endpoint/bad/stats`, `200 {"success":0,"fail":1}`},
		} {
			check(t, e, c.do, c.want)
		}
		attempt := e.JSON(`GET /api/v1/app/{app}/attempt/endpoint/bad`)["data"].([]any)[0].(map[string]any)
		e.Set("attempt", attempt["id"].(string))
		check(t, e, `GET /api/v1/app/{app}/msg/{msg}/attempt/{attempt}`, `200 {"id":"{attempt}","msgId":"{msg}"}`)
		check(t, e, `GET /api/v1/app/{app}/msg/{msg}/attempt/atmpt_other`, `404 {"code":"not_found"}`)
	})
}

func check(t *testing.T, e *apitest.Env, do, want string) {
	t.Helper()
	for _, name := range []string{"ada", "app", "attempt", "bad", "good", "msg"} {
		want = strings.ReplaceAll(want, "{"+name+"}", e.Get(name))
	}
	status, body := e.Do(do)
	wantStatus, wantBody, _ := strings.Cut(want, " ")
	if wantStatus != strconv.Itoa(status) {
		t.Errorf("%s: %d %s", do, status, body)
		return
	}
	if wantBody == "" {
		return
	}
	if diff := apitest.Contains(body, wantBody); diff != "" {
		t.Errorf("%s: %s\nin %s", do, diff, body)
	}
}

func TestResend(t *testing.T) {
	apitest.Engines(t, emulator.Config{Server: scenario.Server{WebhookSchedule: "manual"}}, func(t *testing.T, s *apitest.Server) {
		e := sent(t, s)
		check(t, e, `POST /api/v1/app/{app}/msg/{msg}/endpoint/bad/resend {}`, `202 {}`)
		apitest.Eventually(t, "the manual attempt", func() bool {
			data := e.JSON(`GET /api/v1/app/{app}/attempt/endpoint/bad`)["data"].([]any)
			return len(data) == 2 && data[0].(map[string]any)["triggerType"] == float64(1)
		})
		e.JSON(`PATCH /api/v1/app/{app}/endpoint/bad {"disabled":true}`)
		check(t, e, `POST /api/v1/app/{app}/msg/{msg}/endpoint/bad/resend`, `400 {"code":"endpoint_disabled","detail":"*"}`)
		check(t, e, `POST /api/v1/app/{app}/msg/msg_other/endpoint/bad/resend`, `404 {"code":"not_found"}`)
	})
}

func TestCreateMessage(t *testing.T) {
	s := apitest.Start(t, emulator.Config{})
	e := s.Instance(t)
	given(e)
	check(t, e, `POST /api/v1/app/{app}/msg {"eventType":"my.type","eventId":"evt_1","payload":{"b":1,"a":2}}`, `202 {"id":"*","eventType":"my.type","eventId":"evt_1","payload":{"a":2,"b":1}}`)
	check(t, e, `GET /api/v1/app/{app}/msg/evt_1`, `200 {"eventType":"my.type"}`)
	check(t, e, `POST /api/v1/app/{app}/msg {"eventType":"my.type","eventId":"evt_1","payload":{}}`, `409 {"code":"conflict"}`)
	check(t, e, `POST /api/v1/app/{app}/msg {"eventType":"my.type","payload":[1]}`, `422 {"detail":[{"loc":["body","payload"]}]}`)
	check(t, e, `POST /api/v1/app/{app}/msg {"eventType":"my type","payload":{}}`, `422 {"detail":[{"loc":["body","eventType"]}]}`)
	check(t, e, `POST /api/v1/app/{app}/msg {"eventType":"my.type","payload":{},"channels":[]}`, `422 {"detail":[{"loc":["body","channels"]}]}`)
}
