package webhooks

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/nightclerk/nightclerk/internal/clock"
	"github.com/nightclerk/nightclerk/internal/livelog"
	"github.com/nightclerk/nightclerk/internal/store"
	"github.com/nightclerk/nightclerk/internal/store/storetest"
)

// claimAndDie leases what is due, as a process does that is then killed.
func (e *env) claimAndDie(endpointID string, n int) (jobs []*job) {
	e.t.Helper()
	d := NewDispatcher(e.db, e.outbox, Options{})
	e.write(func(tx *store.Tx) error {
		b, err := d.claimDue(tx, endpointID, 0, d.allowance(laneKey{testInstance, endpointID}, n))
		jobs = b.jobs
		return err
	})
	if len(jobs) != n {
		e.t.Fatalf("claimed %d of %d", len(jobs), n)
	}
	return jobs
}

func TestTheLeasesOfADeadProcessAreTakenOver(t *testing.T) {
	each(t, func(e *env) {
		app := newReceiver(e.t)
		ep := e.endpoint(EndpointParams{URL: app.URL, Secret: testSecret})
		m := e.emit("user.created", ada)
		e.claimAndDie(ep.ID, 1)
		e.start(Options{TakeOver: true})
		e.settled(m.ID, 1)
		checkSigned(e.t, app.seen()[0], m.ID, testSecret)
	})
}

func TestLeasesOfOthersAreWaitedFor(t *testing.T) {
	onManualClock(t, func(e *env, wall *clock.Manual) {
		app := newReceiver(e.t)
		ep := e.endpoint(EndpointParams{URL: app.URL})
		leased := e.emit("user.created", ada)
		e.claimAndDie(ep.ID, 1)
		e.start(Options{})
		other := e.emit("user.updated", ada)
		e.settled(other.ID, 1)
		if d := e.deliveries(leased.ID)[0]; d.Attempts != 0 {
			e.t.Fatalf("a leased delivery was tried: %+v", d)
		}
		wall.Advance(15*time.Second + leaseMargin)
		e.outbox.Wake(testInstance)
		e.settled(leased.ID, 1)
	})
}

// TestALateRecordCannotUndoASuccess lets a second process try a delivery because
// the first one's lease has ended, and record first.
func TestALateRecordCannotUndoASuccess(t *testing.T) {
	onManualClock(t, func(e *env, wall *clock.Manual) {
		ep := e.endpoint(EndpointParams{URL: "http://localhost:1"})
		m := e.emit("user.created", ada)
		d := NewDispatcher(e.db, e.outbox, Options{})
		record := func(j *job, code int) {
			o := &outcome{startedAt: wall.Now(), code: code}
			d.record(testInstance, []*finished{{job: j, outcome: o, attempts: []*Attempt{d.newAttempt(j, o)}, starts: []time.Time{o.startedAt}}})
		}
		late := e.claimAndDie(ep.ID, 1)[0]
		wall.Advance(15*time.Second + leaseMargin)
		second := e.claimAndDie(ep.ID, 1)[0]
		record(second, 200)
		record(late, 500)
		got := e.deliveries(m.ID)[0]
		if got.Status != StatusSuccess || got.NextAt != nil || got.Attempts != 2 || len(e.attempts(m.ID)) != 2 {
			e.t.Errorf("delivery %+v with %d attempts", got, len(e.attempts(m.ID)))
		}
	})
}

// onManualClock is each with a wall clock that stands still.
func onManualClock(t *testing.T, fn func(e *env, wall *clock.Manual)) {
	hub := &livelog.Hub{}
	outbox := NewOutbox(hub)
	wall := clock.NewManual(time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC))
	opts := store.Options{Schemas: []store.Schema{Schema}, Emit: outbox.Emit, Clock: wall}
	storetest.Each(t, opts, func(t *testing.T, db *store.Store) { fn(newEnv(t, db, outbox, hub), wall) })
}

func TestRunDrainsAndGivesBackWhatItCutsOff(t *testing.T) {
	each(t, func(e *env) {
		arrived := make(chan struct{}, 2)
		slow := func(w http.ResponseWriter, r *http.Request) { arrived <- struct{}{}; <-r.Context().Done() }
		app := newReceiver(e.t, slow, status(200))
		e.endpoint(EndpointParams{URL: app.URL})
		stop := e.start(Options{Drain: time.Millisecond})
		m := e.emit("user.created", ada)
		<-arrived
		stop()
		if d := e.deliveries(m.ID)[0]; d.Attempts != 0 || d.NextAt == nil {
			e.t.Fatalf("after the stop: %+v", d)
		}
		e.start(Options{}) // no TakeOver: the lease was given back
		e.settled(m.ID, 1)
	})
}

func TestCloseLetsAttemptsFinish(t *testing.T) {
	each(t, func(e *env) {
		arrived, goOn := make(chan struct{}), make(chan struct{})
		app := newReceiver(e.t, func(http.ResponseWriter, *http.Request) { close(arrived); <-goOn })
		e.endpoint(EndpointParams{URL: app.URL})
		stop := e.start(Options{})
		m := e.emit("user.created", ada)
		<-arrived
		closed := make(chan struct{})
		go func() { stop(); close(closed) }()
		close(goOn)
		<-closed
		if d := e.deliveries(m.ID)[0]; d.Status != StatusSuccess {
			e.t.Errorf("after Close: %+v", d)
		}
	})
}

// TestEveryMessageArrivesOnce floods several endpoints of several instances.
func TestEveryMessageArrivesOnce(t *testing.T) {
	const messages = 200
	each(t, func(e *env) {
		app := newReceiver(e.t)
		others := []string{testInstance, "ins_b", "ins_c"}
		for _, id := range others {
			e.writeAs(id, func(tx *store.Tx) error {
				if err := tx.InitState(""); err != nil {
					return err
				}
				for range 2 {
					if _, err := CreateEndpoint(tx, EndpointParams{URL: app.URL}); err != nil {
						return err
					}
				}
				return nil
			})
		}
		e.start(Options{Workers: 8})
		for i := range messages {
			e.writeAs(others[i%len(others)], func(tx *store.Tx) error { return tx.Emit("user.created", ada) })
		}
		e.eventually("all deliveries", func() bool { return len(app.seen()) >= 2*messages })
		times := map[string]int{}
		for _, r := range app.seen() {
			times[r.header.Get("svix-id")]++
		}
		if len(times) != messages {
			e.t.Errorf("%d messages arrived", len(times))
		}
		for id, n := range times {
			if n != 2 {
				e.t.Errorf("%s arrived %d times at two endpoints", id, n)
			}
		}
	})
}

// TestAHangingAppHoldsUpNobodyElse fills one instance's share of the workers
// with requests that are not answered.
func TestAHangingAppHoldsUpNobodyElse(t *testing.T) {
	each(t, func(e *env) {
		hang := newReceiver(e.t, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
		e.endpoint(EndpointParams{URL: hang.URL})
		for range 20 {
			e.write(func(tx *store.Tx) error { return tx.Emit("user.created", ada) })
		}
		e.start(Options{Workers: 4, Drain: time.Millisecond})
		e.eventually("the share to be used up", func() bool { return len(hang.seen()) == 3 })
		app := newReceiver(e.t)
		e.writeAs("ins_b", func(tx *store.Tx) error {
			if err := tx.InitState(""); err != nil {
				return err
			}
			if _, err := CreateEndpoint(tx, EndpointParams{URL: app.URL}); err != nil {
				return err
			}
			return tx.Emit("user.created", ada)
		})
		e.eventually("the other instance's delivery", func() bool { return len(app.seen()) == 1 })
		if n := len(hang.seen()); n != 3 {
			e.t.Errorf("the hanging app has %d requests, its share is 3", n)
		}
	})
}

func (e *env) writeAs(instance string, fn func(tx *store.Tx) error) {
	e.t.Helper()
	if err := e.db.Write(context.Background(), instance, fn); err != nil {
		e.t.Fatal(err)
	}
}

// TestProcessesShareAQueue runs two dispatchers on one PostgreSQL: each message
// arrives once, and one process sends what the other left behind.
func TestProcessesShareAQueue(t *testing.T) {
	const messages = 100
	hub := &livelog.Hub{}
	outbox := NewOutbox(hub)
	opts := storetest.Postgres(t, store.Options{Schemas: []store.Schema{Schema}, Emit: outbox.Emit})
	e := newEnv(t, storetest.Open(t, opts), outbox, hub)
	app := newReceiver(t)
	e.endpoint(EndpointParams{URL: app.URL})
	for range messages { // before any dispatcher: found by polling
		e.write(func(tx *store.Tx) error { return tx.Emit("user.created", ada) })
	}
	for range 2 {
		other := storetest.Open(t, opts)
		d := NewDispatcher(other, NewOutbox(hub), Options{PollEvery: 10 * time.Millisecond, Workers: 4})
		go d.Run(context.Background())
		t.Cleanup(d.Close)
	}
	for range messages { // by a process without a dispatcher
		e.write(func(tx *store.Tx) error { return tx.Emit("user.created", ada) })
	}
	e.eventually("all deliveries", func() bool { return len(app.seen()) >= 2*messages })
	times := map[string]int{}
	for _, r := range app.seen() {
		times[r.header.Get("svix-id")]++
	}
	if len(times) != 2*messages || len(app.seen()) != 2*messages {
		t.Errorf("%d messages arrived in %d requests", len(times), len(app.seen()))
	}
}

// TestARecordFindsItsRowByThePrimaryKey asks both planners, before they have any
// statistics: an index that looks as good makes records slower with history.
func TestARecordFindsItsRowByThePrimaryKey(t *testing.T) {
	each(t, func(e *env) {
		explain, key, n := "EXPLAIN QUERY PLAN ", "PRIMARY KEY (instance_id=? AND message_id=? AND endpoint_id=?)", maxRecords
		if e.db.Postgres() {
			explain, key, n = "EXPLAIN ", "webhook_delivery_key", 1
		}
		args := []any{testInstance, 1}
		for range n {
			args = append(args, "msg_1", "ep_1", 1, 0, 0, int64(StatusSuccess), nil, 1)
		}
		var plan []string
		e.write(func(tx *store.Tx) error {
			rows, err := tx.Query(explain+closeSQLs[n], args...)
			if err != nil {
				return err
			}
			defer rows.Close()
			columns, err := rows.Columns()
			for rows.Next() && err == nil {
				row := make([]any, len(columns))
				for i := range row {
					row[i] = new(any)
				}
				err = rows.Scan(row...)
				plan = append(plan, fmt.Sprint(*row[len(row)-1].(*any)))
			}
			return err
		})
		if !strings.Contains(strings.Join(plan, "\n"), key) {
			e.t.Errorf("the plan does not use %s:\n%s", key, strings.Join(plan, "\n"))
		}
	})
}
