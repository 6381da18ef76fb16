package ui

import (
	"fmt"
	"time"

	"github.com/nightclerk/nightclerk/internal/store"
)

// moment is an instant as a page shows it: how long ago, with the full time at
// hand. Both are instance time.
type moment struct {
	MS  int64
	now int64
}

// at is an instant in instance time, Unix milliseconds.
func (c *call) at(ms int64) moment { return moment{ms, c.nowMS} }

// maybe is an instant that may be missing.
func (c *call) maybe(ms *int64) *moment {
	if ms == nil {
		return nil
	}
	m := c.at(*ms)
	return &m
}

// Machine is the instant for programs.
func (m moment) Machine() string { return utc(m.MS).Format("2006-01-02T15:04:05.000Z") }

// Full is the instant for people.
func (m moment) Full() string { return fullTime(m.MS) + " (instance time)" }

// Relative says how far the instant is from the instance's now. The script says
// it again in the same words as time goes by.
func (m moment) Relative() string {
	d := m.now - m.MS
	switch {
	case d < 0:
		return "in " + span(-d)
	case d < 2000:
		return "just now"
	}
	return span(d) + " ago"
}

var units = []struct {
	ms   int64
	name string
}{{86_400_000, "d"}, {3_600_000, "h"}, {60_000, "min"}, {1000, "s"}}

// span is a length of time in its largest unit, rounded down.
func span(ms int64) string {
	for _, u := range units {
		if ms >= u.ms {
			return fmt.Sprintf("%d %s", ms/u.ms, u.name)
		}
	}
	return "0 s"
}

func utc(ms int64) time.Time { return time.UnixMilli(ms).UTC() }

func fullTime(ms int64) string { return utc(ms).Format("2006-01-02 15:04:05.000 UTC") }

// clockBar is what every page says when the instance's clock is not the wall's.
type clockBar struct {
	Frozen bool
	Now    string
	Offset string // how far from wall time, "" for hardly
}

// slack is how far a clock may be off, in milliseconds, without being worth a
// word: it runs on after having been frozen for a moment.
const slack = 1000

// Clock is nil while the instance follows wall time.
func (p *page) Clock() *clockBar {
	c := p.call
	off := c.nowMS - c.wallMS
	bar := &clockBar{Frozen: c.clock.FrozenAtMS != nil, Now: utc(c.nowMS).Format("2006-01-02 15:04:05 UTC")}
	switch {
	case off >= slack:
		bar.Offset = span(off) + " ahead of"
	case off <= -slack:
		bar.Offset = span(-off) + " behind"
	case !bar.Frozen:
		return nil
	}
	return bar
}

// unusual is the clock among what is not as usual.
func (b *clockBar) unusual(c *call) unusual {
	out := unusual{Kind: "clock-bar", Title: "The clock is shifted", Text: "at " + b.Now, More: "Retries, expiry and lockouts follow it.",
		Undo: c.to("/clock/reset"), Label: "Follow wall time"}
	if b.Frozen {
		out.Title = "The clock is frozen"
	}
	if b.Offset != "" {
		out.Text += ", " + b.Offset + " wall time"
	}
	out.Text += "."
	return out
}

// Frozen tells the script that relative times stand still.
func (p *page) Frozen() bool { return p.call.clock.FrozenAtMS != nil }

var saidClock = says("clock-reset", "The clock follows wall time again.")

// resetClock lets the instance follow wall time. What becomes due by it is sent.
func (c *console) resetClock(call *call) (reply, error) {
	err := call.write(func(tx *store.Tx) error {
		v := tx.Clock()
		v.OffsetMS, v.FrozenAtMS = 0, nil
		return tx.SetClock(v)
	})
	if err != nil {
		return nil, err
	}
	c.Outbox.Wake(call.live.ID)
	return redirect{call.back("/"), saidClock}, nil
}
