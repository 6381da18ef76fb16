package ui

import (
	"cmp"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/nightclerk/nightclerk/internal/clock"
	"github.com/nightclerk/nightclerk/internal/store"
	"github.com/nightclerk/nightclerk/sessions"
	"github.com/nightclerk/nightclerk/users"
	"github.com/nightclerk/nightclerk/webhooks"
)

// clockData is what the page of the clock shows.
type clockData struct {
	Form         *form
	Frozen       bool
	Now, Wall    string
	Offset       string
	Presets      []string
	Upcoming     []upcoming
	InstanceTime bool // whether tokens follow this clock too
}

// upcoming is what time alone brings about.
type upcoming struct {
	Badge             badge
	What, About, Href string
	At                moment
}

// upcomingShown is how many the page lists of each kind.
const upcomingShown = 15

// presets are what the clock is advanced by with one click.
var presets = []string{"1m", "10m", "1h", "24h", "168h"}

// PresetText says a preset as people do.
func (d *clockData) PresetText(preset string) string {
	return map[string]string{"1m": "1 minute", "10m": "10 minutes", "1h": "1 hour", "24h": "1 day", "168h": "7 days"}[preset]
}

// showClock implements GET /clock.
func (c *console) showClock(call *call) (reply, error) {
	return call.clockPage(newForm(nil), http.StatusOK)
}

func (c *call) clockPage(f *form, status int) (reply, error) {
	data := &clockData{Form: f, Frozen: c.clock.FrozenAtMS != nil, Now: utc(c.nowMS).Format("2006-01-02 15:04:05 UTC"),
		Wall: utc(c.wallMS).Format("2006-01-02 15:04:05 UTC"), Presets: presets, InstanceTime: c.live.Config.Tokens == "instance_time"}
	switch off := c.nowMS - c.wallMS; {
	case off >= slack:
		data.Offset = span(off) + " ahead of wall time"
	case off <= -slack:
		data.Offset = span(-off) + " behind wall time"
	}
	if !f.values.Has("at") {
		f.set("at", utc(c.nowMS).Format("2006-01-02T15:04:05Z"))
	}
	err := c.read(func(tx *store.Tx) (err error) {
		data.Upcoming, err = c.upcoming(tx)
		return err
	})
	return show("clock", "Clock", data).status(status), err
}

// upcoming lists what happens next as time goes by, the first one first.
func (c *call) upcoming(tx *store.Tx) (out []upcoming, err error) {
	due, err := webhooks.NextDue(tx, upcomingShown)
	if err != nil {
		return nil, err
	}
	for _, d := range due {
		u := upcoming{Badge: badge{"wait", "Delivery"}, What: d.Type, About: "first attempt at " + d.URL, Href: c.to("/webhooks/messages", d.MessageID), At: c.at(d.At.UnixMilli())}
		if d.Attempts > 0 {
			u.Badge.Text, u.About = "Retry", "attempt "+strconv.FormatInt(d.Attempts+1, 10)+" at "+d.URL
		}
		out = append(out, u)
	}
	ending, err := sessions.NextToEnd(tx, upcomingShown)
	if err != nil {
		return nil, err
	}
	for _, s := range ending {
		name := s.UserID
		if u, err := users.Get(tx, c.live.Rules(), s.UserID); err == nil {
			name = label(u)
		}
		u := upcoming{Badge: badge{"off", "Session"}, What: name, About: "expires", Href: c.to("/users", s.UserID), At: c.at(s.Ends())}
		if s.AbandonAt < s.ExpireAt {
			u.About = "is abandoned for want of activity"
		}
		out = append(out, u)
	}
	slices.SortStableFunc(out, func(a, b upcoming) int { return cmp.Compare(a.At.MS, b.At.MS) })
	return out, nil
}

var saidClockChange = map[string]string{
	"advance": says("clock-advanced", "The clock was advanced. What became due by it happens now."),
	"freeze":  says("clock-frozen", "The clock stands."),
	"resume":  says("clock-resumed", "The clock runs on from where it stood."),
	"set":     says("clock-set", "The clock was set. What became due by it happens now."),
}

// maxAdvance keeps instance time within what JavaScript's dates can hold, latest
// is the end of the year 9999.
const (
	maxAdvance = 100 * 365 * 24 * time.Hour
	latest     = 253_402_300_799_999
)

// changeClock implements POST /clock/{action}. What becomes due by it is sent.
func (c *console) changeClock(call *call) (reply, error) {
	action := call.PathValue("action")
	if saidClockChange[action] == "" {
		return c.notFound(call)
	}
	f := newForm(call.PostForm)
	change := f.clockChange(action)
	if f.Failed() {
		return call.clockPage(f, http.StatusUnprocessableEntity)
	}
	err := call.write(func(tx *store.Tx) error {
		next := change(tx.Clock(), tx.WallNow())
		if at := next.At(tx.WallNow()); at < 0 || at > latest {
			f.mark("duration", "The clock would leave the years 1970 to 9999.")
		}
		if f.Failed() {
			return errMarked
		}
		return tx.SetClock(next)
	})
	if err := f.take(err); err != nil {
		return nil, err
	}
	if f.Failed() {
		return call.clockPage(f, http.StatusUnprocessableEntity)
	}
	c.Outbox.Wake(call.live.ID)
	return redirect{call.back("/clock"), saidClockChange[action]}, nil
}

// clockChange reads what is to become of the clock.
func (f *form) clockChange(action string) func(clock.Virtual, time.Time) clock.Virtual {
	switch action {
	case "advance":
		d := f.duration("duration")
		if d == 0 || d > maxAdvance {
			f.mark("duration", "Say by how much, at most 100 years: 90s, 5h or 1h30m.")
		}
		return func(v clock.Virtual, _ time.Time) clock.Virtual { return v.Advance(d) }
	case "set":
		at := f.instant("at")
		return func(v clock.Virtual, wall time.Time) clock.Virtual {
			if v.FrozenAtMS != nil || f.Get("frozen") != "" {
				return v.Freeze(wall, &at)
			}
			return clock.Virtual{OffsetMS: at - wall.UnixMilli()}
		}
	case "resume":
		return clock.Virtual.Resume
	}
	return func(v clock.Virtual, wall time.Time) clock.Virtual { return v.Freeze(wall, nil) }
}

// instant reads a time in UTC: RFC 3339, the same without a zone, or Unix
// milliseconds.
func (f *form) instant(name string) int64 {
	text := strings.TrimSpace(f.Get(name))
	if ms, err := strconv.ParseInt(text, 10, 64); err == nil && ms >= 0 && ms <= latest {
		return ms
	}
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05", "2006-01-02T15:04", "2006-01-02 15:04:05", "2006-01-02 15:04", time.DateOnly} {
		if t, err := time.Parse(layout, text); err == nil && t.UnixMilli() >= 0 && t.UnixMilli() <= latest {
			return t.UnixMilli()
		}
	}
	f.mark(name, "This is a time in UTC since 1970, such as 2027-01-31T08:00:00Z, or Unix milliseconds.")
	return 0
}
