package apierr

import (
	"fmt"
	"net/http"
)

// AccountTransferInvalid is answered for a transfer when nothing is there to be
// transferred.
func AccountTransferInvalid() *Error {
	return badRequest("account_transfer_invalid", "Invalid account transfer", "There is no account to transfer")
}

// AlreadySignedIn is answered when a user signs in again in the same browser.
// clerk-js goes on with the session that meta names.
func AlreadySignedIn(sessionID string) *Error {
	e := badRequest("identifier_already_signed_in", "You're already signed in", "You're already signed in")
	e.Meta = map[string]any{"session_id": sessionID}
	return e
}

// FormIncorrectCode is answered for a wrong code.
func FormIncorrectCode() *Error {
	return form("form_code_incorrect", "code", "is incorrect", "Incorrect code")
}

// FormLegalNotAccepted is answered when a sign-up declines the legal documents.
func FormLegalNotAccepted() *Error {
	return form("legal_not_accepted", "legal_accepted", "legal not accepted", "Legal consent must be accepted in order to continue.")
}

// FormPasswordCompromised is answered for a password that must be reset before
// it can be used again.
func FormPasswordCompromised() *Error {
	const text = "Your password may be compromised. To protect your account, please continue with an alternative sign-in method. You will be required to reset your password after signing in."
	return form("form_password_compromised", "password", text, text)
}

// FormPasswordIncorrect is answered for a wrong password at sign-in.
func FormPasswordIncorrect() *Error {
	const text = "Password is incorrect. Try again, or use another method."
	return form("form_password_incorrect", "password", text, text)
}

// InvalidClientStateForAction is answered when an attempt is not at the step
// that a request is about.
func InvalidClientStateForAction(action, resolution string) *Error {
	return badRequest("client_state_invalid", "Invalid action", fmt.Sprintf("We were unable to complete %s for this Client. %s", action, resolution))
}

// InvalidStrategyForUser is answered when a user cannot prove who they are in
// the way asked for.
func InvalidStrategyForUser() *Error {
	return badRequest("strategy_for_user_invalid", "Invalid verification strategy", "The verification strategy is not valid for this account")
}

// MutationOnOlderSignInNotAllowed is answered when the browser has begun another
// sign-in since.
func MutationOnOlderSignInNotAllowed() *Error {
	return resourceForbidden("Update operations are not allowed on older sign ins", "Update operations are not allowed on older sign ins")
}

func resourceForbidden(message, long string) *Error {
	return &Error{Status: http.StatusForbidden, Code: "resource_forbidden", Message: message, LongMessage: long}
}

// SignInIdentificationOrUserDeleted is answered when the user is gone whom a
// sign-in is about.
func SignInIdentificationOrUserDeleted() *Error {
	return badRequest("sign_in_identification_or_user_deleted", "identification or user deleted",
		"Either the user or the selected identification were deleted. Please start over.")
}

// SignInNotFound is answered for a sign-in that this browser has not begun.
func SignInNotFound(id string) *Error {
	return notFound("not found", "No sign in was found with id "+id)
}

// SignInTokenAlreadyUsed is answered for a ticket that has signed its user in.
func SignInTokenAlreadyUsed() *Error {
	return badRequest("sign_in_token_already_used_code", "sign in token has already been used",
		"This sign in token has already been used. Each token can only be used once.")
}

// SignInTokenCanBeUsedOnlyInSignIn is answered for a sign-in ticket at sign-up.
func SignInTokenCanBeUsedOnlyInSignIn() *Error {
	return badRequest("sign_in_token_not_in_sign_in_code", "not in sign in", "Sign in tokens can only be used during sign in.")
}

// SignInTokenRevoked is answered for a ticket that was revoked.
func SignInTokenRevoked() *Error {
	return badRequest("sign_in_token_revoked_code", "sign in token has been revoked",
		"This sign in token has been revoked and cannot be used anymore.")
}

// SignUpForbiddenAccess is answered when the browser has begun another sign-up
// since.
func SignUpForbiddenAccess() *Error {
	return resourceForbidden("Sign up forbidden", "Access to this sign up is forbidden")
}

// SignUpModeRestricted is answered where only those who were invited sign up.
func SignUpModeRestricted() *Error {
	return &Error{Status: http.StatusForbidden, Code: "sign_up_mode_restricted", Message: "Sign-ups restricted",
		LongMessage: "New sign-ups are currently restricted."}
}

// SignUpModeRestrictedWaitlist is answered where one joins a waitlist first.
func SignUpModeRestrictedWaitlist() *Error {
	return &Error{Status: http.StatusForbidden, Code: "sign_up_restricted_waitlist", Message: "Sign-ups restricted with waitlist",
		LongMessage: "Sign-ups are currently unavailable. Join the waitlist, and you will be notified when access becomes available."}
}

// SignUpNotFound is answered for a sign-up that this browser has not begun.
func SignUpNotFound(id string) *Error {
	return notFound("Sign up not found", "No sign up was found with id "+id)
}

// SingleModeSessionExists is answered when a browser signs in that somebody is
// signed in to, on an instance with one session per browser.
func SingleModeSessionExists() *Error {
	return badRequest("session_exists", "Session already exists", "You're already signed in.")
}

// TicketExpired is answered for a ticket whose time is over.
func TicketExpired() *Error {
	return badRequest("ticket_expired_code", "ticket has expired", "This ticket has expired and cannot be used anymore.")
}

// TicketInvalid is answered for text that is no ticket of this instance.
func TicketInvalid() *Error {
	return badRequest("ticket_invalid_code", "ticket is invalid", "This ticket is invalid. Make sure you're using a valid ticket generated by Clerk.")
}

// VerificationAlreadyVerified is answered when there is nothing left to prove.
func VerificationAlreadyVerified() *Error {
	return badRequest("verification_already_verified", "already verified", "This verification has already been verified.")
}

// VerificationExpired is answered for a code or link whose time is over.
func VerificationExpired() *Error {
	return badRequest("verification_expired", "expired", "This verification has expired. You must create a new one.")
}

// VerificationFailed is answered after too many wrong codes.
func VerificationFailed() *Error {
	return badRequest("verification_failed", "failed", "Too many failed attempts. You have to try again with the same or another method.")
}

// VerificationInvalidLinkToken is answered for a link that was never sent.
func VerificationInvalidLinkToken() *Error {
	return badRequest("verification_link_token_invalid", "invalid link token", "Verification link token is invalid")
}

// VerificationInvalidStrategy is answered when something else was prepared than
// is attempted.
func VerificationInvalidStrategy() *Error {
	return badRequest("verification_strategy_invalid", "has invalid strategy", "The strategy is not valid for the current verification.")
}

// VerificationMissing is answered when nothing was prepared.
func VerificationMissing() *Error {
	return badRequest("verification_missing", "is missing", "This strategy requires verification preparation before attempting to validate it.")
}
