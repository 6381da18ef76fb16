package invitations

import "encoding/json"

// JSON is the Backend API's Invitation, in the order of Clerk's document. Like
// Clerk's it says revoked only of those that are, and has its url only as long
// as that leads somewhere.
type JSON struct {
	Object         string          `json:"object"`
	ID             string          `json:"id"`
	EmailAddress   string          `json:"email_address"`
	PublicMetadata json.RawMessage `json:"public_metadata"`
	Revoked        bool            `json:"revoked,omitempty"`
	Status         Status          `json:"status"`
	URL            string          `json:"url,omitempty"`
	ExpiresAt      int64           `json:"expires_at"`
	CreatedAt      int64           `json:"created_at"`
	UpdatedAt      int64           `json:"updated_at"`
}

// Backend returns the invitation as the Backend API spells it.
func (i *Invitation) Backend() JSON {
	out := JSON{Object: "invitation", ID: i.ID, EmailAddress: i.EmailAddress, PublicMetadata: i.PublicMetadata, Revoked: i.Status == Revoked,
		Status: i.Status, ExpiresAt: i.ExpiresAt, CreatedAt: i.CreatedAt, UpdatedAt: i.UpdatedAt}
	if i.Status == Pending {
		out.URL = i.URL
	}
	return out
}

// EntryJSON is the Backend API's WaitlistEntry and the data of the waitlist
// events. The example of Clerk's webhook document calls the object
// waitlistEntry, its schema and its SDKs waitlist_entry.
type EntryJSON struct {
	Object       string      `json:"object"`
	ID           string      `json:"id"`
	EmailAddress string      `json:"email_address"`
	Status       EntryStatus `json:"status"`
	IsLocked     bool        `json:"is_locked"` // there are no batch actions to lock it
	CreatedAt    int64       `json:"created_at"`
	UpdatedAt    int64       `json:"updated_at"`
	Invitation   *JSON       `json:"invitation"`
}

// Backend returns the entry as the Backend API and webhooks spell it.
func (e *Entry) Backend() EntryJSON {
	out := EntryJSON{Object: "waitlist_entry", ID: e.ID, EmailAddress: e.EmailAddress, Status: e.Status, CreatedAt: e.CreatedAt, UpdatedAt: e.UpdatedAt}
	if e.Invitation != nil {
		invitation := e.Invitation.Backend()
		out.Invitation = &invitation
	}
	return out
}

// JoinedJSON is the Frontend API's answer to who joins: nothing that only the
// backend should know.
type JoinedJSON struct {
	Object string `json:"object"`
	ID     string `json:"id"`
}

// Frontend returns the entry as the Frontend API spells it.
func (e *Entry) Frontend() JoinedJSON { return JoinedJSON{Object: "waitlist_entry", ID: e.ID} }
