package invitations

import (
	"encoding/json"
	"net/url"
	"strings"

	"github.com/nightclerk/nightclerk/inbox"
	"github.com/nightclerk/nightclerk/instance"
	"github.com/nightclerk/nightclerk/internal/apierr"
	"github.com/nightclerk/nightclerk/internal/store"
	"github.com/nightclerk/nightclerk/users"
)

// Status is what became of an invitation.
type Status string

// The statuses of Clerk's Invitation. Expired is never stored: it follows from
// the time.
const (
	Accepted Status = "accepted"
	Expired  Status = "expired"
	Pending  Status = "pending"
	Revoked  Status = "revoked"
)

// Limits of the Backend API (spec: CreateInvitation, CreateBulkInvitations).
const (
	defaultDays = 30
	maxDays     = 365
	maxBulk     = 10
)

const secondsPerDay = 24 * 60 * 60

// Invitation lets one e-mail address sign up, once. Times are instance time in
// Unix milliseconds.
type Invitation struct {
	ID           string
	EmailAddress string
	Status       Status
	ExpiresAt    int64
	CreatedAt    int64
	UpdatedAt    int64
	details
}

// details are the fields that nothing is looked up by.
type details struct {
	PublicMetadata json.RawMessage `json:"public_metadata"`
	// RedirectURL is the app's page that the link leads to, "" for the hosted one.
	RedirectURL string `json:"redirect_url,omitempty"`
	Ticket      string `json:"ticket"`
	// URL is the link in the mail.
	URL string `json:"url"`
}

// CreateParams make an invitation, under the names of the Backend API.
type CreateParams struct {
	EmailAddress   string          `json:"email_address"`
	PublicMetadata json.RawMessage `json:"public_metadata"`
	RedirectURL    *string         `json:"redirect_url"`
	Notify         *bool           `json:"notify"`
	IgnoreExisting *bool           `json:"ignore_existing"`
	ExpiresInDays  *int64          `json:"expires_in_days"`
	TemplateSlug   *inbox.Slug     `json:"template_slug"`

	// Base is the address under which the invited reaches the Frontend API: the
	// link leads there.
	Base string `json:"-"`
}

// Create invites an e-mail address and sends it the link: email.created, unless
// notify is false.
func Create(tx *store.Tx, l *instance.Live, p CreateParams) (*Invitation, error) {
	if err := p.check(l); err != nil {
		return nil, err
	}
	if !is(p.IgnoreExisting) {
		if err := checkNoUser(tx, l, p.EmailAddress); err != nil {
			return nil, err
		}
		if err := checkNotPending(tx, p.EmailAddress); err != nil {
			return nil, err
		}
	}
	return create(tx, l, p)
}

// Ensure invites an address unless it was ever invited or has a user: what a seed
// names, it makes once.
func Ensure(tx *store.Tx, l *instance.Live, p CreateParams) error {
	list, err := query(tx, `email_folded = $2`, fold(p.EmailAddress))
	if err != nil || len(list) > 0 {
		return err
	}
	_, err = Create(tx, l, p)
	if apierr.HasCode(err, "form_identifier_exists") {
		return nil
	}
	return err
}

// CreateBulk invites up to ten addresses, all of them or none. Unlike in Create,
// ignore_existing makes no exception for users who exist (spec:
// CreateBulkInvitations).
func CreateBulk(tx *store.Tx, l *instance.Live, params []CreateParams) ([]*Invitation, error) {
	if err := checkBulk(l, params); err != nil {
		return nil, err
	}
	var fresh []string
	for n, p := range params {
		if err := checkNoUser(tx, l, p.EmailAddress); err != nil {
			return nil, at(n, err)
		}
		if !is(p.IgnoreExisting) {
			fresh = append(fresh, p.EmailAddress)
		}
	}
	if err := checkNotPending(tx, fresh...); err != nil {
		return nil, err
	}
	list := make([]*Invitation, len(params))
	for n, p := range params {
		var err error
		if list[n], err = create(tx, l, p); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// checkBulk tells all that is wrong with a request at once.
func checkBulk(l *instance.Live, params []CreateParams) error {
	if err := checkSize("invitations", len(params), maxBulk); err != nil {
		return err
	}
	var errs []*apierr.Error
	seen := map[string]bool{}
	for n := range params {
		err := params[n].check(l)
		address := fold(params[n].EmailAddress)
		if err == nil && seen[address] {
			err = apierr.FormDuplicateParameterValue("email_address")
		}
		seen[address] = true
		errs = append(errs, apierr.All(at(n, err))...)
	}
	return apierr.Join(errs...)
}

func checkSize(param string, n, most int) error {
	switch {
	case n == 0:
		return apierr.FormMissingParameter(param)
	case n > most:
		return apierr.FormParameterArraySizeExceeded(param, most)
	}
	return nil
}

// at says which item of a list an error is about, counted from 0.
func at(n int, err error) error {
	var errs []*apierr.Error
	for _, e := range apierr.All(err) {
		errs = append(errs, e.With("index", n))
	}
	if errs == nil {
		return err
	}
	return apierr.Join(errs...)
}

// check tells all that is wrong at once, and brings the values into the form in
// which they are kept.
func (p *CreateParams) check(l *instance.Live) error {
	if !l.Config.Settings.Users.EmailAddress.Enabled {
		return apierr.InvitationsNotSupported()
	}
	var errs []*apierr.Error
	address, err := checkAddress(p.EmailAddress)
	errs = append(errs, apierr.All(err)...)
	p.EmailAddress = address
	p.PublicMetadata, err = users.CheckMetadata("public_metadata", p.PublicMetadata)
	errs = append(errs, apierr.All(err)...)
	if p.RedirectURL != nil && *p.RedirectURL != "" && !onTheWeb(*p.RedirectURL) {
		errs = append(errs, apierr.FormInvalidParameterFormat("redirect_url", "It must be a URL, such as http://localhost:3000/sign-up."))
	}
	if p.ExpiresInDays != nil && (*p.ExpiresInDays < 1 || *p.ExpiresInDays > maxDays) {
		errs = append(errs, apierr.FormInvalidParameterFormat("expires_in_days", "It must be between 1 and 365."))
	}
	switch p.slug() {
	case inbox.Invitation, inbox.WaitlistInvitation:
	default:
		errs = append(errs, apierr.FormInvalidParameterValue("template_slug", string(p.slug()), string(inbox.Invitation), string(inbox.WaitlistInvitation)))
	}
	return apierr.Join(errs...)
}

func checkAddress(address string) (string, error) {
	if address == "" {
		return "", apierr.FormMissingParameter("email_address")
	}
	return users.CheckEmailAddress("email_address", address)
}

// onTheWeb tells whether a browser can be sent to an address.
func onTheWeb(text string) bool {
	u, err := url.Parse(text)
	return err == nil && u.Host != "" && (u.Scheme == "http" || u.Scheme == "https")
}

func (p *CreateParams) slug() inbox.Slug {
	if p.TemplateSlug == nil || *p.TemplateSlug == "" {
		return inbox.Invitation
	}
	return *p.TemplateSlug
}

func checkNoUser(tx *store.Tx, l *instance.Live, address string) error {
	_, err := users.FindByEmail(tx, l.Rules(), address)
	switch {
	case err == nil:
		return apierr.FormIdentifierExists("email_address")
	case apierr.HasCode(err, "form_identifier_not_found"):
		return nil
	}
	return err
}

func checkNotPending(tx *store.Tx, addresses ...string) error {
	var taken []string
	for _, address := range addresses {
		list, err := query(tx, `email_folded = $2 AND status = 'pending' AND expires_at > $3`, fold(address), tx.NowMS())
		if err != nil {
			return err
		}
		if len(list) > 0 {
			taken = append(taken, address)
		}
	}
	if taken != nil {
		return apierr.DuplicateInvitations(taken)
	}
	return nil
}

func create(tx *store.Tx, l *instance.Live, p CreateParams) (*Invitation, error) {
	days := int64(defaultDays)
	if p.ExpiresInDays != nil {
		days = *p.ExpiresInDays
	}
	now, seconds := tx.NowMS(), days*secondsPerDay
	i := &Invitation{ID: tx.NewID("inv"), EmailAddress: p.EmailAddress, Status: Pending, ExpiresAt: now + seconds*1000, CreatedAt: now, UpdatedAt: now,
		details: details{PublicMetadata: p.PublicMetadata}}
	if p.RedirectURL != nil {
		i.RedirectURL = *p.RedirectURL
	}
	var err error
	i.Ticket, err = l.SignTicket(instance.Ticket{Kind: instance.InvitationTicket, ID: i.ID, Lifetime: seconds, Expiry: tx.WallNow().Unix() + seconds})
	if err != nil {
		return nil, err
	}
	i.URL = instance.TicketURL(p.Base, i.Ticket)
	if err := insert(tx, i); err != nil {
		return nil, err
	}
	if p.Notify != nil && !*p.Notify {
		return i, nil
	}
	_, err = inbox.Send(tx, l, inbox.Message{Kind: inbox.Email, Slug: p.slug(), To: i.EmailAddress, Link: i.URL,
		Data: map[string]any{"action_url": i.URL, "invitation": map[string]any{"expires_in_days": days, "public_metadata": i.PublicMetadata}}})
	return i, err
}

// Revoke makes an invitation worthless.
func Revoke(tx *store.Tx, id string) (*Invitation, error) {
	i, err := Get(tx, id)
	if err != nil {
		return nil, err
	}
	switch i.Status {
	case Accepted:
		return nil, apierr.InvitationAlreadyAccepted()
	case Revoked:
		return nil, apierr.InvitationAlreadyRevoked()
	}
	return i, i.setStatus(tx, Revoked)
}

// FindByTicket returns the invitation that a ticket is for, refused if it cannot
// be used: because it is none of this instance, was used or revoked, or is too
// old.
func FindByTicket(tx *store.Tx, ticket string) (*Invitation, error) {
	i, err := Get(tx, instance.ReadTicket(ticket).ID)
	switch {
	case apierr.HasCode(err, "resource_not_found"), err == nil && i.Ticket != ticket:
		return nil, apierr.TicketInvalid()
	case err != nil:
		return nil, err
	}
	return i, i.Usable()
}

// Usable is usable as an error.
func (i *Invitation) Usable() error {
	switch i.Status {
	case Accepted:
		return apierr.InvitationAlreadyAccepted()
	case Expired:
		return apierr.TicketExpired()
	case Revoked:
		return apierr.InvitationRevoked()
	}
	return nil
}

// Accept uses an invitation up.
func (i *Invitation) Accept(tx *store.Tx) error { return i.setStatus(tx, Accepted) }

func is(b *bool) bool { return b != nil && *b }

// fold is the form in which addresses are compared.
func fold(address string) string { return strings.ToLower(strings.TrimSpace(address)) }
