package signin

import (
	"encoding/json"
	"slices"

	"github.com/nightclerk/nightclerk/instance"
	"github.com/nightclerk/nightclerk/internal/store"
)

// signUp is one attempt to sign up.
type signUp struct {
	attempt
	// Values are what was given, under the names of the parameters.
	Values map[string]string `json:"values,omitempty"`
	// PasswordDigest is "" without a password.
	PasswordDigest  string          `json:"password_digest,omitempty"`
	UnsafeMetadata  json.RawMessage `json:"unsafe_metadata,omitempty"`
	Locale          *string         `json:"locale,omitempty"`
	LegalAcceptedAt *int64          `json:"legal_accepted_at,omitempty"`
	// Verifications are those that were begun, by the name of the field.
	Verifications map[string]*verification `json:"verifications,omitempty"`
	// InvitationID is what let the sign-up in, "" for anybody's; PublicMetadata is
	// what the invitation gives the user.
	InvitationID     string          `json:"invitation_id,omitempty"`
	PublicMetadata   json.RawMessage `json:"public_metadata,omitempty"`
	CreatedSessionID *string         `json:"created_session_id,omitempty"`
	CreatedUserID    *string         `json:"created_user_id,omitempty"`
}

// SignUpJSON is the Frontend API's SignUp.
type SignUpJSON struct {
	Object           string              `json:"object"`
	ID               string              `json:"id"`
	Status           Status              `json:"status"`
	RequiredFields   []string            `json:"required_fields"`
	OptionalFields   []string            `json:"optional_fields"`
	MissingFields    []string            `json:"missing_fields"`
	UnverifiedFields []string            `json:"unverified_fields"`
	Verifications    SignUpVerifications `json:"verifications"`
	Username         *string             `json:"username"`
	EmailAddress     *string             `json:"email_address"`
	PhoneNumber      *string             `json:"phone_number"`
	Web3Wallet       *string             `json:"web3_wallet"`
	PasswordEnabled  bool                `json:"password_enabled"`
	HasPassword      bool                `json:"has_password"`
	FirstName        *string             `json:"first_name"`
	LastName         *string             `json:"last_name"`
	UnsafeMetadata   json.RawMessage     `json:"unsafe_metadata"`
	PublicMetadata   json.RawMessage     `json:"public_metadata"`
	CustomAction     bool                `json:"custom_action"`
	ExternalID       *string             `json:"external_id"`
	CreatedSessionID *string             `json:"created_session_id"`
	CreatedUserID    *string             `json:"created_user_id"`
	AbandonAt        int64               `json:"abandon_at"`
	LegalAcceptedAt  *int64              `json:"legal_accepted_at"`
	Locale           *string             `json:"locale"`
}

// SignUpVerifications are a sign-up's verifications by field.
type SignUpVerifications struct {
	EmailAddress    *SignUpVerificationJSON `json:"email_address"`
	PhoneNumber     *SignUpVerificationJSON `json:"phone_number"`
	Web3Wallet      *SignUpVerificationJSON `json:"web3_wallet"`
	ExternalAccount *SignUpVerificationJSON `json:"external_account"`
}

// SignUpVerificationJSON is a verification with what has to be done about it.
// It has no status and no strategy before it was begun: by those two, Clerk's
// form takes a code as sent and asks for none
// (clerk/javascript packages/ui/src/components/SignUp/SignUpEmailCodeCard.tsx).
type SignUpVerificationJSON struct {
	*VerificationJSON
	// NextAction is needs_prepare, needs_attempt or "".
	NextAction          string   `json:"next_action"`
	SupportedStrategies []string `json:"supported_strategies"`
}

// requirements are what a sign-up has and lacks.
type requirements struct{ required, optional, missing, unverified []string }

func (su *signUp) requirements(s *instance.Settings) requirements {
	out := requirements{[]string{}, []string{}, []string{}, []string{}}
	for _, f := range fields(s) {
		switch {
		case f.required:
			out.required = append(out.required, f.name)
		case f.offered:
			out.optional = append(out.optional, f.name)
		}
		switch has := su.has(f.name); {
		case f.required && !has:
			out.missing = append(out.missing, f.name)
		case has && len(f.verifications) > 0 && !su.verified(f.name):
			out.unverified = append(out.unverified, f.name)
		}
	}
	if named := identifierTypes(s); !su.hasOneOf(named) && !overlap(out.missing, named) {
		out.missing = append(named, out.missing...) // any one of them will do
	}
	return out
}

func (su *signUp) hasOneOf(names []string) bool { return slices.ContainsFunc(names, su.has) }

func overlap(a, b []string) bool {
	return slices.ContainsFunc(a, func(s string) bool { return slices.Contains(b, s) })
}

func (su *signUp) has(name string) bool {
	switch name {
	case "password":
		return su.PasswordDigest != ""
	case "legal_accepted":
		return su.LegalAcceptedAt != nil
	}
	return su.Values[name] != ""
}

func (su *signUp) verified(name string) bool {
	v := su.Verifications[name]
	return v != nil && v.Status == verified
}

func (su *signUp) statusAt(now int64) Status {
	switch {
	case su.CreatedUserID != nil:
		return Complete
	case now >= su.abandonAt():
		return Abandoned
	}
	return MissingRequirements
}

// frontend returns the sign-up as the Frontend API spells it.
func (su *signUp) frontend(tx *store.Tx, l *instance.Live) *SignUpJSON {
	now, need := tx.NowMS(), su.requirements(&l.Config.Settings)
	out := &SignUpJSON{Object: "sign_up_attempt", ID: su.ID, Status: su.statusAt(now), RequiredFields: need.required, OptionalFields: need.optional,
		MissingFields: need.missing, UnverifiedFields: need.unverified,
		Username: su.value("username"), EmailAddress: su.value("email_address"), PhoneNumber: su.value("phone_number"),
		PasswordEnabled: su.PasswordDigest != "", HasPassword: su.PasswordDigest != "", FirstName: su.value("first_name"), LastName: su.value("last_name"),
		UnsafeMetadata: su.UnsafeMetadata, PublicMetadata: su.PublicMetadata, CreatedSessionID: su.CreatedSessionID, CreatedUserID: su.CreatedUserID,
		AbandonAt: su.abandonAt(), LegalAcceptedAt: su.LegalAcceptedAt, Locale: su.Locale}
	if out.UnsafeMetadata == nil {
		out.UnsafeMetadata = json.RawMessage("{}")
	}
	if out.PublicMetadata == nil {
		out.PublicMetadata = json.RawMessage("{}")
	}
	for _, f := range fields(&l.Config.Settings) {
		switch f.name {
		case "email_address":
			out.Verifications.EmailAddress = su.verificationOf(f, now)
		case "phone_number":
			out.Verifications.PhoneNumber = su.verificationOf(f, now)
		}
	}
	return out
}

func (su *signUp) value(name string) *string {
	if v := su.Values[name]; v != "" {
		return &v
	}
	return nil
}

// verificationOf is null for what was not given or need not be verified.
func (su *signUp) verificationOf(f field, now int64) *SignUpVerificationJSON {
	if !su.has(f.name) || len(f.verifications) == 0 {
		return nil
	}
	out := &SignUpVerificationJSON{NextAction: "needs_prepare", SupportedStrategies: f.verifications}
	v := su.Verifications[f.name]
	if v == nil {
		return out
	}
	out.VerificationJSON = v.json(now)
	switch out.Status {
	case verified:
		out.NextAction = ""
	case unverified:
		out.NextAction = "needs_attempt"
	}
	return out
}

// CurrentSignUp is the unfinished sign-up of a browser, nil for none.
func CurrentSignUp(tx *store.Tx, l *instance.Live, clientID string) (*SignUpJSON, error) {
	su, err := openSignUp(tx, clientID)
	if err != nil || su == nil || su.statusAt(tx.NowMS()) != MissingRequirements {
		return nil, err
	}
	return su.frontend(tx, l), nil
}
