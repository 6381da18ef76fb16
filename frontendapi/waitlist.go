package frontendapi

import (
	"github.com/nightclerk/nightclerk/internal/httpapi"
	"github.com/nightclerk/nightclerk/internal/store"
	"github.com/nightclerk/nightclerk/invitations"
)

func (a *API) waitlistRoutes() []httpapi.Route {
	return []httpapi.Route{
		{Op: "joinWaitlist", Method: "POST", Path: "/v1/waitlist", Handle: open(a, a.joinWaitlist), Emits: "waitlistEntry.created, email.created"},
	}
}

type joinWaitlistParams struct {
	EmailAddress string `json:"email_address"`
}

// joinWaitlist implements joinWaitlist. The answer stands outside of the
// envelope, and is the same for an address that is on the waitlist already.
func (a *API) joinWaitlist(c *Call, in joinWaitlistParams) (out invitations.JoinedJSON, err error) {
	err = a.write(c, func(tx *store.Tx) error {
		e, err := invitations.Join(tx, c.Live, in.EmailAddress)
		if err == nil {
			out = e.Frontend()
		}
		return err
	})
	return out, err
}
