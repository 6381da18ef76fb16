package signin

import (
	"context"
	"net/url"

	"github.com/nightclerk/nightclerk/instance"
	"github.com/nightclerk/nightclerk/internal/apierr"
	"github.com/nightclerk/nightclerk/internal/store"
	"github.com/nightclerk/nightclerk/invitations"
	"github.com/nightclerk/nightclerk/sessions"
	"github.com/nightclerk/nightclerk/users"
)

// TicketPages are where tickets lead that name no page of their own.
type TicketPages struct{ SignIn, SignUp string }

// FollowTicket returns the page that a ticket leads to, told the ticket: the
// app's page for signing in, or that for signing up with an invitation whose
// address has no user. The ticket is not used up by that. The error is that of a
// ticket that cannot be used.
func (s *Service) FollowTicket(ctx context.Context, l *instance.Live, ticket string, pages TicketPages) (redirect string, err error) {
	return read(ctx, s, l, func(tx *store.Tx) (string, error) {
		if instance.ReadTicket(ticket).Kind == instance.InvitationTicket {
			return followInvitation(tx, l, ticket, pages)
		}
		if _, err := sessions.FindSignInToken(tx, l, ticket); err != nil {
			return "", err
		}
		return landing(pages.SignIn, ticket, "sign_in"), nil
	})
}

// followInvitation leads to the page that the invitation names. One that came
// too late leads there without its ticket: who has it signs up like anybody else
// (docs: guides/users/inviting).
func followInvitation(tx *store.Tx, l *instance.Live, ticket string, pages TicketPages) (string, error) {
	i, err := invitations.FindByTicket(tx, ticket)
	late := apierr.HasCode(err, "ticket_expired_code")
	if err != nil && !late {
		return "", err
	}
	page, status := pages.SignUp, "sign_up"
	switch _, err := users.FindByEmail(tx, l.Rules(), i.EmailAddress); {
	case err == nil:
		page, status = pages.SignIn, "sign_in"
	case !apierr.HasCode(err, "form_identifier_not_found"):
		return "", err
	}
	if i.RedirectURL != "" {
		page = i.RedirectURL
	}
	if late {
		return page, nil
	}
	return landing(page, ticket, status), nil
}

// landing is the page that a ticket leads to.
func landing(page, ticket, status string) string {
	return withQuery(page, url.Values{"__clerk_ticket": {ticket}, "__clerk_status": {status}})
}

// redeem uses a ticket up and returns the id of the user whom it signs in.
func redeem(tx *store.Tx, l *instance.Live, ticket string) (userID string, err error) {
	if instance.ReadTicket(ticket).Kind != instance.InvitationTicket {
		return sessions.AcceptSignInToken(tx, l, ticket)
	}
	i, err := invitations.FindByTicket(tx, ticket)
	if err != nil {
		return "", err
	}
	u, err := users.FindByEmail(tx, l.Rules(), i.EmailAddress)
	if apierr.HasCode(err, "form_identifier_not_found") {
		return "", apierr.InvitationIdentificationNotExist()
	}
	if err != nil {
		return "", err
	}
	return u.ID, i.Accept(tx)
}

// checkTicket refuses a ticket that signs nobody up, as far as it says so
// itself.
func checkTicket(ticket string) error {
	switch kind := instance.ReadTicket(ticket).Kind; {
	case ticket == "":
		return apierr.FormMissingParameter("ticket")
	case kind == instance.SignInTicket:
		return apierr.SignInTokenCanBeUsedOnlyInSignIn()
	case kind != instance.InvitationTicket:
		return apierr.TicketInvalid()
	}
	return nil
}

// invite lets a sign-up in by an invitation: its address is verified by that.
func (su *signUp) invite(tx *store.Tx, l *instance.Live, ticket string) error {
	i, err := invitations.FindByTicket(tx, ticket)
	if err != nil {
		return err
	}
	_, err = users.FindByEmail(tx, l.Rules(), i.EmailAddress)
	switch {
	case err == nil:
		return apierr.InvitationAccountAlreadyExists()
	case !apierr.HasCode(err, "form_identifier_not_found"):
		return err
	}
	if su.Values == nil {
		su.Values = map[string]string{}
	}
	if su.Verifications == nil {
		su.Verifications = map[string]*verification{}
	}
	su.Values["email_address"] = i.EmailAddress
	su.Verifications["email_address"] = &verification{Strategy: ticketStrategy, Status: verified}
	su.InvitationID, su.PublicMetadata = i.ID, i.PublicMetadata
	return nil
}

// acceptInvitation uses up the invitation that let a sign-up in, which may have
// been revoked since, and takes its address off the waitlist.
func (su *signUp) acceptInvitation(tx *store.Tx) error {
	if su.InvitationID != "" {
		i, err := invitations.Get(tx, su.InvitationID)
		if err != nil {
			return err
		}
		if err := i.Usable(); err != nil {
			return err
		}
		if err := i.Accept(tx); err != nil {
			return err
		}
	}
	if address := su.value("email_address"); address != nil {
		return invitations.Complete(tx, *address)
	}
	return nil
}
