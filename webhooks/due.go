package webhooks

import (
	"container/heap"
	"time"
)

// dueQueue knows for each instance when to look at its deliveries next. It is
// not safe for concurrent use.
type dueQueue struct {
	heap    dueHeap
	entries map[string]*dueEntry
}

type dueEntry struct {
	instance string
	at       time.Time
	index    int // in the heap, -1 while taken
	again    bool
	held     bool
}

// add asks to look at the instance at the given wall time, or earlier if that
// was asked for before.
func (q *dueQueue) add(instance string, at time.Time) {
	e := q.entries[instance]
	switch {
	case e == nil:
		if q.entries == nil {
			q.entries = map[string]*dueEntry{}
		}
		e = &dueEntry{instance: instance, at: at}
		q.entries[instance] = e
		heap.Push(&q.heap, e)
	case e.index < 0: // being looked at: remember to look again
		if !e.again || at.Before(e.at) {
			e.again, e.at = true, at
		}
	case at.Before(e.at):
		e.at = at
		heap.Fix(&q.heap, e.index)
	}
}

// take removes the instance that has been due longest; it is not given out
// again before done.
func (q *dueQueue) take(now time.Time) (instance string, ok bool) {
	if len(q.heap) == 0 || q.heap[0].at.After(now) {
		return "", false
	}
	e := heap.Pop(&q.heap).(*dueEntry)
	e.again = false
	return e.instance, true
}

// done ends a take; what was added meanwhile counts.
func (q *dueQueue) done(instance string) {
	e := q.entries[instance]
	if !e.again {
		delete(q.entries, instance)
		return
	}
	heap.Push(&q.heap, e)
}

// hold puts a taken instance aside until resume, because it has its share of
// workers.
func (q *dueQueue) hold(instance string) { q.entries[instance].held = true }

// resume gives a held instance out again; for any other it does nothing.
func (q *dueQueue) resume(instance string) {
	if e := q.entries[instance]; e != nil && e.held {
		e.held = false
		heap.Push(&q.heap, e)
	}
}

// next is when the first instance is due.
func (q *dueQueue) next() (at time.Time, ok bool) {
	if len(q.heap) == 0 {
		return time.Time{}, false
	}
	return q.heap[0].at, true
}

// dueBy counts the instances that are due now, those taken excepted.
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
