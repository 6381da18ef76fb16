package sessions

import (
	"encoding/json"

	"github.com/nightclerk/nightclerk/users"
)

// JSON is the Backend API's Session, in the order of Clerk's document.
type JSON struct {
	Object                   string          `json:"object"`
	ID                       string          `json:"id"`
	UserID                   string          `json:"user_id"`
	ClientID                 string          `json:"client_id"`
	Actor                    json.RawMessage `json:"actor"`
	Status                   Status          `json:"status"`
	LastActiveOrganizationID *string         `json:"last_active_organization_id"`
	LastActiveAt             int64           `json:"last_active_at"`
	LatestActivity           *ActivityJSON   `json:"latest_activity,omitempty"`
	ExpireAt                 int64           `json:"expire_at"`
	AbandonAt                int64           `json:"abandon_at"`
	UpdatedAt                int64           `json:"updated_at"`
	CreatedAt                int64           `json:"created_at"`
}

// ActivityJSON is Clerk's SessionActivityResponse. Nobody is located: an address
// on loopback has no city.
type ActivityJSON struct {
	Object    string `json:"object"`
	ID        string `json:"id"`
	IsMobile  bool   `json:"is_mobile"`
	IPAddress string `json:"ip_address,omitempty"`
}

// EventJSON is the data of the session events: the session with its user.
type EventJSON struct {
	JSON
	User users.JSON `json:"user"`
}

// Backend returns the session as the Backend API spells it.
func (s *Session) Backend() JSON {
	out := JSON{Object: "session", ID: s.ID, UserID: s.UserID, ClientID: s.ClientID, Actor: s.Actor, Status: s.Status,
		LastActiveOrganizationID: s.LastActiveOrganizationID, LastActiveAt: s.LastActiveAt,
		ExpireAt: s.ExpireAt, AbandonAt: s.AbandonAt, UpdatedAt: s.UpdatedAt, CreatedAt: s.CreatedAt}
	if s.Activity != nil {
		out.LatestActivity = &ActivityJSON{Object: "session_activity", ID: s.Activity.ID, IPAddress: s.Activity.IPAddress}
	}
	return out
}

func (s *Session) event(u *users.User) EventJSON {
	return EventJSON{JSON: s.Backend(), User: u.Backend()}
}

// SubjectID is the user that a webhook with this data is about.
func (j EventJSON) SubjectID() string { return j.User.ID }
