package users_test

import (
	"bytes"
	"context"
	"encoding/json"
	"slices"
	"testing"
	"time"

	"github.com/nightclerk/nightclerk/internal/apierr"
	"github.com/nightclerk/nightclerk/internal/clock"
	"github.com/nightclerk/nightclerk/internal/store"
	"github.com/nightclerk/nightclerk/internal/store/storetest"
	"github.com/nightclerk/nightclerk/users"
)

const ins = "ins_2abcdefghijklmnopqrstuvwxyz1"

var start = time.Date(2026, 3, 4, 15, 30, 0, 0, time.UTC)

// env is a store with one instance, and what was emitted in it.
type env struct {
	t      *testing.T
	db     *store.Store
	clock  *clock.Manual
	rules  users.Rules
	hasher *users.Hasher
	events []store.Event
}

func each(t *testing.T, fn func(e *env)) {
	t.Helper()
	storetest.EachOptions(t, store.Options{Schemas: []store.Schema{users.Schema}}, func(t *testing.T, opts store.Options) {
		e := &env{t: t, clock: clock.NewManual(start), rules: users.DefaultRules(), hasher: &users.Hasher{}}
		e.rules.ImageBase = "http://localhost:4545/_emulator/avatars/"
		opts.Clock, opts.Emit = e.clock, e.record
		e.db = storetest.Open(t, opts)
		fn(e)
	})
}

// record keeps the events of committed transactions.
func (e *env) record(tx *store.Tx, event store.Event) error {
	tx.AfterCommit(func() { e.events = append(e.events, event) })
	return nil
}

// emitted returns the types of the events since the last call.
func (e *env) emitted() []string {
	types := []string{}
	for _, event := range e.events {
		types = append(types, event.Type)
	}
	e.events = nil
	return types
}

func (e *env) wantEvents(want ...string) {
	e.t.Helper()
	if got := e.emitted(); !equalJSON(got, append([]string{}, want...)) {
		e.t.Errorf("emitted %v, want %v", got, want)
	}
}

func (e *env) write(fn func(tx *store.Tx) error) error {
	return e.db.Write(context.Background(), ins, fn)
}

// in runs an operation that returns something, in a transaction of its own.
func in[T any](e *env, fn func(tx *store.Tx) (T, error)) (out T, err error) {
	err = e.write(func(tx *store.Tx) (err error) {
		out, err = fn(tx)
		return err
	})
	return out, err
}

// must is in for what has to succeed.
func must[T any](e *env, fn func(tx *store.Tx) (T, error)) T {
	e.t.Helper()
	out, err := in(e, fn)
	if err != nil {
		e.t.Fatal(err)
	}
	return out
}

func (e *env) tryCreate(p users.CreateParams) (*users.User, error) {
	e.t.Helper()
	if err := p.Prepare(e.hasher); err != nil {
		e.t.Fatal(err)
	}
	return in(e, func(tx *store.Tx) (*users.User, error) { return users.Create(tx, e.rules, p) })
}

func (e *env) create(p users.CreateParams) *users.User {
	e.t.Helper()
	u, err := e.tryCreate(p)
	if err != nil {
		e.t.Fatal(err)
	}
	return u
}

// user makes a user with an e-mail address and forgets the event.
func (e *env) user(address string) *users.User {
	e.t.Helper()
	u := e.create(users.CreateParams{EmailAddress: []string{address}})
	e.events = nil
	return u
}

func (e *env) get(id string) *users.User {
	e.t.Helper()
	return must(e, func(tx *store.Tx) (*users.User, error) { return users.Get(tx, e.rules, id) })
}

func (e *env) tryUpdate(id string, p users.UpdateParams) (*users.User, error) {
	e.t.Helper()
	if err := p.Prepare(e.hasher); err != nil {
		e.t.Fatal(err)
	}
	return in(e, func(tx *store.Tx) (*users.User, error) { return users.Update(tx, e.rules, id, p) })
}

func (e *env) update(id string, p users.UpdateParams) *users.User {
	e.t.Helper()
	u, err := e.tryUpdate(id, p)
	if err != nil {
		e.t.Fatal(err)
	}
	return u
}

func (e *env) count(f users.Filter) int64 {
	e.t.Helper()
	return must(e, func(tx *store.Tx) (int64, error) { return users.Count(tx, f) })
}

// wantError compares the codes and parameters of an error: "code param".
func wantError(t *testing.T, err error, want ...string) {
	t.Helper()
	got := []string{}
	for _, e := range apierr.All(err) {
		text := e.Code
		if p := e.Param(); p != "" {
			text += " " + p
		}
		got = append(got, text)
	}
	if !slices.Equal(got, want) {
		t.Errorf("error %v, want %v (%v)", got, want, err)
	}
}

func equalJSON(a, b any) bool { return bytes.Equal(encode(a), encode(b)) }

func encode(v any) []byte {
	raw, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return raw
}

// wantMember compares one member of an answer, given as JSON.
func wantMember(t *testing.T, v any, name, want string) {
	t.Helper()
	var members map[string]json.RawMessage
	if err := json.Unmarshal(encode(v), &members); err != nil {
		t.Fatal(err)
	}
	if got := string(members[name]); got != want {
		t.Errorf("%s is %s, want %s", name, got, want)
	}
}
