package ui

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nightclerk/nightclerk/internal/clock"
	"github.com/nightclerk/nightclerk/internal/store"
	"github.com/nightclerk/nightclerk/webhooks"
)

func (e *env) faults() (out []*webhooks.FaultRule) {
	e.Helper()
	e.read(func(tx *store.Tx) (err error) {
		out, err = webhooks.ListFaults(tx)
		return err
	})
	return out
}

// The form of each action asks for what the action takes, and its own defaults
// are taken as they stand.
func TestTheFormOfARuleFollowsItsAction(t *testing.T) {
	e := newEnv(t)
	for _, info := range webhooks.Faults {
		body := e.page("/webhooks/faults/new?action=" + string(info.Action))
		e.says(body, info.About)
		fields := []string{"action", string(info.Action)}
		for _, name := range []string{"by", "gap", "wait", "times", "concurrent", "size", "status", "header"} {
			m := regexp.MustCompile(`name="` + name + `"(?: type="\w+" value="([^"]*)")?`).FindStringSubmatch(body)
			if takes := strings.Contains(fmt.Sprint(info.Takes), name); (m != nil) != takes {
				t.Errorf("%s: %s is asked for: %v", info.Action, name, m != nil)
			}
			if m != nil && m[1] != "" {
				fields = append(fields, name, m[1])
			}
		}
		e.follow("/webhooks/faults", fields...)
	}
	if n := len(e.faults()); n != len(webhooks.Faults) {
		t.Errorf("%d rules were made", n)
	}
}

func TestRulesAreAddedShownAndDeleted(t *testing.T) {
	e := newEnv(t)
	e.says(e.page("/webhooks"), "No fault rules")
	body, to := e.follow("/webhooks/faults", "action", "duplicate", "times", "2", "gap", "500ms", "types", "user.*, session.created", "attempt", "1", "count", "3")
	e.says(body, "The rule was added", "Active duplicate user.*, session.created · attempt 1 · at most 3× · 2 more, 500ms apart", "used on 0 of 0",
		"Deliveries go wrong on purpose · 1 rule: duplicate.")
	if !strings.HasPrefix(to, "/webhooks?") {
		t.Errorf("led to %s", to)
	}
	e.says(e.page("/users"), "Deliveries go wrong on purpose")
	rule := e.faults()[0]
	body, _ = e.follow("/webhooks/faults/" + rule.ID + "/delete")
	e.says(body, "The rule was deleted.", "No fault rules")
	if a := e.post("/webhooks/faults/" + rule.ID + "/delete"); a.StatusCode != http.StatusNotFound {
		t.Errorf("deleted again: %d", a.StatusCode)
	}
	for field, c := range map[string]struct{ value, want string }{
		"by": {"soon", "such as 5s"}, "types": {"users.*", "user.created"}, "count": {"many", "whole number"}, "probability": {"2", "between 0 and 1"},
	} {
		a := e.post("/webhooks/faults", "action", "delay", field, c.value)
		if msg := errorOf(a.body, field); a.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(msg, c.want) {
			t.Errorf("%s=%s: %d %q", field, c.value, a.StatusCode, msg)
		}
	}
	if len(e.faults()) != 0 {
		t.Error("a wrong form made a rule")
	}
}

// Nobody takes what a rule did for a mistake of the app's.
func TestAnAttemptSaysThatItWentWrongOnPurpose(t *testing.T) {
	e := newEnv(t)
	e.dispatch()
	var status atomic.Int64
	status.Store(204)
	e.endpoint(app(t, &status))
	e.follow("/webhooks/faults", "action", "force_status", "status", "500", "count", "1")
	e.user("email_address", "ada@example.com")
	path := "/webhooks/messages/" + e.messages()[0].ID
	body := e.until(path, "user.created Failed")
	e.says(body, "500 On purpose: force_status", "On purpose, by the fault rule "+e.faults()[0].ID, "Nothing is sent")
	e.says(e.page("/webhooks"), "Used up force_status", "used on 1 of 1")
	if strings.Contains(e.page("/"), "fault-bar") {
		t.Error("a rule that is used up is announced")
	}
}

func TestDeliveriesAreHeldAndReleased(t *testing.T) {
	e := newEnv(t)
	var status atomic.Int64
	status.Store(204)
	e.endpoint(app(t, &status))
	body, _ := e.follow("/webhooks/mode/hold")
	e.says(body, "Deliveries are held from now on.", "Deliveries are held: 0 waiting")
	e.dispatch()
	e.user("email_address", "ada@example.com")
	e.user("email_address", "bob@example.com")
	second, first := e.messages()[0].ID, e.messages()[1].ID
	e.says(e.page("/users"), "Deliveries are held · 2 wait to be released.")
	e.says(e.page("/webhooks"), "Deliveries are held: 2 waiting", "Held user.created")
	e.follow("/webhooks/mode/release-one")
	e.until("/webhooks/messages/"+first, "user.created Delivered")
	e.says(e.page("/webhooks/messages/"+second), "user.created Held")
	_, to := e.follow("/webhooks/mode/release", "back", "/users")
	if to != "/users?done=released" {
		t.Errorf("led to %s", to)
	}
	e.until("/webhooks/messages/"+second, "user.created Delivered")
	if strings.Contains(e.page("/users"), "held-bar") {
		t.Error("the bar still says that deliveries are held")
	}
}

func TestAnswersWaitOnRequest(t *testing.T) {
	e := newEnv(t)
	body, _ := e.follow("/webhooks/mode/answer-after", "answer_after", "30s")
	e.says(body, "Answers wait for webhooks, for at most 30s")
	for _, value := range []string{"", "soon", "2m", "-1s"} {
		a := e.post("/webhooks/mode/answer-after", "answer_after", value)
		if a.StatusCode != http.StatusUnprocessableEntity || errorOf(a.body, "answer_after") == "" {
			t.Errorf("%s: %d", value, a.StatusCode)
		}
		e.says(a.body, "for at most 30s")
	}
	if a := e.post("/webhooks/mode/explode"); a.StatusCode != http.StatusNotFound {
		t.Errorf("an unknown action: %d", a.StatusCode)
	}
}

// What is not as usual is said on every page, in every instance apart, and taken
// back by one click without leaving the page.
func TestWhatIsNotAsUsualIsHardToMiss(t *testing.T) {
	e := newEnv(t)
	at := time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC).UnixMilli()
	e.setClock(clock.Virtual{FrozenAtMS: &at})
	e.follow("/webhooks/mode/hold")
	e.follow("/webhooks/mode/answer-after", "answer_after", "10s")
	e.follow("/webhooks/faults", "action", "drop")
	for _, path := range []string{"/", "/users", "/users/new", "/tokens", "/webhooks", "/webhooks/endpoints/new"} {
		e.says(e.page(path), "The clock is frozen", "Deliveries are held", "Answers wait for webhooks", "Deliveries go wrong on purpose")
	}
	if body := e.page("/i/w1/users"); strings.Contains(body, "unusual-row") {
		t.Error("another instance is told too")
	}
	for kind, undo := range map[string]string{"clock-bar": "/clock/reset", "held-bar": "/webhooks/mode/release", "answer-bar": "/webhooks/mode/answer-at-once", "fault-bar": "/webhooks/faults/clear"} {
		form := regexp.MustCompile(`action="` + undo + `"><input type="hidden" name="back" value="([^"]*)"><button id="undo-` + kind).FindStringSubmatch(e.page("/users/new"))
		if form == nil {
			t.Fatalf("%s has no undo", kind)
		}
		body, to := e.follow(undo, "back", form[1])
		if !strings.HasPrefix(to, "/users/new?done=") || strings.Contains(body, kind) {
			t.Errorf("%s led to %s, still said: %v", undo, to, strings.Contains(body, kind))
		}
	}
	for _, back := range []string{"//evil.example", "https://evil.example", "/\\evil.example", "/users?x=y", "/../x", ""} {
		if a := e.post("/clock/reset", "back", back); a.Header.Get("Location") != "/?done=clock-reset" {
			t.Errorf("back %q led to %s", back, a.Header.Get("Location"))
		}
	}
}

func TestEndpointsSayHowDeliveriesAreMade(t *testing.T) {
	e := newEnv(t)
	_, to := e.follow("/webhooks/endpoints", "url", "http://localhost:9/hook", "schedule", "svix", "timeout", "1m30s", "concurrency", "4", "throttleRate", "10", "ordered", "on", "keepEnabled", "on")
	id := regexp.MustCompile(`ep_\w+`).FindString(to)
	get := func() (out *webhooks.Endpoint) {
		e.read(func(tx *store.Tx) (err error) {
			out, err = webhooks.GetEndpoint(tx, id)
			return err
		})
		return out
	}
	if p := get(); p.Schedule != "svix" || p.TimeoutMS != 90_000 || p.Concurrency != 4 || p.ThrottleRate != 10 || !p.Ordered || !p.KeepEnabled {
		t.Errorf("made %+v", p.EndpointParams)
	}
	body := e.page("/webhooks/endpoints/" + id)
	for _, want := range []string{`value="1m30s"`, `name="concurrency" type="number" value="4"`, `<option value="svix" selected>`, `name="ordered" checked`, `id="delivery-settings" open`} {
		if !strings.Contains(body, want) {
			t.Errorf("the form lacks %s", want)
		}
	}
	for field, c := range map[string]struct{ value, want string }{
		"timeout": {"1h", "at most 5m"}, "concurrency": {"x", "whole number"}, "throttleRate": {"99999", "65535"}, "schedule": {"hourly", "fast"},
	} {
		a := e.post("/webhooks/endpoints/"+id, "url", "http://localhost:9/hook", field, c.value)
		if msg := errorOf(a.body, field); a.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(msg, c.want) {
			t.Errorf("%s=%s: %d %q", field, c.value, a.StatusCode, msg)
		}
	}
	if p := get(); p.Concurrency != 4 || p.TimeoutMS != 90_000 {
		t.Errorf("a wrong form changed it: %+v", p.EndpointParams)
	}
	e.follow("/webhooks/endpoints/"+id, "url", "http://localhost:9/hook")
	if p := get(); p.Ordered || p.KeepEnabled || p.Concurrency != 0 || p.TimeoutMS != 0 || p.Schedule != "" {
		t.Errorf("emptied to %+v", p.EndpointParams)
	}
}
