package signin

import (
	"context"
	"encoding/json"
	"strings"

	"github.com/nightclerk/nightclerk/instance"
	"github.com/nightclerk/nightclerk/internal/apierr"
	"github.com/nightclerk/nightclerk/internal/store"
	"github.com/nightclerk/nightclerk/users"
)

// SignUpParams are what a sign-up is given, under the names of the Frontend API
// (spec: createSignUps). Nil leaves a field as it is, "" clears it.
type SignUpParams struct {
	Strategy                  string          `json:"strategy"`
	Ticket                    string          `json:"ticket"`
	Transfer                  bool            `json:"transfer"`
	EmailAddress              *string         `json:"email_address"`
	PhoneNumber               *string         `json:"phone_number"`
	EmailAddressOrPhoneNumber *string         `json:"email_address_or_phone_number"`
	Username                  *string         `json:"username"`
	FirstName                 *string         `json:"first_name"`
	LastName                  *string         `json:"last_name"`
	Password                  *string         `json:"password"`
	UnsafeMetadata            json.RawMessage `json:"unsafe_metadata"`
	LegalAccepted             *bool           `json:"legal_accepted"`
	Locale                    *string         `json:"locale"`
	RedirectURL               string          `json:"redirect_url"`

	// From is the page that asks.
	From Page `json:"-"`

	digest      string // of Password
	passwordErr error
}

// CreateSignUp begins a sign-up in a browser. With everything that the instance
// asks for and nothing to verify, it is complete at once.
func (s *Service) CreateSignUp(ctx context.Context, l *instance.Live, clientID string, p SignUpParams) (*SignUpJSON, error) {
	if err := p.prepare(l); err != nil {
		return nil, err
	}
	return write(ctx, s, l, func(tx *store.Tx) (*SignUpJSON, error) {
		if err := p.mayBegin(tx, l, clientID); err != nil {
			return nil, err
		}
		su := &signUp{attempt: attempt{ID: tx.NewID("sua"), ClientID: clientID, Open: true, CreatedAt: tx.NowMS()}}
		if err := p.apply(tx, l, su); err != nil {
			return nil, err
		}
		if err := begin(tx, signUps, clientID, &su.attempt, su); err != nil {
			return nil, err
		}
		return su.goOn(tx, l, p)
	})
}

// UpdateSignUp gives a sign-up more.
func (s *Service) UpdateSignUp(ctx context.Context, l *instance.Live, clientID, id string, p SignUpParams) (*SignUpJSON, error) {
	if err := p.prepare(l); err != nil {
		return nil, err
	}
	return s.signUpStep(ctx, l, clientID, id, func(tx *store.Tx, su *signUp) error {
		if err := p.apply(tx, l, su); err != nil {
			return err
		}
		_, err := su.goOn(tx, l, p)
		return err
	})
}

// GetSignUp returns a sign-up of a browser, whatever its status.
func (s *Service) GetSignUp(ctx context.Context, l *instance.Live, clientID, id string) (*SignUpJSON, error) {
	return read(ctx, s, l, func(tx *store.Tx) (*SignUpJSON, error) {
		su, err := signUpOf(tx, clientID, id)
		if err != nil {
			return nil, err
		}
		return su.frontend(tx, l), nil
	})
}

// signUpStep runs one step of a browser's current sign-up.
func (s *Service) signUpStep(ctx context.Context, l *instance.Live, clientID, id string, fn func(*store.Tx, *signUp) error) (*SignUpJSON, error) {
	return write(ctx, s, l, func(tx *store.Tx) (*SignUpJSON, error) {
		su, err := signUpOf(tx, clientID, id)
		if err != nil {
			return nil, err
		}
		switch status := su.statusAt(tx.NowMS()); {
		case status != MissingRequirements:
			return nil, apierr.InvalidClientStateForAction("an update of the sign up", "Its status is "+string(status)+": create a new one.")
		case !su.Open:
			return nil, apierr.SignUpForbiddenAccess()
		}
		if err := fn(tx, su); err != nil {
			return nil, err
		}
		return su.frontend(tx, l), nil
	})
}

// mayBegin refuses sign-ups that the instance does not take: without a ticket,
// where not everybody is let in.
func (p *SignUpParams) mayBegin(tx *store.Tx, l *instance.Live, clientID string) error {
	switch mode := l.Config.Settings.SignUpMode; {
	case p.Ticket != "":
	case mode == "restricted":
		return apierr.SignUpModeRestricted()
	case mode == "waitlist":
		return apierr.SignUpModeRestrictedWaitlist()
	}
	return checkRoom(tx, l, clientID, "")
}

// prepare checks and hashes what needs no store.
func (p *SignUpParams) prepare(l *instance.Live) error {
	switch {
	case p.Transfer:
		return apierr.AccountTransferInvalid()
	case p.Strategy == ticketStrategy || p.Ticket != "":
		if err := checkTicket(p.Ticket); err != nil {
			return err
		}
	}
	if err := checkStrategy(p.Strategy, emailCode, emailLink, passwordStrategy, phoneCode, ticketStrategy); err != nil {
		return err
	}
	p.splitIdentifier()
	if p.Strategy == passwordStrategy && (p.Password == nil || *p.Password == "") {
		return apierr.FormMissingParameter("password")
	}
	if p.Password == nil || *p.Password == "" {
		return nil
	}
	if p.passwordErr = l.Rules().CheckNewPassword(*p.Password); p.passwordErr != nil {
		return nil // told with what else is wrong
	}
	var err error
	p.digest, err = users.HashPassword(*p.Password)
	return err
}

// splitIdentifier tells an address from a number where a form has one input for
// both.
func (p *SignUpParams) splitIdentifier() {
	if p.EmailAddressOrPhoneNumber == nil {
		return
	}
	if strings.Contains(*p.EmailAddressOrPhoneNumber, "@") {
		p.EmailAddress = p.EmailAddressOrPhoneNumber
	} else {
		p.PhoneNumber = p.EmailAddressOrPhoneNumber
	}
}

// apply changes the sign-up. It tells all that is wrong at once, but for a
// ticket that cannot be used.
func (p *SignUpParams) apply(tx *store.Tx, l *instance.Live, su *signUp) error {
	if p.Ticket != "" {
		if err := su.invite(tx, l, p.Ticket); err != nil {
			return err
		}
	}
	var errs []*apierr.Error
	for _, f := range []struct {
		name  string
		value *string
	}{{"email_address", p.EmailAddress}, {"phone_number", p.PhoneNumber}, {"username", p.Username},
		{"first_name", p.FirstName}, {"last_name", p.LastName}} {
		if f.value == nil {
			continue
		}
		err := su.set(tx, l.Rules(), f.name, *f.value)
		if err != nil && apierr.All(err) == nil {
			return err
		}
		errs = append(errs, apierr.All(err)...)
	}
	errs = append(errs, apierr.All(p.applyRest(tx, l.Rules(), su))...)
	return apierr.Join(errs...)
}

func (su *signUp) set(tx *store.Tx, r users.Rules, name, value string) error {
	if name == "email_address" && su.InvitationID != "" {
		return su.keepInvited(value)
	}
	if strings.TrimSpace(value) == "" {
		delete(su.Values, name)
		delete(su.Verifications, name)
		return nil
	}
	kept, err := users.CheckField(tx, r, name, value)
	if err != nil {
		return err
	}
	if su.Values == nil {
		su.Values = map[string]string{}
	}
	if su.Values[name] != kept {
		delete(su.Verifications, name)
	}
	su.Values[name] = kept
	return nil
}

// keepInvited refuses another address than the invited one. Clerk's form sends
// the invited one along.
func (su *signUp) keepInvited(value string) error {
	invited := su.Values["email_address"]
	if value = strings.TrimSpace(value); value == "" || strings.EqualFold(value, invited) {
		return nil
	}
	return apierr.FormInvalidParameterValue("email_address", value, invited)
}

func (p *SignUpParams) applyRest(tx *store.Tx, r users.Rules, su *signUp) error {
	var errs []*apierr.Error
	switch {
	case p.Password == nil:
	case !r.Password.Enabled:
		errs = append(errs, apierr.FormUnknownParameter("password"))
	default:
		su.PasswordDigest = p.digest
		errs = append(errs, apierr.All(p.passwordErr)...)
	}
	if p.UnsafeMetadata != nil {
		if !isObject(p.UnsafeMetadata) {
			errs = append(errs, apierr.FormMetadataInvalidType("unsafe_metadata"))
		}
		su.UnsafeMetadata = p.UnsafeMetadata
	}
	if p.Locale != nil && *p.Locale != "" {
		su.Locale = p.Locale
	}
	switch {
	case p.LegalAccepted == nil:
	case *p.LegalAccepted:
		now := tx.NowMS()
		su.LegalAcceptedAt = &now
	case r.LegalConsent:
		errs = append(errs, apierr.FormLegalNotAccepted())
	}
	return apierr.Join(errs...)
}

func isObject(raw json.RawMessage) bool {
	var object map[string]json.RawMessage
	return json.Unmarshal(raw, &object) == nil && object != nil
}
