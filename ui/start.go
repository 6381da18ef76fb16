package ui

import (
	"fmt"
	"strings"

	"github.com/nightclerk/nightclerk/internal/activity"
)

// step is one of the things that happen once an app is connected, in the order in
// which they do.
type step struct {
	Title, Hint string
	// Mark is when it happened first, nil when it has not.
	Mark *wallTime
	Href string // what happened, "" for nothing to look at
}

// steps is the list that fills itself.
func (c *call) steps() []step {
	out := []step{
		{Title: "Your page loaded Clerk's script", Hint: "Start the app with the lines below and open it in a browser. It needs the scripts once: nightclerk sdk pull. An app without a browser has no need of this step."},
		{Title: "Somebody signed in", Hint: "Click Sign in, as alice@example.com with the password correct-horse-battery; codes and links are in the inbox."},
		{Title: "Your app asked for the token named convex", Hint: "ConvexProviderWithClerk does that by itself as soon as somebody is signed in."},
		{Title: "Somebody fetched the keys (JWKS), as Convex does", Hint: "With the OIDC form of auth.config.ts Convex fetches them at the first token. With a data: JWKS it never does, and needs not."},
		{Title: "A webhook arrived at your app", Hint: "Add an endpoint, then create a user: user.created goes out at once."},
	}
	for i, name := range []string{"script", "signed-in", "token", "jwks", "webhook"} {
		mark, done := c.console.Activity.Marked(c.live.ID, name)
		if !done {
			continue
		}
		out[i].Mark = &wallTime{mark.At.UnixMilli()}
		out[i].Href = c.to("/requests", mark.Ref)
		if strings.HasPrefix(mark.Ref, "msg_") {
			out[i].Href = c.to("/webhooks/messages", mark.Ref)
		}
	}
	return out
}

// chart is the counts of the last quarter of an hour.
type chart struct {
	Lines   []line
	Minutes []minute
	Quiet   bool // nothing at all happened
}

// line is one count as bars, each of its own scale.
type line struct {
	Class, Title string
	Total, Peak  int64
	Bars         []bar
}

// bar is a rectangle in a picture of chartWidth by chartHeight.
type bar struct{ X, Y, W, H int }

// minute is a row of the table that says the same.
type minute struct {
	Ago    string
	Counts []int64
}

// The chart's size in units of its own, and a bar's.
const (
	barWidth    = 4
	barGap      = 1
	chartWidth  = activity.Steps * (barWidth + barGap)
	chartHeight = 40
)

// ViewBox is the picture's own measure.
func (chart) ViewBox() string { return fmt.Sprintf("0 0 %d %d", chartWidth, chartHeight) }

// Height is where the line stands that bars stand on.
func (chart) Height() int { return chartHeight }

// Width is how long that line is.
func (chart) Width() int { return chartWidth }

var chartSeries = []struct {
	series       activity.Series
	class, title string
}{
	{activity.Requests, "requests", "Requests"},
	{activity.Tokens, "tokens", "Tokens"},
	{activity.Deliveries, "deliveries", "Delivery attempts"},
	{activity.Faults, "faults", "Faults"},
}

// perMinute is how many steps a row of the table takes together.
const perMinute = int(60_000 / (activity.Step / 1_000_000))

func (c *call) chart() chart {
	t := c.console.Activity.Timeline(c.live.ID)
	out := chart{Quiet: true, Minutes: make([]minute, activity.Steps/perMinute)}
	for i := range out.Minutes {
		out.Minutes[i].Ago = fmt.Sprintf("%d min ago", len(out.Minutes)-1-i)
	}
	out.Minutes[len(out.Minutes)-1].Ago = "now"
	for _, s := range chartSeries {
		l := lineOf(t.Steps[s.series][:])
		l.Class, l.Title = s.class, s.title
		out.Quiet = out.Quiet && l.Total == 0
		out.Lines = append(out.Lines, l)
		for i := range out.Minutes {
			var n int64
			for _, step := range t.Steps[s.series][i*perMinute : (i+1)*perMinute] {
				n += step
			}
			out.Minutes[i].Counts = append(out.Minutes[i].Counts, n)
		}
	}
	return out
}

func lineOf(steps []int64) (l line) {
	for _, n := range steps {
		l.Total += n
		l.Peak = max(l.Peak, n)
	}
	for i, n := range steps {
		if n > 0 {
			h := max(int(n*chartHeight/l.Peak), 3)
			l.Bars = append(l.Bars, bar{X: i * (barWidth + barGap), Y: chartHeight - h, W: barWidth, H: h})
		}
	}
	return l
}
