package signin

import (
	"context"
	"slices"
	"time"

	"github.com/nightclerk/nightclerk/inbox"
	"github.com/nightclerk/nightclerk/instance"
	"github.com/nightclerk/nightclerk/internal/apierr"
	"github.com/nightclerk/nightclerk/internal/store"
	"github.com/nightclerk/nightclerk/users"
)

// PrepareVerification sends a code or link to what a sign-up has not verified.
func (s *Service) PrepareVerification(ctx context.Context, l *instance.Live, clientID, id string, p PrepareParams) (*SignUpJSON, error) {
	if err := needStrategy(p.Strategy, emailCode, emailLink, phoneCode); err != nil {
		return nil, err
	}
	return s.signUpStep(ctx, l, clientID, id, func(tx *store.Tx, su *signUp) error {
		if err := su.prepare(tx, l, p); err != nil {
			return err
		}
		return su.save(tx)
	})
}

// fieldOf is what a strategy verifies.
func fieldOf(strategy string) string {
	if strategy == phoneCode {
		return "phone_number"
	}
	return "email_address"
}

func (su *signUp) prepare(tx *store.Tx, l *instance.Live, p PrepareParams) error {
	name := fieldOf(p.Strategy)
	i := slices.IndexFunc(fields(&l.Config.Settings), func(f field) bool { return f.name == name && slices.Contains(f.verifications, p.Strategy) })
	switch {
	case i < 0:
		return apierr.VerificationInvalidStrategy()
	case !su.has(name):
		return apierr.InvalidClientStateForAction("the verification", "Give the sign up the "+name+" first.")
	case su.verified(name):
		return apierr.VerificationAlreadyVerified()
	}
	v, err := errand{strategy: p.Strategy, to: su.Values[name], attemptID: su.ID, linkSlug: inbox.MagicLinkSignUp,
		redirectURL: p.RedirectURL, from: p.From}.send(tx, l)
	if err != nil {
		return err
	}
	if su.Verifications == nil {
		su.Verifications = map[string]*verification{}
	}
	su.Verifications[name] = v
	return nil
}

// AttemptVerification proves an identifier by its code. The last thing that was
// missing makes the user and signs them in.
func (s *Service) AttemptVerification(ctx context.Context, l *instance.Live, clientID, id string, p AttemptParams) (*SignUpJSON, error) {
	if err := needStrategy(p.Strategy, emailCode, phoneCode, emailLink); err != nil {
		return nil, err
	}
	return s.signUpStep(ctx, l, clientID, id, func(tx *store.Tx, su *signUp) error {
		err := su.Verifications[fieldOf(p.Strategy)].attempt(tx.NowMS(), p.Strategy, p.Code)
		if apierr.IsRefused(err) {
			if err := su.save(tx); err != nil {
				return err
			}
		}
		if err != nil {
			return err
		}
		return su.settle(tx, l)
	})
}

// goOn does what a request asks for beside its values, and what follows from
// them.
func (su *signUp) goOn(tx *store.Tx, l *instance.Live, p SignUpParams) (*SignUpJSON, error) {
	if p.Strategy != "" && p.Strategy != passwordStrategy && p.Strategy != ticketStrategy {
		prepare := PrepareParams{Strategy: p.Strategy, RedirectURL: p.RedirectURL, From: p.From}
		if err := su.prepare(tx, l, prepare); err != nil {
			return nil, err
		}
	}
	if err := su.settle(tx, l); err != nil {
		return nil, err
	}
	return su.frontend(tx, l), nil
}

// settle completes a sign-up that lacks nothing: user.created, session.created,
// and waitlistEntry.updated between them for who was on the waitlist.
func (su *signUp) settle(tx *store.Tx, l *instance.Live) error {
	need := su.requirements(&l.Config.Settings)
	if len(need.missing) > 0 || len(need.unverified) > 0 {
		return su.save(tx)
	}
	u, err := users.Create(tx, l.Rules(), su.newUser())
	if err != nil {
		return err
	}
	if err := su.acceptInvitation(tx); err != nil {
		return err
	}
	if err := users.RecordSignIn(tx, l.Rules(), u.ID); err != nil {
		return err
	}
	session, err := startSession(tx, l, su.ClientID, u.ID, su.strategy(), false)
	if err != nil {
		return err
	}
	su.CreatedUserID, su.CreatedSessionID, su.Open = &u.ID, &session.ID, false
	return su.save(tx)
}

// newUser is the user that the sign-up makes. What was not verified is reserved:
// theirs, and good for signing in.
func (su *signUp) newUser() users.CreateParams {
	yes := true
	p := users.CreateParams{Username: su.value("username"), FirstName: su.value("first_name"), LastName: su.value("last_name"), Locale: su.Locale,
		PublicMetadata: su.PublicMetadata, UnsafeMetadata: su.UnsafeMetadata, SkipPasswordRequirement: &yes}
	if address := su.value("email_address"); address != nil {
		p.EmailAddress, p.EmailAddressIdentificationState = []string{*address}, []users.Status{su.state("email_address")}
		p.Seed.EmailAddressVerification = su.proof("email_address")
	}
	if number := su.value("phone_number"); number != nil {
		p.PhoneNumber, p.PhoneNumberIdentificationState = []string{*number}, []users.Status{su.state("phone_number")}
		p.Seed.PhoneNumberVerification = su.proof("phone_number")
	}
	if su.PasswordDigest != "" {
		hasher := "bcrypt"
		p.PasswordDigest, p.PasswordHasher = &su.PasswordDigest, &hasher
	}
	if su.LegalAcceptedAt != nil {
		at := time.UnixMilli(*su.LegalAcceptedAt).UTC().Format(time.RFC3339Nano)
		p.LegalAcceptedAt = &at
	}
	return p
}

func (su *signUp) state(name string) users.Status {
	if su.verified(name) {
		return users.Verified
	}
	return users.Reserved
}

func (su *signUp) proof(name string) users.Verification {
	v := su.Verifications[name]
	if v == nil || v.Status != verified {
		return users.Verification{}
	}
	return v.proof()
}

// strategy is by what the new user is signed in.
func (su *signUp) strategy() string {
	for _, name := range []string{"email_address", "phone_number"} {
		if su.verified(name) {
			return su.Verifications[name].Strategy
		}
	}
	return passwordStrategy
}
