package webhooks

import (
	"net/http"
	"regexp"
	"time"

	"github.com/nightclerk/nightclerk/internal/store"
)

// MessageParams is what a sender says of a message through Svix's API.
type MessageParams struct {
	Type string
	// Payload is the body, byte for byte.
	Payload []byte
	// EventID is the sender's own id, unique in the instance; may be empty.
	EventID string
	// Channels narrow which endpoints get it; nil for none.
	Channels []string
	// Tags can be searched by; nil for none.
	Tags []string
	// Retention is how long the payload is kept, at most DefaultRetention; zero
	// means that.
	Retention time.Duration
	// DeliverAt postpones the first attempt, in instance time; zero does not.
	DeliverAt time.Time
}

// Svix's bounds: validate_channels_msg of svix-server, and of its cloud's
// published schema for what svix-server does not have.
const (
	maxMessageChannels = 5
	maxTags            = 5
	maxDeliverIn       = 24 * time.Hour
)

var (
	channelPattern = regexp.MustCompile(`^[a-zA-Z0-9\-_.:+]{1,128}$`)
	tagPattern     = regexp.MustCompile(`^[a-zA-Z0-9\-_./\\#]{1,128}$`)
)

func (p MessageParams) check(now time.Time) error {
	if !namePattern.MatchString(p.Type) || len(p.Type) > 256 {
		return invalid("eventType", "An event type is letters, digits, -, _ and ., at most 256.")
	}
	if p.EventID != "" && (!namePattern.MatchString(p.EventID) || len(p.EventID) > 256) {
		return invalid("eventId", "An eventId is letters, digits, -, _ and ., at most 256.")
	}
	if p.Channels != nil && (len(p.Channels) == 0 || len(p.Channels) > maxMessageChannels) {
		return invalid("channels", "Channels must have at least 1 and at most 5 items, or be set to null.")
	}
	if p.Tags != nil && (len(p.Tags) == 0 || len(p.Tags) > maxTags) {
		return invalid("tags", "Tags must have at least 1 and at most 5 items, or be set to null.")
	}
	if !allMatch(channelPattern, p.Channels) {
		return invalid("channels", "Channel names are letters, digits, -, _, ., : and +, at most 128.")
	}
	if !allMatch(tagPattern, p.Tags) {
		return invalid("tags", `Tags are letters, digits, -, _, ., /, \ and #, at most 128.`)
	}
	if !p.DeliverAt.IsZero() && (p.DeliverAt.Before(now.Add(time.Minute)) || p.DeliverAt.After(now.Add(maxDeliverIn))) {
		return invalid("deliverAt", "deliverAt must be at least one minute and at most 24 hours from now, in the instance's time.")
	}
	return nil
}

func allMatch(pattern *regexp.Regexp, names []string) bool {
	for _, name := range names {
		if !pattern.MatchString(name) {
			return false
		}
	}
	return true
}

// Create inserts a message as v1.message.create does, its payload byte for byte,
// with a delivery for every endpoint that subscribes to its type and channels.
func (o *Outbox) Create(tx *store.Tx, p MessageParams) (*Message, error) {
	if err := p.check(tx.Now()); err != nil {
		return nil, err
	}
	if err := p.checkEventID(tx); err != nil {
		return nil, err
	}
	m := &Message{Type: p.Type, SubjectID: subjectOf(p.Payload), EventID: p.EventID, Body: p.Payload, Channels: distinct(p.Channels), Tags: distinct(p.Tags)}
	if err := o.insert(tx, m, p.DeliverAt); err != nil {
		return nil, err
	}
	return m, p.saveExtras(tx, m)
}

func (p MessageParams) checkEventID(tx *store.Tx) error {
	if p.EventID == "" {
		return nil
	}
	var taken bool
	err := tx.QueryRow(`SELECT EXISTS (SELECT 1 FROM webhook_message WHERE instance_id = $1 AND event_id = $2)`, tx.Instance(), p.EventID).Scan(&taken)
	if err == nil && taken {
		err = conflict("A message with the eventId " + p.EventID + " exists already.")
	}
	return err
}

// saveExtras writes what Clerk's own messages never have.
func (p MessageParams) saveExtras(tx *store.Tx, m *Message) error {
	var expires any
	if p.Retention > 0 && p.Retention < DefaultRetention {
		expires = m.CreatedAt.Add(p.Retention).UnixMilli()
	}
	if m.Channels == nil && m.Tags == nil && expires == nil {
		return nil
	}
	_, err := tx.Exec(`UPDATE webhook_message SET channel_filter = $3, tag_filter = $4, expires_at = $5 WHERE instance_id = $1 AND id = $2`,
		tx.Instance(), m.ID, filter(m.Channels), filter(m.Tags), expires)
	return err
}

// AnyoneListens tells whether a message of this type and these channels would
// be sent to anyone (v1.message.precheck).
func AnyoneListens(tx *store.Tx, typ string, channels []string) (bool, error) {
	r, err := rosterOf(tx)
	if err != nil {
		return false, err
	}
	to, _ := r.subscribers(typ, channels)
	return len(to) > 0, nil
}

// PingType is Svix's own event type, for trying an endpoint.
const PingType = "svix.ping"

// CreateExample inserts a message of a type with this data that goes to one
// endpoint, whatever it subscribes to, and to no other
// (v1.endpoint.send-example). A ping needs no data.
func (o *Outbox) CreateExample(tx *store.Tx, endpointRef, typ string, data any) (*Message, error) {
	e, err := GetEndpoint(tx, endpointRef)
	if err != nil {
		return nil, err
	}
	if e.Disabled {
		return nil, BadRequest("endpoint_disabled", "The endpoint is disabled: enable it, then send the example.")
	}
	body := []byte(`{"success": true}`)
	if typ != PingType {
		if body, err = newBody(tx, store.Event{Type: typ, Data: data}); err != nil {
			return nil, err
		}
	}
	r, err := rosterOf(tx)
	if err != nil {
		return nil, err
	}
	m := &Message{Type: typ, SubjectID: subjectOf(body), Body: body}
	return m, o.insertTo(tx, r, m, []*target{r.find(e.ID)}, time.Time{})
}

// missingPayload is svix-server's refusal to send what is gone.
func missingPayload() *Error {
	return &Error{Status: http.StatusBadRequest, Code: "missing_payload", Detail: "Unable to resend message. Payload is missing (probably expired)."}
}
