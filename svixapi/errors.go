package svixapi

import (
	"errors"
	"log/slog"
	"net/http"

	"github.com/nightclerk/nightclerk/internal/httpapi"
	"github.com/nightclerk/nightclerk/webhooks"
)

// httpError is Svix's HttpErrorOut; validationError its HTTPValidationError.
type httpError struct {
	Code   string `json:"code"`
	Detail string `json:"detail"`
}

type validationError struct {
	Detail []webhooks.FieldError `json:"detail"`
}

func unauthorized(detail string) error {
	return &webhooks.Error{Status: http.StatusUnauthorized, Code: "authentication_failed", Detail: detail}
}

// codes names the errors of the floor in Svix's words.
var codes = map[int]string{
	http.StatusBadRequest:            "generic_error",
	http.StatusInternalServerError:   "server_error",
	http.StatusNotFound:              "not_found",
	http.StatusRequestEntityTooLarge: "payload_too_large",
	http.StatusServiceUnavailable:    "service_unavailable",
	http.StatusUnauthorized:          "authentication_failed",
}

// writeError answers an error in Svix's shape; the cause of anything unexpected
// stays in the log.
func writeError(log *slog.Logger) func(http.ResponseWriter, *httpapi.Call, error) {
	return func(w http.ResponseWriter, c *httpapi.Call, err error) {
		var refusal *webhooks.Error
		if !errors.As(err, &refusal) {
			known := httpapi.Explain(log, c.Record, err)[0]
			refusal = &webhooks.Error{Status: known.Status, Code: codes[known.Status], Detail: known.LongMessage}
			if refusal.Code == "" {
				refusal.Code = known.Code
			}
		}
		c.Record.ErrorCode = refusal.Code
		if refusal.Fields != nil {
			c.Record.ErrorCode = "validation"
			httpapi.WriteJSON(w, httpapi.Status{Code: refusal.Status, Body: validationError{refusal.Fields}})
			return
		}
		httpapi.WriteJSON(w, httpapi.Status{Code: refusal.Status, Body: httpError{refusal.Code, refusal.Detail}})
	}
}
