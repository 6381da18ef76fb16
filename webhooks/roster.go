package webhooks

import (
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/nightclerk/nightclerk/internal/store"
)

// rosterNote is what transactions remember of an instance's webhooks. Whatever
// changes an endpoint, a fault rule or the mode forgets it.
const rosterNote = "webhooks"

// roster is what emitting and sending need to know of an instance: it is read
// once and not again for every message.
type roster struct {
	targets []*target // those that are not deleted, the oldest first
	faulty  bool      // there are fault rules
	mode    Mode
}

// target is what sending needs to know of an endpoint.
type target struct {
	id, uid  string
	url      *url.URL
	rawURL   string
	key      []byte
	old      []OldSecret
	headers  map[string]string
	set      HeaderSet // "" for the dispatcher's
	schedule *Schedule // nil for the dispatcher's
	timeout  time.Duration
	events   []string
	channels []string
	// concurrency is how many attempts may be under way, rate how many may begin
	// in a second; 0 means the dispatcher's limit, and none.
	concurrency, rate int
	ordered           bool
	failing           bool // FirstFailureAt is set
	disabled          bool
	keepEnabled       bool
}

// rosterOf reads the instance's roster; it must not be changed.
func rosterOf(tx *store.Tx) (*roster, error) {
	note, err := tx.Recall(rosterNote, func() (any, error) { return readRoster(tx) })
	if err != nil {
		return nil, err
	}
	return note.(*roster), nil
}

func readRoster(tx *store.Tx) (*roster, error) {
	endpoints, err := allEndpoints(tx)
	if err != nil {
		return nil, err
	}
	r := &roster{}
	for _, e := range endpoints {
		t, err := newTarget(e)
		if err != nil {
			return nil, err
		}
		r.targets = append(r.targets, t)
	}
	r.mode, r.faulty, err = readMode(tx)
	return r, err
}

func allEndpoints(tx *store.Tx) (out []*Endpoint, err error) {
	rows, err := tx.Query(`SELECT `+endpointColumns+` FROM webhook_endpoint e WHERE e.instance_id = $1 AND NOT e.deleted ORDER BY e.seq`, tx.Instance())
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		e, err := scanEndpoint(rows)
		if err != nil {
			return nil, err
		}
		out = append(out, e)
	}
	return out, rows.Err()
}

func newTarget(e *Endpoint) (t *target, err error) {
	t = &target{
		id: e.ID, uid: e.UID, rawURL: e.URL, key: secretKey(e.Secret), old: e.OldSecrets, headers: e.Headers, set: e.HeaderSet,
		timeout: time.Duration(e.TimeoutMS) * time.Millisecond, events: e.EventTypes, channels: e.Channels,
		concurrency: e.Concurrency, rate: e.ThrottleRate, failing: e.FirstFailureAt != nil, disabled: e.Disabled, keepEnabled: e.KeepEnabled,
	}
	if t.ordered = e.Ordered; t.ordered {
		t.concurrency = 1
	}
	if e.Schedule != "" {
		schedule, err := ScheduleNamed(e.Schedule)
		if err != nil {
			return nil, err
		}
		t.schedule = &schedule
	}
	t.url, err = url.Parse(e.URL)
	return t, err
}

// find returns the target with that id, nil for a deleted one.
func (r *roster) find(id string) *target {
	for _, t := range r.targets {
		if t.id == id {
			return t
		}
	}
	return nil
}

// keys are what a delivery is signed with at instance time now, the current key
// first.
func (t *target) keys(now time.Time) [][]byte {
	keys := [][]byte{t.key}
	for _, old := range t.old {
		if old.ExpiresAt.After(now) {
			keys = append(keys, secretKey(old.Secret))
		}
	}
	return keys
}

// subscribes tells whether the endpoint gets messages of a type. Clerk's messages
// carry no channels, and an endpoint with channels never matches those, as in
// Svix.
func (t *target) subscribes(typ string, channels []string) bool {
	if t.disabled || t.channels != nil && !slices.ContainsFunc(channels, func(c string) bool { return slices.Contains(t.channels, c) }) {
		return false
	}
	return t.events == nil || slices.Contains(t.events, typ)
}

// subscribers are the targets of a message, and why there are none.
func (r *roster) subscribers(typ string, channels []string) (out []*target, none Unsent) {
	enabled := false
	for _, t := range r.targets {
		enabled = enabled || !t.disabled
		if t.subscribes(typ, channels) {
			out = append(out, t)
		}
	}
	switch {
	case len(out) > 0:
		return out, ""
	case len(r.targets) == 0:
		return nil, UnsentNoEndpoint
	case !enabled:
		return nil, UnsentDisabled
	}
	return nil, UnsentFiltered
}

// matches tells whether a name fits a pattern: itself, or a beginning that ends
// in "*".
func matches(pattern, name string) bool {
	if prefix, ok := strings.CutSuffix(pattern, "*"); ok {
		return strings.HasPrefix(name, prefix)
	}
	return pattern == name
}
