package ui

import (
	"fmt"
	"net/http"
	"path"
	"strconv"
	"strings"

	"github.com/nightclerk/nightclerk/internal/store"
	"github.com/nightclerk/nightclerk/webhooks"
)

// unusual is one thing that is not as it usually is: every page says so, leads to
// where it is set and takes it back by one click.
type unusual struct {
	Kind, Title, Text, More string
	Href                    string // "" for none
	Undo, Label             string // where to post, and the button's text
}

// noteMode reads what about deliveries is not as usual.
func (c *call) noteMode(tx *store.Tx) (err error) {
	if c.mode, err = webhooks.GetMode(tx); err != nil {
		return err
	}
	if c.mode.Held {
		if c.held, err = webhooks.HeldUpTo(tx, mostHeld+1); err != nil {
			return err
		}
	}
	c.faults, err = webhooks.ListFaults(tx)
	return err
}

// mostHeld is how far the deliveries are counted that wait, on every page anew.
const mostHeld = 1000

// heldCount says how many deliveries wait.
func (c *call) heldCount() string {
	if c.held > mostHeld {
		return fmt.Sprintf("more than %d", mostHeld)
	}
	return strconv.FormatInt(c.held, 10)
}

// Unusual lists what is not as usual in this instance, the clock first.
func (p *page) Unusual() (out []unusual) {
	c := p.call
	if bar := p.Clock(); bar != nil {
		out = append(out, bar.unusual(c))
	}
	if c.mode.Held {
		verb := " wait"
		if c.held == 1 {
			verb = " waits"
		}
		out = append(out, unusual{Kind: "held-bar", Title: "Deliveries are held", Text: "· " + c.heldCount() + verb + " to be released.",
			Href: c.to("/webhooks") + "#timing", Undo: c.to("/webhooks/mode/release"), Label: "Release all"})
	}
	if c.mode.AnswerAfter > 0 {
		out = append(out, unusual{Kind: "answer-bar", Title: "Answers wait for webhooks", Text: "for at most " + webhooks.DurationText(c.mode.AnswerAfter) + ".",
			More: "A request is answered after the first attempts of what it causes.",
			Href: c.to("/webhooks") + "#timing", Undo: c.to("/webhooks/mode/answer-at-once"), Label: "Answer at once"})
	}
	if active := activeFaults(c.faults); active != "" {
		out = append(out, unusual{Kind: "fault-bar", Title: "Deliveries go wrong on purpose", Text: "· " + active + ".",
			Href: c.to("/webhooks") + "#faults", Undo: c.to("/webhooks/faults/clear"), Label: "Delete all rules"})
	}
	return out
}

// activeFaults names the rules that can still do something.
func activeFaults(rules []*webhooks.FaultRule) string {
	var names []string
	for _, r := range rules {
		if r.Active() {
			names = append(names, string(r.Action))
		}
	}
	const most = 3
	switch n := len(names); {
	case n == 0:
		return ""
	case n > most:
		return plural(n, "rule", "rules") + ": " + strings.Join(names[:most], ", ") + ", …"
	default:
		return plural(n, "rule", "rules") + ": " + strings.Join(names, ", ")
	}
}

// Rows is a class for the height of what Unusual lists.
func (p *page) Rows() string { return "rows-" + string(rune('0'+len(p.Unusual()))) }

// Here is the page's path, for forms that lead back to it; the front page where
// the path is no page of its own.
func (p *page) Here() string {
	if p.call.Method != http.MethodGet {
		return "/"
	}
	return p.call.URL.Path
}

// back is the page that a form says it stands on, or the other one.
func (c *call) back(otherwise string) string {
	to := c.PostForm.Get("back")
	if !strings.HasPrefix(to, "/") || path.Clean(to) != to || strings.ContainsAny(to, "\\?#\r\n") {
		return c.to(otherwise)
	}
	parts := strings.Split(strings.TrimPrefix(to, "/"), "/")
	if parts[0] == "" {
		return c.to("/")
	}
	return c.to("/"+parts[0], parts[1:]...)
}

var saidMode = map[string]string{
	"hold":           says("held", "Deliveries are held from now on."),
	"release":        says("released", "Nothing is held any more."),
	"release-one":    says("released-one", "The oldest delivery was released, if there was one."),
	"answer-after":   says("answer-after", "Requests wait for their webhooks from now on."),
	"answer-at-once": says("answer-at-once", "Requests are answered at once again."),
}

// changeMode implements POST /webhooks/mode/{action}.
func (c *console) changeMode(call *call) (reply, error) {
	action := call.PathValue("action")
	if saidMode[action] == "" {
		return c.notFound(call)
	}
	f := newForm(call.PostForm)
	err := call.write(func(tx *store.Tx) error {
		if action == "release-one" {
			_, err := c.Outbox.Release(tx, 1)
			return err
		}
		m, err := webhooks.GetMode(tx)
		if err != nil {
			return err
		}
		switch action {
		case "hold", "release":
			m.Held = action == "hold"
		case "answer-at-once":
			m.AnswerAfter = 0
		case "answer-after":
			if m.AnswerAfter = f.duration("answer_after"); m.AnswerAfter == 0 {
				f.mark("answer_after", "Say how long, such as 10s.")
			}
		}
		return f.unless(c.Outbox.SetMode(tx, m))
	})
	if err := f.take(err); err != nil {
		return nil, err
	}
	if f.Failed() {
		return call.webhooksPage(f, http.StatusUnprocessableEntity)
	}
	return redirect{call.back("/webhooks"), saidMode[action]}, nil
}
