package convexcheck

import (
	"encoding/json"
	"fmt"
)

// Code is Convex's short name of a refusal.
type Code string

// The refusals. InternalServerError stands for an error Convex does not name.
const (
	AuthProviderDiscoveryFailed Code = "AuthProviderDiscoveryFailed"
	InternalServerError         Code = "InternalServerError"
	InvalidAuthHeader           Code = "InvalidAuthHeader"
	NoAuthProvider              Code = "NoAuthProvider"
	Unauthenticated             Code = "Unauthenticated"
)

// Verdict is what a Convex deployment does with a token.
type Verdict struct {
	OK       bool      `json:"ok"`
	Identity Identity  `json:"identity"` // what getUserIdentity() returns, null when refused
	Provider *Provider `json:"provider"` // the entry the token was routed to, null when none matched
	Code     Code      `json:"code"`     // "" when accepted
	Status   int       `json:"status"`   // of the HTTP API: 200, 400, 401, 403, 404, 421, 425, 429, 500 or 503
	Message  string    `json:"message"`  // word for word, as a development deployment says it
	Redacted string    `json:"redacted"` // the same as a deployment says it that keeps details from clients
	Cause    string    `json:"cause"`    // what only the backend's log has
	Why      string    `json:"why"`
	Fix      string    `json:"fix"`

	WebSocket WebSocket `json:"websocket"`
	Steps     []Step    `json:"steps"`
	Warnings  []Warning `json:"warnings"`
}

// WebSocket is how a refusal reaches ConvexReactClient. Its zero value is no effect: the token was accepted.
type WebSocket struct {
	Type                string `json:"type"`  // "AuthError", or "" when the socket is just closed
	Error               string `json:"error"` // the frame's error
	AuthUpdateAttempted bool   `json:"authUpdateAttempted"`
	CloseCode           int    `json:"closeCode"` // 0: closed without a code, or not closed
	CloseReason         string `json:"closeReason"`
	Client              string `json:"client"` // what the client does then
}

// Outcome of a Step.
type Outcome string

// The outcomes. A step after the failing one is skipped.
const (
	Passed  Outcome = "passed"
	Failed  Outcome = "failed"
	Skipped Outcome = "skipped"
)

// Step is one rule, in the order Convex applies them.
type Step struct {
	Rule    Rule    `json:"rule"`
	Outcome Outcome `json:"outcome"`
	Title   string  `json:"title"`
	Detail  string  `json:"detail"`
}

// HTTPBody is the body of the HTTP API's answer to a refused token. An HTTP action runs even so: there
// ctx.auth.getUserIdentity() throws the same code and message.
func (v Verdict) HTTPBody() ([]byte, error) {
	body, err := json.Marshal(struct {
		Code    Code   `json:"code"`
		Message string `json:"message"`
	}{v.Code, v.Message})
	if err != nil {
		return nil, fmt.Errorf("encode the refusal: %w; check the token for unreadable text", err)
	}
	return body, nil
}

// refusal is the rule that failed and what Convex says then. redacted is empty when it equals message.
type refusal struct {
	rule              Rule
	code              Code
	status            int
	message, redacted string
	cause             string
	why, fix          string
}

func (r *refusal) verdict() Verdict {
	v := Verdict{Code: r.code, Status: r.status, Message: r.message, Redacted: r.redacted, Cause: r.cause, Why: r.why, Fix: r.fix}
	if v.Redacted == "" {
		v.Redacted = v.Message
	}
	v.WebSocket = webSocket(r)
	return v
}

// webSocket follows crates/sync/src/worker.rs and the close codes of crates/errors: only 400, 401 and 403 become an
// AuthError; everything else looks to the client like a lost connection.
func webSocket(r *refusal) WebSocket {
	switch r.status {
	case 400, 401, 403:
		return WebSocket{Type: "AuthError", Error: r.message, AuthUpdateAttempted: true,
			Client: "fetches a fresh token and tries again; after two refusals of a fresh one it logs " +
				"\"Failed to authenticate\" and reports isAuthenticated false"}
	case 404:
		return WebSocket{CloseCode: 1000, CloseReason: string(r.code), Client: reconnects}
	case 500:
		return WebSocket{CloseCode: 1011, CloseReason: string(InternalServerError), Client: reconnects}
	}
	return WebSocket{CloseCode: 1013, CloseReason: string(r.code), Client: reconnects}
}

// Expired is how an accepted token's end reaches a client that is still connected: at its next query or mutation
// (crates/sync/src/state.rs). Being nobody's failed attempt, it is ignored while the client waits for a confirmation.
func Expired() WebSocket {
	return WebSocket{Type: "AuthError", Error: "Convex token identity expired",
		Client: "fetches a fresh token and authenticates again; isAuthenticated flickers"}
}

const reconnects = "reconnects with growing delays and tries the same again; isLoading stays true and no error reaches the app"
