// Package clock knows the two times of the emulator: wall time, which
// strangers' clocks check, and instance time, which each instance may freeze
// and advance. It is the only place that reads the machine's clock. It must not
// know what the times are used for.
package clock

import (
	"sync"
	"time"
)

// Clock tells wall time.
type Clock interface{ Now() time.Time }

// Wall is the machine's clock.
var Wall Clock = wall{}

type wall struct{}

func (wall) Now() time.Time { return time.Now() }

// Manual is a clock for tests: it stands still until told otherwise. It is safe
// for concurrent use.
type Manual struct {
	mu  sync.Mutex
	now time.Time
}

// NewManual returns a clock that stands at t.
func NewManual(t time.Time) *Manual { return &Manual{now: t} }

// Now returns the time the clock stands at.
func (m *Manual) Now() time.Time {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.now
}

// Advance moves the clock by d.
func (m *Manual) Advance(d time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.now = m.now.Add(d)
}

// Set moves the clock to t.
func (m *Manual) Set(t time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.now = t
}

// Virtual is the state of an instance's own clock. The zero value follows wall
// time.
type Virtual struct {
	// OffsetMS is how far instance time is ahead of wall time, in milliseconds.
	OffsetMS int64 `json:"offset_ms"`
	// FrozenAtMS is the instance time, in Unix milliseconds, at which the clock
	// stands; nil when it runs.
	FrozenAtMS *int64 `json:"frozen_at"`
}

// At returns instance time in Unix milliseconds when wall time is wall.
func (v Virtual) At(wall time.Time) int64 {
	if v.FrozenAtMS != nil {
		return *v.FrozenAtMS
	}
	return wall.UnixMilli() + v.OffsetMS
}

// Advance returns the clock moved by d; a frozen clock stays frozen, at the
// later instant.
func (v Virtual) Advance(d time.Duration) Virtual {
	if v.FrozenAtMS != nil {
		at := *v.FrozenAtMS + d.Milliseconds()
		return Virtual{OffsetMS: v.OffsetMS + d.Milliseconds(), FrozenAtMS: &at}
	}
	v.OffsetMS += d.Milliseconds()
	return v
}

// Freeze returns the clock standing at the instance time that wall stands for,
// or at atMS when it is given.
func (v Virtual) Freeze(wall time.Time, atMS *int64) Virtual {
	at := v.At(wall)
	if atMS != nil {
		at = *atMS
	}
	return Virtual{OffsetMS: at - wall.UnixMilli(), FrozenAtMS: &at}
}

// Resume returns the clock running on from the instant at which it stands.
func (v Virtual) Resume(wall time.Time) Virtual {
	return Virtual{OffsetMS: v.At(wall) - wall.UnixMilli()}
}
