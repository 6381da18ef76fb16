package webhooks

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/nightclerk/nightclerk/internal/clock"
	"github.com/nightclerk/nightclerk/internal/store"
	svix "github.com/svix/svix-webhooks/go"
)

func (e *env) fault(r FaultRule) (out *FaultRule) {
	e.t.Helper()
	e.write(func(tx *store.Tx) (err error) {
		out, err = CreateFault(tx, r)
		return err
	})
	return out
}

// accepted judges a request as Svix's own verifier does.
func accepted(t testing.TB, r request) error {
	t.Helper()
	verifier, err := svix.NewWebhook(testSecret)
	if err != nil {
		t.Fatal(err)
	}
	return verifier.Verify([]byte(r.body), r.header)
}

// TestFaultsOnTheSignature sends each fault once and judges what arrives by
// Svix's verifier: it must be refused, or accepted, as the fault promises.
func TestFaultsOnTheSignature(t *testing.T) {
	for _, c := range []struct {
		action  FaultAction
		refused string // "" when it must be accepted
		holds   func(r request) bool
	}{
		{FaultBadSignatureFirst, "", func(r request) bool { return strings.Count(r.header.Get("svix-signature"), "v1,") == 2 }},
		{FaultFutureTimestamp, "too new", nil},
		{FaultHugeBody, "", func(r request) bool { return len(r.body) > 1<<20 }},
		{FaultMissingHeader, "Missing Required Headers", func(r request) bool { return r.header.Get("svix-id") != "" }},
		{FaultNonCanonicalBody, "", func(r request) bool {
			return strings.Contains(r.body, "\n  \"type\": \"user.created\"") && strings.Contains(r.body, `ada\u0040example.com`)
		}},
		{FaultStaleTimestamp, "too old", nil},
		{FaultTamper, "No matching signature", nil},
		{FaultUnknownVersion, "No matching signature", nil},
		{FaultWrongSecret, "No matching signature", nil},
	} {
		t.Run(string(c.action), func(t *testing.T) {
			each(t, func(e *env) {
				app := newReceiver(e.t)
				e.endpoint(EndpointParams{URL: app.URL, Secret: testSecret})
				rule := e.fault(FaultRule{Action: c.action, Count: 1})
				e.start(Options{})
				m := e.emit("user.created", map[string]any{"id": "user_ada", "email": "ada@example.com"})
				a := e.settled(m.ID, 1)[0]
				if a.Fault != string(c.action)+" ("+rule.ID+")" {
					e.t.Errorf("the attempt says %q of its fault", a.Fault)
				}
				r := app.seen()[0]
				err := accepted(e.t, r)
				if (err != nil) != (c.refused != "") || err != nil && !strings.Contains(strings.ToLower(err.Error()), strings.ToLower(c.refused)) {
					e.t.Errorf("the verifier says %v, want %q\n%s", err, c.refused, r.body[:min(len(r.body), 500)])
				}
				if !json.Valid([]byte(r.body)) || c.holds != nil && !c.holds(r) {
					e.t.Errorf("headers %v, body %s", r.header, r.body[:min(len(r.body), 500)])
				}
				second := e.emit("user.updated", ada) // the rule is used up
				if b := e.settled(second.ID, 1)[0]; b.Fault != "" || accepted(e.t, app.seen()[1]) != nil {
					e.t.Errorf("the next attempt has the fault %q", b.Fault)
				}
			})
		})
	}
}

// TestFaultsOnTheWay sends what does not arrive, arrives twice, or is not
// believed to have arrived.
func TestFaultsOnTheWay(t *testing.T) {
	for _, c := range []struct {
		rule     FaultRule
		arrives  int    // requests at the app, with one retry
		codes    []int  // of the attempts, the oldest first
		response string // of the first
		status   Status // of the delivery in the end
	}{
		{FaultRule{Action: FaultDrop}, 0, []int{0}, "lost on purpose", StatusFail},
		{FaultRule{Action: FaultForceStatus, Status: 503}, 1, []int{503, 204}, "503 on purpose", StatusSuccess},
		{FaultRule{Action: FaultForceStatus, Status: 200}, 0, []int{200}, "200 on purpose", StatusSuccess},
		{FaultRule{Action: FaultIgnoreResponse}, 2, []int{204, 204}, "204 was ignored", StatusSuccess},
		{FaultRule{Action: FaultDuplicate, Times: 2}, 3, []int{204, 204, 204}, "", StatusSuccess},
		{FaultRule{Action: FaultDuplicate, Concurrent: true}, 2, []int{204, 204}, "", StatusSuccess},
		{FaultRule{Action: FaultSlowBody, By: 100 * time.Millisecond}, 1, []int{204}, "", StatusSuccess},
		{FaultRule{Action: FaultHalfClose}, 1, []int{0, 204}, "middle of the body", StatusSuccess},
	} {
		t.Run(string(c.rule.Action)+" "+strconv.Itoa(c.rule.Status), func(t *testing.T) {
			each(t, func(e *env) {
				app := newReceiver(e.t)
				e.endpoint(EndpointParams{URL: app.URL, Secret: testSecret})
				c.rule.Count = 1
				e.fault(c.rule)
				e.start(Options{})
				m := e.emit("user.created", ada)
				attempts := e.settled(m.ID, int64(len(c.codes)))
				slices.Reverse(attempts)
				codes := []int{}
				for _, a := range attempts {
					codes = append(codes, a.Code)
				}
				if !slices.Equal(codes, c.codes) || !strings.Contains(attempts[0].Response, c.response) || attempts[0].Fault == "" {
					e.t.Errorf("attempts answered %v, want %v; the first: %+v", codes, c.codes, attempts[0])
				}
				if d := e.deliveries(m.ID)[0]; d.Status != c.status {
					e.t.Errorf("the delivery ended %v, want %v", d.Status, c.status)
				}
				whole := slices.DeleteFunc(app.seen(), func(r request) bool { return r.body != string(m.Body) })
				if len(whole) != c.arrives {
					e.t.Errorf("%d whole requests arrived, want %d", len(whole), c.arrives)
				}
				for _, r := range whole {
					if r.header.Get("svix-id") != m.ID || accepted(e.t, r) != nil {
						e.t.Errorf("a request is not a right one of the message: %v", r.header)
					}
				}
			})
		})
	}
}

func TestATimeoutFaultLeavesLessTime(t *testing.T) {
	each(t, func(e *env) {
		app := newReceiver(e.t, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, status(200))
		e.endpoint(EndpointParams{URL: app.URL})
		e.fault(FaultRule{Action: FaultTimeout, By: 20 * time.Millisecond, Attempt: 1})
		e.start(Options{})
		attempts := e.settled(e.emit("user.created", ada).ID, 2)
		if a := attempts[1]; a.Failure != FailureTimeout || attempts[0].Fault != "" {
			e.t.Errorf("attempts %+v, %+v", a, attempts[0])
		}
	})
}

func TestADelayIsInstanceTime(t *testing.T) {
	each(t, func(e *env) {
		app := newReceiver(e.t)
		e.endpoint(EndpointParams{URL: app.URL})
		e.fault(FaultRule{Action: FaultDelay, By: time.Hour, Types: []string{"user.*"}})
		e.start(Options{})
		late := e.emit("user.created", ada)
		e.settled(e.emit("session.created", ada).ID, 1)
		e.eventually("the delay to be planned", func() bool { return time.Until(*e.deliveries(late.ID)[0].NextAt) > 30*time.Minute })
		if n := len(app.seen()); n != 1 {
			e.t.Fatalf("%d requests before the hour is over", n)
		}
		e.setClock(func(v clock.Virtual) clock.Virtual { return v.Advance(time.Hour) })
		if a := e.settled(late.ID, 1)[0]; !strings.HasPrefix(a.Fault, "delay") || a.Status != StatusSuccess {
			e.t.Errorf("attempt %+v", a)
		}
	})
}

func (e *env) emitAll(n int) (ids []string) {
	for i := range n {
		ids = append(ids, e.emit("user.created", map[string]any{"id": fmt.Sprintf("user_%d", i)}).ID)
	}
	return ids
}

func arrived(app *receiver) (ids []string) {
	for _, r := range app.seen() {
		ids = append(ids, r.header.Get("svix-id"))
	}
	return ids
}

func TestReorderWaitsForItsNumberAndShuffles(t *testing.T) {
	each(t, func(e *env) {
		app := newReceiver(e.t)
		e.endpoint(EndpointParams{URL: app.URL})
		e.fault(FaultRule{Action: FaultReorder, Size: 4, Wait: time.Hour, Seed: "s"})
		e.start(Options{})
		sent := e.emitAll(4)
		for _, id := range sent {
			e.settled(id, 1)
		}
		got := arrived(app)
		if slices.Equal(got, sent) || len(got) != 4 {
			e.t.Fatalf("%d arrived, in the order in which they were sent: %v", len(got), slices.Equal(got, sent))
		}
		order := (&FaultRule{Seed: "s", Applied: 4}).shuffled(4)
		for i, k := range order {
			if got[i] != sent[k] {
				e.t.Errorf("arrived in another order than the seed says: %v", order)
			}
		}
	})
}

func TestAnUnfinishedGroupGoesWhenItsWaitIsOver(t *testing.T) {
	each(t, func(e *env) {
		app := newReceiver(e.t)
		e.endpoint(EndpointParams{URL: app.URL})
		e.fault(FaultRule{Action: FaultReorder, Size: 10, Wait: time.Hour})
		e.start(Options{})
		sent := e.emitAll(2)
		e.eventually("both to be put aside", func() bool { return e.planned(groupPlan) == 2 })
		e.setClock(func(v clock.Virtual) clock.Virtual { return v.Advance(time.Hour) })
		for _, id := range sent {
			e.settled(id, 1)
		}
		slices.Reverse(sent)
		if got := arrived(app); !slices.Equal(got, sent) {
			e.t.Errorf("arrived %v, want the two exchanged", got)
		}
	})
}

func (e *env) planned(prefix string) (n int) {
	e.read(func(tx *store.Tx) error {
		return tx.QueryRow(`SELECT count(*) FROM webhook_delivery WHERE instance_id = $1 AND plan LIKE $2`, testInstance, prefix+"%").Scan(&n)
	})
	return n
}

func TestABurstComesAllAtOnce(t *testing.T) {
	each(t, func(e *env) {
		const size = 5
		all := make(chan struct{})
		here := make(chan struct{}, size)
		app := newReceiver(e.t, func(http.ResponseWriter, *http.Request) {
			here <- struct{}{}
			<-all
		})
		e.endpoint(EndpointParams{URL: app.URL})
		e.fault(FaultRule{Action: FaultBurst, Size: size})
		e.start(Options{})
		sent := e.emitAll(size)
		for range size { // each is answered only when all have come
			<-here
		}
		close(all)
		for _, id := range sent {
			e.settled(id, 1)
		}
	})
}

// Whatever a rule puts aside must survive the process that did it.
func TestWhatIsPutAsideSurvivesARestart(t *testing.T) {
	each(t, func(e *env) {
		app := newReceiver(e.t)
		e.endpoint(EndpointParams{URL: app.URL})
		rule := e.fault(FaultRule{Action: FaultReorder, Size: 3, Wait: time.Hour})
		stop := e.start(Options{})
		first := e.emit("user.created", ada)
		e.eventually("it to be put aside", func() bool { return e.planned(groupPlan) == 1 })
		stop()
		e.write(func(tx *store.Tx) error { return DeleteFault(tx, rule.ID) })
		e.start(Options{TakeOver: true})
		e.setClock(func(v clock.Virtual) clock.Virtual { return v.Advance(time.Hour) })
		if a := e.settled(first.ID, 1)[0]; a.Fault != "" {
			e.t.Errorf("a deleted rule is still at work: %+v", a)
		}
	})
}

func TestWhichAttemptsARuleIsFor(t *testing.T) {
	half := 0.5
	about := func(typ, user string, attempts int64) *job {
		return &job{typ: typ, subjectID: user, attempts: attempts}
	}
	ep := &target{id: "ep_1", uid: "mine"}
	for _, c := range []struct {
		name string
		rule FaultRule
		job  *job
		want string // for six matches in a row
	}{
		{"any", FaultRule{}, about("user.created", "", 0), "xxxxxx"},
		{"type", FaultRule{Types: []string{"user.updated"}}, about("user.created", "", 0), "------"},
		{"beginning", FaultRule{Types: []string{"session.*", "user.*"}}, about("user.created", "", 0), "xxxxxx"},
		{"endpoint by uid", FaultRule{Endpoint: "mine"}, about("user.created", "", 0), "xxxxxx"},
		{"endpoint", FaultRule{Endpoint: "ep_2"}, about("user.created", "", 0), "------"},
		{"user", FaultRule{User: "user_1"}, about("user.created", "user_2", 0), "------"},
		{"first attempt", FaultRule{Attempt: 1}, about("user.created", "", 1), "------"},
		{"second attempt", FaultRule{Attempt: 2}, about("user.created", "", 1), "xxxxxx"},
		{"third match", FaultRule{Nth: 3}, about("user.created", "", 0), "--x---"},
		{"twice", FaultRule{Count: 2}, about("user.created", "", 0), "xx----"},
		{"half of them", FaultRule{Probability: &half, Seed: "b"}, about("user.created", "", 0), "-xx-x-"},
	} {
		got := ""
		for range 6 {
			hit := c.rule.concerns(c.job, ep) && c.rule.hits()
			got += map[bool]string{true: "x", false: "-"}[hit]
		}
		if got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

func TestTheFirstRuleThatAppliesIsUsed(t *testing.T) {
	each(t, func(e *env) {
		app := newReceiver(e.t)
		e.endpoint(EndpointParams{URL: app.URL, Schedule: "manual"})
		first := e.fault(FaultRule{Action: FaultForceStatus, Status: 418, Nth: 2})
		e.fault(FaultRule{Action: FaultForceStatus, Status: 500})
		e.start(Options{})
		codes := []int{}
		for range 3 {
			codes = append(codes, e.settled(e.emit("user.created", ada).ID, 1)[0].Code)
		}
		if fmt.Sprint(codes) != "[500 418 500]" {
			e.t.Errorf("the attempts were answered %v", codes)
		}
		e.read(func(tx *store.Tx) error {
			rules, err := ListFaults(tx)
			if r := rules[0]; r.ID != first.ID || r.Seen != 3 || r.Applied != 1 || rules[1].Applied != 2 {
				e.t.Errorf("counted %+v and %+v", r, rules[1])
			}
			return err
		})
	})
}

func TestWrongRulesAreRefused(t *testing.T) {
	for field, rule := range map[string]FaultRule{
		"action":      {Action: "explode"},
		"types":       {Action: FaultDrop, Types: []string{"users.*"}},
		"attempt":     {Action: FaultDrop, Attempt: -1},
		"nth":         {Action: FaultDrop, Nth: -1},
		"count":       {Action: FaultDrop, Count: -1},
		"probability": {Action: FaultDrop, Probability: new(1.5)},
		"by":          {Action: FaultSlowBody, By: 2 * time.Hour},
		"gap":         {Action: FaultDuplicate, Gap: 2 * time.Hour},
		"wait":        {Action: FaultReorder, Wait: -1},
		"times":       {Action: FaultDuplicate, Times: 101},
		"size":        {Action: FaultReorder, Size: 1},
		"status":      {Action: FaultForceStatus, Status: 600},
		"header":      {Action: FaultMissingHeader, Header: "content-type"},
		"concurrent":  {Action: FaultDrop, Concurrent: true},
	} {
		var refusal *Error
		err := rule.check()
		if !errors.As(err, &refusal) || len(refusal.Fields) != 1 || refusal.Fields[0].Loc[1] != field {
			t.Errorf("%s: %v", field, err)
		}
	}
}

// Every action must be described, with defaults that pass its own check.
func TestEveryFaultIsDescribed(t *testing.T) {
	for _, info := range Faults {
		r := FaultRule{Action: info.Action}
		if err := r.check(); err != nil || info.About == "" {
			t.Errorf("%s: %v, %q", info.Action, err, info.About)
		}
	}
}
