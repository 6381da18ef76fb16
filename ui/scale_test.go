//go:build scale

package ui

import (
	"cmp"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/nightclerk/nightclerk/internal/store"
	"github.com/nightclerk/nightclerk/users"
	"github.com/nightclerk/nightclerk/webhooks"
)

// aim is how many times as long a page may take over a thousand times as much
// data. Clocks are no judges: what is missed by little is told; what a page that
// counts or scans would take, fails.
const aim, far = 2, 20

// crowd is a console with many users and messages, and one of each to look at.
type crowd struct {
	*env
	user, message, endpoint string
}

func newCrowd(t *testing.T, people, messages int) *crowd {
	c := &crowd{env: newEnv(t)}
	c.endpoint = c.env.endpoint("http://localhost:1/hook")
	const batch = 1000
	for from := 0; from < people; from += batch {
		c.write(func(tx *store.Tx) error {
			list, err := users.CreateMany(tx, c.live.Rules(), made(from, min(from+batch, people), messages))
			if err == nil && from == 0 {
				c.user = list[0].ID
			}
			return err
		})
	}
	c.settle()
	c.message = c.messages()[0].ID
	return c
}

// made are users with the numbers from to to; the first loud ones emit.
func made(from, to, loud int) (out []users.CreateParams) {
	for n := from; n < to; n++ {
		first, last, email := "User", fmt.Sprintf("Number%d", n), fmt.Sprintf("user%d@example.com", n)
		out = append(out, users.CreateParams{FirstName: &first, LastName: &last, EmailAddress: []string{email}, Seed: users.Seed{Silent: n >= loud}})
	}
	return out
}

// settle has all but the ten newest messages delivered.
func (c *crowd) settle() {
	c.write(func(tx *store.Tx) error {
		_, err := tx.Exec(`UPDATE webhook_delivery SET state = 0, attempts = 1, next_at = NULL
			WHERE instance_id = $1 AND seq <= (SELECT max(seq) FROM webhook_message WHERE instance_id = $1) - 10`, tx.Instance())
		return err
	})
}

func (c *crowd) write(fn func(*store.Tx) error) {
	c.Helper()
	if err := c.db.Write(c.Context(), c.live.ID, fn); err != nil {
		c.Fatal(err)
	}
}

// took is how long the server works on a page.
func (c *crowd) took(path string) time.Duration {
	c.Helper()
	req := httptest.NewRequest("GET", path, nil)
	rec := httptest.NewRecorder()
	start := time.Now()
	c.server.Config.Handler.ServeHTTP(rec, req)
	d := time.Since(start)
	if rec.Code != http.StatusOK {
		c.Fatalf("GET %s: %d", path, rec.Code)
	}
	return d
}

// crowdPages are the pages; a new one is a line.
var crowdPages = map[string]func(c *crowd) string{
	"home":                    func(c *crowd) string { return "/" },
	"users":                   func(c *crowd) string { return "/users" },
	"users, a common word":    func(c *crowd) string { return "/users?q=user" },
	"users, a rare word":      func(c *crowd) string { return "/users?q=number777" },
	"users, nobody":           func(c *crowd) string { return "/users?q=zzzz" },
	"user":                    func(c *crowd) string { return "/users/" + c.user },
	"edit user":               func(c *crowd) string { return "/users/" + c.user + "/edit" },
	"tokens":                  func(c *crowd) string { return "/tokens" },
	"explain":                 func(c *crowd) string { return "/tokens/explain" },
	"webhooks":                func(c *crowd) string { return "/webhooks" },
	"webhooks, a common type": func(c *crowd) string { return "/webhooks?type=user.created" },
	"webhooks, a rare type":   func(c *crowd) string { return "/webhooks?type=user.deleted" },
	"webhooks, failed":        func(c *crowd) string { return "/webhooks?status=fail" },
	"webhooks, sending":       func(c *crowd) string { return "/webhooks?status=sending" },
	"webhooks, not sent":      func(c *crowd) string { return "/webhooks?status=unsent" },
	"message":                 func(c *crowd) string { return "/webhooks/messages/" + c.message },
	"endpoint":                func(c *crowd) string { return "/webhooks/endpoints/" + c.endpoint },
	"new endpoint":            func(c *crowd) string { return "/webhooks/endpoints/new" },
	"new fault rule":          func(c *crowd) string { return "/webhooks/faults/new" },
}

// growing are the pages of which it is known that they scan, and why; the list may
// only shrink.
var growing = map[string]string{
	"endpoint":              "an endpoint that got nothing: messages have no index by endpoint",
	"home":                  "counts messages",
	"users, a common word":  "all that match are put in order",
	"users, a rare word":    "all that match are put in order",
	"users, nobody":         "words that nobody has are looked for inside of words",
	"webhooks, a rare type": "messages have no index by type: it would cost every message",
	"webhooks, failed":      "messages have no index by status",
	"webhooks, not sent":    "messages have no index by status",
	"webhooks, sending":     "messages have no index by status",
}

// Every page costs with a million users and a hundred thousand messages about what
// it costs with a thousandth of them. NIGHTCLERK_SCALE_USERS makes it fewer.
func TestScaleConsole(t *testing.T) {
	people := 1_000_000
	if n, err := strconv.Atoi(os.Getenv("NIGHTCLERK_SCALE_USERS")); err == nil {
		people = n
	}
	small, large := newCrowd(t, 1000, 100), newCrowd(t, people, people/10)
	t.Logf("%d users and %d messages against 1000 and 100", people, people/10)
	comparePages(t, small, large)
	for _, c := range []*crowd{small, large} {
		c.write(func(tx *store.Tx) error { return c.outbox.SetMode(tx, webhooks.Mode{Held: true}) })
		c.write(func(tx *store.Tx) error {
			_, err := tx.Exec(`UPDATE webhook_delivery SET state = 1, attempts = 0, next_at = 0 WHERE instance_id = $1`, tx.Instance())
			return err
		})
	}
	t.Log("while all messages are held:")
	comparePages(t, small, large)
}

// comparePages says of each page how many times as long it takes where there is
// more; the quickest of several looks counts, taken in turns.
func comparePages(t *testing.T, small, large *crowd) {
	names := []string{}
	for name := range crowdPages {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		few, many := time.Hour, time.Hour
		for start, n := time.Now(), 0; n < 15 && time.Since(start) < 5*time.Second; n++ {
			few, many = min(few, small.took(crowdPages[name](small))), min(many, large.took(crowdPages[name](large)))
		}
		ratio := float64(many) / float64(few)
		word := ""
		if ratio > aim {
			word = "above the aim: " + cmp.Or(growing[name], "nobody knows why")
		}
		t.Logf("%-26s %6.2f ×   %8v against %8v  %s", name, ratio, many.Round(time.Microsecond), few.Round(time.Microsecond), word)
		if ratio > far && growing[name] == "" {
			t.Errorf("%s takes %.0f times as long with more data: something on it counts or scans", name, ratio)
		}
	}
}
