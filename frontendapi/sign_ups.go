package frontendapi

import (
	"github.com/nightclerk/nightclerk/internal/httpapi"
	"github.com/nightclerk/nightclerk/signin"
)

func (a *API) signUpRoutes() []httpapi.Route {
	return []httpapi.Route{
		{Op: "createSignUps", Method: "POST", Path: "/v1/client/sign_ups", Handle: mutate(a, a.createSignUps), Emits: "email.created, sms.created, user.created, session.created"},
		{Op: "getSignUps", Method: "GET", Path: "/v1/client/sign_ups/{sign_up_id}", Handle: mutate(a, a.getSignUps)},
		{Op: "updateSignUps", Method: "PATCH", Path: "/v1/client/sign_ups/{sign_up_id}", Handle: mutate(a, a.updateSignUps), Emits: "email.created, sms.created, user.created, session.created"},
		{Op: "prepareSignUpsVerification", Method: "POST", Path: "/v1/client/sign_ups/{sign_up_id}/prepare_verification", Handle: mutate(a, a.prepareSignUpsVerification), Emits: "email.created, sms.created"},
		{Op: "attemptSignUpsVerification", Method: "POST", Path: "/v1/client/sign_ups/{sign_up_id}/attempt_verification", Handle: mutate(a, a.attemptSignUpsVerification), Emits: "user.created, session.created"},
	}
}

// createSignUps implements createSignUps.
func (a *API) createSignUps(c *Call, in signin.SignUpParams) (*signin.SignUpJSON, error) {
	client, err := a.ensureClient(c)
	if err != nil {
		return nil, err
	}
	in.From = c.page()
	return a.signin.CreateSignUp(c.Context(), c.Live, client, in)
}

type signUpPath struct {
	ID string `path:"sign_up_id"`
}

// getSignUps implements getSignUps; like a sign-in, with the client.
func (a *API) getSignUps(c *Call, in signUpPath) (*signin.SignUpJSON, error) {
	return a.signin.GetSignUp(c.Context(), c.Live, c.ClientID, in.ID)
}

type updateSignUp struct {
	signUpPath
	signin.SignUpParams
}

// updateSignUps implements updateSignUps.
func (a *API) updateSignUps(c *Call, in updateSignUp) (*signin.SignUpJSON, error) {
	in.From = c.page()
	return a.signin.UpdateSignUp(c.Context(), c.Live, c.ClientID, in.ID, in.SignUpParams)
}

type prepareSignUp struct {
	signUpPath
	signin.PrepareParams
}

// prepareSignUpsVerification implements prepareSignUpsVerification.
func (a *API) prepareSignUpsVerification(c *Call, in prepareSignUp) (*signin.SignUpJSON, error) {
	in.From = c.page()
	return a.signin.PrepareVerification(c.Context(), c.Live, c.ClientID, in.ID, in.PrepareParams)
}

type attemptSignUp struct {
	signUpPath
	signin.AttemptParams
}

// attemptSignUpsVerification implements attemptSignUpsVerification.
func (a *API) attemptSignUpsVerification(c *Call, in attemptSignUp) (*signin.SignUpJSON, error) {
	return a.signin.AttemptVerification(c.Context(), c.Live, c.ClientID, in.ID, in.AttemptParams)
}
