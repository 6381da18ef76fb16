package ui

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/nightclerk/nightclerk/internal/store"
	"github.com/nightclerk/nightclerk/webhooks"
)

// faultRow is a fault rule in the list.
type faultRow struct {
	ID, About, Action, Filter, Parameters, Href string
	Seen, Applied                               int64
	Badge                                       badge
}

// timing is the mode as the page of webhooks shows it.
type timing struct {
	Held        bool
	Count       int64
	Waiting     string // Count in words
	AnswerAfter string // "" for not waiting
}

func (c *call) timing() timing {
	t := timing{Held: c.mode.Held, Count: c.held, Waiting: c.heldCount()}
	if c.mode.AnswerAfter > 0 {
		t.AnswerAfter = webhooks.DurationText(c.mode.AnswerAfter)
	}
	return t
}

func (c *call) faultRows() []faultRow {
	rows := make([]faultRow, len(c.faults))
	for i, r := range c.faults {
		rows[i] = faultRow{ID: r.ID, About: webhooks.FaultAbout(r.Action), Action: string(r.Action), Filter: r.Filter(), Parameters: r.Parameters(),
			Href: c.to("/webhooks/faults", r.ID), Seen: r.Seen, Applied: r.Applied, Badge: badge{"warn", "Active"}}
		if !r.Active() {
			rows[i].Badge = badge{"off", "Used up"}
		}
	}
	return rows
}

// faultData is what the form of a new rule shows.
type faultData struct {
	Form      *form
	Actions   []webhooks.FaultInfo
	Action    webhooks.FaultInfo // the one that is chosen
	Types     []webhooks.EventType
	Endpoints []endpointRow
}

// Takes tells whether the action takes a parameter.
func (d *faultData) Takes(name string) bool { return slices.Contains(d.Action.Takes, name) }

// newFault implements GET /webhooks/faults/new.
func (c *console) newFault(call *call) (reply, error) {
	return call.faultForm(newForm(call.URL.Query()), http.StatusOK)
}

// faultForm shows the form with the parameters of the action that is chosen.
func (c *call) faultForm(f *form, status int) (reply, error) {
	data := &faultData{Form: f, Actions: webhooks.Faults, Types: webhooks.EventTypes, Action: webhooks.Faults[0]}
	chosen := f.Get("action")
	if chosen == "" {
		chosen = string(webhooks.FaultDuplicate)
	}
	for _, info := range webhooks.Faults {
		if string(info.Action) == chosen {
			data.Action = info
		}
	}
	if status == http.StatusOK {
		data.defaults()
	}
	err := c.read(func(tx *store.Tx) (err error) {
		data.Endpoints, err = c.endpoints(tx)
		return err
	})
	return show("fault", "New fault rule", data).status(status), err
}

// defaults fills in what the action takes when nothing is said.
func (d *faultData) defaults() {
	rule, err := webhooks.FaultParams{Action: string(d.Action.Action)}.Rule()
	if err != nil {
		return // the catalogue's own rules are right
	}
	shown := rule.JSON()
	for name, value := range map[string]string{"by": shown.By, "gap": shown.Gap, "wait": shown.Wait, "header": shown.Header,
		"times": positive(shown.Times), "size": positive(shown.Size), "status": positive(shown.Status)} {
		d.Form.set(name, value)
	}
}

func positive(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

var saidFault = map[string]string{
	"created": says("fault-created", "The rule was added: deliveries that it is about go wrong from now on."),
	"deleted": says("fault-deleted", "The rule was deleted."),
	"cleared": says("faults-cleared", "All fault rules were deleted."),
}

// createFault implements POST /webhooks/faults.
func (c *console) createFault(call *call) (reply, error) {
	f := newForm(call.PostForm)
	err := call.write(func(tx *store.Tx) error {
		rule, err := f.fault().Rule()
		if err := f.unless(err); err != nil {
			return err
		}
		_, err = webhooks.CreateFault(tx, rule)
		return err
	})
	if err := f.take(err); err != nil {
		return nil, err
	}
	if f.Failed() {
		return call.faultForm(f, http.StatusUnprocessableEntity)
	}
	return redirect{call.to("/webhooks"), saidFault["created"]}, nil
}

// fault is the rule that was filled in.
func (f *form) fault() webhooks.FaultParams {
	p := webhooks.FaultParams{Action: f.Get("action"), Endpoint: f.optional("endpoint"), User: f.optional("user"), Seed: f.optional("seed"),
		By: f.optional("by"), Gap: f.optional("gap"), Wait: f.optional("wait"), Header: f.optional("header"),
		Attempt: number[int64](f, "attempt"), Nth: number[int64](f, "nth"), Count: number[int64](f, "count"),
		Times: number[int](f, "times"), Size: number[int](f, "size"), Status: number[int](f, "status")}
	p.Types = strings.FieldsFunc(f.Get("types"), func(r rune) bool { return r == ',' || r == ' ' })
	if f.Get("concurrent") != "" {
		p.Concurrent = new(true)
	}
	if text := f.optional("probability"); text != nil {
		value, err := strconv.ParseFloat(*text, 64)
		if err != nil {
			f.mark("probability", "probability is a number between 0 and 1.")
		}
		p.Probability = &value
	}
	return p
}

// number reads a field that is a whole number, nil when it is empty.
func number[T int | int64](f *form, name string) *T {
	text := f.optional(name)
	if text == nil {
		return nil
	}
	n, err := strconv.Atoi(*text)
	if err != nil {
		f.mark(name, "This is a whole number, or empty.")
		return nil
	}
	return new(T(n))
}

// duration reads a field that is a duration, 0 when it is empty.
func (f *form) duration(name string) time.Duration {
	text := f.optional(name)
	if text == nil {
		return 0
	}
	d, err := time.ParseDuration(*text)
	if err != nil || d <= 0 {
		f.mark(name, "This is a duration such as 5s or 500ms.")
		return 0
	}
	return d
}

// deleteFault implements POST /webhooks/faults/{id}/delete.
func (c *console) deleteFault(call *call) (reply, error) {
	err := call.write(func(tx *store.Tx) error { return webhooks.DeleteFault(tx, call.PathValue("id")) })
	return redirect{call.to("/webhooks"), saidFault["deleted"]}, err
}

// clearFaults implements POST /webhooks/faults/clear.
func (c *console) clearFaults(call *call) (reply, error) {
	err := call.write(func(tx *store.Tx) error {
		_, err := webhooks.ClearFaults(tx)
		return err
	})
	return redirect{call.back("/webhooks"), saidFault["cleared"]}, err
}
