package backendapi

import (
	"github.com/nightclerk/nightclerk/internal/store"
	"github.com/nightclerk/nightclerk/invitations"
)

type listWaitlistParams struct {
	invitations.Filter
	Limit  *int `query:"limit"`
	Offset *int `query:"offset"`
}

// listWaitlistEntries implements ListWaitlistEntries, which always tells the
// total.
func (a *API) listWaitlistEntries(c *Call, in listWaitlistParams) (out paginated[invitations.EntryJSON], err error) {
	p, err := newPage(in.Limit, in.Offset)
	if err != nil {
		return out, err
	}
	in.Filter.Limit, in.Filter.Offset = p.limit, p.offset
	err = a.read(c, func(tx *store.Tx) error {
		list, total, err := invitations.ListEntries(tx, in.Filter)
		out = paginated[invitations.EntryJSON]{Data: allEntries(list), TotalCount: total}
		return err
	})
	return out, err
}

func allEntries(list []*invitations.Entry) []invitations.EntryJSON {
	return mapped(list, (*invitations.Entry).Backend)
}

// createWaitlistEntry implements CreateWaitlistEntry, whatever the sign-up mode.
func (a *API) createWaitlistEntry(c *Call, in invitations.EntryParams) (invitations.EntryJSON, error) {
	return spelled(a, c, (*invitations.Entry).Backend, func(tx *store.Tx) (*invitations.Entry, error) {
		return invitations.CreateEntry(tx, c.Live, in)
	})
}

// createBulkWaitlistEntries implements CreateBulkWaitlistEntries.
func (a *API) createBulkWaitlistEntries(c *Call, in []invitations.EntryParams) ([]invitations.EntryJSON, error) {
	return spelled(a, c, allEntries, func(tx *store.Tx) ([]*invitations.Entry, error) {
		return invitations.CreateEntries(tx, c.Live, in)
	})
}

type waitlistPath struct {
	ID string `path:"waitlist_entry_id" json:"-"`
}

// deleteWaitlistEntry implements DeleteWaitlistEntry.
func (a *API) deleteWaitlistEntry(c *Call, in waitlistPath) (deleted, error) {
	return spelled(a, c, itself, func(tx *store.Tx) (deleted, error) { return invitations.DeleteEntry(tx, in.ID) })
}

type inviteParams struct {
	waitlistPath
	IgnoreExisting *bool `json:"ignore_existing"`
}

// inviteWaitlistEntry implements InviteWaitlistEntry.
func (a *API) inviteWaitlistEntry(c *Call, in inviteParams) (invitations.EntryJSON, error) {
	return spelled(a, c, (*invitations.Entry).Backend, func(tx *store.Tx) (*invitations.Entry, error) {
		return invitations.Invite(tx, c.Live, in.ID, c.base(), in.IgnoreExisting != nil && *in.IgnoreExisting)
	})
}

// rejectWaitlistEntry implements RejectWaitlistEntry.
func (a *API) rejectWaitlistEntry(c *Call, in waitlistPath) (invitations.EntryJSON, error) {
	return spelled(a, c, (*invitations.Entry).Backend, func(tx *store.Tx) (*invitations.Entry, error) {
		return invitations.Reject(tx, in.ID)
	})
}
