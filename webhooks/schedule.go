package webhooks

import (
	"fmt"
	"hash/fnv"
	"math"
	"net/http"
	"net/mail"
	"strconv"
	"time"
)

// Schedule decides when a failed delivery is tried again. Delays count from
// the end of the failed attempt, in instance time, so that advancing an
// instance's clock brings retries forward.
type Schedule struct {
	Name string
	// Delays[n] is the wait after failure n+1; after the last the delivery has
	// failed for good.
	Delays []time.Duration
	// TimeoutFloor is the least wait after a timeout (svix-server's overload
	// penalty).
	TimeoutFloor time.Duration
	// WarmUp is how long after the message a refused connection is retried every
	// WarmUpEvery without using up Delays: the receiver is still starting.
	WarmUp, WarmUpEvery time.Duration
	// Jitter spreads each delay by up to this part of it, up and down; Svix's is
	// 0.2. The spread follows from the message, so that a run can be repeated.
	Jitter float64
}

// SvixJitter is JITTER_DELTA of svix-server.
const SvixJitter = 0.2

// svixDelays is retry_schedule of svix-server's config.default.toml, the same
// that Svix documents for its cloud.
var svixDelays = []time.Duration{
	5 * time.Second, 5 * time.Minute, 30 * time.Minute,
	2 * time.Hour, 5 * time.Hour, 10 * time.Hour, 10 * time.Hour,
}

// svixTimeoutFloor is OVERLOAD_PENALTY_SECS of svix-server's worker.rs.
const svixTimeoutFloor = time.Minute

// Presets of Schedule. Fast is the default: Svix's at a thousandth, patient
// with a receiver that is still starting. Manual never retries by itself.
var (
	ScheduleFast = Schedule{
		Name: "fast", Delays: scaled(svixDelays, 1000), TimeoutFloor: svixTimeoutFloor / 1000,
		WarmUp: time.Minute, WarmUpEvery: 2 * time.Second,
	}
	ScheduleManual = Schedule{Name: "manual"}
	ScheduleSvix   = Schedule{Name: "svix", Delays: svixDelays, TimeoutFloor: svixTimeoutFloor}
)

func scaled(delays []time.Duration, by time.Duration) []time.Duration {
	out := make([]time.Duration, len(delays))
	for i, d := range delays {
		out[i] = d / by
	}
	return out
}

// ScheduleNamed returns the preset of that name; the empty name means fast.
func ScheduleNamed(name string) (Schedule, error) {
	switch name {
	case "", ScheduleFast.Name:
		return ScheduleFast, nil
	case ScheduleManual.Name:
		return ScheduleManual, nil
	case ScheduleSvix.Name:
		return ScheduleSvix, nil
	}
	return Schedule{}, invalid("schedule", "There is no retry schedule "+strconv.Quote(name)+": use fast, manual or svix.")
}

// Failure is what the schedule needs to know of a failed attempt.
type Failure struct {
	Refused  bool // nothing listens at the address
	TimedOut bool
	// RetryAfter is the wait the receiver asked for, nil when it did not.
	RetryAfter *time.Duration
	// Age is instance time since the message was made.
	Age time.Duration
	// MessageID decides the spread of a schedule with jitter.
	MessageID string
}

// Next returns the wait before the next attempt and the step to remember for
// it, given the step remembered so far (0 at first). ok is false when the
// delivery has failed for good.
func (s Schedule) Next(step int, f Failure) (wait time.Duration, next int, ok bool) {
	if f.Refused && f.Age < s.WarmUp {
		return s.WarmUpEvery, step, true
	}
	if step >= len(s.Delays) {
		return 0, step, false
	}
	wait = s.Delays[step]
	if f.TimedOut {
		wait = max(wait, s.TimeoutFloor)
	}
	if f.RetryAfter != nil {
		wait = min(max(*f.RetryAfter, wait), 2*wait)
	}
	return s.spread(wait, step, f.MessageID), step + 1, true
}

// spread moves a delay by a share of the jitter that follows from message and
// step.
func (s Schedule) spread(wait time.Duration, step int, messageID string) time.Duration {
	if s.Jitter == 0 {
		return wait
	}
	h := fnv.New64a()
	fmt.Fprintf(h, "%s %d", messageID, step)
	share := 2*float64(h.Sum64()>>11)/(1<<53) - 1
	return wait + time.Duration(share*s.Jitter*float64(wait))
}

// retryAfter reads a Retry-After header as svix-server does: seconds, possibly
// fractional, or a date, compared with wall time. It returns nil for anything
// else.
func retryAfter(h http.Header, now time.Time) *time.Duration {
	value := h.Get("Retry-After")
	if value == "" {
		return nil
	}
	if at, err := mail.ParseDate(value); err == nil {
		d := max(at.Sub(now), 0)
		return &d
	}
	seconds, err := strconv.ParseFloat(value, 64)
	if err != nil || math.IsNaN(seconds) {
		return nil
	}
	seconds = min(max(math.Ceil(seconds), 0), 1e9) // the cap keeps the Duration from overflowing
	d := time.Duration(seconds) * time.Second
	return &d
}
