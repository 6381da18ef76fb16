package apierr

import (
	"fmt"
	"net/http"
)

// InvalidClerkSecretKey is answered by the Backend API for a key of no instance.
func InvalidClerkSecretKey() *Error {
	const text = "The provided Clerk Secret Key is invalid. Make sure that your Clerk Secret Key is correct."
	return &Error{Status: http.StatusUnauthorized, Code: "clerk_key_invalid", Message: text, LongMessage: text}
}

// InvalidAuthentication is answered when there is no session or key to act with.
func InvalidAuthentication() *Error {
	return &Error{Status: http.StatusUnauthorized, Code: "authentication_invalid", Message: "Invalid authentication",
		LongMessage: "Unable to authenticate the request, you need to supply an active session"}
}

// InvalidAuthorizationHeaderFormat is answered when the Authorization header is
// missing or not a bearer.
func InvalidAuthorizationHeaderFormat() *Error {
	return &Error{Status: http.StatusUnauthorized, Code: "authorization_header_format_invalid", Message: "Invalid Authorization header format",
		LongMessage: "Invalid Authorization header format. Must be 'Bearer <YOUR_API_KEY>'"}
}

// InstanceMismatch is the emulator's own refusal of a request whose host, path
// and key belong to different instances: it names both, so that the wrong
// setting is found at once.
func InstanceMismatch(addressed, keyed string) *Error {
	return &Error{Status: http.StatusUnauthorized, Code: "clerk_key_invalid",
		Message: "The provided Clerk Secret Key belongs to another instance.",
		LongMessage: fmt.Sprintf("The request is addressed to instance %q but its key belongs to instance %q. "+
			"Use the key and the address that `nightclerk env --instance` prints for one of them.", addressed, keyed)}
}

// InvalidRequestBody is answered for a body that is not the JSON it should be.
func InvalidRequestBody() *Error {
	return &Error{Status: http.StatusBadRequest, Code: "request_body_invalid", Message: "Request body invalid",
		LongMessage: "The request body is invalid. Please consult the API documentation for more information."}
}

// RequestBodyTooLarge is answered for a body of more than limit bytes.
func RequestBodyTooLarge(limit int64) *Error {
	return &Error{Status: http.StatusRequestEntityTooLarge, Code: "request_body_too_large", Message: "Request body too large",
		LongMessage: fmt.Sprintf("The request body exceeds the maximum allowed size of %d bytes.", limit)}
}

// UnsupportedContentType is answered for a body in a format the operation does
// not read.
func UnsupportedContentType(actual, expected string) *Error {
	return &Error{Status: http.StatusUnsupportedMediaType, Code: "unsupported_content_type", Message: "Content-Type is unsupported",
		LongMessage: fmt.Sprintf("Content-Type %s is unsupported. You should use %s instead.", actual, expected)}
}

// MalformedRequestParameters is answered for a query that cannot be parsed.
func MalformedRequestParameters() *Error {
	return &Error{Status: http.StatusBadRequest, Code: "malformed_request_parameters", Message: "Malformed request parameters",
		LongMessage: "The request parameters are malformed and could not be parsed"}
}

// MissingQueryParameter is answered when a required query parameter is absent.
func MissingQueryParameter(param string) *Error {
	return &Error{Status: http.StatusBadRequest, Code: "missing_query_parameter", Message: "Missing query parameter",
		LongMessage: fmt.Sprintf("The query parameter '%s' is missing from the request. Please consult the API documentation for more information.", param)}
}

// URLNotFound is answered for a path that no API of Clerk's has.
func URLNotFound() *Error {
	return &Error{Status: http.StatusNotFound, Code: "resource_not_found", Message: "URL not found", LongMessage: "The URL was not found"}
}

// MethodNotAllowed is answered for a path that exists with another method. The
// code is the emulator's own: Clerk publishes none.
func MethodNotAllowed(method string) *Error {
	return &Error{Status: http.StatusMethodNotAllowed, Code: "method_not_allowed", Message: "Method not allowed",
		LongMessage: fmt.Sprintf("%s is not a method of this URL.", method)}
}

// Unexpected is the answer to everything that is the server's own fault.
func Unexpected() *Error {
	return &Error{Status: http.StatusInternalServerError, Code: "internal_clerk_error", Message: "Oops, an unexpected error occurred",
		LongMessage: "There was an internal error in the emulator. Look up clerk_trace_id in its log; the request changed nothing."}
}

// ServiceUnavailable is answered while the database cannot be reached.
func ServiceUnavailable() *Error {
	return &Error{Status: http.StatusServiceUnavailable, Code: "service_unavailable", Message: "Service unavailable",
		LongMessage: "The emulator's database does not answer. The request changed nothing; try again when it is back."}
}

// NotImplemented is the emulator's own answer to an operation that Clerk has
// and the emulator has not yet.
func NotImplemented(operation string) *Error {
	return &Error{Status: http.StatusNotImplemented, Code: "emulator_not_implemented", Message: "Not implemented by the emulator",
		LongMessage: fmt.Sprintf("Nightclerk does not implement %s yet. GET /_emulator/operations lists what it supports.", operation),
		Meta:        map[string]any{"operation_id": operation}}
}
