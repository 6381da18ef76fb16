package webhooks

import (
	"errors"
	"net/http"
	"testing"
	"time"
)

func TestScheduleRunsOutAfterEightAttempts(t *testing.T) {
	var total time.Duration
	attempts, step := 1, 0
	for {
		wait, next, ok := ScheduleSvix.Next(step, Failure{})
		if !ok {
			break
		}
		total, step, attempts = total+wait, next, attempts+1
	}
	if want := 27*time.Hour + 35*time.Minute + 5*time.Second; attempts != 8 || total != want {
		t.Errorf("%d attempts over %v, want 8 over %v", attempts, total, want)
	}
}

func TestScheduleNext(t *testing.T) {
	sec := func(n float64) *time.Duration { d := time.Duration(n * float64(time.Second)); return &d }
	for _, c := range []struct {
		name     string
		s        Schedule
		step     int
		f        Failure
		wait     time.Duration
		nextStep int
		ok       bool
	}{
		{"svix first", ScheduleSvix, 0, Failure{}, 5 * time.Second, 1, true},
		{"timeout raises", ScheduleSvix, 0, Failure{TimedOut: true}, time.Minute, 1, true},
		{"timeout never lowers", ScheduleSvix, 1, Failure{TimedOut: true}, 5 * time.Minute, 2, true},
		{"retry-after within", ScheduleSvix, 0, Failure{RetryAfter: sec(7)}, 7 * time.Second, 1, true},
		{"retry-after below", ScheduleSvix, 0, Failure{RetryAfter: sec(1)}, 5 * time.Second, 1, true},
		{"retry-after above", ScheduleSvix, 0, Failure{RetryAfter: sec(3600)}, 10 * time.Second, 1, true},
		{"svix refused", ScheduleSvix, 0, Failure{Refused: true}, 5 * time.Second, 1, true},
		{"fast first", ScheduleFast, 0, Failure{}, 5 * time.Millisecond, 1, true},
		{"fast refused, starting", ScheduleFast, 0, Failure{Refused: true, Age: 59 * time.Second}, 2 * time.Second, 0, true},
		{"fast refused, later", ScheduleFast, 0, Failure{Refused: true, Age: time.Minute}, 5 * time.Millisecond, 1, true},
		{"fast exhausted", ScheduleFast, 7, Failure{}, 0, 7, false},
		{"manual", ScheduleManual, 0, Failure{Refused: true}, 0, 0, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			wait, next, ok := c.s.Next(c.step, c.f)
			if wait != c.wait || next != c.nextStep || ok != c.ok {
				t.Errorf("got %v, %d, %v; want %v, %d, %v", wait, next, ok, c.wait, c.nextStep, c.ok)
			}
		})
	}
}

func TestScheduleNamed(t *testing.T) {
	if s, err := ScheduleNamed(""); err != nil || s.Name != "fast" {
		t.Errorf("the default is %q, %v", s.Name, err)
	}
	var refusal *Error
	if _, err := ScheduleNamed("hourly"); !errors.As(err, &refusal) || refusal.Status != http.StatusUnprocessableEntity {
		t.Errorf("an unknown schedule answered %v", err)
	}
}

func TestRetryAfter(t *testing.T) {
	now := time.Date(2026, 5, 4, 3, 2, 1, 0, time.UTC)
	for value, want := range map[string]time.Duration{
		"120": 2 * time.Minute, "1.2": 2 * time.Second, "-5": 0, "1e300": 1e9 * time.Second,
		"Mon, 04 May 2026 03:02:31 GMT": 30 * time.Second, "Mon, 04 May 2026 03:00:00 GMT": 0,
		"": -1, "soon": -1, "NaN": -1,
	} {
		got := retryAfter(http.Header{"Retry-After": {value}}, now)
		if (got == nil) != (want < 0) || got != nil && *got != want {
			t.Errorf("Retry-After: %q is %v, want %v", value, got, want)
		}
	}
}
