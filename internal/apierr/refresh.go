package apierr

import "net/http"

// The refusals of a session's refresh. All are 401: an SDK that gets one sends
// the browser into a handshake, and names the code as the reason.
func refresh(code, message, long string) *Error {
	return &Error{Status: http.StatusUnauthorized, Code: code, Message: message, LongMessage: long}
}

// SessionRefreshConsumedExpiredSessionToken is answered for a session token that
// was refreshed before.
func SessionRefreshConsumedExpiredSessionToken() *Error {
	return refresh("session_refresh_expired_session_token_consumed", "expired session token consumed",
		"The provided expired session token was already consumed in a previous refresh request")
}

// SessionRefreshExpiredSessionTokenInvalid is answered for a session token that
// the instance has not signed.
func SessionRefreshExpiredSessionTokenInvalid() *Error {
	return refresh("expired_session_token_invalid", "Invalid expired_token param", "The session token provided could not be successfully verified")
}

// SessionRefreshExpiredSessionTokenTooOld is answered for a session token of long
// ago.
func SessionRefreshExpiredSessionTokenTooOld() *Error {
	return refresh("session_refresh_expired_session_token_too_old", "session token too old", "The provided expired session token is too old")
}

// SessionRefreshInactiveSession is answered for a session that is over.
func SessionRefreshInactiveSession() *Error {
	return refresh("session_refresh_inactive_session", "session inactive", "The provided session is not active")
}

// SessionRefreshInvalidRequestOrigin is answered for an origin that is none.
func SessionRefreshInvalidRequestOrigin() *Error {
	return refresh("refresh_request_origin_invalid", "Request origin is invalid", "The request_origin parameter could not be parsed")
}

// SessionRefreshMissingAZP is answered for a session token of no page.
func SessionRefreshMissingAZP() *Error {
	return refresh("expired_session_token_missing_azp", "missing 'azp' claim", "No 'azp' claim present in the provided expired session token")
}

// SessionRefreshMissingIAT is answered for a session token that has no age.
func SessionRefreshMissingIAT() *Error {
	return refresh("session_refresh_expired_session_token_missing_iat", "missing 'iat' claim", "No 'iat' claim present in the provided expired session token")
}

// SessionRefreshMissingSID is answered for a session token of no session.
func SessionRefreshMissingSID() *Error {
	return refresh("expired_session_token_missing_sid", "missing 'sid' claim", "No 'sid' claim present in the provided expired session token")
}

// SessionRefreshNotEnabled is answered where the instance's settings switch
// refreshing off.
func SessionRefreshNotEnabled() *Error {
	return refresh("feature_not_enabled", "not enabled", "This feature is not enabled in your instance")
}

// SessionRefreshRequestOriginAZPMismatch is answered when another page asks than
// the session token was for.
func SessionRefreshRequestOriginAZPMismatch() *Error {
	return refresh("refresh_request_origin_azp_mismatch", "Request origin does not match azp claim",
		"The request_origin parameter does not match the 'azp' claim of expired_token")
}

// SessionRefreshSIDMismatch is answered when the session token is another
// session's.
func SessionRefreshSIDMismatch() *Error {
	return refresh("refresh_sid_mismatch", "Session ID does not match the 'sid' claim",
		"The 'sid' claim of the provided expired session token does not match the session ID provided in the request path")
}

// SessionRefreshSessionNotFound is answered for a session that is not there.
func SessionRefreshSessionNotFound(id string) *Error {
	return refresh("session_refresh_session_not_found", "Session not found", "No session was found with id "+id)
}

// SessionRefreshTokenNotFound is answered for a refresh token that the session's
// handshakes have not given away.
func SessionRefreshTokenNotFound() *Error {
	return refresh("refresh_token_not_found", "Refresh token not found", "The provided refresh token was not found")
}
