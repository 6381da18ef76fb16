package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"text/tabwriter"
)

// faultsCmd is about what goes wrong with deliveries on purpose.
type faultsCmd struct {
	List    faultsListCmd    `cmd:"" help:"List the rules and how often each was used."`
	Add     faultsAddCmd     `cmd:"" help:"Add a rule: what goes wrong, and with which deliveries."`
	Remove  faultsRemoveCmd  `cmd:"" help:"Take rules back."`
	Clear   faultsClearCmd   `cmd:"" help:"Take all rules back."`
	Actions faultsActionsCmd `cmd:"" help:"List what can go wrong."`
}

// fault is a rule as the control API shows it.
type fault struct {
	ID          string   `json:"id"`
	Action      string   `json:"action"`
	Types       []string `json:"types"`
	Endpoint    *string  `json:"endpoint"`
	User        *string  `json:"user"`
	Attempt     *int64   `json:"attempt"`
	Nth         *int64   `json:"nth"`
	Count       *int64   `json:"count"`
	Probability *float64 `json:"probability"`
	By          string   `json:"by"`
	Gap         string   `json:"gap"`
	Wait        string   `json:"wait"`
	Times       int      `json:"times"`
	Concurrent  bool     `json:"concurrent"`
	Size        int      `json:"size"`
	Status      int      `json:"status"`
	Header      string   `json:"header"`
	Seen        int64    `json:"seen"`
	Applied     int64    `json:"applied"`
}

// about says in the words of the flags which deliveries a rule is about and what
// it was given.
func (f fault) about() string {
	var parts []string
	add := func(name string, value any, given bool) {
		if given {
			parts = append(parts, fmt.Sprintf("%s=%v", name, value))
		}
	}
	add("type", strings.Join(f.Types, ","), len(f.Types) > 0)
	add("endpoint", deref(f.Endpoint), f.Endpoint != nil)
	add("user", deref(f.User), f.User != nil)
	add("attempt", deref(f.Attempt), f.Attempt != nil)
	add("nth", deref(f.Nth), f.Nth != nil)
	add("count", deref(f.Count), f.Count != nil)
	add("probability", deref(f.Probability), f.Probability != nil)
	add("by", f.By, f.By != "")
	add("times", f.Times, f.Times != 0)
	add("gap", f.Gap, f.Gap != "")
	add("concurrent", true, f.Concurrent)
	add("size", f.Size, f.Size != 0)
	add("wait", f.Wait, f.Wait != "")
	add("status", f.Status, f.Status != 0)
	add("header", f.Header, f.Header != "")
	if len(parts) == 0 {
		return "every attempt"
	}
	return strings.Join(parts, " ")
}

func deref[T any](v *T) (out T) {
	if v != nil {
		out = *v
	}
	return out
}

type faultsListCmd struct {
	remote
	JSON bool `help:"Print the rules and the actions as JSON."`
}

// Run lists the rules.
func (c *faultsListCmd) Run(a *app) error {
	var raw json.RawMessage
	if err := c.control(http.MethodGet, "/webhooks/faults", nil, &raw); err != nil {
		return err
	}
	if c.JSON {
		a.printf("%s\n", raw)
		return nil
	}
	var out struct {
		Data []fault `json:"data"`
	}
	if err := json.Unmarshal(raw, &out); err != nil {
		return err
	}
	if len(out.Data) == 0 {
		a.printf("No fault rules: every delivery is made as it should be. Add one: nightclerk webhooks faults add duplicate --type 'user.*'\n")
		return nil
	}
	return faultTable(a.out, out.Data)
}

func faultTable(to io.Writer, rules []fault) error {
	w := tabwriter.NewWriter(to, 0, 0, 2, ' ', 0)
	for _, f := range rules {
		fmt.Fprintf(w, "%s\t%s\t%s\tused on %d of %d\n", f.ID, f.Action, f.about(), f.Applied, f.Seen)
	}
	return w.Flush()
}

// faultsAddCmd has the fields of a rule as flags; what is empty is left out.
type faultsAddCmd struct {
	remote
	Action      string   `arg:"" help:"What goes wrong, such as duplicate; nightclerk webhooks faults actions lists all."`
	Type        []string `placeholder:"TYPE" help:"Only this event type, or a beginning such as 'user.*'; may be repeated."`
	Endpoint    string   `placeholder:"ID" help:"Only deliveries to this endpoint."`
	User        string   `placeholder:"USER" help:"Only messages about this user: id, e-mail address, phone number or username."`
	Attempt     string   `placeholder:"N" help:"Only the n-th attempt of a delivery."`
	Nth         string   `placeholder:"N" help:"Only the n-th match."`
	Count       string   `placeholder:"N" help:"At most so often."`
	Probability string   `placeholder:"0…1" help:"How likely a match is hit."`
	Seed        string   `placeholder:"TEXT" help:"What chance and order follow from."`
	By          string   `placeholder:"DURATION" help:"delay, slow_body, timeout, stale_timestamp, future_timestamp: how long, or how far off."`
	Times       string   `placeholder:"N" help:"duplicate: how many more requests."`
	Gap         string   `placeholder:"DURATION" help:"duplicate: time between the requests."`
	Concurrent  bool     `help:"duplicate: all requests at the same time."`
	Size        string   `placeholder:"N" help:"reorder, burst: how many deliveries; huge_body: how many bytes."`
	Wait        string   `placeholder:"DURATION" help:"reorder, burst: how long to wait for them."`
	Status      string   `placeholder:"STATUS" help:"force_status: the answer that is recorded."`
	Header      string   `placeholder:"NAME" help:"missing_header: svix-id, svix-timestamp or svix-signature."`
	JSON        bool     `help:"Print the rule as JSON."`
}

// Run adds the rule.
func (c *faultsAddCmd) Run(a *app) error {
	var raw json.RawMessage
	if err := c.control(http.MethodPost, "/webhooks/faults", c.request(), &raw); err != nil {
		return err
	}
	if c.JSON {
		a.printf("%s\n", raw)
		return nil
	}
	var made fault
	if err := json.Unmarshal(raw, &made); err != nil {
		return err
	}
	a.printf("%s  %s  %s\n", made.ID, made.Action, made.about())
	return nil
}

func (c *faultsAddCmd) request() map[string]any {
	in := map[string]any{"action": c.Action}
	for name, text := range map[string]string{"endpoint": c.Endpoint, "user": c.User, "seed": c.Seed, "by": c.By, "gap": c.Gap, "wait": c.Wait, "header": c.Header} {
		if text != "" {
			in[name] = text
		}
	}
	for name, text := range map[string]string{"attempt": c.Attempt, "nth": c.Nth, "count": c.Count, "probability": c.Probability,
		"times": c.Times, "size": c.Size, "status": c.Status} {
		if text != "" {
			in[name] = jsonOf(text)
		}
	}
	if len(c.Type) > 0 {
		in["types"] = c.Type
	}
	if c.Concurrent {
		in["concurrent"] = true
	}
	return in
}

type faultsRemoveCmd struct {
	remote
	IDs []string `arg:"" name:"id" help:"Ids of rules: fault_…"`
}

// Run removes them.
func (c *faultsRemoveCmd) Run(a *app) error {
	for _, id := range c.IDs {
		if err := c.control(http.MethodDelete, "/webhooks/faults/"+url.PathEscape(id), nil, nil); err != nil {
			return err
		}
		a.printf("%s is gone\n", id)
	}
	return nil
}

type faultsClearCmd struct{ remote }

// Run removes all.
func (c *faultsClearCmd) Run(a *app) error {
	if err := c.control(http.MethodDelete, "/webhooks/faults", nil, nil); err != nil {
		return err
	}
	a.printf("no fault rules any more\n")
	return nil
}

type faultsActionsCmd struct{ remote }

// Run lists the catalogue.
func (c *faultsActionsCmd) Run(a *app) error {
	var out struct {
		Actions []struct {
			Action string   `json:"action"`
			About  string   `json:"about"`
			Takes  []string `json:"takes"`
		} `json:"actions"`
	}
	if err := c.control(http.MethodGet, "/webhooks/faults", nil, &out); err != nil {
		return err
	}
	w := tabwriter.NewWriter(a.out, 0, 0, 2, ' ', 0)
	for _, one := range out.Actions {
		takes := ""
		for _, name := range one.Takes {
			takes += " --" + name
		}
		fmt.Fprintf(w, "%s\t%s\t%s\n", one.Action, strings.TrimSpace(takes), one.About)
	}
	return w.Flush()
}

// mode is how deliveries relate to what causes them.
type mode struct {
	Held        bool    `json:"held"`
	AnswerAfter *string `json:"answer_after"`
	HeldCount   int     `json:"held_count"`
	Released    int     `json:"released"`
}

type holdCmd struct{ remote }

// Run holds.
func (c *holdCmd) Run(a *app) error {
	var m mode
	if err := c.control(http.MethodPost, "/webhooks/hold", nil, &m); err != nil {
		return err
	}
	a.printf("deliveries are held (%d so far): nightclerk webhooks release lets them go\n", m.HeldCount)
	return nil
}

type releaseCmd struct {
	remote
	Count int `placeholder:"N" help:"Only the oldest N, and keep holding the others."`
}

// Run releases.
func (c *releaseCmd) Run(a *app) error {
	in := map[string]int{}
	if c.Count != 0 {
		in["count"] = c.Count
	}
	var m mode
	if err := c.control(http.MethodPost, "/webhooks/release", in, &m); err != nil {
		return err
	}
	if m.Held {
		a.printf("%d released, %d still held\n", m.Released, m.HeldCount)
		return nil
	}
	a.printf("%d released, nothing is held any more\n", m.Released)
	return nil
}

type answerAfterCmd struct {
	remote
	Duration string `arg:"" help:"How long a request waits at most for the first attempts of what it causes, such as 10s; off for not at all."`
}

// Run switches it.
func (c *answerAfterCmd) Run(a *app) error {
	in := map[string]any{"answer_after": c.Duration}
	if c.Duration == "off" {
		in["answer_after"] = nil
	}
	var m mode
	if err := c.control(http.MethodPut, "/webhooks/mode", in, &m); err != nil {
		return err
	}
	if m.AnswerAfter == nil {
		a.printf("requests do not wait for webhooks\n")
		return nil
	}
	a.printf("requests are answered when the first attempts of their webhooks have ended, or after %s\n", *m.AnswerAfter)
	if m.Held {
		a.printf("deliveries are held, so nothing is waited for until nightclerk webhooks release\n")
	}
	return nil
}
