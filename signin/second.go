package signin

import (
	"context"

	"github.com/nightclerk/nightclerk/instance"
	"github.com/nightclerk/nightclerk/internal/apierr"
	"github.com/nightclerk/nightclerk/internal/store"
	"github.com/nightclerk/nightclerk/sessions"
	"github.com/nightclerk/nightclerk/users"
)

// PrepareSecondFactor sends a code to a phone number that is a second factor.
func (s *Service) PrepareSecondFactor(ctx context.Context, l *instance.Live, clientID, id string, p PrepareParams) (*SignInJSON, error) {
	if p.Strategy == "" {
		p.Strategy = phoneCode
	}
	if err := checkSecond(p.Strategy, phoneCode); err != nil {
		return nil, err
	}
	return s.step(ctx, l, clientID, id, func(tx *store.Tx, si *signIn) error { return si.prepareSecond(tx, l, p) })
}

// checkSecond refuses second factors that are not built.
func checkSecond(strategy string, built ...string) error {
	if strategy == emailCode || strategy == emailLink {
		return apierr.InvalidStrategyForUser() // Clerk has them where a browser must be trusted first
	}
	return needStrategy(strategy, built...)
}

func (si *signIn) prepareSecond(tx *store.Tx, l *instance.Live, p PrepareParams) error {
	if err := si.expect(tx, "preparing the second factor", NeedsSecondFactor); err != nil {
		return err
	}
	u, err := si.user(tx, l)
	if err != nil {
		return err
	}
	if err := mayAct(u); err != nil {
		return err
	}
	f := choose(secondFactors(u), p.Strategy, "", p.PhoneNumberID, "")
	if f == nil {
		return apierr.InvalidStrategyForUser()
	}
	if si.SecondFactor, err = f.errand(si, p).send(tx, l); err != nil {
		return err
	}
	return si.save(tx)
}

// AttemptSecondFactor proves the second factor.
func (s *Service) AttemptSecondFactor(ctx context.Context, l *instance.Live, clientID, id string, p AttemptParams) (*SignInJSON, error) {
	if p.Strategy == totp || p.Strategy == backupCode {
		return nil, apierr.NotImplemented("the second factor " + p.Strategy)
	}
	if err := checkSecond(p.Strategy, phoneCode); err != nil {
		return nil, err
	}
	return s.step(ctx, l, clientID, id, func(tx *store.Tx, si *signIn) error {
		if err := si.expect(tx, "attempting the second factor", NeedsSecondFactor); err != nil {
			return err
		}
		if _, err := si.prove(tx, l, si.SecondFactor, p); err != nil {
			return err
		}
		return si.complete(tx, l)
	})
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

// ResetPassword gives the user of a sign-in that needs one a new password, and
// goes on.
func (s *Service) ResetPassword(ctx context.Context, l *instance.Live, clientID, id string, p ResetParams) (*SignInJSON, error) {
	if p.Password == "" {
		return nil, apierr.FormMissingParameter("password")
	}
	update := users.UpdateParams{Password: &p.Password}
	if err := update.Prepare(&users.Hasher{}); err != nil {
		return nil, err
	}
	return s.step(ctx, l, clientID, id, func(tx *store.Tx, si *signIn) error {
		if err := si.expect(tx, "resetting the password", NeedsNewPassword); err != nil {
			return err
		}
		u, err := users.Update(tx, l.Rules(), si.UserID, update)
		if err != nil {
			return err
		}
		if p.SignOutOfOtherSessions {
			if err := sessions.RevokeAll(tx, l, u.ID); err != nil {
				return err
			}
		}
		if u.TwoFactorEnabled() {
			si.Status = NeedsSecondFactor
			return si.save(tx)
		}
		return si.complete(tx, l)
	})
}
