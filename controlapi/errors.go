package controlapi

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/nightclerk/nightclerk/internal/apierr"
	"github.com/nightclerk/nightclerk/scenario"
)

// refusal is an error of the emulator's own. Codes that begin with emulator_ are
// not Clerk's.
func refusal(status int, code, message, long string) *apierr.Error {
	return &apierr.Error{Status: status, Code: code, Message: message, LongMessage: long}
}

func unprocessable(param, long string) *apierr.Error {
	e := refusal(http.StatusUnprocessableEntity, "form_param_value_invalid", "is invalid", long)
	return e.With("param_name", param)
}

func noSuchRoute(r *http.Request) *apierr.Error {
	e := apierr.URLNotFound()
	e.LongMessage = fmt.Sprintf("The control API has no %s. GET /_emulator/openapi.json describes what it has.", r.URL.Path)
	return e
}

// seedRefused words the mistakes of a seed, each with its line and a caret.
func seedRefused(err error) error {
	var mistakes scenario.Errors
	if !errors.As(err, &mistakes) {
		return err
	}
	var list []*apierr.Error
	for _, m := range mistakes {
		e := refusal(http.StatusUnprocessableEntity, "emulator_seed_invalid", m.Message, m.Error())
		e.Meta = map[string]any{"line": m.Line, "column": m.Column, "path": m.Path}
		list = append(list, e)
	}
	return apierr.Join(list...)
}
