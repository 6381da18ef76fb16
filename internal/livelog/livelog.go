// Package livelog tells whoever watches what has just happened: the console's
// pages, waits and tails. It keeps a short memory so that a reader that comes
// back misses nothing of the last moments. It must not be relied on for
// anything that has to survive: the tables are the truth.
package livelog

import (
	"context"
	"sync"
	"sync/atomic"
	"time"
)

// Event is one thing that happened, told after its commit.
type Event struct {
	// ID counts up over the whole process, so that a reader can resume.
	ID int64 `json:"id"`
	// Instance is whose event it is; readers never see another's.
	Instance string `json:"-"`
	// Kind says what Data is: "message", "attempt", "user", "request".
	Kind string `json:"kind"`
	Data any    `json:"data"`
}

// memory is how many events of all instances a reader can catch up on.
const memory = 1024

// buffer is how far a reader may fall behind before it is told to reload.
const buffer = 256

// otherProcesses is how often a wait looks for what other processes did.
const otherProcesses = time.Second

// Hub takes events and hands them on. The zero value is ready; all methods are
// safe for concurrent use.
type Hub struct {
	mu      sync.Mutex
	next    int64
	recent  []Event
	readers map[*Reader]struct{}
	watched atomic.Int64 // how many readers there are
	observe []func(Event)
}

// Reader receives the events of one instance.
type Reader struct {
	// C delivers the events; it is closed when the reader fell too far behind
	// or was closed.
	C        <-chan Event
	c        chan Event
	hub      *Hub
	instance string
}

// Publish hands an event to the readers of its instance. It never blocks.
func (h *Hub) Publish(instance, kind string, data any) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.next++
	e := Event{ID: h.next, Instance: instance, Kind: kind, Data: data}
	if len(h.recent) == memory {
		h.recent = append(h.recent[:0], h.recent[memory/2:]...)
	}
	h.recent = append(h.recent, e)
	for _, observe := range h.observe {
		observe(e)
	}
	for r := range h.readers {
		if r.instance == instance {
			h.hand(r, e)
		}
	}
}

// Observe has fn called for every event of every instance, for counting. fn must
// not block, nor use the hub.
func (h *Hub) Observe(fn func(Event)) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.observe = append(h.observe, fn)
}

// Watched tells whether anybody reads at all, at hardly any cost.
func (h *Hub) Watched() bool { return h.watched.Load() > 0 }

func (h *Hub) hand(r *Reader, e Event) {
	select {
	case r.c <- e:
	default:
		h.remove(r)
	}
}

func (h *Hub) remove(r *Reader) {
	if _, ok := h.readers[r]; ok {
		delete(h.readers, r)
		h.watched.Add(-1)
		close(r.c)
	}
}

// Subscribe starts a reader of one instance's events after the event with id
// after; 0 means only what comes from now on. Close it when done.
func (h *Hub) Subscribe(instance string, after int64) *Reader {
	c := make(chan Event, buffer)
	r := &Reader{C: c, c: c, hub: h, instance: instance}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.readers == nil {
		h.readers = map[*Reader]struct{}{}
	}
	h.readers[r] = struct{}{}
	h.watched.Add(1)
	if after > 0 {
		for _, e := range h.recent {
			if e.ID > after && e.Instance == instance {
				h.hand(r, e)
			}
		}
	}
	return r
}

// Await blocks until there is reason to look again: an event of the kind or, for
// a store that is shared with other processes, whose events are not told here, a
// second. False means that ctx has ended, or that the reader fell behind.
func (r *Reader) Await(ctx context.Context, kind string, shared bool) bool {
	var due <-chan time.Time
	if shared {
		timer := time.NewTimer(otherProcesses)
		defer timer.Stop()
		due = timer.C
	}
	for {
		select {
		case <-ctx.Done():
			return false
		case <-due:
			return true
		case e, ok := <-r.C:
			if !ok || e.Kind == kind {
				return ok
			}
		}
	}
}

// Close ends the reader.
func (r *Reader) Close() {
	r.hub.mu.Lock()
	defer r.hub.mu.Unlock()
	r.hub.remove(r)
}
