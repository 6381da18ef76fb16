package emulator_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nightclerk/nightclerk/emulator"
	"github.com/nightclerk/nightclerk/emulator/apitest"
	"github.com/nightclerk/nightclerk/internal/clock"
	"github.com/nightclerk/nightclerk/internal/ids"
	"github.com/nightclerk/nightclerk/internal/store"
	"github.com/nightclerk/nightclerk/internal/store/storetest"
	"github.com/nightclerk/nightclerk/scenario"
)

const childEnv = "NIGHTCLERK_TEST_CHILD"

// TestMain makes the test binary its own victim: with childEnv set it is an
// emulator that says its address and serves until it is killed.
func TestMain(m *testing.M) {
	if cfg := os.Getenv(childEnv); cfg != "" {
		serveAsChild(cfg)
	}
	os.Exit(m.Run())
}

func serveAsChild(encoded string) {
	var server scenario.Server
	if err := json.Unmarshal([]byte(encoded), &server); err != nil {
		panic(err)
	}
	e, err := emulator.New(context.Background(), emulator.Config{Server: server})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println(e.URL())
	panic(e.Run(context.Background()))
}

// victim is a running child.
type victim struct {
	url string
	cmd *exec.Cmd
}

func startVictim(t *testing.T, server scenario.Server) *victim {
	t.Helper()
	server.Listen = "localhost:0"
	encoded, err := json.Marshal(server)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childEnv+"="+string(encoded))
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	url, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatalf("the child said no address: %v", err)
	}
	return &victim{url: strings.TrimSpace(url), cmd: cmd}
}

// kill is kill -9.
func (v *victim) kill() {
	v.cmd.Process.Kill()
	v.cmd.Wait()
}

// receiver remembers which svix-ids said what about which user.
type receiver struct {
	*httptest.Server
	mu   sync.Mutex
	seen map[string]map[string]bool // user id → svix-ids of user.created
}

func newReceiver(t *testing.T) *receiver {
	r := &receiver{seen: map[string]map[string]bool{}}
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		var event struct {
			Type string
			Data struct{ ID string }
		}
		if err := json.NewDecoder(req.Body).Decode(&event); err != nil {
			t.Errorf("a delivery that is no JSON: %v", err)
		}
		r.mu.Lock()
		defer r.mu.Unlock()
		if event.Type == "user.created" {
			if r.seen[event.Data.ID] == nil {
				r.seen[event.Data.ID] = map[string]bool{}
			}
			r.seen[event.Data.ID][req.Header.Get("svix-id")] = true
		}
	}))
	t.Cleanup(r.Close)
	return r
}

func (r *receiver) ids(user string) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.seen[user])
}

// Whatever was answered 200 before a kill -9 exists after it, with one message,
// delivered at least once and always under the same svix-id.
func TestNothingAnsweredIsLostOnACrash(t *testing.T) {
	if testing.Short() {
		t.Skip("SKIPPED, NOTHING WAS CHECKED: crashes take a while")
	}
	storetest.EachOptions(t, store.Options{}, func(t *testing.T, opts store.Options) {
		r := newReceiver(t)
		server := scenario.Server{WebhookURL: r.URL, DatabaseURL: opts.DSN, Data: t.TempDir()}
		random := ids.Source{Rand: ids.Random, Clock: clock.Wall}
		var answered []string
		const kills = 20
		for range kills {
			v := startVictim(t, server)
			answered = append(answered, createUntil(t, v, int(random.Bytes(1)[0])%60+1)...)
			v.kill()
		}
		last := startVictim(t, server)
		defer last.kill()
		checkSurvivors(t, last.url, answered, r)
	})
}

// createUntil creates users from several clients at once and returns when n of
// them were answered; the rest are still under way.
func createUntil(t *testing.T, v *victim, n int) []string {
	t.Helper()
	created := make(chan string, 4*n+64)
	stop := make(chan struct{})
	var clients sync.WaitGroup
	for range 8 {
		clients.Add(1)
		go func() {
			defer clients.Done()
			for {
				select {
				case <-stop:
					return
				default:
				}
				if id := createUser(v.url, nextEmail()); id != "" {
					created <- id
				}
			}
		}()
	}
	var list []string
	deadline := time.After(time.Minute)
	for len(list) < n {
		select {
		case id := <-created:
			list = append(list, id)
		case <-deadline:
			t.Fatalf("only %d of %d users were answered within a minute", len(list), n)
		}
	}
	v.kill()
	close(stop)
	clients.Wait()
	for {
		select {
		case id := <-created:
			list = append(list, id)
		default:
			return list
		}
	}
}

// nextEmail is an address that no user has.
func nextEmail() string {
	return ids.Source{Rand: ids.Random, Clock: clock.Wall}.Hex(8) + "@example.com"
}

// createUser returns the id of a user that was answered with 200, else "".
func createUser(base, email string) string {
	req, err := http.NewRequest("POST", base+"/v1/users", bytes.NewReader([]byte(`{"email_address":["`+email+`"]}`)))
	if err != nil {
		return ""
	}
	req.Header.Set("Authorization", "Bearer "+scenario.DefaultSecretKey)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return ""
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	var user struct{ ID string }
	if err != nil || res.StatusCode != 200 || json.Unmarshal(body, &user) != nil {
		return ""
	}
	return user.ID
}

func checkSurvivors(t *testing.T, base string, answered []string, r *receiver) {
	t.Helper()
	for _, id := range answered {
		if status := get(t, base+"/v1/users/"+id); status != 200 {
			t.Errorf("user %s was answered 200 and is %d after the crash", id, status)
		}
		apitest.Eventually(t, "the delivery of "+id, func() bool { return r.ids(id) > 0 })
		if n := r.ids(id); n != 1 {
			t.Errorf("user.created of %s arrived under %d svix-ids", id, n)
		}
	}
	t.Logf("%d users survived", len(answered))
}

func get(t *testing.T, url string) int {
	t.Helper()
	req, err := http.NewRequest("GET", url, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+scenario.DefaultSecretKey)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	io.Copy(io.Discard, res.Body)
	return res.StatusCode
}
