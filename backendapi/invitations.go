package backendapi

import (
	"github.com/nightclerk/nightclerk/internal/store"
	"github.com/nightclerk/nightclerk/invitations"
)

// base is where the links in mails lead that the caller has sent: over the
// scheme by which the caller itself asks, so that a browser needs no certificate
// for them where the app needs none.
func (c *Call) base() string { return c.Portal(c.R.TLS != nil) }

type listInvitationsParams struct {
	invitations.Filter
	Paginated bool `query:"paginated"`
	Limit     *int `query:"limit"`
	Offset    *int `query:"offset"`
}

// listInvitations implements ListInvitations: a bare array unless `paginated`
// asks for the total too, as the SDKs of today do.
func (a *API) listInvitations(c *Call, in listInvitationsParams) (any, error) {
	p, err := newPage(in.Limit, in.Offset)
	if err != nil {
		return nil, err
	}
	in.Filter.Limit, in.Filter.Offset = p.limit, p.offset
	var out paginated[invitations.JSON]
	err = a.read(c, func(tx *store.Tx) error {
		list, total, err := invitations.List(tx, in.Filter)
		out = paginated[invitations.JSON]{Data: mapped(list, (*invitations.Invitation).Backend), TotalCount: total}
		return err
	})
	if err == nil && !in.Paginated {
		return out.Data, nil
	}
	return out, err
}

// createInvitation implements CreateInvitation.
func (a *API) createInvitation(c *Call, in invitations.CreateParams) (invitations.JSON, error) {
	in.Base = c.base()
	return spelled(a, c, (*invitations.Invitation).Backend, func(tx *store.Tx) (*invitations.Invitation, error) {
		return invitations.Create(tx, c.Live, in)
	})
}

// createBulkInvitations implements CreateBulkInvitations.
func (a *API) createBulkInvitations(c *Call, in []invitations.CreateParams) ([]invitations.JSON, error) {
	for i := range in {
		in[i].Base = c.base()
	}
	return spelled(a, c, allInvitations, func(tx *store.Tx) ([]*invitations.Invitation, error) {
		return invitations.CreateBulk(tx, c.Live, in)
	})
}

func allInvitations(list []*invitations.Invitation) []invitations.JSON {
	return mapped(list, (*invitations.Invitation).Backend)
}

type invitationPath struct {
	ID string `path:"invitation_id"`
}

// revokeInvitation implements RevokeInvitation.
func (a *API) revokeInvitation(c *Call, in invitationPath) (invitations.JSON, error) {
	return spelled(a, c, (*invitations.Invitation).Backend, func(tx *store.Tx) (*invitations.Invitation, error) {
		return invitations.Revoke(tx, in.ID)
	})
}
