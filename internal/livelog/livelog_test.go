package livelog

import (
	"context"
	"testing"
	"time"
)

func TestReadersSeeTheirOwnInstanceAndCanResume(t *testing.T) {
	var hub Hub
	a := hub.Subscribe("a", 0)
	defer a.Close()
	hub.Publish("b", "user", "stranger")
	hub.Publish("a", "user", "first")
	hub.Publish("a", "user", "second")
	first := <-a.C
	if first.Data != "first" {
		t.Fatalf("got %v", first.Data)
	}
	again := hub.Subscribe("a", first.ID)
	defer again.Close()
	if e := <-again.C; e.Data != "second" || len(again.C) != 0 {
		t.Errorf("resumed with %v and %d more", e.Data, len(again.C))
	}
}

func TestASlowReaderIsLetGoAndHoldsNobodyUp(t *testing.T) {
	var hub Hub
	slow := hub.Subscribe("a", 0)
	for i := range 10 * memory {
		hub.Publish("a", "n", i)
	}
	n := 0
	for range slow.C { // ends because the channel was closed
		n++
	}
	if n != buffer {
		t.Errorf("the slow reader got %d events before it was let go", n)
	}
	slow.Close() // twice is harmless
}

func TestTheObserverSeesEveryInstance(t *testing.T) {
	var hub Hub
	var seen []string
	hub.Observe(func(e Event) { seen = append(seen, e.Instance) })
	hub.Publish("a", "n", 1)
	hub.Publish("b", "n", 2)
	if len(seen) != 2 || seen[0] != "a" || seen[1] != "b" {
		t.Errorf("saw %v", seen)
	}
}

func TestAwaitMindsItsKindTheEndAndWhatItMissed(t *testing.T) {
	var hub Hub
	r := hub.Subscribe("a", 0)
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	hub.Publish("a", "other", nil)
	hub.Publish("a", "message", nil)
	hub.Publish("a", "left", nil)
	if !r.Await(ctx, "message", false) {
		t.Fatal("the event was not heard")
	}
	if e := <-r.C; e.Kind != "left" {
		t.Errorf("%s was left to be read", e.Kind)
	}
	r.Close()
	if r.Await(ctx, "message", false) {
		t.Error("a reader that was let go heard something")
	}
	over, end := context.WithCancel(ctx)
	end()
	if hub.Subscribe("a", 0).Await(over, "message", true) {
		t.Error("a wait went on after its end")
	}
}
