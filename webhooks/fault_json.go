package webhooks

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// FaultParams is a rule as JSON, a form or a file spells it: durations are texts
// such as 5s, and what is nil was left out.
type FaultParams struct {
	Action      string   `json:"action"`
	Types       []string `json:"types"`
	Endpoint    *string  `json:"endpoint"`
	User        *string  `json:"user"`
	Attempt     *int64   `json:"attempt"`
	Nth         *int64   `json:"nth"`
	Count       *int64   `json:"count"`
	Probability *float64 `json:"probability"`
	Seed        *string  `json:"seed"`
	By          *string  `json:"by"`
	Gap         *string  `json:"gap"`
	Wait        *string  `json:"wait"`
	Times       *int     `json:"times"`
	Concurrent  *bool    `json:"concurrent"`
	Size        *int     `json:"size"`
	Status      *int     `json:"status"`
	Header      *string  `json:"header"`
}

// Rule is the rule that is meant, checked and with the defaults of its action
// filled in. Its error is an *Error that names the field.
func (p FaultParams) Rule() (FaultRule, error) {
	r := FaultRule{Action: FaultAction(p.Action), Types: slices.Clone(p.Types), Probability: p.Probability}
	// A zero that somebody wrote is not the same as nothing.
	for name, zero := range map[string]bool{
		"attempt": isZero(p.Attempt), "nth": isZero(p.Nth), "count": isZero(p.Count),
		"times": isZero(p.Times), "size": isZero(p.Size), "status": isZero(p.Status),
	} {
		if zero {
			return r, invalid(name, name+" counts from 1: leave it out for the default.")
		}
	}
	given(&r.Endpoint, p.Endpoint)
	given(&r.User, p.User)
	given(&r.Attempt, p.Attempt)
	given(&r.Nth, p.Nth)
	given(&r.Count, p.Count)
	given(&r.Seed, p.Seed)
	given(&r.Times, p.Times)
	given(&r.Concurrent, p.Concurrent)
	given(&r.Size, p.Size)
	given(&r.Status, p.Status)
	given(&r.Header, p.Header)
	for _, d := range []struct {
		name string
		from *string
		to   *time.Duration
	}{{"by", p.By, &r.By}, {"gap", p.Gap, &r.Gap}, {"wait", p.Wait, &r.Wait}} {
		if err := duration(d.to, d.name, d.from); err != nil {
			return r, err
		}
	}
	return r, r.check()
}

func isZero[T int | int64](v *T) bool { return v != nil && *v == 0 }

func given[T any](to, from *T) {
	if from != nil {
		*to = *from
	}
}

// duration reads a field that is a duration; only the gap between duplicates may
// be nothing.
func duration(to *time.Duration, name string, text *string) error {
	if text == nil {
		return nil
	}
	d, err := time.ParseDuration(*text)
	if err != nil || d < 0 || d == 0 && name != "gap" {
		return invalid(name, name+" is a duration such as 5s, 500ms or 1h30m.")
	}
	*to = d
	return nil
}

// FaultJSON is a rule as it is shown. What its action does not take is left out.
type FaultJSON struct {
	Object      string      `json:"object"`
	ID          string      `json:"id"`
	Action      FaultAction `json:"action"`
	Types       []string    `json:"types"` // empty for any
	Endpoint    *string     `json:"endpoint"`
	User        *string     `json:"user"`
	Attempt     *int64      `json:"attempt"`
	Nth         *int64      `json:"nth"`
	Count       *int64      `json:"count"`
	Probability *float64    `json:"probability"`
	Seed        *string     `json:"seed"`
	By          string      `json:"by,omitempty"`
	Gap         string      `json:"gap,omitempty"`
	Wait        string      `json:"wait,omitempty"`
	Times       int         `json:"times,omitempty"`
	Concurrent  bool        `json:"concurrent,omitempty"`
	Size        int         `json:"size,omitempty"`
	Status      int         `json:"status,omitempty"`
	Header      string      `json:"header,omitempty"`
	// Seen counts the attempts that the rule was about, Applied those it was used
	// on.
	Seen    int64 `json:"seen"`
	Applied int64 `json:"applied"`
}

// JSON is the rule as it is shown.
func (r *FaultRule) JSON() FaultJSON {
	out := FaultJSON{Object: "webhook_fault", ID: r.ID, Action: r.Action, Types: slices.Clone(r.Types), Endpoint: filled(r.Endpoint), User: filled(r.User),
		Attempt: filled(r.Attempt), Nth: filled(r.Nth), Count: filled(r.Count), Probability: r.Probability, Seed: filled(r.Seed),
		Times: r.Times, Concurrent: r.Concurrent, Size: r.Size, Status: r.Status, Header: r.Header, Seen: r.Seen, Applied: r.Applied}
	if out.Types == nil {
		out.Types = []string{}
	}
	for to, d := range map[*string]time.Duration{&out.By: r.By, &out.Gap: r.Gap, &out.Wait: r.Wait} {
		if d != 0 {
			*to = DurationText(d)
		}
	}
	return out
}

// filled is nil for the zero value, which stands for any.
func filled[T comparable](v T) *T {
	var zero T
	if v == zero {
		return nil
	}
	return &v
}

// DurationText spells a duration the short way: 6m and not 6m0s.
func DurationText(d time.Duration) string {
	text := d.String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}

// Active tells whether the rule can still do something: its count is not used
// up, and the match it waits for has not passed.
func (r *FaultRule) Active() bool {
	return (r.Count == 0 || r.Applied < r.Count) && (r.Nth == 0 || r.Seen < r.Nth)
}

// Filter says in words which attempts the rule is about.
func (r *FaultRule) Filter() string {
	var parts []string
	add := func(set bool, text string) {
		if set {
			parts = append(parts, text)
		}
	}
	add(len(r.Types) > 0, strings.Join(r.Types, ", "))
	add(r.Endpoint != "", "to "+r.Endpoint)
	add(r.User != "", "about "+r.User)
	add(r.Attempt > 0, fmt.Sprint("attempt ", r.Attempt))
	add(r.Nth > 0, fmt.Sprint("match ", r.Nth))
	add(r.Count > 0, fmt.Sprint("at most ", r.Count, "×"))
	if r.Probability != nil {
		add(true, fmt.Sprint("with probability ", *r.Probability))
	}
	if len(parts) == 0 {
		return "every attempt"
	}
	return strings.Join(parts, " · ")
}

// Parameters says in words what the action was given, empty when it takes
// nothing.
func (r *FaultRule) Parameters() string {
	var parts []string
	add := func(set bool, text string) {
		if set {
			parts = append(parts, text)
		}
	}
	add(r.By != 0, "by "+DurationText(r.By))
	add(r.Times != 0, strconv.Itoa(r.Times)+" more")
	add(r.Gap != 0, DurationText(r.Gap)+" apart")
	add(r.Concurrent, "concurrently")
	add(r.Size != 0, "size "+strconv.Itoa(r.Size))
	add(r.Wait != 0, "wait at most "+DurationText(r.Wait))
	add(r.Status != 0, "status "+strconv.Itoa(r.Status))
	add(r.Header != "", r.Header)
	return strings.Join(parts, ", ")
}

// FaultAbout says what an action does; empty for an unknown one.
func FaultAbout(action FaultAction) string {
	info, _ := faultInfo(action)
	return info.About
}

// FaultOf splits what an attempt says of its fault into the action and the id of
// the rule.
func (a *Attempt) FaultOf() (action FaultAction, rule string) {
	name, rest, _ := strings.Cut(a.Fault, " (")
	return FaultAction(name), strings.TrimSuffix(rest, ")")
}

// Purpose says what was done to the attempt, by which rule; empty for nothing.
func (a *Attempt) Purpose() string {
	if a.Fault == "" {
		return ""
	}
	action, rule := a.FaultOf()
	return "On purpose, by the fault rule " + rule + " (" + string(action) + "): " + FaultAbout(action)
}

// refusable are the faults that a handler that verifies must refuse, and
// harmless those after which an answer means what it always means.
var (
	refusable = []FaultAction{FaultFutureTimestamp, FaultMissingHeader, FaultStaleTimestamp, FaultTamper, FaultUnknownVersion, FaultWrongSecret}
	harmless  = []FaultAction{FaultBadSignatureFirst, FaultBurst, FaultDelay, FaultDuplicate, FaultReorder}
)

// onPurpose is the diagnosis of an attempt that a rule has changed. What the
// answer alone would suggest is left out where it is the rule's doing: a refused
// signature does not mean that the secrets differ.
func (a *Attempt) onPurpose() string {
	text := a.Purpose()
	action, _ := a.FaultOf()
	switch {
	case a.Status == StatusSuccess && slices.Contains(refusable, action):
		return text + " The app accepted it all the same: its handler does not verify what it is sent."
	case a.Status == StatusSuccess:
		return ""
	case slices.Contains(harmless, action):
		plain := *a
		plain.Fault = ""
		return text + " That the attempt failed is another matter: " + plain.Diagnosis()
	}
	return text
}
