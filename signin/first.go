package signin

import (
	"context"

	"github.com/nightclerk/nightclerk/inbox"
	"github.com/nightclerk/nightclerk/instance"
	"github.com/nightclerk/nightclerk/internal/apierr"
	"github.com/nightclerk/nightclerk/internal/store"
	"github.com/nightclerk/nightclerk/users"
)

// PrepareParams have a code or link sent (spec: prepareSignInFactorOne,
// prepareSignInFactorTwo).
type PrepareParams struct {
	Strategy       string `json:"strategy"`
	EmailAddressID string `json:"email_address_id"`
	PhoneNumberID  string `json:"phone_number_id"`
	RedirectURL    string `json:"redirect_url"`

	// From is the page that asks.
	From Page `json:"-"`
}

// AttemptParams prove a factor (spec: attemptSignInFactorOne,
// attemptSignInFactorTwo).
type AttemptParams struct {
	Strategy string `json:"strategy"`
	Code     string `json:"code"`
	Password string `json:"password"`
}

// GetSignIn returns a sign-in of a browser, whatever its status.
func (s *Service) GetSignIn(ctx context.Context, l *instance.Live, clientID, id string) (*SignInJSON, error) {
	return read(ctx, s, l, func(tx *store.Tx) (*SignInJSON, error) {
		si, err := signInOf(tx, clientID, id)
		if err != nil {
			return nil, err
		}
		return si.frontend(tx, l)
	})
}

// step runs one step of a browser's sign-in. A step that is refused so that its
// attempt counts is saved too.
func (s *Service) step(ctx context.Context, l *instance.Live, clientID, id string, fn func(*store.Tx, *signIn) error) (*SignInJSON, error) {
	return write(ctx, s, l, func(tx *store.Tx) (*SignInJSON, error) {
		si, err := signInOf(tx, clientID, id)
		if err != nil {
			return nil, err
		}
		if err := fn(tx, si); err != nil {
			return nil, err
		}
		return si.frontend(tx, l)
	})
}

// PrepareFirstFactor sends a code or link.
func (s *Service) PrepareFirstFactor(ctx context.Context, l *instance.Live, clientID, id string, p PrepareParams) (*SignInJSON, error) {
	if err := needStrategy(p.Strategy, emailCode, emailLink, phoneCode, resetPasswordEmailCode, resetPasswordPhoneCode); err != nil {
		return nil, err
	}
	return s.step(ctx, l, clientID, id, func(tx *store.Tx, si *signIn) error { return si.prepareFirst(tx, l, p) })
}

func needStrategy(strategy string, built ...string) error {
	if strategy == "" {
		return apierr.FormMissingParameter("strategy")
	}
	return checkStrategy(strategy, built...)
}

func (si *signIn) prepareFirst(tx *store.Tx, l *instance.Live, p PrepareParams) error {
	if err := si.expect(tx, "preparing the first factor", NeedsFirstFactor); err != nil {
		return err
	}
	u, err := si.user(tx, l)
	if err != nil {
		return err
	}
	if err := mayAct(u); err != nil {
		return err
	}
	f := choose(firstFactors(l, u, text(si.Identifier)), p.Strategy, p.EmailAddressID, p.PhoneNumberID, text(si.Identifier))
	if f == nil {
		return apierr.InvalidStrategyForUser()
	}
	if si.FirstFactor, err = f.errand(si, p).send(tx, l); err != nil {
		return err
	}
	return si.save(tx)
}

// errand is how the factor's code or link is sent.
func (f *Factor) errand(si *signIn, p PrepareParams) errand {
	id := f.EmailAddressID + f.PhoneNumberID // one of them is empty
	return errand{strategy: f.Strategy, to: f.to, attemptID: si.ID, userID: &si.UserID, identificationID: &id,
		linkSlug: inbox.MagicLinkSignIn, redirectURL: p.RedirectURL, from: p.From}
}

// AttemptFirstFactor proves the first factor by a password or a code.
func (s *Service) AttemptFirstFactor(ctx context.Context, l *instance.Live, clientID, id string, p AttemptParams) (*SignInJSON, error) {
	if err := needStrategy(p.Strategy, passwordStrategy, emailCode, phoneCode, resetPasswordEmailCode, resetPasswordPhoneCode, emailLink, ticketStrategy); err != nil {
		return nil, err
	}
	switch {
	case isReset(p.Strategy) && p.Password != "":
		return s.resetByCode(ctx, l, clientID, id, p)
	case p.Strategy != passwordStrategy:
		return s.step(ctx, l, clientID, id, func(tx *store.Tx, si *signIn) error { return si.attemptCode(tx, l, p) })
	case p.Password == "":
		return nil, apierr.FormMissingParameter("password")
	}
	find := func(tx *store.Tx) (*users.User, error) {
		si, err := signInOf(tx, clientID, id)
		if err != nil {
			return nil, err
		}
		if err := si.expect(tx, "attempting the first factor", NeedsFirstFactor); err != nil {
			return nil, err
		}
		return si.user(tx, l)
	}
	return checked(ctx, s, l, find, p.Password, func(tx *store.Tx, u *users.User, right bool) (*SignInJSON, error) {
		si, err := signInOf(tx, clientID, id)
		if err != nil {
			return nil, err
		}
		if err := checkPassword(tx, l, u, right); err != nil {
			return nil, err
		}
		si.FirstFactor = proven(passwordStrategy)
		if err := si.pass(tx, l, u); err != nil {
			return nil, err
		}
		return si.frontend(tx, l)
	})
}

// resetByCode proves a code and takes the new password with it, as custom flows
// do. A password that is not allowed leaves the code as good as it was.
func (s *Service) resetByCode(ctx context.Context, l *instance.Live, clientID, id string, p AttemptParams) (*SignInJSON, error) {
	update, err := ResetParams{Password: p.Password}.prepare()
	if err != nil {
		return nil, err
	}
	return s.step(ctx, l, clientID, id, func(tx *store.Tx, si *signIn) error {
		if err := si.attemptCode(tx, l, p); err != nil {
			return err
		}
		return si.reset(tx, l, update, false)
	})
}

func (si *signIn) attemptCode(tx *store.Tx, l *instance.Live, p AttemptParams) error {
	if err := si.expect(tx, "attempting the first factor", NeedsFirstFactor); err != nil {
		return err
	}
	u, err := si.prove(tx, l, si.FirstFactor, p)
	if err != nil {
		return err
	}
	return si.pass(tx, l, u)
}

// prove checks a code of one of the two factors. A wrong one counts, for the
// verification and for the user.
func (si *signIn) prove(tx *store.Tx, l *instance.Live, v *verification, p AttemptParams) (*users.User, error) {
	u, err := si.user(tx, l)
	if err != nil {
		return nil, err
	}
	if err := mayAct(u); err != nil {
		return nil, err
	}
	err = v.attempt(tx.NowMS(), p.Strategy, p.Code)
	if !apierr.IsRefused(err) {
		return u, err
	}
	if err := si.save(tx); err != nil {
		return nil, err
	}
	return nil, failed(tx, l, u.ID, err)
}
