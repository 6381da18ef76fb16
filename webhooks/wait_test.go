package webhooks

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/nightclerk/nightclerk/internal/clock"
)

func TestWaitDelivered(t *testing.T) {
	each(t, func(e *env) {
		app := newReceiver(e.t, status(500), status(200))
		e.endpoint(EndpointParams{URL: app.URL})
		e.start(Options{})
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		got := make(chan *Message, 1)
		waiting := func() {
			m, err := WaitDelivered(ctx, e.db, e.hub, testInstance, Want{Type: "user.created", SubjectID: "user_ada"})
			if err != nil {
				e.t.Error(err)
			}
			got <- m
		}
		go waiting()
		e.emit("user.updated", ada)
		m := e.emit("user.created", ada)
		if found := <-got; found == nil || found.ID != m.ID || string(found.Body) != string(m.Body) {
			e.t.Errorf("waited for %s, got %+v", m.ID, found)
		}
		waiting() // found at once when it has happened already
		if found := <-got; found == nil || found.ID != m.ID {
			e.t.Errorf("the second wait got %+v", found)
		}
	})
}

func TestAWaitInVainSaysWhy(t *testing.T) {
	each(t, func(e *env) {
		vain := func(want Want) string {
			ctx, cancel := context.WithTimeout(context.Background(), 10*time.Millisecond)
			defer cancel()
			_, err := WaitDelivered(ctx, e.db, e.hub, testInstance, want)
			var no *NotDelivered
			if !errors.As(err, &no) {
				e.t.Fatalf("the wait ended with %v", err)
			}
			return no.Reason
		}
		if got := vain(Want{Type: "user.created"}); !strings.Contains(got, "No user.created was emitted") {
			e.t.Error(got)
		}
		m := e.emit("user.created", ada)
		if got := vain(Want{Type: "user.created"}); !strings.Contains(got, m.ID+" was not sent. There was no endpoint") {
			e.t.Error(got)
		}
		app := newReceiver(e.t, status(404))
		e.endpoint(EndpointParams{URL: app.URL, Schedule: "manual"})
		e.setClock(func(v clock.Virtual) clock.Virtual { return v.Freeze(clock.Wall.Now(), nil) })
		tried := e.emit("user.created", ada)
		if got := vain(Want{}); !strings.Contains(got, tried.ID+" was emitted and not yet tried") {
			e.t.Error(got)
		}
		e.start(Options{})
		e.settled(tried.ID, 1)
		if got := vain(Want{SinceSeq: m.Seq}); !strings.Contains(got, tried.ID+" was tried and not accepted. There is no route at /") {
			e.t.Error(got)
		}
		if got := vain(Want{SinceSeq: tried.Seq}); !strings.Contains(got, "No message was emitted after seq") {
			e.t.Error(got)
		}
	})
}

// Each stage is reached by its own message: found by none of those that ask for
// another.
func TestAWaitEndsAtTheStageAskedFor(t *testing.T) {
	each(t, func(e *env) {
		wait := func(want Want) string {
			ctx, cancel := context.WithTimeout(context.Background(), 10*time.Millisecond)
			defer cancel()
			m, err := WaitDelivered(ctx, e.db, e.hub, testInstance, want)
			if err != nil {
				return err.Error()
			}
			return m.ID
		}
		app := newReceiver(e.t, status(500), status(204))
		ep := e.endpoint(EndpointParams{URL: app.URL, Schedule: "manual", EventTypes: []string{"user.created", "user.updated"}})
		emitted := e.emit("session.created", ada)
		e.mode(Mode{Held: true})
		held := e.emit("user.created", ada)
		if got := wait(Want{Stage: StageAttempted}); !strings.Contains(got, held.ID+" was emitted and is held back") {
			e.t.Error(got)
		}
		if got := wait(Want{Stage: StageEmitted}); got != emitted.ID {
			e.t.Errorf("the first emitted is %s", got)
		}
		if got := wait(Want{Stage: StageEmitted, EndpointID: ep.ID}); got != held.ID {
			e.t.Errorf("the first emitted to the endpoint is %s", got)
		}
		e.start(Options{})
		e.mode(Mode{})
		e.settled(held.ID, 1)
		delivered := e.emit("user.updated", ada)
		e.settled(delivered.ID, 1)
		for stage, want := range map[Stage]string{StageAttempted: held.ID, StageFailed: held.ID, StageDelivered: delivered.ID, "": delivered.ID} {
			if got := wait(Want{Stage: stage}); got != want {
				e.t.Errorf("the first %s is %s, want %s", stage, got, want)
			}
		}
		if got := wait(Want{Stage: StageFailed, SinceSeq: held.Seq}); !strings.Contains(got, "was delivered (204)") {
			e.t.Error(got)
		}
	})
}

func TestAWaitForEmittingIsWokenByTheMessage(t *testing.T) {
	each(t, func(e *env) {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		got := make(chan *Message, 1)
		go func() {
			m, _ := WaitDelivered(ctx, e.db, e.hub, testInstance, Want{Type: "user.created", Stage: StageEmitted})
			got <- m
		}()
		m := e.emit("user.created", ada)
		if found := <-got; found == nil || found.ID != m.ID {
			e.t.Errorf("got %+v", found)
		}
	})
}
