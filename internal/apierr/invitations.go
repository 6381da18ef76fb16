package apierr

import (
	"fmt"
	"net/http"
	"strings"
)

// DuplicateInvitations is answered when addresses have an invitation already.
func DuplicateInvitations(emailAddresses []string) *Error {
	e := badRequest("duplicate_record", "duplicate invitation", "There are already pending invitations for the following email addresses: "+strings.Join(emailAddresses, ", "))
	e.Meta = map[string]any{"email_addresses": emailAddresses}
	return e
}

// InvitationAccountAlreadyExists is answered when somebody signs up by an
// invitation to an address that has a user.
func InvitationAccountAlreadyExists() *Error {
	return badRequest("invitation_account_exists", "account exists", "An account already exists for this invitation. Sign in instead.")
}

// InvitationAlreadyAccepted is answered for an invitation that was used.
func InvitationAlreadyAccepted() *Error {
	const text = "Invitation is already accepted, try signing in instead."
	return badRequest("invitation_already_accepted", text, text)
}

// InvitationAlreadyRevoked is answered when an invitation is revoked again.
func InvitationAlreadyRevoked() *Error {
	const text = "Invitation is already revoked."
	return badRequest("invitation_already_revoked", text, text)
}

// InvitationIdentificationNotExist is answered when somebody signs in by an
// invitation to an address that nobody has.
func InvitationIdentificationNotExist() *Error {
	return badRequest("invitation_account_not_exists", "identification not found", "This invitation refers to a non-existing identification.")
}

// InvitationNotFound is answered for an invitation id that names nothing.
func InvitationNotFound(id string) *Error {
	return notFound("not found", fmt.Sprintf("No invitation was found with id %s.", id))
}

// InvitationRevoked is answered for the ticket of an invitation that was revoked.
func InvitationRevoked() *Error {
	const text = "The invitation was revoked."
	return badRequest("revoked_invitation", text, text)
}

// InvitationsNotSupported is answered where users have no e-mail addresses.
func InvitationsNotSupported() *Error {
	const text = "Invitations are only supported on instances that accept email addresses."
	return badRequest("invitations_not_supported", text, text)
}

// WaitlistEntryAlreadyCompleted is answered when somebody has signed up who is
// to be invited, rejected or removed.
func WaitlistEntryAlreadyCompleted() *Error {
	return conflict("waitlist_entry_already_completed", "Waitlist entry already completed", "The waitlist entry has already been completed.")
}

// WaitlistEntryAlreadyInvited is answered when an entry was invited before.
func WaitlistEntryAlreadyInvited() *Error {
	return conflict("waitlist_entry_already_invited", "Waitlist entry already invited", "The waitlist entry has already been invited.")
}

// WaitlistEntryAlreadyRejected is answered when an entry was rejected before.
func WaitlistEntryAlreadyRejected() *Error {
	return conflict("waitlist_entry_already_rejected", "Waitlist entry already rejected", "The waitlist entry has already been rejected.")
}

// WaitlistEntryNotFound is answered for an id that names no entry.
func WaitlistEntryNotFound(id string) *Error {
	return notFound("not found", "No waitlist entry was found with id "+id)
}

// WaitlistNotAcceptingEntries is answered where sign-up has no waitlist.
func WaitlistNotAcceptingEntries() *Error {
	return &Error{Status: http.StatusForbidden, Code: "waitlist_not_accepting_entries", Message: "Waitlist not accepting entries",
		LongMessage: "The waitlist is not accepting new entries at this time. Please try again later."}
}

func conflict(code, message, long string) *Error {
	return &Error{Status: http.StatusConflict, Code: code, Message: message, LongMessage: long}
}
