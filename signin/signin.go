package signin

import (
	"encoding/json"

	"github.com/nightclerk/nightclerk/instance"
	"github.com/nightclerk/nightclerk/internal/apierr"
	"github.com/nightclerk/nightclerk/internal/store"
	"github.com/nightclerk/nightclerk/users"
)

// Status is where a sign-in or sign-up stands.
type Status string

// The statuses that occur, of Clerk's SignIn and SignUp.
const (
	Abandoned           Status = "abandoned"
	Complete            Status = "complete"
	MissingRequirements Status = "missing_requirements"
	NeedsFirstFactor    Status = "needs_first_factor"
	NeedsIdentifier     Status = "needs_identifier"
	NeedsNewPassword    Status = "needs_new_password"
	NeedsSecondFactor   Status = "needs_second_factor"
)

// attempt is what the rows of sign-ins and sign-ups have in common.
type attempt struct {
	ID       string `json:"-"`
	ClientID string `json:"-"`
	// Open tells that it is the browser's current one.
	Open      bool  `json:"-"`
	CreatedAt int64 `json:"-"`
}

// abandonAt is when it cannot be gone on with any more.
func (a *attempt) abandonAt() int64 { return a.CreatedAt + abandonAfter }

// signIn is one attempt to sign in.
type signIn struct {
	attempt
	Status           Status        `json:"status"`
	Identifier       *string       `json:"identifier,omitempty"`
	UserID           string        `json:"user_id,omitempty"`
	FirstFactor      *verification `json:"first_factor,omitempty"`
	SecondFactor     *verification `json:"second_factor,omitempty"`
	CreatedSessionID *string       `json:"created_session_id,omitempty"`
}

// UserData is what a sign-in shows of the user it is about.
type UserData struct {
	FirstName       *string `json:"first_name"`
	LastName        *string `json:"last_name"`
	ImageURL        string  `json:"image_url"`
	HasImage        bool    `json:"has_image"`
	ProfileImageURL string  `json:"profile_image_url"`
}

// SignInJSON is the Frontend API's SignIn.
type SignInJSON struct {
	Object                   string            `json:"object"`
	ID                       string            `json:"id"`
	Status                   Status            `json:"status"`
	SupportedIdentifiers     []string          `json:"supported_identifiers"`
	SupportedFirstFactors    []Factor          `json:"supported_first_factors"`
	SupportedSecondFactors   []Factor          `json:"supported_second_factors"`
	FirstFactorVerification  *VerificationJSON `json:"first_factor_verification"`
	SecondFactorVerification *VerificationJSON `json:"second_factor_verification"`
	Identifier               *string           `json:"identifier"`
	UserData                 *UserData         `json:"user_data"`
	CreatedSessionID         *string           `json:"created_session_id"`
	AbandonAt                int64             `json:"abandon_at"`
}

// frontend returns the sign-in as the Frontend API spells it.
func (si *signIn) frontend(tx *store.Tx, l *instance.Live) (*SignInJSON, error) {
	now := tx.NowMS()
	out := &SignInJSON{Object: "sign_in_attempt", ID: si.ID, Status: si.statusAt(now), SupportedIdentifiers: identifierTypes(&l.Config.Settings),
		FirstFactorVerification: si.FirstFactor.json(now), SecondFactorVerification: si.SecondFactor.json(now),
		Identifier: si.Identifier, CreatedSessionID: si.CreatedSessionID, AbandonAt: si.abandonAt()}
	if si.UserID == "" {
		return out, nil
	}
	u, err := users.Get(tx, l.Rules(), si.UserID)
	if apierr.HasCode(err, "resource_not_found") {
		return out, nil // deleted since
	}
	if err != nil {
		return nil, err
	}
	image := u.ImageURL()
	out.UserData = &UserData{FirstName: u.FirstName, LastName: u.LastName, ImageURL: image, HasImage: u.HasImage(), ProfileImageURL: image}
	switch si.Status {
	case NeedsFirstFactor, NeedsNewPassword:
		out.SupportedFirstFactors = firstFactors(l, u, text(si.Identifier))
	case NeedsSecondFactor:
		out.SupportedFirstFactors = firstFactors(l, u, text(si.Identifier))
		out.SupportedSecondFactors = secondFactors(u)
	}
	return out, nil
}

// statusAt is the status at a time.
func (si *signIn) statusAt(now int64) Status {
	if si.Status != Complete && now >= si.abandonAt() {
		return Abandoned
	}
	return si.Status
}

// expect refuses a request that the sign-in is not ready for.
func (si *signIn) expect(tx *store.Tx, action string, ready ...Status) error {
	status := si.statusAt(tx.NowMS())
	for _, s := range ready {
		if status == s && si.Open {
			return nil
		}
	}
	if status != Complete && !si.Open {
		return apierr.MutationOnOlderSignInNotAllowed()
	}
	return apierr.InvalidClientStateForAction(action, "The sign in's status is "+string(status)+": create a new one.")
}

// user is whom the sign-in is about.
func (si *signIn) user(tx *store.Tx, l *instance.Live) (*users.User, error) {
	u, err := users.Get(tx, l.Rules(), si.UserID)
	if apierr.HasCode(err, "resource_not_found") {
		return nil, apierr.SignInIdentificationOrUserDeleted()
	}
	return u, err
}

// CurrentSignIn is the unfinished sign-in of a browser, nil for none.
func CurrentSignIn(tx *store.Tx, l *instance.Live, clientID string) (*SignInJSON, error) {
	si, err := openSignIn(tx, clientID)
	if err != nil || si == nil || si.statusAt(tx.NowMS()) == Abandoned {
		return nil, err
	}
	return si.frontend(tx, l)
}

func text(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// docOf is what of an attempt is never queried.
func docOf(v any) (string, error) {
	raw, err := json.Marshal(v)
	return string(raw), err
}
