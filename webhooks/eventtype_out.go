package webhooks

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/nightclerk/nightclerk/internal/store"
)

// EventTypeOut is Svix's EventTypeOut.
type EventTypeOut struct {
	Name         string          `json:"name"`
	Description  string          `json:"description"`
	Archived     bool            `json:"archived"`
	Deprecated   bool            `json:"deprecated"`
	Schemas      *map[string]any `json:"schemas"` // always null: Clerk's specification has them
	CreatedAt    string          `json:"createdAt"`
	UpdatedAt    string          `json:"updatedAt"`
	GroupName    string          `json:"groupName"`
	FeatureFlag  *string         `json:"featureFlag"`
	FeatureFlags []string        `json:"featureFlags"`
}

// Out is the type in Svix's shape; made is since when there is a catalogue.
func (e EventType) Out(made time.Time) EventTypeOut {
	group, _, _ := strings.Cut(e.Name, ".")
	return EventTypeOut{Name: e.Name, Description: e.About, CreatedAt: timestamp(made), UpdatedAt: timestamp(made), GroupName: group}
}

// ListEventTypes pages through the catalogue by name.
func ListEventTypes(p Page, descending bool) List[EventType] {
	sorted := slices.SortedFunc(slices.Values(EventTypes), func(a, b EventType) int { return strings.Compare(a.Name, b.Name) })
	from, back := p.from()
	if descending != back {
		slices.Reverse(sorted)
	}
	if from != "" {
		sorted = slices.DeleteFunc(sorted, func(e EventType) bool {
			order := strings.Compare(e.Name, from)
			return order == 0 || (order < 0) == (descending == back)
		})
	}
	list := List[EventType]{Done: len(sorted) <= p.limit()}
	list.Data = sorted[:min(len(sorted), p.limit())]
	if back {
		slices.Reverse(list.Data)
	}
	if n := len(list.Data); n > 0 {
		list.Iterator, list.PrevIterator = list.Data[n-1].Name, "-"+list.Data[0].Name
	}
	return list
}

// AttemptHeadersOut is Svix's MessageAttemptHeadersOut.
type AttemptHeadersOut struct {
	SentHeaders map[string]string `json:"sentHeaders"`
	// ResponseHeaders are not kept.
	ResponseHeaders *[][2]string `json:"responseHeaders"`
	Sensitive       []string     `json:"sensitive"`
}

// AttemptHeaders calculates the headers of an attempt, as Svix does: they are
// not kept, so they are those that its endpoint would be sent for it by its
// present settings and secrets. Values of sensitive headers are left out.
func AttemptHeaders(tx *store.Tx, messageRef, id string) (AttemptHeadersOut, error) {
	m, err := GetMessage(tx, messageRef)
	if err != nil {
		return AttemptHeadersOut{}, err
	}
	a, err := GetAttempt(tx, m.ID, id)
	if err != nil {
		return AttemptHeadersOut{}, err
	}
	e, err := getEndpointByID(tx, a.EndpointID)
	if err != nil {
		return AttemptHeadersOut{}, err
	}
	t, err := newTarget(e)
	if err != nil {
		return AttemptHeadersOut{}, err
	}
	return attemptHeaders(m, a, e, t), nil
}

func attemptHeaders(m *Message, a *Attempt, e *Endpoint, t *target) AttemptHeadersOut {
	h := http.Header{"Accept": {"*/*"}, "Content-Type": {"application/json"}, "User-Agent": {userAgent}}
	setSignature(h, e.HeaderSet, t.keys(fromMS(a.At)), m.ID, time.UnixMilli(a.WallAt), m.Body)
	custom := e.HeadersOut()
	addCustomHeaders(h, custom.Headers)
	out := AttemptHeadersOut{SentHeaders: map[string]string{}, Sensitive: custom.Sensitive}
	for name, values := range h {
		out.SentHeaders[strings.ToLower(name)] = values[0]
	}
	return out
}
