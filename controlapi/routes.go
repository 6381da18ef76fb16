package controlapi

import (
	"net/http"

	"github.com/nightclerk/nightclerk/internal/httpapi"
)

// route is one row of the table: an operation of openapi.json.
type route struct {
	op, method, path string
	handle           httpapi.Handler
	// serve is for answers that are not JSON, in the place of handle.
	serve http.HandlerFunc
}

// routes is the whole control API, in the order of openapi.json.
func (a *API) routes() []route {
	const get, post, put, del = http.MethodGet, http.MethodPost, http.MethodPut, http.MethodDelete
	return []route{
		{op: "getReady", method: get, path: "/_emulator/ready", handle: whole(a.getReady)},
		{op: "getEnv", method: get, path: "/_emulator/env", handle: handle(a, a.getEnv)},
		{op: "listOperations", method: get, path: "/_emulator/operations", handle: whole(a.listOperations)},

		{op: "listInstances", method: get, path: "/_emulator/instances", handle: whole(a.listInstances)},
		{op: "createInstance", method: post, path: "/_emulator/instances", handle: whole(a.createInstance)},
		{op: "deleteInstance", method: del, path: "/_emulator/instances/{slug}", handle: whole(a.deleteInstance)},
		{op: "reset", method: post, path: "/_emulator/reset", handle: handle(a, a.reset)},
		{op: "exportInstance", method: get, path: "/_emulator/export", serve: a.exportInstance},
		{op: "exportInstanceWith", method: post, path: "/_emulator/export", serve: a.exportInstanceWith},
		{op: "rotateSigningKey", method: post, path: "/_emulator/signing_key/rotate", handle: handle(a, a.rotateSigningKey)},
		{op: "seed", method: post, path: "/_emulator/seed", handle: handle(a, a.seed)},

		{op: "getClock", method: get, path: "/_emulator/clock", handle: handle(a, a.getClock)},
		{op: "advanceClock", method: post, path: "/_emulator/clock/advance", handle: handle(a, a.advanceClock)},
		{op: "freezeClock", method: post, path: "/_emulator/clock/freeze", handle: handle(a, a.freezeClock)},
		{op: "resumeClock", method: post, path: "/_emulator/clock/resume", handle: handle(a, a.resumeClock)},
		{op: "resetClock", method: post, path: "/_emulator/clock/reset", handle: handle(a, a.resetClock)},

		{op: "createToken", method: post, path: "/_emulator/tokens", handle: handle(a, a.createToken)},
		{op: "explainToken", method: post, path: "/_emulator/tokens/explain", handle: handle(a, a.explainToken)},
		{op: "createSignInTicket", method: post, path: "/_emulator/sign_in_tickets", handle: handle(a, a.createSignInTicket)},
		{op: "createSessionCookies", method: post, path: "/_emulator/session_cookies", handle: handle(a, a.createSessionCookies)},

		{op: "wait", method: get, path: "/_emulator/wait", handle: handle(a, a.wait)},
		{op: "listMessages", method: get, path: "/_emulator/webhooks/messages", handle: handle(a, a.listMessages)},
		{op: "exportMessages", method: get, path: "/_emulator/webhooks/export", serve: a.exportMessages},
		{op: "trimMessages", method: post, path: "/_emulator/webhooks/trim", handle: handle(a, a.trim)},
		{op: "verifyWebhook", method: post, path: "/_emulator/webhooks/verify", handle: handle(a, a.verify)},
		{op: "syncUsers", method: post, path: "/_emulator/webhooks/sync-users", handle: handle(a, a.syncUsers)},
		{op: "listFaults", method: get, path: "/_emulator/webhooks/faults", handle: handle(a, a.listFaults)},
		{op: "createFault", method: post, path: "/_emulator/webhooks/faults", handle: handle(a, a.createFault)},
		{op: "setFaults", method: put, path: "/_emulator/webhooks/faults", handle: handle(a, a.setFaults)},
		{op: "clearFaults", method: del, path: "/_emulator/webhooks/faults", handle: handle(a, a.clearFaults)},
		{op: "deleteFault", method: del, path: "/_emulator/webhooks/faults/{id}", handle: handle(a, a.deleteFault)},
		{op: "getWebhookMode", method: get, path: "/_emulator/webhooks/mode", handle: handle(a, a.getMode)},
		{op: "setWebhookMode", method: put, path: "/_emulator/webhooks/mode", handle: handle(a, a.setMode)},
		{op: "holdWebhooks", method: post, path: "/_emulator/webhooks/hold", handle: handle(a, a.hold)},
		{op: "releaseWebhooks", method: post, path: "/_emulator/webhooks/release", handle: handle(a, a.release)},
		{op: "listTriggers", method: get, path: "/_emulator/trigger", handle: handle(a, a.listTriggers)},
		{op: "trigger", method: post, path: "/_emulator/trigger", handle: handle(a, a.trigger)},

		{op: "listInbox", method: get, path: "/_emulator/inbox", handle: handle(a, a.listInbox)},
		{op: "clearInbox", method: del, path: "/_emulator/inbox", handle: handle(a, a.clearInbox)},
		{op: "getInboxMessage", method: get, path: "/_emulator/inbox/{id}", handle: handle(a, a.getInboxMessage)},
		{op: "deleteInboxMessage", method: del, path: "/_emulator/inbox/{id}", handle: handle(a, a.deleteInboxMessage)},

		{op: "getMetrics", method: get, path: "/_emulator/metrics", serve: a.Metrics.ServeHTTP},
		{op: "getCA", method: get, path: "/_emulator/ca.pem", serve: a.getCA},
		{op: "getOpenAPI", method: get, path: "/_emulator/openapi.json", handle: whole(a.getOpenAPI)},
		{op: "getAvatar", method: get, path: "/_emulator/avatars/{name}", serve: getAvatar},
	}
}
