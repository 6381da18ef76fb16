package backendapi

import (
	"github.com/nightclerk/nightclerk/instance"
	"github.com/nightclerk/nightclerk/internal/apierr"
	"github.com/nightclerk/nightclerk/internal/store"
	"github.com/nightclerk/nightclerk/sessions"
	"github.com/nightclerk/nightclerk/signin"
)

type listClientsParams struct {
	Paginated bool `query:"paginated"`
	Limit     *int `query:"limit"`
	Offset    *int `query:"offset"`
}

// getClientList implements GetClientList: a bare array unless `paginated` asks
// for the total too.
func (a *API) getClientList(c *Call, in listClientsParams) (any, error) {
	p, err := newPage(in.Limit, in.Offset)
	if err != nil {
		return nil, err
	}
	out := paginated[sessions.BackendClientJSON]{Data: []sessions.BackendClientJSON{}}
	err = a.read(c, func(tx *store.Tx) error {
		ids, err := sessions.ListClients(tx, p.limit, p.offset)
		for _, id := range ids {
			client, err := backendClient(tx, c.Live, id)
			if err != nil {
				return err
			}
			out.Data = append(out.Data, client)
		}
		if err == nil {
			out.TotalCount, err = sessions.CountClients(tx)
		}
		return err
	})
	if err == nil && !in.Paginated {
		return out.Data, nil
	}
	return out, err
}

type clientPath struct {
	ID string `path:"client_id"`
}

// getClient implements GetClient.
func (a *API) getClient(c *Call, in clientPath) (out sessions.BackendClientJSON, err error) {
	err = a.read(c, func(tx *store.Tx) error {
		out, err = backendClient(tx, c.Live, in.ID)
		return err
	})
	return out, err
}

// backendClient is a client with the ids of its unfinished attempts.
func backendClient(tx *store.Tx, l *instance.Live, id string) (out sessions.BackendClientJSON, err error) {
	if out, err = sessions.BackendClient(tx, id); err != nil {
		return out, err
	}
	in, err := signin.CurrentSignIn(tx, l, id)
	if err != nil {
		return out, err
	}
	if in != nil {
		out.SignInID = &in.ID
	}
	up, err := signin.CurrentSignUp(tx, l, id)
	if up != nil {
		out.SignUpID = &up.ID
	}
	return out, err
}

type handshakePayloadParams struct {
	Nonce string `query:"nonce"`
}

// handshakePayload is what @clerk/backend sets as cookies, line by line.
type handshakePayload struct {
	Directives []string `json:"directives"`
}

// getHandshakePayload implements getHandshakePayload, which no document
// describes: an app's server redeems the nonce of a handshake, once.
func (a *API) getHandshakePayload(c *Call, in handshakePayloadParams) (out handshakePayload, err error) {
	if in.Nonce == "" {
		return out, apierr.MissingQueryParameter("nonce")
	}
	err = a.write(c, func(tx *store.Tx) (err error) {
		out.Directives, err = sessions.TakeHandshake(tx, in.Nonce)
		return err
	})
	return out, err
}
