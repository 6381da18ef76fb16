// Package apitest runs scenario tables through a real emulator: one line of
// request, one line of answer, and the events that must have been left behind.
// Every exchange is also checked against Clerk's published documents. It is for
// tests only.
package apitest

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/nightclerk/nightclerk/emulator"
	"github.com/nightclerk/nightclerk/instance"
	"github.com/nightclerk/nightclerk/internal/contract"
	"github.com/nightclerk/nightclerk/internal/spec"
	"github.com/nightclerk/nightclerk/internal/spec/spectest"
	"github.com/nightclerk/nightclerk/internal/store"
	"github.com/nightclerk/nightclerk/internal/store/storetest"
	"github.com/nightclerk/nightclerk/scenario"
)

// Server is a running emulator.
type Server struct {
	*emulator.Emulator
	URL     string
	stop    context.CancelFunc
	stopped chan error
}

// Start runs an emulator on a free port until the test ends.
func Start(t testing.TB, cfg emulator.Config) *Server {
	t.Helper()
	if cfg.Server.Listen == "" {
		cfg.Server.Listen = "localhost:0"
	}
	e, err := emulator.New(context.Background(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	s := &Server{Emulator: e, URL: e.URL(), stop: cancel, stopped: make(chan error, 1)}
	go func() { s.stopped <- e.Run(ctx) }()
	t.Cleanup(func() {
		if err := s.Stop(); err != nil {
			t.Errorf("the emulator stopped with %v", err)
		}
	})
	return s
}

// Stop ends the emulator and waits for it; again it does nothing.
func (s *Server) Stop() error {
	if s.stop == nil {
		return nil
	}
	s.stop()
	s.stop = nil
	err := <-s.stopped
	s.Close()
	return err
}

// Engines runs fn over an emulator on SQLite in a temporary folder and over one
// on PostgreSQL.
func Engines(t *testing.T, cfg emulator.Config, fn func(t *testing.T, s *Server)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) {
		cfg := cfg
		cfg.Server.Data = t.TempDir()
		fn(t, Start(t, cfg))
	})
	t.Run("postgres", func(t *testing.T) {
		cfg := cfg
		cfg.Server.DatabaseURL = storetest.Postgres(t, store.Options{}).DSN
		fn(t, Start(t, cfg))
	})
}

// Env is one instance of a running emulator and the names that a test gave to
// ids in it.
type Env struct {
	T    testing.TB
	Live *instance.Live
	// Base is the instance's address over plain HTTP.
	Base   string
	server *Server
	client *http.Client
	vars   map[string]string
}

// Instance makes a new instance without users.
func (s *Server) Instance(t testing.TB) *Env {
	t.Helper()
	return s.Seeded(t, &scenario.Instance{Users: []scenario.User{}})
}

// Seeded makes a new instance from a seed.
func (s *Server) Seeded(t testing.TB, seed *scenario.Instance) *Env {
	t.Helper()
	live, err := s.Applier().Make(context.Background(), "", "", seed)
	if err != nil {
		t.Fatal(err)
	}
	return s.env(t, live)
}

// Default is the default instance.
func (s *Server) Default(t testing.TB) *Env {
	t.Helper()
	live, err := s.Instances().BySlug(context.Background(), instance.DefaultSlug)
	if err != nil {
		t.Fatal(err)
	}
	return s.env(t, live)
}

func (s *Server) env(t testing.TB, live *instance.Live) *Env {
	return &Env{T: t, Live: live, server: s, Base: live.Addresses.Backend, vars: map[string]string{}, client: &http.Client{Transport: checked(t)}}
}

// checked validates every exchange, where the documents are at hand.
func checked(t testing.TB) http.RoundTripper {
	if !spectest.Available(t, "bapi", spec.Version) {
		t.Log("NOT CHECKED AGAINST CLERK'S DOCUMENTS: set CLERK_OPENAPI_DIR to a clone of clerk/openapi-specs")
		return http.DefaultTransport
	}
	return contract.Load(t).RoundTripper(t, http.DefaultTransport, spec.BackendAPI)
}

// Set names a value; {name} in later lines stands for it.
func (e *Env) Set(name, value string) { e.vars[name] = value }

// Get returns a named value.
func (e *Env) Get(name string) string { return e.vars[name] }

// expand puts the named values in.
func (e *Env) expand(line string) string {
	for name, value := range e.vars {
		line = strings.ReplaceAll(line, "{"+name+"}", value)
	}
	return line
}

// Do sends "METHOD /path body" with the instance's secret key.
func (e *Env) Do(line string) (status int, body string) {
	e.T.Helper()
	return e.DoAs("Bearer "+e.Live.SecretKey, line)
}

// DoAs is Do with another Authorization header; "" sends none.
func (e *Env) DoAs(authorization, line string) (status int, body string) {
	e.T.Helper()
	method, rest, _ := strings.Cut(e.expand(line), " ")
	path, payload, _ := strings.Cut(rest, " ")
	req, err := http.NewRequest(method, e.Base+path, strings.NewReader(payload))
	if err != nil {
		e.T.Fatal(err)
	}
	if authorization != "" {
		req.Header.Set("Authorization", authorization)
	}
	if payload != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	res, err := e.client.Do(req)
	if err != nil {
		e.T.Fatal(err)
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		e.T.Fatal(err)
	}
	return res.StatusCode, string(raw)
}

// JSON is Do for a request that must succeed; it returns the decoded answer.
func (e *Env) JSON(line string) map[string]any {
	e.T.Helper()
	status, body := e.Do(line)
	if status/100 != 2 {
		e.T.Fatalf("%s: %d %s", e.expand(line), status, body)
	}
	var out map[string]any
	if err := json.Unmarshal([]byte(body), &out); err != nil {
		e.T.Fatalf("%s: %v in %s", line, err, body)
	}
	return out
}

// User makes a user with an e-mail address and the password
// correct-horse-battery, named by the part before the @.
func (e *Env) User(email string) string {
	e.T.Helper()
	out := e.JSON(fmt.Sprintf(`POST /v1/users {"email_address":[%q],"password":%q}`, email, scenario.DefaultPassword))
	id := out["id"].(string)
	name, _, _ := strings.Cut(email, "@")
	e.Set(name, id)
	return id
}

// Mark is the number of the instance's latest event.
func (e *Env) Mark() int64 {
	e.T.Helper()
	events := e.Events(0)
	if len(events) == 0 {
		return 0
	}
	return events[len(events)-1].Seq
}

// Event is what a test asks about a message.
type Event struct {
	Seq  int64
	Type string
	Body json.RawMessage
}

// Case is one row of a scenario table.
type Case struct {
	Name string
	// Given prepares the instance and names ids.
	Given func(e *Env)
	// Do is the request: METHOD /path, and a body.
	Do string
	// As is the Authorization header when it is not the instance's key; "-"
	// sends none.
	As string
	// Want is the status and what the answer must contain: objects may have
	// more members, lists may not; "*" stands for any value that is not null.
	Want string
	// Emit are the types of the events the request leaves, in order.
	Emit []string
}

// Run runs a table, each row in an instance of its own.
func Run(t *testing.T, s *Server, cases []Case) {
	t.Helper()
	for _, c := range cases {
		t.Run(c.Name, func(t *testing.T) {
			e := s.Instance(t)
			if c.Given != nil {
				c.Given(e)
			}
			mark := e.Mark()
			c.check(e)
			var types []string
			for _, event := range e.Events(mark) {
				types = append(types, event.Type)
			}
			if fmt.Sprint(types) != fmt.Sprint(c.Emit) {
				t.Errorf("%s left the events %v, not %v", c.Do, types, c.Emit)
			}
		})
	}
}

func (c Case) check(e *Env) {
	e.T.Helper()
	authorization := "Bearer " + e.Live.SecretKey
	if c.As != "" {
		authorization = strings.TrimPrefix(e.expand(c.As), "-")
	}
	status, body := e.DoAs(authorization, c.Do)
	wantAnswer(e.T, e, c.Do, status, body, c.Want)
}

// Check sends a request and wants an answer, both as in a Case.
func (e *Env) Check(do, want string) {
	e.T.Helper()
	status, body := e.Do(do)
	wantAnswer(e.T, e, do, status, body, want)
}

// wantAnswer compares an answer with what a row wants.
func wantAnswer(t testing.TB, e *Env, do string, status int, body, want string) {
	t.Helper()
	wantStatus, wantBody, _ := strings.Cut(e.expand(want), " ")
	if strconv.Itoa(status) != wantStatus {
		t.Fatalf("%s: %d %s", do, status, body)
	}
	if wantBody == "" {
		return
	}
	if diff := Contains(body, wantBody); diff != "" {
		t.Errorf("%s: %s\nin %s", do, diff, body)
	}
}

// Contains tells what of the wanted JSON is not in the other; "" when all is.
func Contains(got, want string) string {
	var g, w any
	if err := decode(got, &g); err != nil {
		return fmt.Sprintf("%v in %s", err, got)
	}
	if err := decode(want, &w); err != nil {
		return fmt.Sprintf("%v in the wanted %s", err, want)
	}
	return contains("$", g, w)
}

func decode(text string, dst any) error {
	dec := json.NewDecoder(bytes.NewReader([]byte(text)))
	dec.UseNumber()
	return dec.Decode(dst)
}

func contains(at string, got, want any) string {
	switch want := want.(type) {
	case map[string]any:
		object, ok := got.(map[string]any)
		if !ok {
			return fmt.Sprintf("%s is %v, not an object", at, got)
		}
		for key, value := range want {
			member, ok := object[key]
			if !ok {
				return fmt.Sprintf("%s has no %q", at, key)
			}
			if diff := contains(at+"."+key, member, value); diff != "" {
				return diff
			}
		}
		return ""
	case []any:
		list, ok := got.([]any)
		if !ok || len(list) != len(want) {
			return fmt.Sprintf("%s is %v, not a list of %d", at, got, len(want))
		}
		for i := range want {
			if diff := contains(fmt.Sprintf("%s[%d]", at, i), list[i], want[i]); diff != "" {
				return diff
			}
		}
		return ""
	}
	if want == "*" && got != nil || fmt.Sprint(got) == fmt.Sprint(want) {
		return ""
	}
	return fmt.Sprintf("%s is %v, not %v", at, got, want)
}

// Eventually waits for a condition, for a minute at most: the lease of a process
// that was killed lasts half of it.
func Eventually(t testing.TB, what string, condition func() bool) {
	t.Helper()
	deadline := time.Now().Add(time.Minute)
	for !condition() {
		if time.Now().After(deadline) {
			t.Fatalf("waited in vain for %s", what)
		}
		time.Sleep(2 * time.Millisecond)
	}
}
