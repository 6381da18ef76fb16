package activity

import (
	"slices"
	"strings"
	"time"
)

// Series is something that is counted by time.
type Series int

// What is counted.
const (
	Requests Series = iota
	Tokens
	Deliveries
	Faults
	seriesCount
)

// The timeline is so many steps of so long.
const (
	Step  = 15 * time.Second
	Steps = 60
)

// series is one count, as a whole and by step.
type series struct {
	total int64
	steps [Steps]struct {
		number int64 // of the step since 1970, to tell an old one
		n      int64
	}
}

func (s *series) add(at time.Time, n int64) {
	number := at.UnixNano() / int64(Step)
	step := &s.steps[number%Steps]
	if step.number != number {
		step.number, step.n = number, 0
	}
	step.n += n
	s.total += n
}

// last are the counts up to now, the oldest first.
func (s *series) last(now time.Time) (out [Steps]int64) {
	number := now.UnixNano() / int64(Step)
	for i := range out {
		n := number - int64(Steps-1-i)
		if step := s.steps[n%Steps]; step.number == n {
			out[i] = step.n
		}
	}
	return out
}

// Count adds one to a series. Requests count by themselves.
func (l *Log) Count(instance string, s Series) {
	m, now := l.of(instance), l.clock.Now()
	m.mu.Lock()
	m.series[s].add(now, 1)
	m.mu.Unlock()
	l.tell(instance, m, now)
}

// Timeline is what was counted during the last Steps of an instance, the oldest
// first; the last one goes on until End.
type Timeline struct {
	End    time.Time
	Totals [seriesCount]int64 // since the process began, or the last reset
	Steps  [seriesCount][Steps]int64
}

// Timeline returns the counts of an instance.
func (l *Log) Timeline(instance string) (t Timeline) {
	now := l.clock.Now()
	t.End = now.Truncate(Step).Add(Step)
	m := l.known(instance)
	if m == nil {
		return t
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	for i := range m.series {
		t.Totals[i], t.Steps[i] = m.series[i].total, m.series[i].last(now)
	}
	return t
}

// Mark is that something happened for the first time.
type Mark struct {
	At time.Time
	// Ref is what to look at: a trace id, or the id of a message.
	Ref string
}

// Mark remembers that something happened, unless it did before.
func (l *Log) Mark(instance, name, ref string) {
	m := l.of(instance)
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, done := m.marks[name]; !done {
		m.marks[name] = Mark{At: l.clock.Now(), Ref: ref}
	}
}

// Marked tells whether and when something happened first.
func (l *Log) Marked(instance, name string) (Mark, bool) {
	m := l.known(instance)
	if m == nil {
		return Mark{}, false
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	mark, ok := m.marks[name]
	return mark, ok
}

// Wanted is an operation that is not built and was asked for.
type Wanted struct {
	Door, Operation string
	Times           int64
	LastAt          time.Time
	LastTrace       string
}

// want counts an operation; their names are the program's, so there are only so
// many.
func (m *memory) want(e *Entry) {
	key := e.Door + " " + e.Operation
	w := m.wanted[key]
	if w == nil {
		w = &Wanted{Door: e.Door, Operation: e.Operation}
		m.wanted[key] = w
	}
	w.Times++
	w.LastAt, w.LastTrace = e.At, e.TraceID
}

// Wanted returns what was asked for and is not built, what was asked for last
// first.
func (l *Log) Wanted(instance string) []Wanted {
	m := l.known(instance)
	if m == nil {
		return nil
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	out := make([]Wanted, 0, len(m.wanted))
	for _, w := range m.wanted {
		out = append(out, *w)
	}
	slices.SortFunc(out, func(a, b Wanted) int {
		if c := b.LastAt.Compare(a.LastAt); c != 0 {
			return c
		}
		return strings.Compare(a.Door+a.Operation, b.Door+b.Operation)
	})
	return out
}
