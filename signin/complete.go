package signin

import (
	"context"
	"slices"

	"github.com/nightclerk/nightclerk/instance"
	"github.com/nightclerk/nightclerk/internal/apierr"
	"github.com/nightclerk/nightclerk/internal/store"
	"github.com/nightclerk/nightclerk/sessions"
	"github.com/nightclerk/nightclerk/users"
)

// pass goes on after the first factor was proven. An identifier that was only
// reserved for the user is verified by that.
func (si *signIn) pass(tx *store.Tx, l *instance.Live, u *users.User) error {
	if id := si.FirstFactor.IdentificationID; id != "" {
		if err := users.Prove(tx, l.Rules(), u.ID, id, si.FirstFactor.proof()); err != nil {
			return err
		}
	}
	if isReset(si.FirstFactor.Strategy) {
		si.Status = NeedsNewPassword
		return si.save(tx)
	}
	return si.passOn(tx, l, u)
}

// passOn asks for the second factor of those who have one.
func (si *signIn) passOn(tx *store.Tx, l *instance.Live, u *users.User) error {
	if u.TwoFactorEnabled() {
		si.Status = NeedsSecondFactor
		return si.save(tx)
	}
	return si.complete(tx, l)
}

// complete signs the user in: the browser has a session and no attempt any more.
func (si *signIn) complete(tx *store.Tx, l *instance.Live) error {
	if err := users.RecordSignIn(tx, l.Rules(), si.UserID); err != nil {
		return err
	}
	session, err := startSession(tx, l, si.ClientID, si.UserID, si.FirstFactor.Strategy, si.SecondFactor != nil)
	if err != nil {
		return err
	}
	si.Status, si.CreatedSessionID, si.Open = Complete, &session.ID, false
	return si.save(tx)
}

// startSession ends what the browser had under way.
func startSession(tx *store.Tx, l *instance.Live, clientID, userID, strategy string, secondFactor bool) (*sessions.Session, error) {
	for _, table := range []string{signIns, signUps} {
		if err := closeOpen(tx, table, clientID); err != nil {
			return nil, err
		}
	}
	if err := sessions.NoteStrategy(tx, clientID, strategy); err != nil {
		return nil, err
	}
	return sessions.Create(tx, l, sessions.CreateParams{UserID: userID, ClientID: clientID, SecondFactor: secondFactor})
}

// ResetParams choose a new password (spec: resetPassword).
type ResetParams struct {
	Password               string `json:"password"`
	SignOutOfOtherSessions bool   `json:"sign_out_of_other_sessions"`
}

// isReset tells whether a strategy leads to a new password.
func isReset(strategy string) bool {
	return slices.Contains([]string{resetPasswordEmailCode, resetPasswordPhoneCode}, strategy)
}

// ResetPassword gives the user of a sign-in that needs one a new password, and
// goes on.
func (s *Service) ResetPassword(ctx context.Context, l *instance.Live, clientID, id string, p ResetParams) (*SignInJSON, error) {
	update, err := p.prepare()
	if err != nil {
		return nil, err
	}
	return s.step(ctx, l, clientID, id, func(tx *store.Tx, si *signIn) error {
		if err := si.expect(tx, "resetting the password", NeedsNewPassword); err != nil {
			return err
		}
		u, err := si.user(tx, l)
		if err != nil {
			return err
		}
		if err := mayAct(u); err != nil {
			return err
		}
		return si.reset(tx, l, update, p.SignOutOfOtherSessions)
	})
}

// prepare hashes the password.
func (p ResetParams) prepare() (update users.UpdateParams, err error) {
	if p.Password == "" {
		return update, apierr.FormMissingParameter("password")
	}
	update.Password = &p.Password
	return update, update.Prepare(&users.Hasher{})
}

func (si *signIn) reset(tx *store.Tx, l *instance.Live, update users.UpdateParams, signOut bool) error {
	u, err := users.Update(tx, l.Rules(), si.UserID, update)
	if err != nil {
		return err
	}
	if signOut {
		if err := sessions.RevokeAll(tx, l, u.ID); err != nil {
			return err
		}
	}
	return si.passOn(tx, l, u)
}
