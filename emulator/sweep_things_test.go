package emulator_test

import (
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/nightclerk/nightclerk/emulator/apitest"
	"github.com/nightclerk/nightclerk/internal/clock"
)

// thing is something that a request of the sweep can be about.
type thing struct {
	// make makes one and returns what names it.
	make func(w *world) string
	// look is a Backend, Svix or control request that succeeds while it is there.
	look string
}

// things by the name that stands for them in testdata/sweep.txt.
var things map[string]thing

func init() { // a map that its own functions read
	things = map[string]thing{
		// Backend API
		"user": {func(w *world) string { return w.User(w.address()) }, "GET /v1/users/{user}"},
		"email": {func(w *world) string {
			return w.id(`POST /v1/email_addresses {"user_id":"%s","email_address":"%s","verified":true}`, w.thing("user"), w.unique("more")+"@example.com")
		}, "GET /v1/email_addresses/{email}"},
		"phone": {func(w *world) string {
			return w.id(`POST /v1/phone_numbers {"user_id":"%s","phone_number":"+1415556%04d"}`, w.thing("user"), w.n)
		}, "GET /v1/phone_numbers/{phone}"},
		"template": {func(w *world) string { return w.id(`POST /v1/jwt_templates {"name":"%s","claims":{}}`, w.unique("t")) }, "GET /v1/jwt_templates/{template}"},
		"ticket":   {func(w *world) string { return w.id(`POST /v1/sign_in_tokens {"user_id":"%s"}`, w.thing("user")) }, ""},
		"ticket_token": {func(w *world) string {
			return w.made(`POST /v1/sign_in_tokens {"user_id":"%s"}`, w.thing("user"))["token"].(string)
		}, ""},
		"client": {func(w *world) string { return w.made("GET /v1/sessions/%s", w.thing("session"))["client_id"].(string) }, "GET /v1/clients/{client}"},
		"nonce":  {(*world).handshake, ""},
		"invitation": {func(w *world) string {
			return w.id(`POST /v1/invitations {"email_address":"%s@example.com"}`, w.unique("invited"))
		}, "GET /v1/invitations?query={invitation}"},
		"waiting": {func(w *world) string {
			return w.id(`POST /v1/waitlist_entries {"email_address":"%s@example.com"}`, w.unique("waiting"))
		}, "GET /v1/waitlist_entries"},
		"expired": {func(w *world) string {
			return w.made(`POST /_emulator/tokens {"session_id":"%s","fault":"expired","origin":"http://localhost:3000"}`, w.thing("session"))["jwt"].(string)
		}, ""},
		"refresh": {(*world).refresh, ""},

		// Frontend API, all in the owner's browser
		"session": {func(w *world) string { return w.SignIn(w.thing("user"), "session") }, "POST /v1/sessions/{session}/tokens"},
		"sign_in": {func(w *world) string { return w.begin("identifier=%s", w.known()) }, ""},
		"sign_in_half": {func(w *world) string {
			w.made(`POST /v1/phone_numbers {"user_id":"%s","phone_number":"+3021012%05d","verified":true,"reserved_for_second_factor":true}`, w.thing("user"), w.n)
			return w.begin("identifier=%s&password=correct-horse-battery&strategy=password", w.known())
		}, ""},
		"sign_in_sent": {func(w *world) string {
			return w.after(w.thing("sign_in_half"), "/v1/client/sign_ins/%s/prepare_second_factor strategy=phone_code")
		}, ""},
		"sms_code": {func(w *world) string { return w.mail(fmt.Sprintf("+3021012%05d", w.n))["code"].(string) }, ""},
		"sign_in_reset": {func(w *world) string {
			id := w.after(w.thing("sign_in"), "/v1/client/sign_ins/%s/prepare_first_factor strategy=reset_password_email_code")
			return w.after(id, "/v1/client/sign_ins/%s/attempt_first_factor strategy=reset_password_email_code&code="+w.mail(w.address())["code"].(string))
		}, ""},
		"sign_up": {func(w *world) string {
			return w.JSON("POST /v1/client/sign_ups")["response"].(map[string]any)["id"].(string)
		}, ""},
		"sign_up_named": {func(w *world) string {
			return w.JSON("POST /v1/client/sign_ups password=correct-horse-battery&email_address=" + w.unique("new") + "%2Bclerk_test@example.com")["response"].(map[string]any)["id"].(string)
		}, ""},
		"sign_up_sent": {func(w *world) string {
			return w.after(w.thing("sign_up_named"), "/v1/client/sign_ups/%s/prepare_verification strategy=email_code")
		}, ""},
		"link": {func(w *world) string {
			w.after(w.thing("sign_in"), "/v1/client/sign_ins/%s/prepare_first_factor strategy=email_link&redirect_url=http%%3A%%2F%%2Flocalhost%%3A3000%%2F")
			link, err := url.Parse(w.mail(w.address())["link"].(string))
			if err != nil {
				w.T.Fatal(err)
			}
			return link.Query().Get("token")
		}, ""},

		// Svix's API
		"application": {func(w *world) string { return w.Live.ID }, "GET /api/v1/app/{application}"},
		"endpoint": {func(w *world) string {
			return w.id(`POST /api/v1/app/%s/endpoint {"url":"%s"}`, w.Live.ID, w.receiver)
		}, "GET /api/v1/app/{app}/endpoint/{endpoint}"},
		"msg": {func(w *world) string {
			w.thing("endpoint")
			return w.id(`POST /api/v1/app/%s/msg {"eventType":"user.created","payload":{"data":{"n":%d},"object":"event","type":"user.created"}}`, w.Live.ID, w.n)
		}, "GET /api/v1/app/{app}/msg/{msg}"},
		"task": {func(w *world) string {
			return w.id(`POST /api/v1/app/%s/endpoint/%s/replay-missing {"since":"%s"}`, w.Live.ID, w.thing("endpoint"), hourAgo())
		}, "GET /api/v1/background-task/{task}"},
		"attempt": {(*world).attempt, "GET /api/v1/app/{app}/msg/{msg}/attempt/{attempt}"},

		// control API
		"fault": {func(w *world) string { return w.id(`POST /_emulator/webhooks/faults {"action":"delay","nth":1000}`) }, ""},
		"mail": {func(w *world) string {
			w.after(w.thing("sign_in"), "/v1/client/sign_ins/%s/prepare_first_factor strategy=email_code")
			return w.mail(w.address())["id"].(string)
		}, "GET /_emulator/inbox/{mail}"},
		"mailbox": {func(w *world) string { w.thing("mail"); return w.address() }, ""},
		"told": {func(w *world) string { // somebody of whom an endpoint was told
			w.thing("endpoint")
			w.made("GET /_emulator/wait?type=user.created&user=%s", w.thing("user"))
			return w.thing("user")
		}, ""},
	}
}

// hourAgo stands for HOUR_AGO in testdata/sweep.txt.
func hourAgo() string { return clock.Wall.Now().Add(-time.Hour).UTC().Format(time.RFC3339) }

// world is an instance and a browser in it, for one line of the sweep.
type world struct {
	*apitest.Browser
	n        int // of the line
	receiver string
	names    map[string]string
}

func newWorld(e *apitest.Env, n int, receiver string) *world {
	return &world{e.Browser(), n, receiver, map[string]string{}}
}

// thing returns what names a thing of this world; it is made on first need.
func (w *world) thing(name string) string {
	w.T.Helper()
	if value, ok := w.names[name]; ok {
		return value
	}
	t, ok := things[name]
	if !ok {
		w.T.Fatalf("testdata/sweep.txt names {%s}: say in sweep_things_test.go how to make one", name)
	}
	value := t.make(w)
	w.names[name] = value
	return value
}

func (w *world) unique(prefix string) string { return fmt.Sprintf("%s%d", prefix, w.n) }

// address is that of the user.
func (w *world) address() string { return w.unique("user") + "@example.com" }

// known is the same for a form, once the user is there.
func (w *world) known() string {
	w.thing("user")
	return url.QueryEscape(w.address())
}

// made sends a request with the secret key and returns what it made.
func (w *world) made(format string, args ...any) map[string]any {
	w.T.Helper()
	return w.Env.JSON(fmt.Sprintf(format, args...))
}

func (w *world) id(format string, args ...any) string {
	w.T.Helper()
	return w.made(format, args...)["id"].(string)
}

// begin begins a sign-in.
func (w *world) begin(format string, args ...any) string {
	w.T.Helper()
	return w.JSON("POST /v1/client/sign_ins " + fmt.Sprintf(format, args...))["response"].(map[string]any)["id"].(string)
}

// after brings something of the browser's a step further.
func (w *world) after(id, format string) string {
	w.T.Helper()
	w.JSON("POST " + fmt.Sprintf(format, id))
	return id
}

// mail is the newest message to somebody.
func (w *world) mail(to string) map[string]any {
	w.T.Helper()
	list := w.made("GET /_emulator/inbox?to=%s", url.QueryEscape(to))["data"].([]any)
	if len(list) == 0 {
		w.T.Fatalf("nothing was sent to %s", to)
	}
	return list[0].(map[string]any)
}

// handshake is the nonce of one.
func (w *world) handshake() string {
	w.T.Helper()
	res := w.Send("GET /v1/client/handshake?format=nonce&redirect_url=http%3A%2F%2Flocalhost%3A3000%2F")
	res.Body.Close()
	location, err := res.Location()
	if err != nil {
		w.T.Fatal(err)
	}
	return location.Query().Get("__clerk_handshake_nonce")
}

// refresh is the refresh token that an app gets by a handshake.
func (w *world) refresh() string {
	w.T.Helper()
	w.thing("session")
	for _, line := range w.made("GET /v1/clients/handshake_payload?nonce=%s", w.handshake())["directives"].([]any) {
		if _, after, ok := strings.Cut(line.(string), "__refresh_"); ok {
			_, value, _ := strings.Cut(after, "=")
			value, _, _ = strings.Cut(value, ";")
			return value
		}
	}
	w.T.Fatal("the handshake leaves no refresh token")
	return ""
}

// attempt waits until the message was delivered.
func (w *world) attempt() (id string) {
	path := fmt.Sprintf("GET /api/v1/app/%s/attempt/msg/%s", w.Live.ID, w.thing("msg"))
	apitest.Eventually(w.T, "the delivery of a message", func() bool {
		list := w.made("%s", path)["data"].([]any)
		if len(list) > 0 {
			id = list[0].(map[string]any)["id"].(string)
		}
		return id != ""
	})
	return id
}

// mark is the number of the instance's latest event.
func (w *world) mark() float64 {
	w.T.Helper()
	return w.made("GET /_emulator/webhooks/messages?limit=1")["seq"].(float64)
}

// intact fails unless everything that was made is still there.
func (w *world) intact() {
	w.T.Helper()
	for name, value := range w.names {
		if things[name].look == "" {
			continue
		}
		line := strings.NewReplacer("{app}", w.Live.ID, "{"+name+"}", value, "{msg}", w.names["msg"]).Replace(things[name].look)
		if status, body := w.Env.Do(line); status/100 != 2 {
			w.T.Errorf("after what strangers did, %s answers %d %s", line, status, body)
		}
	}
}

// leaks fails if an answer tells the name of anything of the owner's.
func (w *world) leaks(who string, r reply) {
	w.T.Helper()
	for name, value := range w.names {
		if len(value) > len("user_123") && strings.Contains(r.body+r.location, value) {
			w.T.Errorf("%s is told the owner's %s: %s", who, name, r)
		}
	}
}
