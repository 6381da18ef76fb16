package emulator_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
	svix "github.com/svix/svix-webhooks/go"

	"github.com/nightclerk/nightclerk/emulator"
	"github.com/nightclerk/nightclerk/emulator/apitest"
	"github.com/nightclerk/nightclerk/internal/store"
	"github.com/nightclerk/nightclerk/internal/store/storetest"
	"github.com/nightclerk/nightclerk/scenario"
)

func TestOnePortSpeaksHTTP2OverTLSAndHTTP1Plain(t *testing.T) {
	s := apitest.Start(t, emulator.Config{})
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(s.Authority().CAPEM())
	secure := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}, ForceAttemptHTTP2: true}}
	res, err := secure.Get(strings.Replace(s.URL, "http:", "https:", 1) + "/.accounts.dev/.well-known/jwks.json")
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if res.StatusCode != 200 || res.ProtoMajor != 2 {
		t.Errorf("TLS: %d over %s", res.StatusCode, res.Proto)
	}
	res, err = http.Get(s.URL + "/.well-known/jwks.json")
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if res.StatusCode != 200 || res.ProtoMajor != 1 {
		t.Errorf("plain: %d over %s", res.StatusCode, res.Proto)
	}
}

// A public host may be one that browsers resolve by themselves; its first label
// then names no instance.
func TestAPublicHostMayBeBelowLocalhost(t *testing.T) {
	s := apitest.Start(t, emulator.Config{Server: scenario.Server{PublicHost: "dev.localhost:4545"}})
	for host, want := range map[string]int{"dev.localhost:4545": 200, "other.localhost:4545": 404} {
		w := httptest.NewRecorder()
		s.Handler().ServeHTTP(w, httptest.NewRequest("GET", "http://"+host+"/.well-known/jwks.json", nil))
		if w.Code != want {
			t.Errorf("as %s the emulator answers %d, not %d", host, w.Code, want)
		}
	}
}

func TestInstancesNeverSeeEachOther(t *testing.T) {
	const id = "user_2pinned00000000000000000000"
	seed := &scenario.Instance{Users: []scenario.User{{ID: id, EmailAddresses: []scenario.EmailAddress{{EmailAddress: "ada@example.com"}}}}}
	apitest.Engines(t, emulator.Config{}, func(t *testing.T, s *apitest.Server) {
		a, b := s.Seeded(t, seed), s.Seeded(t, seed)
		a.JSON(`PATCH /v1/users/` + id + ` {"first_name":"A"}`)
		if got := b.JSON(`GET /v1/users/` + id)["first_name"]; got != nil {
			t.Errorf("a change in one instance shows in another: %v", got)
		}
		if status, body := b.DoAs("Bearer "+a.Live.SecretKey, `GET /v1/users/`+id); status != 401 || !strings.Contains(body, a.Live.Slug) || !strings.Contains(body, b.Live.Slug) {
			t.Errorf("one instance's key at another's address: %d %s", status, body)
		}
		if status, body := get2(t, s.URL+"/i/nobody/.well-known/jwks.json"); status != 404 || !strings.Contains(body, a.Live.Slug) {
			t.Errorf("an unknown slug: %d %s", status, body)
		}
		if len(a.Events(0)) != 2 || len(b.Events(0)) != 1 {
			t.Errorf("events: %d and %d", len(a.Events(0)), len(b.Events(0)))
		}
	})
}

func get2(t *testing.T, url string) (int, string) {
	t.Helper()
	res, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(body)
}

func TestTheLockoutCounterSurvivesTheRefusal(t *testing.T) {
	five := 5
	seed := &scenario.Instance{Users: []scenario.User{}, Settings: scenario.Settings{Lockout: scenario.LockoutSettings{MaxAttempts: &five}}}
	apitest.Engines(t, emulator.Config{}, func(t *testing.T, s *apitest.Server) {
		e := s.Seeded(t, seed)
		e.User("ada@example.com")
		mark := e.Mark()
		for n := range five {
			left := e.JSON(`GET /v1/users/{ada}`)["verification_attempts_remaining"]
			if left != float64(five-n) {
				t.Errorf("%v attempts are left after %d failures", left, n)
			}
			if status, body := e.Do(`POST /v1/users/{ada}/verify_password {"password":"wrong"}`); status != 422 {
				t.Fatalf("%d %s", status, body)
			}
		}
		user := e.JSON(`GET /v1/users/{ada}`)
		if user["locked"] != true || user["verification_attempts_remaining"] != float64(0) {
			t.Errorf("after %d failures: locked %v, %v attempts left", five, user["locked"], user["verification_attempts_remaining"])
		}
		if events := e.Events(mark); len(events) != 1 || events[0].Type != "user.updated" {
			t.Errorf("locking left %v", events)
		}
	})
}

func TestAdvancingTheClockBringsRetriesAndNoVerifierNotices(t *testing.T) {
	apitest.Engines(t, emulator.Config{Server: scenario.Server{WebhookSchedule: "svix"}}, func(t *testing.T, s *apitest.Server) {
		e := s.Default(t)
		var mu sync.Mutex
		var arrived []string
		failing := true
		hook, err := svix.NewWebhook(scenario.DefaultWebhookSecret)
		if err != nil {
			t.Fatal(err)
		}
		receiver := listen(t, func(w http.ResponseWriter, r *http.Request) {
			body, _ := io.ReadAll(r.Body)
			mu.Lock()
			defer mu.Unlock()
			if err := hook.Verify(body, r.Header); err != nil {
				t.Errorf("a delivery whose signature is refused: %v", err)
			}
			arrived = append(arrived, r.Header.Get("svix-id"))
			if failing {
				w.WriteHeader(http.StatusInternalServerError)
			}
		})
		count := func(n int) func() bool { return func() bool { return e.Attempts() == n } }
		control(t, e, `POST /_emulator/seed {"users":[],"webhook_endpoints":[{"url":"`+receiver+`","secret":"`+scenario.DefaultWebhookSecret+`"}]}`)
		e.User("late@example.com")
		apitest.Eventually(t, "the first attempt", count(1))
		control(t, e, `POST /_emulator/clock/advance {"duration":"6s"}`)
		apitest.Eventually(t, "the retry after 5 s", count(2))
		mu.Lock()
		failing = false
		mu.Unlock()
		control(t, e, `POST /_emulator/clock/advance {"duration":"5h"}`)
		apitest.Eventually(t, "the retry after 5 h", count(3))
		if len(slices.Compact(arrived)) != 1 {
			t.Errorf("attempts of one message under several ids: %v", arrived)
		}
		token := control(t, e, `POST /_emulator/tokens {"user":"late@example.com","template":"convex"}`)["jwt"].(string)
		verify(t, s, e, token)
	})
}

// verify checks a token as a stranger would, by the published keys and its own
// clock.
func verify(t *testing.T, s *apitest.Server, e *apitest.Env, token string) {
	t.Helper()
	_, body := get2(t, e.Base+"/.well-known/jwks.json")
	var keys jose.JSONWebKeySet
	if err := json.Unmarshal([]byte(body), &keys); err != nil {
		t.Fatal(err)
	}
	parsed, err := jwt.ParseSigned(token, []jose.SignatureAlgorithm{jose.RS256})
	if err != nil {
		t.Fatal(err)
	}
	var claims jwt.Claims
	if err := parsed.Claims(keys, &claims); err != nil {
		t.Fatal(err)
	}
	if err := claims.ValidateWithLeeway(jwt.Expected{Issuer: e.Live.Issuer, Time: time.Now()}, 2*time.Second); err != nil {
		t.Errorf("a verifier with its own clock refuses the token: %v", err)
	}
}

// listen starts a receiver and returns its URL.
func listen(t *testing.T, h http.HandlerFunc) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	srv := &http.Server{Handler: h}
	go srv.Serve(l)
	t.Cleanup(func() { srv.Close() })
	return "http://" + l.Addr().String()
}

// control calls the control API, which must succeed.
func control(t *testing.T, e *apitest.Env, line string) map[string]any {
	t.Helper()
	status, body := e.DoAs("", line)
	var out map[string]any
	if status/100 != 2 || json.Unmarshal([]byte(body), &out) != nil {
		t.Fatalf("%s: %d %s", line, status, body)
	}
	return out
}

func TestResetUnderLoad(t *testing.T) {
	apitest.Engines(t, emulator.Config{}, func(t *testing.T, s *apitest.Server) {
		e := s.Default(t)
		var wg sync.WaitGroup
		stop := make(chan struct{})
		for worker := range 4 {
			wg.Add(1)
			go func() {
				defer wg.Done()
				for n := 0; ; n++ {
					select {
					case <-stop:
						return
					default:
					}
					if status, body := e.Do(fmt.Sprintf(`POST /v1/users {"email_address":["w%d-%d@example.com"]}`, worker, n)); status != 200 {
						t.Errorf("%d %s", status, body)
						return
					}
				}
			}()
		}
		for range 5 {
			control(t, e, `POST /_emulator/reset`)
		}
		close(stop)
		wg.Wait()
		control(t, e, `POST /_emulator/reset`)
		if n := e.JSON(`GET /v1/users/count`)["total_count"]; n != float64(2) {
			t.Errorf("%v users after a reset, not the two of the file", n)
		}
		control(t, e, `POST /_emulator/tokens {"user":"alice@example.com"}`)
	})
}

func TestConcurrentCreatesKeepTheOrderOfSeq(t *testing.T) {
	apitest.Engines(t, emulator.Config{}, func(t *testing.T, s *apitest.Server) {
		e := s.Instance(t)
		var wg sync.WaitGroup
		for worker := range 8 {
			wg.Add(1)
			go func() {
				defer wg.Done()
				for n := range 10 {
					e.JSON(fmt.Sprintf(`POST /v1/users {"email_address":["w%d-%d@example.com"]}`, worker, n))
				}
			}()
		}
		wg.Wait()
		events := e.Events(0)
		if len(events) != 80 {
			t.Fatalf("%d events of 80 creations", len(events))
		}
		for i, event := range events {
			if event.Seq != int64(i+1) {
				t.Fatalf("event %d has number %d", i, event.Seq)
			}
		}
	})
}

func TestTextIsTheSameOnBothStores(t *testing.T) {
	var answers []string
	apitest.Engines(t, emulator.Config{}, func(t *testing.T, s *apitest.Server) {
		e := s.Instance(t)
		for i, name := range []string{`"Zoë"`, `"zoe"`, `null`, `"🦉 Eule"`, `"Ärger"`, `"<b>&"`, `"\u2028"`, `"日本"`} {
			e.JSON(fmt.Sprintf(`POST /v1/users {"email_address":["u%d@example.com"],"first_name":%s,"created_at":"2024-01-0%dT00:00:00Z"}`, i, name, i+1))
		}
		var names []string
		for _, order := range []string{"%2Bfirst_name", "-first_name", "-created_at"} {
			_, body := e.Do(`GET /v1/users?order_by=` + order)
			var list []struct {
				FirstName *string `json:"first_name"`
			}
			if err := json.Unmarshal([]byte(body), &list); err != nil {
				t.Fatalf("%v in %s", err, body)
			}
			for _, u := range list {
				raw, _ := json.Marshal(u.FirstName)
				names = append(names, string(raw))
			}
			names = append(names, "|")
		}
		answers = append(answers, strings.Join(names, " "))
	})
	if len(answers) == 2 && answers[0] != answers[1] {
		t.Errorf("the stores differ:\n%s\n%s", answers[0], answers[1])
	}
}

func TestForeignPagesAndNamesAreRefused(t *testing.T) {
	s := apitest.Start(t, emulator.Config{Server: scenario.Server{Issuer: "http://emulator:4545", AllowHosts: []string{"box.lan"}}})
	for _, c := range []struct {
		method, path, host string
		header             map[string]string
		want               int
	}{
		{"GET", "/_emulator/env", "localhost", nil, 200},
		{"GET", "/_emulator/env", "127.0.0.1", nil, 200},
		{"GET", "/_emulator/env", "w1.localhost", nil, 404},
		{"GET", "/_emulator/ready", "emulator:4545", nil, 200},
		{"GET", "/_emulator/env", "box.lan", nil, 200},
		{"GET", "/_emulator/env", "evil.example", nil, 403},
		{"GET", "/", "evil.example", nil, 403},
		{"POST", "/_emulator/reset", "localhost", map[string]string{"Origin": "https://evil.example"}, 403},
		{"POST", "/_emulator/reset", "localhost", map[string]string{"Sec-Fetch-Site": "cross-site"}, 403},
		{"POST", "/_emulator/reset", "localhost", map[string]string{"Sec-Fetch-Site": "same-origin"}, 200},
		{"POST", "/_emulator/reset", "localhost", nil, 200},
	} {
		req, err := http.NewRequest(c.method, s.URL+c.path, nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Host = c.host
		for name, value := range c.header {
			req.Header.Set(name, value)
		}
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if res.StatusCode != c.want {
			t.Errorf("%s %s at %s with %v: %d, not %d", c.method, c.path, c.host, c.header, res.StatusCode, c.want)
		}
	}
}

// A database that goes away is told as such, and found again when it is back.
func TestADatabaseThatGoesAwayAndComesBack(t *testing.T) {
	opts := storetest.Postgres(t, store.Options{})
	target, err := url.Parse(opts.DSN)
	if err != nil {
		t.Fatal(err)
	}
	cable := newCable(t, target.Host)
	through := *target
	through.Host = cable.addr
	s := apitest.Start(t, emulator.Config{Server: scenario.Server{DatabaseURL: through.String()}})
	e := s.Default(t)
	e.User("before@example.com")
	cable.cut()
	status, body := e.Do(`POST /v1/users {"email_address":["during@example.com"]}`)
	if status != 503 || !strings.Contains(body, "service_unavailable") {
		t.Errorf("without a database: %d %s", status, body)
	}
	if status, _ := get2(t, s.URL+"/.well-known/jwks.json"); status != 200 {
		t.Errorf("the issuer needs no database and answers %d without one", status)
	}
	cable.mend()
	apitest.Eventually(t, "the database to be found again", func() bool {
		status, _ := e.Do(`GET /v1/users/{before}`)
		return status == 200
	})
	if n := e.JSON(`GET /v1/users/count?query=during`)["total_count"]; n != float64(0) {
		t.Error("what was answered 503 was done")
	}
}

// cable is a TCP connection that can be cut.
type cable struct {
	addr, target string
	mu           sync.Mutex
	broken       bool
	conns        []net.Conn
}

func newCable(t *testing.T, target string) *cable {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	c := &cable{addr: l.Addr().String(), target: target}
	t.Cleanup(func() { l.Close(); c.cut() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			c.plug(conn)
		}
	}()
	return c
}

func (c *cable) plug(conn net.Conn) {
	c.mu.Lock()
	defer c.mu.Unlock()
	far, err := net.Dial("tcp", c.target)
	if c.broken || err != nil {
		conn.Close()
		return
	}
	c.conns = append(c.conns, conn, far)
	go func() { io.Copy(far, conn); far.Close() }()
	go func() { io.Copy(conn, far); conn.Close() }()
}

func (c *cable) cut() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.broken = true
	for _, conn := range c.conns {
		conn.Close()
	}
	c.conns = nil
}

func (c *cable) mend() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.broken = false
}

func TestAnInstanceIsMadeInMilliseconds(t *testing.T) {
	s := apitest.Start(t, emulator.Config{})
	e := s.Default(t)
	made := control(t, e, `POST /_emulator/instances {"slug":"worker-1","seed":{"users":[{"email_addresses":["w@example.com"]}]}}`)
	live, err := s.Instances().BySlug(context.Background(), "worker-1")
	if err != nil || made["secret_key"] != live.SecretKey || made["issuer"] != s.URL+"/i/worker-1" {
		t.Errorf("%v, %v", made, err)
	}
	if status, body := e.DoAs("", `POST /_emulator/instances {"slug":"nightclerk"}`); status != 422 {
		t.Errorf("a slug that SDKs would rewrite: %d %s", status, body)
	}
}
