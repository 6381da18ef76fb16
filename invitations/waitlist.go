package invitations

import (
	"database/sql"
	"errors"

	"github.com/nightclerk/nightclerk/inbox"
	"github.com/nightclerk/nightclerk/instance"
	"github.com/nightclerk/nightclerk/internal/apierr"
	"github.com/nightclerk/nightclerk/internal/store"
	"github.com/nightclerk/nightclerk/users"
)

// EntryStatus is where somebody on the waitlist stands.
type EntryStatus string

// The statuses of Clerk's WaitlistEntry.
const (
	Completed EntryStatus = "completed"
	Invited   EntryStatus = "invited"
	Rejected  EntryStatus = "rejected"
	Waiting   EntryStatus = "pending"
)

// maxEntries is how many entries are made at once (spec:
// CreateBulkWaitlistEntries).
const maxEntries = 50

// Entry is one address on the waitlist. Times are instance time in Unix
// milliseconds.
type Entry struct {
	ID           string
	EmailAddress string
	Status       EntryStatus
	// Invitation is the latest one, nil before the first.
	Invitation *Invitation
	InvitedAt  *int64
	CreatedAt  int64
	UpdatedAt  int64

	invitationID *string
}

// EntryParams make an entry, under the names of the Backend API.
type EntryParams struct {
	EmailAddress string `json:"email_address"`
	Notify       *bool  `json:"notify"`
}

// Join puts an address on the waitlist of an instance that has one, as the
// waiting do themselves.
func Join(tx *store.Tx, l *instance.Live, address string) (*Entry, error) {
	if l.Config.Settings.SignUpMode != "waitlist" {
		return nil, apierr.WaitlistNotAcceptingEntries()
	}
	return CreateEntry(tx, l, EntryParams{EmailAddress: address})
}

// CreateEntry puts an address on the waitlist: waitlistEntry.created, and
// email.created unless notify is false. One that is on it already stays as it
// is, silently.
func CreateEntry(tx *store.Tx, l *instance.Live, p EntryParams) (*Entry, error) {
	address, err := checkAddress(p.EmailAddress)
	if err != nil {
		return nil, err
	}
	e, err := findEntry(tx, address)
	if err != nil || e != nil {
		return e, err
	}
	now := tx.NowMS()
	e = &Entry{ID: tx.NewID("wle"), EmailAddress: address, Status: Waiting, CreatedAt: now, UpdatedAt: now}
	if err := insertEntry(tx, e); err != nil {
		return nil, err
	}
	if err := tx.Emit("waitlistEntry.created", e.Backend()); err != nil {
		return nil, err
	}
	if p.Notify != nil && !*p.Notify {
		return e, nil
	}
	_, err = inbox.Send(tx, l, inbox.Message{Kind: inbox.Email, Slug: inbox.WaitlistConfirmation, To: address})
	return e, err
}

// CreateEntries is CreateEntry for up to fifty addresses, all of them or none.
func CreateEntries(tx *store.Tx, l *instance.Live, params []EntryParams) ([]*Entry, error) {
	if err := checkEntries(params); err != nil {
		return nil, err
	}
	list := make([]*Entry, len(params))
	for n, p := range params {
		var err error
		if list[n], err = CreateEntry(tx, l, p); err != nil {
			return nil, err
		}
	}
	return list, nil
}

func checkEntries(params []EntryParams) error {
	if err := checkSize("waitlist_entries", len(params), maxEntries); err != nil {
		return err
	}
	var errs []*apierr.Error
	seen := map[string]bool{}
	for n, p := range params {
		address, err := checkAddress(p.EmailAddress)
		if err == nil && seen[fold(address)] {
			err = apierr.FormDuplicateParameterValue("email_address")
		}
		seen[fold(address)] = true
		errs = append(errs, apierr.All(at(n, err))...)
	}
	return apierr.Join(errs...)
}

// Invite sends an invitation to an entry: email.created and
// waitlistEntry.updated. Who was rejected can be invited, and who was invited
// again once that invitation is worth nothing, or with ignoreExisting. base is
// as in CreateParams.
func Invite(tx *store.Tx, l *instance.Live, id, base string, ignoreExisting bool) (*Entry, error) {
	e, err := GetEntry(tx, id)
	if err != nil {
		return nil, err
	}
	switch {
	case e.Status == Completed:
		return nil, apierr.WaitlistEntryAlreadyCompleted()
	case e.Status == Invited && !ignoreExisting && e.Invitation != nil && e.Invitation.Status == Pending:
		return nil, apierr.WaitlistEntryAlreadyInvited()
	}
	slug := inbox.WaitlistInvitation
	e.Invitation, err = Create(tx, l, CreateParams{EmailAddress: e.EmailAddress, TemplateSlug: &slug, IgnoreExisting: &ignoreExisting, Base: base})
	if err != nil {
		return nil, err
	}
	now := tx.NowMS()
	e.invitationID, e.InvitedAt = &e.Invitation.ID, &now
	return e, e.setStatus(tx, Invited)
}

// Reject turns an entry down: waitlistEntry.updated. An invitation that it has
// is revoked.
func Reject(tx *store.Tx, id string) (*Entry, error) {
	e, err := GetEntry(tx, id)
	if err != nil {
		return nil, err
	}
	switch e.Status {
	case Completed:
		return nil, apierr.WaitlistEntryAlreadyCompleted()
	case Rejected:
		return nil, apierr.WaitlistEntryAlreadyRejected()
	}
	if e.Invitation != nil && e.Invitation.Status == Pending {
		if err := e.Invitation.setStatus(tx, Revoked); err != nil {
			return nil, err
		}
	}
	return e, e.setStatus(tx, Rejected)
}

// DeleteEntry removes an entry that still waits. Clerk has no event for it.
func DeleteEntry(tx *store.Tx, id string) (users.DeletedJSON, error) {
	e, err := GetEntry(tx, id)
	if err != nil {
		return users.DeletedJSON{}, err
	}
	switch e.Status {
	case Completed:
		return users.DeletedJSON{}, apierr.WaitlistEntryAlreadyCompleted()
	case Invited:
		return users.DeletedJSON{}, apierr.WaitlistEntryAlreadyInvited()
	case Rejected:
		return users.DeletedJSON{}, apierr.WaitlistEntryAlreadyRejected()
	}
	_, err = tx.Exec(`DELETE FROM waitlist_entry WHERE instance_id = $1 AND id = $2`, tx.Instance(), id)
	return users.DeletedJSON{Object: "waitlist_entry", ID: id, Deleted: true}, err
}

// Complete notes that an address has signed up: waitlistEntry.updated if it
// waited.
func Complete(tx *store.Tx, address string) error {
	e, err := findEntry(tx, address)
	if err != nil || e == nil || e.Status == Completed || e.Status == Rejected {
		return err
	}
	return e.setStatus(tx, Completed)
}

// setStatus writes an entry back and tells of it.
func (e *Entry) setStatus(tx *store.Tx, status EntryStatus) error {
	e.Status, e.UpdatedAt = status, tx.NowMS()
	_, err := tx.Exec(`UPDATE waitlist_entry SET status = $3, invitation_id = $4, invited_at = $5, updated_at = $6 WHERE instance_id = $1 AND id = $2`,
		tx.Instance(), e.ID, string(e.Status), e.invitationID, e.InvitedAt, e.UpdatedAt)
	if err != nil {
		return err
	}
	return tx.Emit("waitlistEntry.updated", e.Backend())
}

// GetEntry returns an entry with its invitation.
func GetEntry(tx *store.Tx, id string) (*Entry, error) {
	e, err := scanEntry(tx.QueryRow(`SELECT `+entryColumns+` FROM waitlist_entry WHERE instance_id = $1 AND id = $2`, tx.Instance(), id))
	if errors.Is(err, sql.ErrNoRows) {
		return nil, apierr.WaitlistEntryNotFound(id)
	}
	if err != nil {
		return nil, err
	}
	return e, e.loadInvitation(tx)
}

// findEntry returns the entry of an address, nil for none.
func findEntry(tx *store.Tx, address string) (*Entry, error) {
	e, err := scanEntry(tx.QueryRow(`SELECT `+entryColumns+` FROM waitlist_entry WHERE instance_id = $1 AND email_folded = $2`, tx.Instance(), fold(address)))
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return e, e.loadInvitation(tx)
}

func (e *Entry) loadInvitation(tx *store.Tx) (err error) {
	if e.invitationID == nil {
		return nil
	}
	e.Invitation, err = Get(tx, *e.invitationID)
	return err
}
