package inbox

import (
	"strings"

	"github.com/nightclerk/nightclerk/instance"
	"github.com/nightclerk/nightclerk/internal/store"
)

// Kind is how a message travels.
type Kind string

// The kinds of messages.
const (
	Email Kind = "email"
	SMS   Kind = "sms"
)

// prefix is that of the ids of a kind, as Clerk has them.
func (k Kind) prefix() string {
	if k == SMS {
		return "sms"
	}
	return "ema"
}

// Senders of all messages. The number is one of those that are kept for fiction.
const (
	emailSender = "notifications"
	smsSender   = "+15005550006"
)

// Message is one e-mail or text message. Callers of Send fill in what is marked
// so; the rest is filled in for them.
type Message struct {
	ID   string
	Seq  int64 // rises with every message of the instance
	Kind Kind  // given
	// Slug is the name of Clerk's template.
	Slug Slug   // given
	To   string // given: an e-mail address or a phone number
	From string
	// Subject, Body (HTML) and BodyPlain are what is read; a text message has
	// BodyPlain alone.
	Subject   string
	Body      string
	BodyPlain string
	// Code and Link are what the message is about, as far as it has them.
	Code string // given
	Link string // given
	// Data is what a template has beside them, under Clerk's names. With it the
	// link has no other name.
	Data map[string]any // given
	// UserID and IdentificationID are null while there is no user yet.
	UserID           *string // given
	IdentificationID *string // given
	// Origin is the page that asked, "" when unknown.
	Origin string // given
	// CreatedAt is instance time in Unix milliseconds.
	CreatedAt int64
}

// JSON is a message as the control API spells it. Fields that Clerk's webhooks
// have too carry the webhooks' names.
type JSON struct {
	Object    string  `json:"object"`
	ID        string  `json:"id"`
	Seq       int64   `json:"seq"`
	Kind      Kind    `json:"kind"`
	Slug      Slug    `json:"slug"`
	To        string  `json:"to"`
	From      string  `json:"from"`
	Subject   string  `json:"subject"`
	Body      string  `json:"body"`
	BodyPlain string  `json:"body_plain"`
	Code      *string `json:"code"`
	Link      *string `json:"link"`
	UserID    *string `json:"user_id"`
	CreatedAt int64   `json:"created_at"`
}

// JSON returns the message as the control API spells it.
func (m *Message) JSON() JSON {
	return JSON{Object: "inbox_message", ID: m.ID, Seq: m.Seq, Kind: m.Kind, Slug: m.Slug, To: m.To, From: m.From,
		Subject: m.Subject, Body: m.Body, BodyPlain: m.BodyPlain, Code: optional(m.Code), Link: optional(m.Link),
		UserID: m.UserID, CreatedAt: m.CreatedAt}
}

func optional(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// Send writes a message, keeps it and emits email.created or sms.created.
func Send(tx *store.Tx, l *instance.Live, m Message) (*Message, error) {
	var err error
	m.CreatedAt = tx.NowMS()
	if m.Seq, err = tx.NextSeq(); err != nil {
		return nil, err
	}
	m.ID, m.From = tx.NewID(m.Kind.prefix()), emailSender
	if m.Kind == SMS {
		m.From = smsSender
	}
	if err := m.write(tx.Now()); err != nil {
		return nil, err
	}
	if err := insert(tx, &m); err != nil {
		return nil, err
	}
	if m.Kind == SMS {
		return &m, tx.Emit("sms.created", m.smsEvent())
	}
	return &m, tx.Emit("email.created", m.emailEvent(l, store.OriginOf(tx.Context()).UserAgent))
}

// fold is the form in which recipients are compared.
func fold(to string) string { return strings.ToLower(strings.TrimSpace(to)) }
