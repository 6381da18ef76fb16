package ui

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/nightclerk/nightclerk/instance"
	"github.com/nightclerk/nightclerk/internal/apierr"
	"github.com/nightclerk/nightclerk/internal/clock"
	"github.com/nightclerk/nightclerk/internal/httpapi"
	"github.com/nightclerk/nightclerk/internal/store"
	"github.com/nightclerk/nightclerk/webhooks"
)

// call is one request on its way to a page.
type call struct {
	*http.Request
	console *console
	live    *instance.Live
	prefix  string // of every link: "" or /i/<slug>
	clock   clock.Virtual
	nowMS   int64 // instance time
	wallMS  int64
	// How deliveries are made; held is how many wait while they are held.
	mode   webhooks.Mode
	held   int64
	faults []*webhooks.FaultRule
}

// handler answers a call with a page to render or somewhere to go.
type handler func(*call) (reply, error)

// reply is what a handler answers with.
type reply interface {
	write(*call, http.ResponseWriter) error
}

// page runs a handler for the instance that the request addresses.
func (c *console) page(handle handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		call := &call{Request: r, console: c}
		out, err := call.run(handle)
		if err == nil {
			err = out.write(call, w)
		}
		if err != nil && r.Context().Err() == nil { // else nobody waits for an answer
			call.fail(w, err)
		}
	})
}

// errUnreadable is answered for a form that is too large or not a form.
var errUnreadable = &apierr.Error{Status: http.StatusBadRequest, Code: "request_body_invalid",
	Message: fmt.Sprintf("The form could not be read: go back and send it again, with at most %d bytes.", maxForm)}

func (c *call) run(handle handler) (reply, error) {
	if err := c.address(); err != nil {
		return nil, err
	}
	if c.Method == http.MethodPost {
		if err := c.ParseForm(); err != nil {
			return nil, errUnreadable
		}
	}
	return handle(c)
}

// address finds the instance and the time there.
func (c *call) address() (err error) {
	if slug := instance.SlugOf(c.Context()); slug != "" {
		c.prefix = "/i/" + url.PathEscape(slug)
	}
	if c.live, err = c.console.Instances.Addressed(c.Context()); err != nil {
		c.prefix = ""
		return err
	}
	rec := httpapi.RecordOf(c.Context())
	rec.Operation, rec.Instance = "console", c.live.ID
	return c.read(func(tx *store.Tx) error {
		c.clock, c.nowMS, c.wallMS = tx.Clock(), tx.NowMS(), tx.WallNowMS()
		return c.noteMode(tx)
	})
}

// read runs fn over a picture of the call's instance.
func (c *call) read(fn func(*store.Tx) error) error {
	return c.console.DB.Read(c.Context(), c.live.ID, fn)
}

// write runs fn in a transaction of the call's instance. It is finished even
// when the browser has gone away.
func (c *call) write(fn func(*store.Tx) error) error {
	return c.console.DB.Write(context.WithoutCancel(c.Context()), c.live.ID, fn)
}

// to is the address of a page of this instance; parts after the first are
// escaped, one segment each.
func (c *call) to(path string, parts ...string) string {
	var b strings.Builder
	b.WriteString(c.prefix + path)
	for _, p := range parts {
		b.WriteString("/" + url.PathEscape(p))
	}
	return b.String()
}

// redirect goes to a page of this instance, which says what was done.
type redirect struct{ to, said string }

func (r redirect) write(c *call, w http.ResponseWriter) error {
	to := r.to
	if r.said != "" {
		sep := "?"
		if strings.Contains(to, "?") {
			sep = "&"
		}
		to += sep + "done=" + r.said
	}
	w.Header().Set("Cache-Control", "no-store")
	http.Redirect(w, c.Request, to, http.StatusSeeOther)
	return nil
}

// fail answers an error with a page that says what to do.
func (c *call) fail(w http.ResponseWriter, err error) {
	p := c.problem(err)
	if c.live == nil { // no instance: no navigation either
		c.live = &instance.Live{}
		p.Bare = true
	}
	if err := show("problem", p.Title, p).status(p.Status).write(c, w); err != nil {
		c.console.Log.Error("the page of an error cannot be rendered", "error", err)
		http.Error(w, p.Title, http.StatusInternalServerError)
	}
}

// problem is an error as a page tells it.
type problem struct {
	Status  int
	Title   string
	Text    string
	TraceID string
	Bare    bool
	Slugs   []slugLink
}

type slugLink struct{ Slug, Href string }

func (c *call) problem(err error) *problem {
	var refusal *webhooks.Error
	if errors.As(err, &refusal) {
		return titled(&problem{Status: refusal.Status, Text: refusal.Error()})
	}
	rec := httpapi.RecordOf(c.Context())
	first := httpapi.Explain(c.console.Log, rec, err)[0]
	p := titled(&problem{Status: first.Status, Text: sentence(first)})
	if p.Status >= http.StatusInternalServerError {
		p.TraceID = rec.TraceID
	}
	if c.live == nil {
		for _, slug := range c.console.Instances.Slugs(c.Context()) {
			p.Slugs = append(p.Slugs, slugLink{slug, "/i/" + slug + "/"})
		}
	}
	return p
}

func titled(p *problem) *problem {
	switch {
	case p.Status == http.StatusNotFound:
		p.Title = "Not found"
	case p.Status < http.StatusInternalServerError:
		p.Title = "That did not work"
	default:
		p.Title = "Something failed here"
	}
	return p
}

// sentence is the fuller of an error's two messages.
func sentence(e *apierr.Error) string {
	if e.LongMessage != "" {
		return e.LongMessage
	}
	return e.Message
}

func (c *console) notFound(*call) (reply, error) {
	return show("problem", "Not found", titled(&problem{Status: http.StatusNotFound, Text: "There is no such page."})).status(http.StatusNotFound), nil
}
