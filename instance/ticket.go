package instance

import (
	"encoding/base64"
	"encoding/json"
	"net/url"
	"strings"

	"github.com/nightclerk/nightclerk/issuer"
)

// The kinds of tickets.
const (
	InvitationTicket = "invitation"
	SignInTicket     = "sign_in_token"
)

// Ticket is what a ticket says of itself. Apps pass the JWT on as
// __clerk_ticket, and Clerk's SDKs look at no claim of it. It has no sub, so
// that no verifier takes it for a session.
type Ticket struct {
	// Lifetime is in seconds; 0 leaves it out.
	Lifetime int64 `json:"eis,omitempty"`
	// Expiry is wall time in seconds. What counts is kept with what the ticket is
	// for, in instance time.
	Expiry   int64  `json:"exp"`
	Instance string `json:"iid"`
	// ID is that of what the ticket is for.
	ID   string `json:"sid"`
	Kind string `json:"st"`
}

// SignTicket makes the JWT.
func (l *Live) SignTicket(t Ticket) (string, error) {
	t.Instance = l.ID
	payload, err := json.Marshal(t)
	if err != nil {
		return "", err
	}
	return l.Keys.Current().Sign(issuer.CategorySession, payload)
}

// ReadTicket reads what a ticket says, nothing from text that is none. The
// signature is not looked at: the ticket is compared with the one that was given
// away.
func ReadTicket(token string) (t Ticket) {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return Ticket{}
	}
	raw, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil || json.Unmarshal(raw, &t) != nil {
		return Ticket{}
	}
	return t
}

// TicketURL is where a ticket is accepted; base is an address of the Frontend
// API.
func TicketURL(base, token string) string {
	return base + "/v1/tickets/accept?ticket=" + url.QueryEscape(token)
}
