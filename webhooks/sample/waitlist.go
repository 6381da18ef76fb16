package sample

import "encoding/json"

// waitlistEntryJSON is WaitlistEntry. Its object is waitlist_entry, as the schema
// and the SDK's types have it; the document's examples say waitlistEntry.
type waitlistEntryJSON struct {
	Object       string              `json:"object"`
	ID           string              `json:"id"`
	EmailAddress string              `json:"email_address"`
	Status       string              `json:"status"`
	IsLocked     bool                `json:"is_locked"`
	CreatedAt    int64               `json:"created_at"`
	UpdatedAt    int64               `json:"updated_at"`
	Invitation   *waitlistInviteJSON `json:"invitation"`
}

type waitlistInviteJSON struct {
	Object         string          `json:"object"`
	ID             string          `json:"id"`
	EmailAddress   string          `json:"email_address"`
	PublicMetadata json.RawMessage `json:"public_metadata"`
	Revoked        bool            `json:"revoked"`
	Status         string          `json:"status"`
	URL            *string         `json:"url,omitempty"`
	ExpiresAt      *int64          `json:"expires_at"`
	CreatedAt      int64           `json:"created_at"`
	UpdatedAt      int64           `json:"updated_at"`
}

// waitlistEntry has just been made, or was made an hour ago and has just been
// invited.
func (m *maker) waitlistEntry(invited bool) *waitlistEntryJSON {
	w := &waitlistEntryJSON{Object: "waitlist_entry", ID: m.NewID("wle"), EmailAddress: "jane.doe@example.com", Status: "pending", CreatedAt: m.Now, UpdatedAt: m.Now}
	if invited {
		id, expires := m.NewID("inv"), m.Now+month
		url := m.PageBase + "/v1/tickets/accept?ticket=" + id
		w.Status, w.CreatedAt = "invited", m.ago(hour)
		w.Invitation = &waitlistInviteJSON{Object: "invitation", ID: id, EmailAddress: w.EmailAddress, PublicMetadata: raw(`{}`), Status: "pending",
			URL: &url, ExpiresAt: &expires, CreatedAt: m.Now, UpdatedAt: m.Now}
	}
	return w
}
