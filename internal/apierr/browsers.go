package apierr

import "net/http"

// DevBrowserUnauthenticated is answered for a dev browser that is missing or
// unknown. clerk-js looks for exactly this code: it then forgets the browser it
// had and asks for a new one.
func DevBrowserUnauthenticated() *Error {
	return &Error{Status: http.StatusUnauthorized, Code: "dev_browser_unauthenticated", Message: "Browser unauthenticated",
		LongMessage: "Unable to authenticate this browser for your development instance. Clear the app's cookies for this host, or POST /v1/dev_browser, and try again."}
}

// ClientNotFound is answered for a client id that names nothing.
func ClientNotFound(id string) *Error {
	return notFound("Client not found", "No client was found with id "+id)
}

// InvalidRedirectURL is answered for a redirect_url that a browser must not be
// sent to.
func InvalidRedirectURL() *Error {
	return form("invalid_redirect_url", "redirect_url", "Redirect url invalid",
		"The provided redirect url is not in a valid format: it must be an absolute http or https URL.")
}

// OrganizationNotFoundOrUnauthorized is answered for an organization that does
// not exist or that the user is no member of.
func OrganizationNotFoundOrUnauthorized() *Error {
	return &Error{Status: http.StatusNotFound, Code: "organization_not_found_or_unauthorized", Message: "not found or unauthorized",
		LongMessage: "Given organization not found, or you don't have permission to access the organization"}
}
