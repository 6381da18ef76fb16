package frontendapi

import (
	"github.com/nightclerk/nightclerk/internal/httpapi"
	"github.com/nightclerk/nightclerk/internal/store"
	"github.com/nightclerk/nightclerk/signin"
)

func (a *API) signInRoutes() []httpapi.Route {
	return []httpapi.Route{
		{Op: "createSignIn", Method: "POST", Path: "/v1/client/sign_ins", Handle: mutate(a, a.createSignIn), Emits: "email.created, sms.created, session.created"},
		{Op: "getSignIn", Method: "GET", Path: "/v1/client/sign_ins/{sign_in_id}", Handle: mutate(a, a.getSignIn)},
		{Op: "resetPassword", Method: "POST", Path: "/v1/client/sign_ins/{sign_in_id}/reset_password", Handle: mutate(a, a.resetPassword), Emits: "user.updated, session.revoked, session.created"},
		{Op: "prepareSignInFactorOne", Method: "POST", Path: "/v1/client/sign_ins/{sign_in_id}/prepare_first_factor", Handle: mutate(a, a.prepareSignInFactorOne), Emits: "email.created, sms.created"},
		{Op: "attemptSignInFactorOne", Method: "POST", Path: "/v1/client/sign_ins/{sign_in_id}/attempt_first_factor", Handle: mutate(a, a.attemptSignInFactorOne), Emits: "user.updated, session.created"},
		{Op: "prepareSignInFactorTwo", Method: "POST", Path: "/v1/client/sign_ins/{sign_in_id}/prepare_second_factor", Handle: mutate(a, a.prepareSignInFactorTwo), Emits: "sms.created"},
		{Op: "attemptSignInFactorTwo", Method: "POST", Path: "/v1/client/sign_ins/{sign_in_id}/attempt_second_factor", Handle: mutate(a, a.attemptSignInFactorTwo), Emits: "user.updated, session.created"},
	}
}

// createSignIn implements createSignIn.
func (a *API) createSignIn(c *Call, in signin.SignInParams) (*signin.SignInJSON, error) {
	client, err := a.ensureClient(c)
	if err != nil {
		return nil, err
	}
	in.From = c.page()
	return a.signin.CreateSignIn(c.Context(), c.Live, client, in)
}

type signInPath struct {
	ID string `path:"sign_in_id"`
}

// getSignIn implements getSignIn. The components poll it while they wait for a
// link to be followed, and take the new session from the client beside it.
func (a *API) getSignIn(c *Call, in signInPath) (*signin.SignInJSON, error) {
	return a.signin.GetSignIn(c.Context(), c.Live, c.ClientID, in.ID)
}

type prepareSignIn struct {
	signInPath
	signin.PrepareParams
}

// prepareSignInFactorOne implements prepareSignInFactorOne.
func (a *API) prepareSignInFactorOne(c *Call, in prepareSignIn) (*signin.SignInJSON, error) {
	in.From = c.page()
	return a.signin.PrepareFirstFactor(c.Context(), c.Live, c.ClientID, in.ID, in.PrepareParams)
}

// prepareSignInFactorTwo implements prepareSignInFactorTwo.
func (a *API) prepareSignInFactorTwo(c *Call, in prepareSignIn) (*signin.SignInJSON, error) {
	in.From = c.page()
	return a.signin.PrepareSecondFactor(c.Context(), c.Live, c.ClientID, in.ID, in.PrepareParams)
}

type attemptSignIn struct {
	signInPath
	signin.AttemptParams
}

// attemptSignInFactorOne implements attemptSignInFactorOne.
func (a *API) attemptSignInFactorOne(c *Call, in attemptSignIn) (*signin.SignInJSON, error) {
	return a.signin.AttemptFirstFactor(c.Context(), c.Live, c.ClientID, in.ID, in.AttemptParams)
}

// attemptSignInFactorTwo implements attemptSignInFactorTwo.
func (a *API) attemptSignInFactorTwo(c *Call, in attemptSignIn) (*signin.SignInJSON, error) {
	return a.signin.AttemptSecondFactor(c.Context(), c.Live, c.ClientID, in.ID, in.AttemptParams)
}

type resetParams struct {
	signInPath
	signin.ResetParams
}

// resetPassword implements resetPassword.
func (a *API) resetPassword(c *Call, in resetParams) (*signin.SignInJSON, error) {
	return a.signin.ResetPassword(c.Context(), c.Live, c.ClientID, in.ID, in.ResetParams)
}

// attempts are the client's unfinished sign-in and sign-up, nil for none.
func (a *API) attempts(tx *store.Tx, c *Call) (signIn, signUp any, err error) {
	in, err := signin.CurrentSignIn(tx, c.Live, c.ClientID)
	if err != nil {
		return nil, nil, err
	}
	up, err := signin.CurrentSignUp(tx, c.Live, c.ClientID)
	if in != nil {
		signIn = in
	}
	if up != nil {
		signUp = up
	}
	return signIn, signUp, err
}
