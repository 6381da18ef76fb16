package inbox

import (
	"maps"
	"net/url"
	"time"

	"github.com/nightclerk/nightclerk/instance"
)

// EmailJSON is the data of email.created (spec: EmailEventPayload).
type EmailJSON struct {
	ID               string         `json:"id"`
	Object           string         `json:"object"`
	Slug             Slug           `json:"slug"`
	FromEmailName    string         `json:"from_email_name"`
	ReplyToEmailName *string        `json:"reply_to_email_name"`
	ToEmailAddress   string         `json:"to_email_address"`
	EmailAddressID   *string        `json:"email_address_id"`
	UserID           *string        `json:"user_id"`
	Subject          string         `json:"subject"`
	Body             string         `json:"body"`
	BodyPlain        string         `json:"body_plain"`
	Status           string         `json:"status"`
	Data             map[string]any `json:"data"`
	DeliveredByClerk bool           `json:"delivered_by_clerk"`
}

// SMSJSON is the data of sms.created (spec: SmsEventPayload). The schema asks for
// created_at_ms while its example has created_at: both are there.
type SMSJSON struct {
	Object           string         `json:"object"`
	ID               string         `json:"id"`
	Slug             Slug           `json:"slug"`
	FromPhoneNumber  string         `json:"from_phone_number"`
	ToPhoneNumber    string         `json:"to_phone_number"`
	PhoneNumberID    *string        `json:"phone_number_id"`
	UserID           *string        `json:"user_id"`
	Message          string         `json:"message"`
	Status           string         `json:"status"`
	Data             map[string]any `json:"data"`
	DeliveredByClerk bool           `json:"delivered_by_clerk"`
	CreatedAt        int64          `json:"created_at"`
	CreatedAtMS      int64          `json:"created_at_ms"`
}

// queued is the status of a message when it is told of.
const queued = "queued"

func (m *Message) emailEvent(l *instance.Live, agent string) EmailJSON {
	data := m.data()
	data["app"] = app(l, m.Origin)
	data["requested_at"] = time.UnixMilli(m.CreatedAt).UTC().Format(requestedAt)
	data["requested_by"] = agent
	return EmailJSON{ID: m.ID, Object: "email", Slug: m.Slug, FromEmailName: m.From, ToEmailAddress: m.To, EmailAddressID: m.IdentificationID,
		UserID: m.UserID, Subject: m.Subject, Body: m.Body, BodyPlain: m.BodyPlain, Status: queued, Data: data, DeliveredByClerk: true}
}

func (m *Message) smsEvent() SMSJSON {
	return SMSJSON{Object: "sms_message", ID: m.ID, Slug: m.Slug, FromPhoneNumber: m.From, ToPhoneNumber: m.To, PhoneNumberID: m.IdentificationID,
		UserID: m.UserID, Message: m.BodyPlain, Status: queued, Data: m.data(), DeliveredByClerk: true, CreatedAt: m.CreatedAt, CreatedAtMS: m.CreatedAt}
}

// data is what the templates of an app that sends its own messages need.
func (m *Message) data() map[string]any {
	data := map[string]any{}
	maps.Copy(data, m.Data)
	if m.Code != "" {
		data["otp_code"] = m.Code
	}
	if m.Link != "" && m.Data == nil {
		data["magic_link"] = m.Link
	}
	return data
}

func app(l *instance.Live, origin string) map[string]any {
	host := l.Addresses.KeyHost
	if u, err := url.Parse(origin); err == nil && u.Host != "" {
		host = u.Host
	}
	return map[string]any{"domain_name": host, "logo_image_url": nil, "logo_url": nil, "name": l.Slug, "url": origin}
}
