package controlapi

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/nightclerk/nightclerk/internal/apierr"
	"github.com/nightclerk/nightclerk/internal/clock"
	"github.com/nightclerk/nightclerk/internal/store"
)

// clockJSON is an instance's clock; times are Unix milliseconds.
type clockJSON struct {
	Object   string `json:"object"`
	Now      int64  `json:"now"`
	WallNow  int64  `json:"wall_now"`
	OffsetMS int64  `json:"offset_ms"`
	FrozenAt *int64 `json:"frozen_at"`
}

func clockOf(tx *store.Tx) clockJSON {
	v := tx.Clock()
	return clockJSON{Object: "clock", Now: tx.NowMS(), WallNow: tx.WallNowMS(), OffsetMS: v.OffsetMS, FrozenAt: v.FrozenAtMS}
}

func (a *API) getClock(c *call, _ none) (out clockJSON, err error) {
	err = a.read(c, func(tx *store.Tx) error {
		out = clockOf(tx)
		return nil
	})
	return out, err
}

type advanceParams struct {
	// Duration is spelt as Go does: 90s, 5h, 1h30m.
	Duration *string `json:"duration"`
	MS       *int64  `json:"ms"`
}

// maxAdvance keeps instance time within what JavaScript's dates can hold.
const maxAdvance = 100 * 365 * 24 * time.Hour

func (p advanceParams) duration() (time.Duration, error) {
	switch {
	case p.Duration != nil && p.MS != nil:
		return 0, apierr.FormConditionalParamDisallowed("ms", "duration")
	case p.MS != nil:
		if *p.MS < 0 || *p.MS > maxAdvance.Milliseconds() {
			return 0, badAdvance("ms")
		}
		return time.Duration(*p.MS) * time.Millisecond, nil
	case p.Duration == nil:
		return 0, apierr.FormMissingParameter("duration")
	}
	d, err := time.ParseDuration(*p.Duration)
	if err != nil || d < 0 || d > maxAdvance {
		return 0, badAdvance("duration")
	}
	return d, nil
}

func badAdvance(param string) error {
	return apierr.FormInvalidParameterFormat(param, `Give a time forward of at most 100 years, such as {"duration":"5h"} or {"ms":1500}. `+
		"A clock does not go back; POST /_emulator/clock/reset returns it to wall time.")
}

func (a *API) advanceClock(c *call, in advanceParams) (clockJSON, error) {
	d, err := in.duration()
	if err != nil {
		return clockJSON{}, err
	}
	return a.setClock(c, func(v clock.Virtual, _ time.Time) clock.Virtual { return v.Advance(d) })
}

type freezeParams struct {
	// At is the instant to stand at; the present one when absent.
	At *instant `json:"at"`
}

func (a *API) freezeClock(c *call, in freezeParams) (clockJSON, error) {
	return a.setClock(c, func(v clock.Virtual, wall time.Time) clock.Virtual { return v.Freeze(wall, (*int64)(in.At)) })
}

func (a *API) resumeClock(c *call, _ none) (clockJSON, error) {
	return a.setClock(c, clock.Virtual.Resume)
}

func (a *API) resetClock(c *call, _ none) (clockJSON, error) {
	return a.setClock(c, func(clock.Virtual, time.Time) clock.Virtual { return clock.Virtual{} })
}

// setClock changes the clock and wakes the dispatcher: retries are due in
// instance time.
func (a *API) setClock(c *call, change func(v clock.Virtual, wall time.Time) clock.Virtual) (out clockJSON, err error) {
	id := c.Live.ID
	err = a.write(c, func(tx *store.Tx) error {
		if err := tx.SetClock(change(tx.Clock(), tx.WallNow())); err != nil {
			return err
		}
		out = clockOf(tx)
		tx.AfterCommit(func() { a.Outbox.Wake(id); a.Tasks.Wake(id) })
		return nil
	})
	return out, err
}

// instant is a time in Unix milliseconds, or RFC 3339.
type instant int64

// UnmarshalJSON implements json.Unmarshaler.
func (i *instant) UnmarshalJSON(raw []byte) error {
	var text string
	if json.Unmarshal(raw, &text) == nil {
		t, err := time.Parse(time.RFC3339Nano, text)
		if err != nil {
			return apierr.FormInvalidTime("at")
		}
		*i = instant(t.UnixMilli())
		return nil
	}
	var ms int64
	if err := json.Unmarshal(raw, &ms); err != nil || ms < 0 || ms > maxInstant {
		return apierr.FormInvalidParameterFormat("at", fmt.Sprintf("It must be Unix milliseconds from 0 to %d, or RFC 3339.", int64(maxInstant)))
	}
	*i = instant(ms)
	return nil
}

// maxInstant is the end of the year 9999.
const maxInstant = 253_402_300_799_999
