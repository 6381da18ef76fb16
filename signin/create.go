package signin

import (
	"context"
	"strings"

	"github.com/nightclerk/nightclerk/instance"
	"github.com/nightclerk/nightclerk/internal/apierr"
	"github.com/nightclerk/nightclerk/internal/store"
	"github.com/nightclerk/nightclerk/users"
)

// SignInParams begin a sign-in, under the names of the Frontend API (spec:
// createSignIn).
type SignInParams struct {
	Strategy    string `json:"strategy"`
	Identifier  string `json:"identifier"`
	Password    string `json:"password"`
	Ticket      string `json:"ticket"`
	RedirectURL string `json:"redirect_url"`
	Transfer    bool   `json:"transfer"`

	// From is the page that asks.
	From Page `json:"-"`
}

// CreateSignIn begins a sign-in in a browser and takes it as far as what is given
// leads: an identifier with the right password signs in at once.
func (s *Service) CreateSignIn(ctx context.Context, l *instance.Live, clientID string, p SignInParams) (*SignInJSON, error) {
	if err := p.check(); err != nil {
		return nil, err
	}
	if p.Password == "" {
		return write(ctx, s, l, func(tx *store.Tx) (*SignInJSON, error) { return p.start(tx, l, clientID) })
	}
	find := func(tx *store.Tx) (*users.User, error) {
		if err := checkRoom(tx, l, clientID, ""); err != nil {
			return nil, err
		}
		return identify(tx, l, p.Identifier)
	}
	return checked(ctx, s, l, find, p.Password, func(tx *store.Tx, u *users.User, right bool) (*SignInJSON, error) {
		return p.withPassword(tx, l, clientID, u, right)
	})
}

// check refuses what no sign-in can begin with.
func (p *SignInParams) check() error {
	if p.Strategy == "" && p.Ticket != "" {
		p.Strategy = ticketStrategy
	}
	switch {
	case p.Transfer:
		return apierr.AccountTransferInvalid()
	case p.Strategy == ticketStrategy && p.Ticket == "":
		return apierr.FormMissingParameter("ticket")
	case p.Strategy == passwordStrategy && p.Password == "":
		return apierr.FormMissingParameter("password")
	case (p.Password != "" || isCode(p.Strategy) || p.Strategy == emailLink) && p.Identifier == "":
		return apierr.FormMissingParameter("identifier")
	}
	return checkStrategy(p.Strategy, passwordStrategy, ticketStrategy, emailCode, emailLink, phoneCode, resetPasswordEmailCode, resetPasswordPhoneCode)
}

// checkStrategy refuses strategies that there are not, and says of Clerk's
// others that they are not built.
func checkStrategy(strategy string, built ...string) error {
	if strategy == "" {
		return nil
	}
	for _, s := range built {
		if s == strategy {
			return nil
		}
	}
	for _, known := range []string{"oauth_", "web3_", "passkey", "saml", "enterprise_sso", "google_one_tap", "trusted_device"} {
		if strings.HasPrefix(strategy, known) {
			return apierr.NotImplemented("the strategy " + strategy)
		}
	}
	return apierr.FormInvalidParameterValue("strategy", strategy, built...)
}

func (p *SignInParams) start(tx *store.Tx, l *instance.Live, clientID string) (*SignInJSON, error) {
	if err := checkRoom(tx, l, clientID, ""); err != nil {
		return nil, err
	}
	if p.Strategy == ticketStrategy {
		return p.withTicket(tx, l, clientID)
	}
	si, err := newSignIn(tx, l, clientID, p.Identifier)
	if err != nil {
		return nil, err
	}
	if p.Strategy != "" {
		prepare := PrepareParams{Strategy: p.Strategy, RedirectURL: p.RedirectURL, From: p.From}
		if err := si.prepareFirst(tx, l, prepare); err != nil {
			return nil, err
		}
	}
	return si.frontend(tx, l)
}

// withPassword is a sign-in in one step. A wrong password leaves no sign-in
// behind, as the browser gets none to go on with.
func (p *SignInParams) withPassword(tx *store.Tx, l *instance.Live, clientID string, u *users.User, right bool) (*SignInJSON, error) {
	if err := checkPassword(tx, l, u, right); err != nil {
		return nil, err
	}
	si, err := newSignIn(tx, l, clientID, p.Identifier)
	if err != nil {
		return nil, err
	}
	si.FirstFactor = proven(passwordStrategy)
	if err := si.pass(tx, l, u); err != nil {
		return nil, err
	}
	return si.frontend(tx, l)
}

// checkPassword judges an attempt with a password.
func checkPassword(tx *store.Tx, l *instance.Live, u *users.User, right bool) error {
	switch err := mayAct(u); {
	case err != nil:
		return err
	case !u.PasswordEnabled():
		return apierr.InvalidStrategyForUser()
	case !right:
		return failed(tx, l, u.ID, apierr.FormPasswordIncorrect())
	case u.PasswordCompromised():
		return apierr.FormPasswordCompromised()
	}
	return nil
}

// newSignIn makes the browser's current sign-in, about the user whom the
// identifier names; "" names nobody yet.
func newSignIn(tx *store.Tx, l *instance.Live, clientID, identifier string) (*signIn, error) {
	si := &signIn{attempt: attempt{ID: tx.NewID("sia"), ClientID: clientID, Open: true, CreatedAt: tx.NowMS()}, Status: NeedsIdentifier}
	if identifier != "" {
		u, err := identify(tx, l, identifier)
		if err != nil {
			return nil, err
		}
		if err := checkRoom(tx, l, clientID, u.ID); err != nil {
			return nil, err
		}
		known := spelling(u, identifier)
		si.Identifier, si.UserID, si.Status = &known, u.ID, NeedsFirstFactor
	}
	return si, begin(tx, signIns, clientID, &si.attempt, si)
}

// identify finds the user whom an identifier names, as far as the instance's
// users sign in with such an identifier.
func identify(tx *store.Tx, l *instance.Live, identifier string) (*users.User, error) {
	identifier = strings.TrimSpace(identifier)
	settings := &l.Config.Settings
	kind := "username"
	switch {
	case strings.Contains(identifier, "@"):
		kind = "email_address"
	case strings.HasPrefix(identifier, "+"):
		kind = "phone_number"
	}
	if !settings.SignsInWith(kind) {
		return nil, apierr.FormInvalidParameterFormat("identifier", "It must be one of: "+strings.Join(identifierTypes(settings), ", ")+".")
	}
	u, err := users.FindByIdentifier(tx, l.Rules(), identifier)
	if err == nil && u.ID == identifier { // ids are the Backend API's
		return nil, apierr.FormIdentifierNotFound("identifier")
	}
	return u, err
}

// spelling is the identifier as the user's own records spell it.
func spelling(u *users.User, identifier string) string {
	identifier = strings.TrimSpace(identifier)
	for _, e := range u.EmailAddresses() {
		if strings.EqualFold(e.Value, identifier) {
			return e.Value
		}
	}
	digits := strings.NewReplacer(" ", "", "-", "", "(", "", ")", "", ".", "").Replace(identifier)
	for _, p := range u.PhoneNumbers() {
		if p.Value == digits {
			return p.Value
		}
	}
	if u.Username != nil {
		return *u.Username
	}
	return identifier
}

// withTicket signs the user of a ticket in.
func (p *SignInParams) withTicket(tx *store.Tx, l *instance.Live, clientID string) (*SignInJSON, error) {
	userID, err := redeem(tx, l, p.Ticket)
	if err != nil {
		return nil, err
	}
	u, err := users.Get(tx, l.Rules(), userID)
	if err != nil {
		return nil, err
	}
	if err := mayAct(u); err != nil {
		return nil, err
	}
	if err := checkRoom(tx, l, clientID, userID); err != nil {
		return nil, err
	}
	si, err := newSignIn(tx, l, clientID, "")
	if err != nil {
		return nil, err
	}
	si.UserID, si.FirstFactor = userID, proven(ticketStrategy)
	if err := si.complete(tx, l); err != nil {
		return nil, err
	}
	return si.frontend(tx, l)
}
