//go:build scale

package emulator_test

import (
	"bufio"
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/nightclerk/nightclerk/internal/store"
	"github.com/nightclerk/nightclerk/internal/store/storetest"
	"github.com/nightclerk/nightclerk/scenario"
)

// The long version of TestQueuedDeliveriesSurviveCrashes.
func TestScaleCrashes(t *testing.T) {
	storetest.EachOptions(t, store.Options{}, func(t *testing.T, opts store.Options) {
		messages, ids, requests := crashQueue(t, opts, 60, 2000)
		if ids != messages {
			t.Errorf("%d messages came under %d ids", messages, ids)
		}
		t.Logf("%d messages in %d requests, %.2f %% of them twice", messages, requests, 100*float64(requests-messages)/float64(messages))
	})
}

// A hundred thousand messages that wait keep the process small, and drain.
func TestScaleQueue(t *testing.T) {
	const users, rounds, limit = 10_000, 10, 200 << 20
	app := newTally(t)
	v := startVictim(t, scenario.Server{WebhookURL: app.URL, Data: t.TempDir()})
	defer v.kill()
	ask(t, "POST", v.url+"/_emulator/webhooks/hold", "{}", nil)
	seedUsers(t, v.url, users)
	for range rounds {
		syncUsers(t, v.url)
	}
	queued := v.memory(t)
	start := time.Now()
	ask(t, "POST", v.url+"/_emulator/webhooks/release", "{}", nil)
	app.until(t, "the queue to drain", 15*time.Minute, func(ids, _ int) bool { return ids >= users*rounds })
	ids, requests := app.counts()
	took, drained := time.Since(start), v.memory(t)
	t.Logf("%d messages in %d requests, %.0f per second; memory %d MiB with the queue, at most %d MiB while it drained", ids, requests, float64(ids)/took.Seconds(), queued.now>>20, drained.peak>>20)
	if drained.peak > limit {
		t.Errorf("the process took up to %d MiB, the limit is %d", drained.peak>>20, limit>>20)
	}
	if requests != ids {
		t.Errorf("%d messages came in %d requests", ids, requests)
	}
}

// seedUsers adds made-up users.
func seedUsers(t *testing.T, base string, n int) {
	t.Helper()
	var b strings.Builder
	b.WriteString(`{"users":[`)
	for i := range n {
		if i > 0 {
			b.WriteString(",")
		}
		fmt.Fprintf(&b, `{"first_name":"User","last_name":"Number %d","email_addresses":["user%d@example.com"],"emit":false}`, i, i)
	}
	b.WriteString(`]}`)
	ask(t, "POST", base+"/_emulator/seed", b.String(), nil)
}

// memory is the resident set of a process, in bytes.
type memory struct{ now, peak int64 }

func (v *victim) memory(t *testing.T) (m memory) {
	t.Helper()
	f, err := os.Open(fmt.Sprintf("/proc/%d/status", v.cmd.Process.Pid))
	if err != nil {
		t.Skipf("SKIPPED, NOTHING WAS CHECKED: memory is read from /proc: %v", err)
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		name, value, _ := strings.Cut(lines.Text(), ":")
		kb, _ := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(value), " kB"), 10, 64)
		switch name {
		case "VmRSS":
			m.now = kb << 10
		case "VmHWM":
			m.peak = kb << 10
		}
	}
	return m
}
