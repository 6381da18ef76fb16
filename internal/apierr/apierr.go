// Package apierr knows Clerk's error envelope and the errors of Clerk's APIs,
// one constructor for each code. It must not know HTTP routing, storage or when
// an error applies: the nouns decide that.
//
// Codes, statuses and messages are those that Clerk publishes in the error
// table of its documentation (clerk/clerk-docs, data/api_errors.json); each
// constructor is named after its row there.
package apierr

import (
	"errors"
	"strings"
)

// Error is one entry of Clerk's error envelope, with the status it is answered
// with.
type Error struct {
	Status      int            `json:"-"`
	Message     string         `json:"message"`
	LongMessage string         `json:"long_message"`
	Code        string         `json:"code"`
	Meta        map[string]any `json:"meta,omitempty"`
}

func (e *Error) Error() string {
	if e.LongMessage != "" {
		return e.Code + ": " + e.LongMessage
	}
	return e.Code + ": " + e.Message
}

// Param returns the form parameter the error is about, or "".
func (e *Error) Param() string {
	name, _ := e.Meta["param_name"].(string)
	return name
}

// With returns a copy of the error with one more entry in its meta object.
func (e *Error) With(key string, value any) *Error {
	meta := map[string]any{key: value}
	for k, v := range e.Meta {
		meta[k] = v
	}
	out := *e
	out.Meta = meta
	return &out
}

// List is several errors in one answer; the first decides the status.
type List []*Error

func (l List) Error() string {
	parts := make([]string, len(l))
	for i, e := range l {
		parts[i] = e.Error()
	}
	return strings.Join(parts, "; ")
}

// Join returns the errors that are not nil as one, or nil when there is none.
func Join(errs ...*Error) error {
	var list List
	for _, e := range errs {
		if e != nil {
			list = append(list, e)
		}
	}
	switch len(list) {
	case 0:
		return nil
	case 1:
		return list[0]
	}
	return list
}

// All returns the Clerk errors inside err, or nil when there is none.
func All(err error) []*Error {
	var list List
	if errors.As(err, &list) {
		return list
	}
	var one *Error
	if errors.As(err, &one) {
		return []*Error{one}
	}
	return nil
}

// HasCode tells whether err carries the Clerk error code.
func HasCode(err error, code string) bool {
	for _, e := range All(err) {
		if e.Code == code {
			return true
		}
	}
	return false
}

// Refused marks an error whose attempt is itself a change: the transaction that
// returns it is committed, and then it is answered. A wrong password must count.
func Refused(err error) error {
	if err == nil {
		return nil
	}
	return refused{err}
}

type refused struct{ error }

func (r refused) Unwrap() error { return r.error }

// Commits is what the store asks an error for.
func (r refused) Commits() bool { return true }

// IsRefused tells whether an error's attempt is itself a change.
func IsRefused(err error) bool {
	var r refused
	return errors.As(err, &r)
}
