package apierr

import (
	"fmt"
	"net/http"
)

func notFound(message, long string) *Error {
	return &Error{Status: http.StatusNotFound, Code: "resource_not_found", Message: message, LongMessage: long}
}

func badRequest(code, message, long string) *Error {
	return &Error{Status: http.StatusBadRequest, Code: code, Message: message, LongMessage: long}
}

// ResourceNotFound is answered for an id that names nothing here.
func ResourceNotFound() *Error { return notFound("not found", "Resource not found") }

// UserNotFound is answered for a user id that names nobody.
func UserNotFound(id string) *Error { return notFound("not found", "No user was found with id "+id) }

// SessionNotFound is answered for a session id that names nothing.
func SessionNotFound(id string) *Error {
	return notFound("Session not found", "No session was found with id "+id)
}

// IdentificationNotFound is answered for an e-mail address or phone number id
// that names nothing.
func IdentificationNotFound() *Error { return notFound("Resource not found", "Resource not found") }

// JWTTemplateNotFound is answered when no template has a name or id. ConvexProviderWithClerk
// and many apps look for exactly this answer when the template is misnamed.
func JWTTemplateNotFound(attribute, value string) *Error {
	return notFound("JWT template not found", fmt.Sprintf("No JWT template exists with %s: %s", attribute, value))
}

// SignInTokenNotFound is answered for a sign-in token id that names nothing.
func SignInTokenNotFound(id string) *Error {
	return notFound("not found", "No sign-in token was found with id "+id)
}

// SignInTokenCannotBeRevoked is answered when a token is no longer pending.
func SignInTokenCannotBeRevoked(status string) *Error {
	return badRequest("sign_in_token_cannot_be_revoked_code", "cannot revoke",
		fmt.Sprintf("Sign in token cannot be revoked because its status is %s. Only pending tokens can be revoked.", status))
}

// LastIdentificationDeletionFailed is answered when a user would be left with
// nothing to sign in with.
func LastIdentificationDeletionFailed() *Error {
	return badRequest("identification_deletion_failed", "Deletion failed", "You cannot delete your last identification.")
}

// NoPasswordSet is answered when a user without a password is asked for it.
func NoPasswordSet() *Error {
	return badRequest("no_password_set", "no password set", "This user does not have a password set for their account")
}

// IncorrectPassword is answered by the Backend API's password check.
func IncorrectPassword() *Error {
	return form("incorrect_password", "", "incorrect password", "The provided password is not the one the user has set")
}

// UserBanned is answered when a banned user acts.
func UserBanned() *Error {
	return &Error{Status: http.StatusForbidden, Code: "user_banned", Message: "User banned",
		LongMessage: "You have been banned. If you think this was by mistake, please contact support."}
}

// UserLocked is answered when a locked user acts; seconds is how long it lasts,
// nil for without end.
func UserLocked(seconds *int64) *Error {
	e := &Error{Status: http.StatusForbidden, Code: "user_locked", Message: "Account locked",
		LongMessage: "Your account is locked. For more information, please contact support."}
	if seconds != nil {
		e.LongMessage = fmt.Sprintf("Your account is locked. You will be able to try again in %d seconds. For more information, please contact support.", *seconds)
		e.Meta = map[string]any{"lockout_expires_in_seconds": *seconds}
	}
	return e
}

// InstanceNotFound is answered for an address that no instance has; slugs are
// those that exist.
func InstanceNotFound(slug string, slugs []string) *Error {
	e := notFound("Instance not found", fmt.Sprintf("No instance has the slug %q. Existing ones: %v. POST /_emulator/instances makes a new one.", slug, slugs))
	e.Meta = map[string]any{"instances": slugs}
	return e
}

// InstanceTaken is the emulator's own refusal of an instance whose id, slug or
// secret key another one has.
func InstanceTaken(param, owner string) *Error {
	return form("form_identifier_exists", param, "already exists",
		fmt.Sprintf("Instance %q already has this %s: give each instance its own.", owner, param))
}

// JWTTemplateReservedClaim is answered for a template that names a claim Clerk
// sets by itself.
func JWTTemplateReservedClaim(claim string) *Error {
	e := badRequest("jwt_template_reserved_claim", "reserved claim", fmt.Sprintf("You can't use the reserved claim: '%s'", claim))
	e.Meta = map[string]any{"param_name": "claims"}
	return e
}

// JWTTemplateNameTaken is answered when two templates would share a name.
func JWTTemplateNameTaken() *Error {
	return form("form_identifier_exists", "name", "already exists", "A JWT template with this name already exists.")
}
