package webhooks

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/nightclerk/nightclerk/internal/clock"
	"github.com/nightclerk/nightclerk/internal/store"
)

func TestEndpointIsReadBackAsItWasWritten(t *testing.T) {
	each(t, func(e *env) {
		made := e.endpoint(EndpointParams{
			UID: "app", URL: "https://user:pw@example.com/hook?x=1", Description: "mine", Disabled: true,
			EventTypes: []string{"user.updated", "user.created", "user.created"}, Channels: []string{"b", "a"},
			ThrottleRate: 7, Secret: vectorSecret, Headers: map[string]string{"Authorization": "x"},
			Metadata: map[string]string{"k": "v"}, Schedule: "svix",
		})
		want := made.EndpointParams
		want.Secret, want.EventTypes, want.Channels = testSecret, []string{"user.created", "user.updated"}, []string{"a", "b"}
		for _, ref := range []string{made.ID, "app"} {
			if diff := cmp.Diff(want, e.getEndpoint(ref).EndpointParams); diff != "" {
				e.t.Errorf("%s (-want +got):\n%s", ref, diff)
			}
		}
	})
}

func TestEndpointDefaults(t *testing.T) {
	each(t, func(e *env) {
		a, b := e.endpoint(EndpointParams{URL: "http://localhost:1"}), e.endpoint(EndpointParams{URL: "http://localhost:1"})
		if _, err := ParseSecret(a.Secret); err != nil || a.Secret == b.Secret {
			e.t.Errorf("generated secrets %s and %s: %v", a.Secret, b.Secret, err)
		}
		if a.EventTypes != nil || a.Channels != nil || !strings.HasPrefix(a.ID, "ep_") || a.ID == b.ID {
			e.t.Errorf("%+v", a)
		}
	})
}

func TestEndpointRules(t *testing.T) {
	url := "http://localhost:3000/hook"
	for _, c := range []struct {
		name, field string
		p           EndpointParams
	}{
		{"no url", "url", EndpointParams{}},
		{"relative url", "url", EndpointParams{URL: "/hook"}},
		{"scheme", "url", EndpointParams{URL: "ftp://localhost/hook"}},
		{"control character", "description", EndpointParams{URL: url, Description: "a\x00b"}},
		{"empty filter", "eventTypes", EndpointParams{URL: url, EventTypes: []string{}}},
		{"unknown event", "eventTypes", EndpointParams{URL: url, EventTypes: []string{"user.create"}}},
		{"no channels", "channels", EndpointParams{URL: url, Channels: []string{}}},
		{"channel name", "channels", EndpointParams{URL: url, Channels: []string{"a,b"}}},
		{"secret", "secret", EndpointParams{URL: url, Secret: "whsec_short"}},
		{"throttle", "throttleRate", EndpointParams{URL: url, ThrottleRate: -1}},
		{"uid", "uid", EndpointParams{URL: url, UID: "a b"}},
		{"schedule", "schedule", EndpointParams{URL: url, Schedule: "soon"}},
		{"header name", "headers", EndpointParams{URL: url, Headers: map[string]string{"x y": "1"}}},
		{"header forbidden", "headers", EndpointParams{URL: url, Headers: map[string]string{"User-Agent": "1"}}},
		{"header prefix", "headers", EndpointParams{URL: url, Headers: map[string]string{"Svix-Id": "1"}}},
		{"header value", "headers", EndpointParams{URL: url, Headers: map[string]string{"x": "a\r\nb: c"}}},
		{"header length", "headers", EndpointParams{URL: url, Headers: map[string]string{"x": strings.Repeat("a", 4097)}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			each(t, func(e *env) {
				err := e.db.Write(context.Background(), testInstance, func(tx *store.Tx) error {
					_, err := CreateEndpoint(tx, c.p)
					return err
				})
				var refusal *Error
				if !errors.As(err, &refusal) || refusal.Status != http.StatusUnprocessableEntity || refusal.Fields[0].Loc[1] != c.field {
					e.t.Errorf("%v, want a validation error on %s", err, c.field)
				}
			})
		})
	}
}

func TestUIDIsUniqueAndFreeAgainAfterDeletion(t *testing.T) {
	each(t, func(e *env) {
		p := EndpointParams{UID: "app", URL: "http://localhost:1"}
		create := func() error {
			return e.db.Write(context.Background(), testInstance, func(tx *store.Tx) error { _, err := CreateEndpoint(tx, p); return err })
		}
		var refusal *Error
		if err := create(); err != nil {
			e.t.Fatal(err)
		}
		if err := create(); !errors.As(err, &refusal) || refusal.Status != http.StatusConflict {
			e.t.Errorf("a second endpoint with the uid: %v", err)
		}
		e.write(func(tx *store.Tx) error { return DeleteEndpoint(tx, "app") })
		err := e.db.Read(context.Background(), testInstance, func(tx *store.Tx) error { _, err := GetEndpoint(tx, "app"); return err })
		if !errors.As(err, &refusal) || refusal.Status != http.StatusNotFound {
			e.t.Errorf("the deleted endpoint: %v", err)
		}
		if err := create(); err != nil {
			e.t.Errorf("the uid of a deleted endpoint: %v", err)
		}
	})
}

func TestPutEndpointCreatesThenUpdatesAndKeepsTheSecret(t *testing.T) {
	each(t, func(e *env) {
		put := func(url string) (ep *Endpoint, created bool) {
			e.write(func(tx *store.Tx) (err error) {
				ep, created, err = PutEndpoint(tx, EndpointParams{UID: "app", URL: url})
				return err
			})
			return ep, created
		}
		first, created := put("http://localhost:1")
		second, again := put("http://localhost:2")
		if !created || again || second.ID != first.ID || second.Secret != first.Secret || second.URL != "http://localhost:2" {
			e.t.Errorf("first %+v (%v), second %+v (%v)", first, created, second, again)
		}
	})
}

func TestRotationKeepsOldSecretsForTheirTime(t *testing.T) {
	each(t, func(e *env) {
		ep := e.endpoint(EndpointParams{URL: "http://localhost:1", Secret: testSecret})
		rotate := func(grace time.Duration) error {
			return e.db.Write(context.Background(), testInstance, func(tx *store.Tx) error {
				_, err := RotateSecret(tx, ep.ID, "", grace)
				return err
			})
		}
		keys := func() (n int) {
			e.read(func(tx *store.Tx) error {
				got, err := GetEndpoint(tx, ep.ID)
				if err != nil {
					return err
				}
				t, err := newTarget(got)
				n = len(t.keys(tx.Now()))
				return err
			})
			return n
		}
		if err := rotate(time.Hour); err != nil || keys() != 2 || e.getEndpoint(ep.ID).OldSecrets[0].Secret != testSecret {
			e.t.Fatalf("after a rotation: %d keys, %v", keys(), err)
		}
		e.setClock(func(v clock.Virtual) clock.Virtual { return v.Advance(time.Hour) })
		if keys() != 1 {
			e.t.Errorf("an hour later: %d keys", keys())
		}
		if err := rotate(0); err != nil || keys() != 1 {
			e.t.Errorf("after a rotation without grace: %d keys, %v", keys(), err)
		}
		for range maxOldSecrets {
			if err := rotate(time.Hour); err != nil {
				e.t.Fatal(err)
			}
		}
		var refusal *Error
		if err := rotate(time.Hour); !errors.As(err, &refusal) || refusal.Code != "limit_reached" {
			e.t.Errorf("the eleventh old secret: %v", err)
		}
	})
}

func TestPatchHeaders(t *testing.T) {
	one, two := "1", "2"
	p := EndpointParams{Headers: map[string]string{"x-keep": "k", "x-drop": "d"}}
	p.PatchHeaders(map[string]*string{"x-drop": nil, "x-keep": &one, "x-new": &two})
	if diff := cmp.Diff(map[string]string{"x-keep": "1", "x-new": "2"}, p.Headers); diff != "" {
		t.Error(diff)
	}
}

func TestEndpointsPage(t *testing.T) {
	each(t, func(e *env) {
		var ids []string
		for range 5 {
			ids = append(ids, e.endpoint(EndpointParams{URL: "http://localhost:1"}).ID)
		}
		list := func(p Page, ascending bool) List[*Endpoint] {
			var out List[*Endpoint]
			e.read(func(tx *store.Tx) (err error) { out, err = ListEndpoints(tx, p, ascending); return err })
			return out
		}
		up := list(Page{Limit: 2}, true)
		down := list(Page{Limit: 2}, false)
		checkPage(e.t, up.Data, false, up.Done, ids[0], ids[1])
		checkPage(e.t, down.Data, false, down.Done, ids[4], ids[3])
		next := list(Page{Limit: 3, Iterator: down.Iterator}, false)
		checkPage(e.t, next.Data, true, next.Done, ids[2], ids[1], ids[0])
		back := list(Page{Limit: 3, Iterator: next.PrevIterator}, false)
		checkPage(e.t, back.Data, true, back.Done, ids[4], ids[3])
	})
}

func checkPage(t testing.TB, got []*Endpoint, done, isDone bool, want ...string) {
	t.Helper()
	var ids []string
	for _, e := range got {
		ids = append(ids, e.ID)
	}
	if diff := cmp.Diff(want, ids); diff != "" || done != isDone {
		t.Errorf("done %v, want %v; ids (-want +got):\n%s", isDone, done, diff)
	}
}
