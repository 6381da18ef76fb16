package backendapi

import (
	"github.com/nightclerk/nightclerk/internal/apierr"
	"github.com/nightclerk/nightclerk/internal/store"
	"github.com/nightclerk/nightclerk/sessions"
)

type createSignInTokenParams struct {
	UserID    *string `json:"user_id"`
	OrgID     *string `json:"org_id"`
	ExpiresIn *int64  `json:"expires_in_seconds"`
}

// createSignInToken implements CreateSignInToken.
func (a *API) createSignInToken(c *Call, in createSignInTokenParams) (out sessions.SignInTokenJSON, err error) {
	if in.UserID == nil || *in.UserID == "" {
		return out, apierr.FormMissingParameter("user_id")
	}
	if in.OrgID != nil && *in.OrgID != "" {
		return out, apierr.FormMissingResource("org_id")
	}
	return spelled(a, c, (*sessions.SignInToken).Backend, func(tx *store.Tx) (*sessions.SignInToken, error) {
		return sessions.CreateSignInToken(tx, c.Live, *in.UserID, in.ExpiresIn)
	})
}

type signInTokenPath struct {
	ID string `path:"sign_in_token_id"`
}

// revokeSignInToken implements RevokeSignInToken.
func (a *API) revokeSignInToken(c *Call, in signInTokenPath) (sessions.SignInTokenJSON, error) {
	return spelled(a, c, (*sessions.SignInToken).Backend, func(tx *store.Tx) (*sessions.SignInToken, error) {
		return sessions.RevokeSignInToken(tx, c.Live, in.ID)
	})
}

// createTestingToken implements CreateTestingToken.
func (a *API) createTestingToken(*Call, none) (sessions.TestingTokenJSON, error) {
	return sessions.NewTestingToken(a.db.IDs()), nil
}
