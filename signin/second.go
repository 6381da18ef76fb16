package signin

import (
	"context"

	"github.com/nightclerk/nightclerk/instance"
	"github.com/nightclerk/nightclerk/internal/apierr"
	"github.com/nightclerk/nightclerk/internal/store"
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

// checkSecond refuses what is no second factor.
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
	if err := checkSecond(p.Strategy, backupCode, phoneCode, totp); err != nil {
		return nil, err
	}
	if p.Code == "" {
		return nil, apierr.FormMissingParameter("code")
	}
	backup, err := s.matchBackupCode(ctx, l, clientID, id, p)
	if err != nil {
		return nil, err
	}
	return s.step(ctx, l, clientID, id, func(tx *store.Tx, si *signIn) error {
		if err := si.expect(tx, "attempting the second factor", NeedsSecondFactor); err != nil {
			return err
		}
		if p.Strategy == phoneCode {
			_, err := si.prove(tx, l, si.SecondFactor, p)
			if err != nil {
				return err
			}
			return si.complete(tx, l)
		}
		if err := si.proveSecond(tx, l, p, backup); err != nil {
			return err
		}
		return si.complete(tx, l)
	})
}

// matchBackupCode finds the backup code outside of the transaction that spends
// it.
func (s *Service) matchBackupCode(ctx context.Context, l *instance.Live, clientID, id string, p AttemptParams) (digest string, err error) {
	if p.Strategy != backupCode {
		return "", nil
	}
	u, err := read(ctx, s, l, func(tx *store.Tx) (*users.User, error) {
		si, err := signInOf(tx, clientID, id)
		if err != nil {
			return nil, err
		}
		if err := si.expect(tx, "attempting the second factor", NeedsSecondFactor); err != nil {
			return nil, err
		}
		return si.user(tx, l)
	})
	if err != nil {
		return "", err
	}
	return u.MatchBackupCode(p.Code), nil
}

// proveSecond checks what needs no preparation: the code of an authenticator app
// or a backup code.
func (si *signIn) proveSecond(tx *store.Tx, l *instance.Live, p AttemptParams, backup string) error {
	u, err := si.user(tx, l)
	if err != nil {
		return err
	}
	if err := mayAct(u); err != nil {
		return err
	}
	if choose(secondFactors(u), p.Strategy, "", "", "") == nil {
		return apierr.InvalidStrategyForUser()
	}
	right := p.Strategy == totp && u.CheckTOTP(p.Code, tx.WallNow())
	if backup != "" {
		if right, err = users.SpendBackupCode(tx, l.Rules(), u.ID, backup); err != nil {
			return err
		}
	}
	if !right {
		return failed(tx, l, u.ID, apierr.FormIncorrectCode())
	}
	si.SecondFactor = proven(p.Strategy)
	return nil
}
