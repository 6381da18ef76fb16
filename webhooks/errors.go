package webhooks

import "net/http"

// Error is a refusal in Svix's words. Status is the HTTP status Svix answers
// with; Fields is set for validation errors (422), Code and Detail otherwise.
// Shapes from svix-server's error.rs.
type Error struct {
	Status int
	Code   string
	Detail string
	Fields []FieldError
}

// FieldError is one item of Svix's HTTPValidationError.
type FieldError struct {
	Loc  []string `json:"loc"`
	Msg  string   `json:"msg"`
	Type string   `json:"type"`
}

func (e *Error) Error() string {
	if len(e.Fields) > 0 {
		return e.Fields[0].Msg
	}
	return e.Detail
}

// NotFound is Svix's answer for an application, endpoint, message or attempt
// that does not exist.
func NotFound() *Error {
	return &Error{Status: http.StatusNotFound, Code: "not_found", Detail: "Entity not found"}
}

// BadRequest is a 400 with Svix's code and a sentence that says what to do.
func BadRequest(code, detail string) *Error {
	return &Error{Status: http.StatusBadRequest, Code: code, Detail: detail}
}

func conflict(detail string) *Error {
	return &Error{Status: http.StatusConflict, Code: "conflict", Detail: detail}
}

// invalid is a validation error on one field of the request body.
func invalid(field, msg string) *Error {
	return Invalid([]string{"body", field}, msg)
}

// Invalid is a validation error at loc, e.g. {"query", "limit"}.
func Invalid(loc []string, msg string) *Error {
	return &Error{Status: http.StatusUnprocessableEntity, Fields: []FieldError{{Loc: loc, Msg: msg, Type: "value_error"}}}
}
