package emulator_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nightclerk/nightclerk/internal/store"
	"github.com/nightclerk/nightclerk/internal/store/storetest"
	"github.com/nightclerk/nightclerk/scenario"
)

// tally is an app that counts how often each svix-id came.
type tally struct {
	*httptest.Server
	mu    sync.Mutex
	times map[string]int
	grew  chan struct{} // capacity 1
	total int
	gate  chan struct{} // while it is open, nobody is answered; nil for at once
}

func newTally(t *testing.T) *tally {
	c := &tally{times: map[string]int{}, grew: make(chan struct{}, 1)}
	c.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		gate := c.count(r.Header.Get("svix-id"))
		if gate == nil {
			return
		}
		select {
		case <-gate:
		case <-r.Context().Done():
		}
	}))
	t.Cleanup(c.Close)
	return c
}

func (c *tally) count(id string) (gate chan struct{}) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.times[id]++
	c.total++
	select {
	case c.grew <- struct{}{}:
	default:
	}
	return c.gate
}

// shut has nobody answered until the returned function is called.
func (c *tally) shut() (open func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	gate := make(chan struct{})
	c.gate = gate
	return func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.gate = nil
		close(gate)
	}
}

func (c *tally) counts() (ids, requests int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.times), c.total
}

// until waits until so many different messages have come, or requests, whichever
// done looks at.
func (c *tally) until(t *testing.T, what string, patience time.Duration, done func(ids, requests int) bool) {
	t.Helper()
	deadline := time.After(patience)
	for {
		if ids, requests := c.counts(); done(ids, requests) {
			return
		}
		select {
		case <-c.grew:
		case <-deadline:
			ids, requests := c.counts()
			t.Fatalf("waited %v for %s: %d messages in %d requests", patience, what, ids, requests)
		}
	}
}

// ask calls a victim's API with the default instance's key.
func ask(t *testing.T, method, url, body string, out any) {
	t.Helper()
	req, err := http.NewRequest(method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+scenario.DefaultSecretKey)
	req.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != 200 {
		t.Fatalf("%s %s: %d %s %v", method, url, res.StatusCode, raw, err)
	}
	if out != nil {
		if err := json.Unmarshal(raw, out); err != nil {
			t.Fatal(err)
		}
	}
}

// syncUsers has an event emitted for every user and returns how many.
func syncUsers(t *testing.T, base string) int {
	t.Helper()
	var out struct{ Count int }
	ask(t, "POST", base+"/_emulator/webhooks/sync-users", "{}", &out)
	return out.Count
}

// crashQueue kills an emulator kills times while at least inFlight of its messages
// are on their way, and returns how many messages there were and how often they
// came.
func crashQueue(t *testing.T, opts store.Options, kills, users int) (messages, ids, requests int) {
	app := newTally(t)
	server := scenario.Server{WebhookURL: app.URL, DatabaseURL: opts.DSN, Data: t.TempDir()}
	v := startVictim(t, server)
	for range users - 2 { // and the two that are there from the start
		createUser(v.url, nextEmail())
	}
	app.until(t, "the users themselves", time.Minute, func(ids, _ int) bool { return ids == users })
	messages = users
	for range kills {
		messages += syncUsers(t, v.url)
		ids, _ := app.counts()
		app.until(t, "a quarter to arrive", time.Minute, func(now, _ int) bool { return now >= ids+users/4 })
		v.kill()
		v = startVictim(t, server)
	}
	defer v.kill()
	app.until(t, "all messages", 5*time.Minute, func(ids, _ int) bool { return ids >= messages })
	ids, requests = app.counts()
	return messages, ids, requests
}

// Of thousands of messages in flight none is lost by twenty kill -9, and none
// comes under two ids.
func TestQueuedDeliveriesSurviveCrashes(t *testing.T) {
	if testing.Short() {
		t.Skip("SKIPPED, NOTHING WAS CHECKED: crashes take a while")
	}
	storetest.EachOptions(t, store.Options{}, func(t *testing.T, opts store.Options) {
		messages, ids, requests := crashQueue(t, opts, 20, 150)
		if ids != messages {
			t.Errorf("%d messages came under %d ids", messages, ids)
		}
		t.Logf("%d messages in %d requests", messages, requests)
	})
}

// Two processes on one PostgreSQL share the queue: nothing is sent twice. When
// one is killed in the middle, the other sends what it had taken, which may then
// come twice, and nothing else does.
func TestProcessesShareAQueueAndOneIsKilled(t *testing.T) {
	if testing.Short() {
		t.Skip("SKIPPED, NOTHING WAS CHECKED: it waits for the leases of the dead")
	}
	const users, rounds = 100, 5
	opts := storetest.Postgres(t, store.Options{})
	app := newTally(t)
	server := scenario.Server{WebhookURL: app.URL, DatabaseURL: opts.DSN, WebhookTimeout: "2s"}
	first := startVictim(t, server)
	second := startVictim(t, server)
	defer second.kill()
	for range users - 2 {
		createUser(first.url, nextEmail())
	}
	messages := users
	for i := range rounds {
		messages += syncUsers(t, []string{first.url, second.url}[i%2])
	}
	app.until(t, "all messages", time.Minute, func(ids, _ int) bool { return ids == messages })
	if ids, requests := app.counts(); requests != ids {
		t.Errorf("%d messages came in %d requests", ids, requests)
	}
	before, _ := app.counts()
	open := app.shut()
	for range rounds { // more than may be under way at once: the rest waits in its memory
		messages += syncUsers(t, first.url)
	}
	app.until(t, "some to be sent", time.Minute, func(ids, _ int) bool { return ids > before })
	first.kill()
	open()
	app.until(t, "the other process to send the rest", time.Minute, func(ids, _ int) bool { return ids == messages })
	if ids, requests := app.counts(); requests-ids > 256 { // what one process has under way at most
		t.Errorf("%d messages came in %d requests", ids, requests)
	}
}
