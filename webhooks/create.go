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

// Create inserts a message as v1.message.create does, with a delivery for every
// endpoint that subscribes to its type and channels.
func (o *Outbox) Create(tx *store.Tx, p MessageParams) (*Message, error) {
	if err := p.check(tx.Now()); err != nil {
		return nil, err
	}
	m, err := o.CreateMessage(tx, p.Type, p.Payload, p.EventID)
	if err != nil {
		return nil, err
	}
	m.Channels, m.Tags = distinct(p.Channels), distinct(p.Tags)
	if err := p.saveExtras(tx, m); err != nil {
		return nil, err
	}
	if len(m.Channels) > 0 {
		if err := o.toChannels(tx, m); err != nil {
			return nil, err
		}
	}
	if !p.DeliverAt.IsZero() {
		_, err = tx.Exec(`UPDATE webhook_delivery SET next_at = $3 WHERE instance_id = $1 AND message_id = $2`, tx.Instance(), m.ID, p.DeliverAt.UnixMilli())
	}
	return m, err
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

// toChannels adds the deliveries to endpoints that listen to one of the
// message's channels; the others have theirs already.
func (o *Outbox) toChannels(tx *store.Tx, m *Message) error {
	q := listening(tx.Instance(), m.Type)
	q.and("e.channel_filter <> ''")
	q.carriesAny("e.channel_filter", m.Channels)
	columns := q.bind(`e.instance_id, CAST(? AS TEXT), e.id, CAST(? AS BIGINT), 3, 0, 0, 0, CAST(? AS BIGINT), 0`, m.ID, m.Seq, m.CreatedAt.UnixMilli())
	sent, err := affects(tx, insertDelivery+`SELECT `+columns+` FROM webhook_endpoint e`+q.clause(), q.args...)
	if err != nil || !sent || m.Unsent == "" {
		return err
	}
	m.Unsent = ""
	_, err = tx.Exec(`UPDATE webhook_message SET unsent = '' WHERE instance_id = $1 AND id = $2`, tx.Instance(), m.ID)
	return err
}

const insertDelivery = `INSERT INTO webhook_delivery (instance_id, message_id, endpoint_id, seq, state, attempts, step, manual, next_at, lease_until) `

// listening finds the enabled endpoints that subscribe to a type.
func listening(instance, typ string) *query {
	q := newQuery(instance, "e.instance_id")
	q.and("NOT e.deleted AND NOT e.disabled")
	q.and("(e.event_filter = '' OR replace(e.event_filter, ?, '') <> e.event_filter)", filter([]string{typ}))
	return q
}

// AnyoneListens tells whether a message of this type and these channels would
// be sent to anyone (v1.message.precheck).
func AnyoneListens(tx *store.Tx, typ string, channels []string) (active bool, err error) {
	q := listening(tx.Instance(), typ)
	if len(channels) == 0 {
		q.and("e.channel_filter = ''")
	} else {
		q.carriesAny("e.channel_filter", channels)
		q.where[len(q.where)-1] = "(e.channel_filter = '' OR " + q.where[len(q.where)-1] + ")"
	}
	err = tx.QueryRow(`SELECT EXISTS (SELECT 1 FROM webhook_endpoint e`+q.clause()+`)`, q.args...).Scan(&active)
	return active, err
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
	m := &Message{Type: typ, SubjectID: subjectOf(body), Body: body, ID: tx.NewID("msg"), CreatedAt: tx.Now()}
	if m.Seq, err = tx.NextSeq(); err != nil {
		return nil, err
	}
	return m, o.insertFor(tx, m, e)
}

// insertFor writes a message and its one delivery.
func (o *Outbox) insertFor(tx *store.Tx, m *Message, e *Endpoint) error {
	at := m.CreatedAt.UnixMilli()
	if _, err := tx.Exec(insertMessageSQL, tx.Instance(), m.ID, m.Seq, m.Type, m.SubjectID, at, m.Body, nil); err != nil {
		return err
	}
	_, err := tx.Exec(insertDelivery+`VALUES ($1, $2, $3, $4, 3, 0, 0, 0, $5, 0)`, tx.Instance(), m.ID, e.ID, m.Seq, at)
	instance := tx.Instance()
	tx.AfterCommit(func() {
		o.hub.Publish(instance, "message", MessageEvent{m.ID, m.Seq, m.Type, m.SubjectID, m.Unsent, at})
		o.Wake(instance)
	})
	return err
}

// missingPayload is svix-server's refusal to send what is gone.
func missingPayload() *Error {
	return &Error{Status: http.StatusBadRequest, Code: "missing_payload", Detail: "Unable to resend message. Payload is missing (probably expired)."}
}
