//go:build unix

package webhooks

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/nightclerk/nightclerk/internal/clock"
	"github.com/nightclerk/nightclerk/internal/livelog"
	"github.com/nightclerk/nightclerk/internal/store"
	"github.com/nightclerk/nightclerk/internal/store/storetest"
)

// benchData makes a body of about two kilobytes, like a user's.
var benchData = map[string]any{"id": "user_ada", "object": "user", "bio": strings.Repeat("lorem ipsum ", 150)}

// BenchmarkDelivery measures sender and receiver together. What counts is CPU
// time per delivery and its ratio: wall time depends on the machine's disk and
// neighbours. On PostgreSQL the server's share is not counted.
func BenchmarkDelivery(b *testing.B) {
	b.Run("bare", func(b *testing.B) { report(b, bare(b, b.N)) })
	b.Run("durable", func(b *testing.B) { report(b, durable(b, storetest.SQLite(b, store.Options{}), b.N)) })
	b.Run("postgres", func(b *testing.B) { report(b, durable(b, storetest.Postgres(b, store.Options{}), b.N)) })
	b.Run("memory", func(b *testing.B) { report(b, durable(b, store.Options{Memory: true, Path: "bench"}, b.N)) })
}

func report(b *testing.B, cpu time.Duration) {
	b.ReportMetric(float64(cpu.Microseconds())/float64(b.N), "cpu-µs/op")
}

// cpuTime is what the process has used, user and system.
func cpuTime() time.Duration {
	var use syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &use)
	return time.Duration(use.Utime.Nano() + use.Stime.Nano())
}

// counter is a receiver that only counts.
func counter(t testing.TB) (url string, seen *atomic.Int64) {
	seen = new(atomic.Int64)
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		w.WriteHeader(http.StatusNoContent)
		seen.Add(1)
	}))
	t.Cleanup(srv.Close)
	return srv.URL, seen
}

const benchWorkers = 64

// bare posts n signed nothings over the same transport.
func bare(t testing.TB, n int) time.Duration {
	url, seen := counter(t)
	body, err := Canonical(envelope{Data: benchData, Object: "event", InstanceID: testInstance, Type: "user.created"})
	if err != nil {
		t.Fatal(err)
	}
	transport := newTransport(Options{Workers: benchWorkers, Timeout: 15 * time.Second})
	start := cpuTime()
	inParallel(n, func() {
		req, _ := http.NewRequest("POST", url, strings.NewReader(string(body)))
		res, err := transport.RoundTrip(req)
		if err != nil {
			t.Error(err)
			return
		}
		io.Copy(io.Discard, res.Body)
		res.Body.Close()
	})
	used := cpuTime() - start
	if got := seen.Load(); got != int64(n) {
		t.Errorf("%d of %d requests arrived", got, n)
	}
	return used
}

// durable emits n messages, each in a transaction of its own, and waits for
// their deliveries to be recorded.
func durable(t testing.TB, opts store.Options, n int) time.Duration {
	url, seen := counter(t)
	hub := &livelog.Hub{}
	outbox := NewOutbox(hub)
	opts.Schemas, opts.Emit, opts.Clock = []store.Schema{Schema}, outbox.Emit, clock.Wall
	e := newEnv(t, storetest.Open(t, opts), outbox, hub)
	e.endpoint(EndpointParams{URL: url})
	e.start(Options{Workers: benchWorkers})
	start := cpuTime()
	inParallel(n, func() {
		err := e.db.Write(context.Background(), testInstance, func(tx *store.Tx) error { return tx.Emit("user.created", benchData) })
		if err != nil {
			t.Error(err)
		}
	})
	e.untilDelivered(seen, n)
	return cpuTime() - start
}

// untilDelivered waits for n deliveries to be recorded as successes. It counts
// rows only at the end, because counting is not what is measured.
func (e *env) untilDelivered(seen *atomic.Int64, n int) {
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for seen.Load() < int64(n) || e.successes() < n {
		<-tick.C
	}
}

func (e *env) successes() (n int) {
	e.read(func(tx *store.Tx) error {
		return tx.QueryRow(`SELECT count(*) FROM webhook_delivery WHERE instance_id = $1 AND state = 0`, testInstance).Scan(&n)
	})
	return n
}

// inParallel runs fn n times in benchWorkers goroutines.
func inParallel(n int, fn func()) {
	var left atomic.Int64
	left.Store(int64(n))
	var done sync.WaitGroup
	for range benchWorkers {
		done.Go(func() {
			for left.Add(-1) >= 0 {
				fn()
			}
		})
	}
	done.Wait()
}
