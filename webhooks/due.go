package webhooks

import (
	"container/heap"
	"time"
)

// dueQueue knows for each lane when to look at its deliveries next. It is not
// safe for concurrent use.
type dueQueue struct {
	heap    dueHeap
	entries map[laneKey]*dueEntry
	held    map[string]map[laneKey]*dueEntry // by instance
}

type dueEntry struct {
	key   laneKey
	at    time.Time
	index int // in the heap, -1 while taken
	again bool
	held  bool
}

// add asks to look at the lane at the given wall time, or earlier if that was
// asked for before.
func (q *dueQueue) add(key laneKey, at time.Time) {
	e := q.entries[key]
	switch {
	case e == nil:
		if q.entries == nil {
			q.entries = map[laneKey]*dueEntry{}
		}
		e = &dueEntry{key: key, at: at}
		q.entries[key] = e
		heap.Push(&q.heap, e)
	case e.held: // looked at when it can be
		if at.Before(e.at) {
			e.at = at
		}
	case e.index < 0: // being looked at: remember to look again
		if !e.again || at.Before(e.at) {
			e.again, e.at = true, at
		}
	case at.Before(e.at):
		e.at = at
		heap.Fix(&q.heap, e.index)
	}
}

// take removes the lane that has been due longest; it is not given out again
// before done.
func (q *dueQueue) take(now time.Time) (key laneKey, ok bool) {
	if len(q.heap) == 0 || q.heap[0].at.After(now) {
		return laneKey{}, false
	}
	e := heap.Pop(&q.heap).(*dueEntry)
	e.again = false
	return e.key, true
}

// done ends a take; what was added meanwhile counts.
func (q *dueQueue) done(key laneKey) {
	e := q.entries[key]
	if !e.again {
		delete(q.entries, key)
		return
	}
	heap.Push(&q.heap, e)
}

// hold puts a taken lane aside until resume, because it has its share of
// workers.
func (q *dueQueue) hold(key laneKey) {
	e := q.entries[key]
	e.held = true
	if q.held == nil {
		q.held = map[string]map[laneKey]*dueEntry{}
	}
	if q.held[key.instance] == nil {
		q.held[key.instance] = map[laneKey]*dueEntry{}
	}
	q.held[key.instance][key] = e
}

// resume gives an instance's held lanes out again: one of its workers is free.
func (q *dueQueue) resume(instance string) {
	for _, e := range q.held[instance] {
		e.held = false
		heap.Push(&q.heap, e)
	}
	delete(q.held, instance)
}

// waits tells whether the lane is to be looked at now, or is being looked at.
func (q *dueQueue) waits(key laneKey, now time.Time) bool {
	e := q.entries[key]
	return e != nil && (e.index < 0 || !e.at.After(now))
}

// next is when the first lane is due.
func (q *dueQueue) next() (at time.Time, ok bool) {
	if len(q.heap) == 0 {
		return time.Time{}, false
	}
	return q.heap[0].at, true
}

// dueBy counts the lanes that are due now, those taken excepted.
func (q *dueQueue) dueBy(now time.Time) (n int) {
	for _, e := range q.heap {
		if !e.at.After(now) {
			n++
		}
	}
	return n
}

type dueHeap []*dueEntry

func (h dueHeap) Len() int           { return len(h) }
func (h dueHeap) Less(i, j int) bool { return h[i].at.Before(h[j].at) }
func (h dueHeap) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].index, h[j].index = i, j
}

func (h *dueHeap) Push(x any) {
	e := x.(*dueEntry)
	e.index = len(*h)
	*h = append(*h, e)
}

func (h *dueHeap) Pop() any {
	old := *h
	e := old[len(old)-1]
	e.index = -1
	*h = old[:len(old)-1]
	return e
}
