package webhooks

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"testing"
	"time"

	"github.com/nightclerk/nightclerk/internal/clock"
	"github.com/nightclerk/nightclerk/internal/store"
)

// tasks runs background tasks until the test ends or stop is called.
func (e *env) tasks() (runner *Tasks, stop func()) {
	runner = NewTasks(e.db, e.outbox, slog.New(slog.NewTextHandler(io.Discard, nil)))
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); runner.Run(ctx) }()
	stop = func() { cancel(); <-done }
	e.t.Cleanup(stop)
	return runner, stop
}

// task begins a task and does it, piece by piece.
func (e *env) task(typ TaskType, ref string, p TaskParams) *Task {
	e.t.Helper()
	var t *Task
	e.write(func(tx *store.Tx) (err error) {
		t, err = CreateTask(tx, typ, ref, p)
		return err
	})
	return e.finish(t.ID)
}

func (e *env) finish(id string) (t *Task) {
	e.t.Helper()
	for more := true; more; {
		e.write(func(tx *store.Tx) (err error) {
			more, err = e.outbox.stepTask(tx)
			return err
		})
	}
	e.read(func(tx *store.Tx) (err error) {
		t, err = GetTask(tx, id)
		return err
	})
	return t
}

func (e *env) owed(messageID, endpointID string) (manual int64, due bool) {
	e.t.Helper()
	e.read(func(tx *store.Tx) error {
		return tx.QueryRow(`SELECT coalesce(sum(manual), 0), coalesce(sum(CASE WHEN next_at IS NULL THEN 0 ELSE 1 END), 0) > 0 FROM webhook_delivery
			WHERE instance_id = $1 AND message_id = $2 AND endpoint_id = $3`, tx.Instance(), messageID, endpointID).Scan(&manual, &due)
	})
	return manual, due
}

// A recovery sends what failed and was never accepted, and nothing else.
func TestRecover(t *testing.T) {
	each(t, func(e *env) {
		app := newReceiver(e.t, status(500), status(500), status(200))
		ep := e.endpoint(EndpointParams{URL: app.URL, Schedule: "manual"})
		stop := e.start(Options{})
		var start time.Time
		e.read(func(tx *store.Tx) error { start = tx.Now(); return nil })
		failed, healed, fine := e.emit("user.created", ada), e.emit("user.created", ada), (*Message)(nil)
		e.settled(failed.ID, 1)
		e.settled(healed.ID, 1)
		e.write(func(tx *store.Tx) error { return e.outbox.Resend(tx, healed.ID, ep.ID) })
		e.settled(healed.ID, 2)
		fine = e.emit("user.created", ada)
		e.settled(fine.ID, 1)
		stop()
		for _, c := range []struct {
			name string
			p    TaskParams
			want int64
		}{
			{"before", TaskParams{Since: start.Add(-time.Hour), Until: start}, 0},
			{"after", TaskParams{Since: start.Add(time.Hour), Until: start.Add(2 * time.Hour)}, 0},
			{"all", TaskParams{Since: start}, 1},
		} {
			if got := e.task(TaskRecover, ep.ID, c.p); got.Status != TaskFinished || got.Count != c.want {
				e.t.Errorf("%s: %+v, want %d sent", c.name, got, c.want)
			}
		}
		for m, want := range map[*Message]int64{failed: 1, healed: 0, fine: 0} {
			if manual, due := e.owed(m.ID, ep.ID); manual != want || due != (want > 0) {
				e.t.Errorf("%s is owed %d attempts, due %v; want %d", m.ID, manual, due, want)
			}
		}
		e.start(Options{})
		if a := e.settled(failed.ID, 2)[0]; a.Trigger != TriggerManual || a.Status != StatusSuccess {
			e.t.Errorf("the recovered attempt is %+v", a)
		}
	})
}

// Only what the endpoint subscribes to and never got is missing there.
func TestReplayMissing(t *testing.T) {
	each(t, func(e *env) {
		app := newReceiver(e.t)
		before, other := e.emit("user.created", ada), e.emit("session.created", ada)
		ep := e.endpoint(EndpointParams{URL: app.URL, EventTypes: []string{"user.created"}})
		picky := e.endpoint(EndpointParams{URL: app.URL, Channels: []string{"c"}})
		e.start(Options{})
		got := e.emit("user.created", ada)
		e.settled(got.ID, 1)
		if task := e.task(TaskReplay, ep.ID, TaskParams{}); task.Count != 1 || task.Status != TaskFinished {
			e.t.Errorf("replayed %+v, want the one message that is missing", task)
		}
		e.settled(before.ID, 1)
		if n := len(e.deliveries(other.ID)); n != 0 {
			e.t.Errorf("a message that the endpoint does not subscribe to went to %d endpoints", n)
		}
		if task := e.task(TaskReplay, ep.ID, TaskParams{}); task.Count != 0 {
			e.t.Errorf("a second replay sent %d", task.Count)
		}
		if task := e.task(TaskReplay, picky.ID, TaskParams{}); task.Count != 0 {
			e.t.Errorf("an endpoint with channels was sent %d messages without", task.Count)
		}
	})
}

// What was dropped because the endpoint was disabled is missing too.
func TestReplayMissingAfterDisabling(t *testing.T) {
	each(t, func(e *env) {
		app := newReceiver(e.t)
		ep := e.endpoint(EndpointParams{URL: app.URL})
		m := e.emit("user.created", ada)
		enable := func(on bool) {
			e.write(func(tx *store.Tx) error {
				_, err := UpdateEndpoint(tx, ep.ID, func(p *EndpointParams) error { p.Disabled = !on; return nil })
				return err
			})
		}
		enable(false)
		stop := e.start(Options{})
		e.eventually("the delivery to be dropped", func() bool { return e.deliveries(m.ID)[0].NextAt == nil })
		stop()
		enable(true)
		if task := e.task(TaskReplay, ep.ID, TaskParams{}); task.Count != 1 {
			e.t.Errorf("replayed %+v", task)
		}
	})
}

func TestBulkReplay(t *testing.T) {
	each(t, func(e *env) {
		app := newReceiver(e.t, status(200), status(404))
		ep := e.endpoint(EndpointParams{URL: app.URL, Schedule: "manual"})
		stop := e.start(Options{})
		good := e.emit("user.created", ada)
		e.settled(good.ID, 1)
		bad := e.emit("user.updated", ada)
		e.settled(bad.ID, 1)
		stop()
		fail, class := StatusFail, 200
		for name, c := range map[string]struct {
			p    TaskParams
			want int64
		}{
			"all":     {TaskParams{}, 2},
			"type":    {TaskParams{Types: []string{"user.updated"}}, 1},
			"failed":  {TaskParams{Only: &fail}, 1},
			"class":   {TaskParams{CodeClass: &class}, 1},
			"tag":     {TaskParams{Tag: "t"}, 0},
			"channel": {TaskParams{Channel: "c"}, 0},
		} {
			if got := e.task(TaskBulkReplay, ep.ID, c.p); got.Count != c.want || got.Status != TaskFinished {
				e.t.Errorf("%s: %+v, want %d", name, got, c.want)
			}
		}
	})
}

// A task over many messages is done in many transactions, goes on after a
// restart and counts each message once.
func TestTasksGoOnInAnotherProcess(t *testing.T) {
	each(t, func(e *env) {
		const n = 3*Piece + 7
		e.write(func(tx *store.Tx) error {
			for i := range n {
				if err := tx.Emit("user.created", map[string]any{"id": fmt.Sprint(i)}); err != nil {
					return err
				}
			}
			return nil
		})
		ep := e.endpoint(EndpointParams{URL: "http://127.0.0.1:1", Schedule: "manual"})
		var task *Task
		e.write(func(tx *store.Tx) (err error) {
			task, err = CreateTask(tx, TaskReplay, ep.ID, TaskParams{})
			return err
		})
		e.write(func(tx *store.Tx) error { _, err := e.outbox.stepTask(tx); return err })
		e.read(func(tx *store.Tx) (err error) { task, err = GetTask(tx, task.ID); return err })
		if task.Count != Piece || task.Status != TaskRunning {
			e.t.Fatalf("after one piece: %+v", task)
		}
		_, stop := e.tasks() // another process begins
		e.eventually("the task to end", func() bool {
			e.read(func(tx *store.Tx) (err error) { task, err = GetTask(tx, task.ID); return err })
			return task.Status != TaskRunning
		})
		stop()
		if task.Status != TaskFinished || task.Count != n {
			e.t.Errorf("the task is %+v, want %d messages", task, n)
		}
	})
}

func TestTaskOfADeletedEndpointFails(t *testing.T) {
	each(t, func(e *env) {
		e.emit("user.created", ada)
		ep := e.endpoint(EndpointParams{URL: "http://127.0.0.1:1"})
		var task *Task
		e.write(func(tx *store.Tx) (err error) {
			if task, err = CreateTask(tx, TaskReplay, ep.ID, TaskParams{}); err != nil {
				return err
			}
			return DeleteEndpoint(tx, ep.ID)
		})
		if task = e.finish(task.ID); task.Status != TaskFailed || task.Error == "" {
			e.t.Errorf("the task is %+v", task)
		}
	})
}

func TestExpungedMessagesAreNotSent(t *testing.T) {
	each(t, func(e *env) {
		app := newReceiver(e.t)
		ep := e.endpoint(EndpointParams{URL: app.URL})
		m := e.emit("user.created", ada)
		e.write(func(tx *store.Tx) error { return ExpungeMessage(tx, m.ID) })
		if _, due := e.owed(m.ID, ep.ID); due {
			e.t.Error("an expunged message is still to be sent")
		}
		err := e.db.Write(context.Background(), testInstance, func(tx *store.Tx) error { return e.outbox.Resend(tx, m.ID, ep.ID) })
		if refusal, ok := err.(*Error); !ok || refusal.Code != "missing_payload" || refusal.Status != http.StatusBadRequest {
			e.t.Errorf("resending it: %v", err)
		}
		if task := e.task(TaskBulkReplay, ep.ID, TaskParams{}); task.Count != 0 {
			e.t.Errorf("a replay sends %d expunged messages", task.Count)
		}
		e.emit("user.created", ada)
		if task := e.task(TaskPurge, "", TaskParams{}); task.Count != 1 || task.Out().Data["messagesPurged"] != int64(1) {
			e.t.Errorf("purged %+v", task)
		}
	})
}

func TestCancel(t *testing.T) {
	each(t, func(e *env) {
		ep := e.endpoint(EndpointParams{URL: "http://127.0.0.1:1"})
		m := e.emit("user.created", ada)
		var n int
		e.write(func(tx *store.Tx) (err error) { n, err = CancelPiece(tx, ep.ID, m.CreatedAt); return err })
		if n != 0 {
			e.t.Errorf("canceled %d messages made before the first", n)
		}
		e.write(func(tx *store.Tx) (err error) {
			n, err = CancelPiece(tx, ep.ID, m.CreatedAt.Add(time.Second))
			return err
		})
		d, a := e.deliveries(m.ID)[0], e.attempts(m.ID)
		if n != 1 || d.Status != StatusCanceled || d.NextAt != nil || len(a) != 1 || a[0].Status != StatusCanceled || a[0].Diagnosis() != "" {
			e.t.Errorf("canceled %d: %+v, %+v", n, d, a)
		}
	})
}

func (e *env) trim() (done Trimmed) {
	e.t.Helper()
	done, err := Trim(context.Background(), e.db, testInstance)
	if err != nil {
		e.t.Fatal(err)
	}
	return done
}

// The instance's own clock decides what is kept.
func TestTrim(t *testing.T) {
	each(t, func(e *env) {
		e.endpoint(EndpointParams{URL: "http://127.0.0.1:1"})
		var short *Message
		e.write(func(tx *store.Tx) (err error) {
			for range Piece + 1 {
				if err := tx.Emit("user.created", ada); err != nil {
					return err
				}
			}
			short, err = e.outbox.Create(tx, MessageParams{Type: "user.created", Payload: []byte(`{}`), Retention: 5 * 24 * time.Hour})
			return err
		})
		if got := e.trim(); got != (Trimmed{}) {
			e.t.Errorf("trimmed %+v of what is new", got)
		}
		e.setClock(func(v clock.Virtual) clock.Virtual { v.OffsetMS += (6 * 24 * time.Hour).Milliseconds(); return v })
		if got := e.trim(); got != (Trimmed{Payloads: 1}) {
			e.t.Errorf("after 6 days: trimmed %+v", got)
		}
		e.read(func(tx *store.Tx) (err error) { short, err = GetMessage(tx, short.ID); return err })
		if !short.Expunged || string(short.Out().Payload) != `{"expired":true}` {
			e.t.Errorf("the message that was kept for 5 days: %+v", short)
		}
		recent := e.emit("user.created", ada)
		e.setClock(func(v clock.Virtual) clock.Virtual {
			v.OffsetMS += (DefaultRetention - 24*time.Hour).Milliseconds()
			return v
		})
		if got := e.trim(); got != (Trimmed{Messages: Piece + 2}) {
			e.t.Errorf("after 95 days: trimmed %+v", got)
		}
		e.read(func(tx *store.Tx) error {
			c, err := CountUpTo(tx, 1000)
			if err == nil && (c.Messages != 1 || c.Endpoints != 1) {
				e.t.Errorf("left %+v", c)
			}
			return err
		})
		if len(e.deliveries(recent.ID)) != 1 {
			e.t.Error("the message that is younger lost its delivery")
		}
	})
}

// A clock that is moved has it looked after at once.
func TestTasksTrim(t *testing.T) {
	each(t, func(e *env) {
		e.emit("user.created", ada)
		runner, _ := e.tasks()
		e.setClock(func(v clock.Virtual) clock.Virtual {
			v.OffsetMS += (DefaultRetention + time.Hour).Milliseconds()
			return v
		})
		runner.Wake(testInstance)
		e.eventually("an old message to be trimmed", func() bool {
			var c Counts
			e.read(func(tx *store.Tx) (err error) { c, err = CountUpTo(tx, 1000); return err })
			return c.Messages == 0
		})
	})
}
