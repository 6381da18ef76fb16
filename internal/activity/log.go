package activity

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/nightclerk/nightclerk/internal/clock"
	"github.com/nightclerk/nightclerk/internal/livelog"
)

// Bounds of what is remembered.
const (
	// MaxEntries is how many requests an instance keeps.
	MaxEntries = 1000
	// MaxBytes is about how much memory the requests of an instance take.
	MaxBytes = 4 << 20
	// MaxDetails is how many requests of an instance in a row keep what they
	// carried, and DetailsPerSecond how many of those that go on and on. Of more,
	// nobody could look at any before it is pushed out, and keeping it would cost a
	// load test what it measures.
	MaxDetails       = 200
	DetailsPerSecond = 20
	// maxTotal is about how much memory the requests of all instances take; then
	// the instance that was silent longest loses its own.
	maxTotal = 64 << 20
)

// pace is how often readers are told of requests; settle is how long the first
// waits for those that come with it.
const (
	pace   = time.Second
	settle = 50 * time.Millisecond
)

// Log is the memory of all instances. All methods are safe for concurrent use.
type Log struct {
	hub   *livelog.Hub
	clock clock.Clock

	mu        sync.RWMutex
	instances map[string]*memory
	total     atomic.Int64 // bytes, about
}

// New returns an empty memory that tells hub, at most once a second and instance,
// that there were requests (kind "request").
func New(hub *livelog.Hub, wall clock.Clock) *Log {
	return &Log{hub: hub, clock: wall, instances: map[string]*memory{}}
}

// memory is what is known of one instance.
type memory struct {
	mu      sync.Mutex
	ring    []*Entry // the newest is at next-1
	next    int
	size    int
	seq     int64
	wanted  map[string]*Wanted
	marks   map[string]Mark
	series  [seriesCount]series
	lastAt  time.Time
	details int // how many may be kept now, as of since
	since   time.Time
	told    time.Time
	telling bool
}

// of is an instance's memory, which is made on first need.
func (l *Log) of(instance string) *memory {
	l.mu.RLock()
	m := l.instances[instance]
	l.mu.RUnlock()
	if m != nil {
		return m
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if m = l.instances[instance]; m == nil {
		m = &memory{wanted: map[string]*Wanted{}, marks: map[string]Mark{}}
		l.instances[instance] = m
	}
	return m
}

// known is an instance's memory, nil when there is none.
func (l *Log) known(instance string) *memory {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return l.instances[instance]
}

// Forget forgets everything about an instance.
func (l *Log) Forget(instance string) {
	l.mu.Lock()
	if m := l.instances[instance]; m != nil {
		l.total.Add(-int64(m.bytes()))
		delete(l.instances, instance)
	}
	l.mu.Unlock()
	l.hub.Publish(instance, "request", struct{}{})
}

// Detailed tells whether what a request carries is to be kept; see MaxDetails. Ask
// once for each request.
func (l *Log) Detailed(instance string, at time.Time) bool {
	m := l.of(instance)
	m.mu.Lock()
	defer m.mu.Unlock()
	const each = time.Second / DetailsPerSecond
	if more := int(at.Sub(m.since) / each); more >= MaxDetails || m.since.IsZero() {
		m.details, m.since = MaxDetails, at
	} else if more > 0 {
		m.details, m.since = min(m.details+more, MaxDetails), m.since.Add(time.Duration(more)*each)
	}
	if m.details == 0 {
		return false
	}
	m.details--
	return true
}

// Add keeps a request, which must not be changed afterwards.
func (l *Log) Add(instance string, e *Entry) {
	if e.Detail != nil {
		e.Detail.note(e.Path)
	}
	m := l.of(instance)
	m.mu.Lock()
	grown := m.add(e)
	m.mu.Unlock()
	if grown != 0 && l.total.Add(int64(grown)) > maxTotal {
		l.thin(instance)
	}
	l.tell(instance, m, e.At)
}

// add returns by how many bytes the memory has grown.
func (m *memory) add(e *Entry) int {
	before := m.size
	m.seq++
	e.Seq, m.lastAt = m.seq, e.At
	if m.ring == nil {
		m.ring = make([]*Entry, MaxEntries)
	}
	m.drop(m.next)
	m.ring[m.next] = e
	m.next = (m.next + 1) % MaxEntries
	m.size += e.size()
	for i := m.next; m.size > MaxBytes; i++ {
		m.drop(i % MaxEntries)
	}
	m.series[Requests].add(e.At, 1)
	if e.Unsupported() && e.Operation != "" {
		m.want(e)
	}
	return m.size - before
}

// drop empties a place of the ring.
func (m *memory) drop(i int) {
	if e := m.ring[i]; e != nil {
		m.size -= e.size()
		m.ring[i] = nil
	}
}

func (m *memory) bytes() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.size
}

// thin empties the requests of the instances that were silent longest, but not
// those of the one that is speaking.
func (l *Log) thin(speaking string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for l.total.Load() > maxTotal {
		var silent *memory
		for name, m := range l.instances {
			if name != speaking && m.bytes() > 0 && (silent == nil || m.last().Before(silent.last())) {
				silent = m
			}
		}
		if silent == nil {
			return
		}
		l.total.Add(-int64(silent.empty()))
	}
}

func (m *memory) last() time.Time {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.lastAt
}

// empty forgets the requests and returns how many bytes they took.
func (m *memory) empty() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	size := m.size
	m.ring, m.next, m.size = nil, 0, 0
	return size
}

// tell has the readers of an instance look again, if there are any. What happens
// within pace is told together.
func (l *Log) tell(instance string, m *memory, at time.Time) {
	if !l.hub.Watched() {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.telling {
		return
	}
	m.telling = true
	time.AfterFunc(min(max(settle, pace-at.Sub(m.told)), pace), func() {
		m.mu.Lock()
		m.telling, m.told = false, l.clock.Now()
		m.mu.Unlock()
		l.hub.Publish(instance, "request", struct{}{})
	})
}

// List returns at most limit requests, the newest first, of those before the
// number before; 0 is from the newest. more says that there are others.
func (l *Log) List(instance string, f Filter, before int64, limit int) (list []*Entry, more bool) {
	for e := range l.newest(instance) {
		if before > 0 && e.Seq >= before || !f.matches(e) {
			continue
		}
		if len(list) == limit {
			return list, true
		}
		list = append(list, e)
	}
	return list, false
}

// Find returns the request with that trace id, nil when it is not remembered.
func (l *Log) Find(instance, traceID string) *Entry {
	for e := range l.newest(instance) {
		if e.TraceID == traceID {
			return e
		}
	}
	return nil
}

// newest goes through a picture of an instance's requests, the newest first.
func (l *Log) newest(instance string) func(func(*Entry) bool) {
	return func(yield func(*Entry) bool) {
		for _, e := range l.picture(instance) {
			if e != nil && !yield(e) {
				return
			}
		}
	}
}

func (l *Log) picture(instance string) []*Entry {
	m := l.known(instance)
	if m == nil {
		return nil
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	out := make([]*Entry, 0, len(m.ring))
	for i := range m.ring {
		out = append(out, m.ring[(m.next-1-i+2*MaxEntries)%MaxEntries])
	}
	return out
}
