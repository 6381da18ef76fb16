package svixapi

import "github.com/nightclerk/nightclerk/internal/httpapi"

// routes are the calls that are built, in Svix's order. Every other call of its
// API answers 501 by itself.
func (a *API) routes() []httpapi.Route {
	const app = "/api/v1/app/{app_id}"
	row := func(op, method, path string, fn func(*call) (any, error)) httpapi.Route {
		return httpapi.Route{Op: op, Method: method, Path: path, Handle: a.handle(fn)}
	}
	return []httpapi.Route{
		row("v1.application.list", "GET", "/api/v1/app", (*call).listApplications),
		row("v1.application.create", "POST", "/api/v1/app", (*call).createApplication),
		row("v1.application.get", "GET", app, (*call).getApplication),
		row("v1.application.upsert", "PUT", app, (*call).updateApplication),
		row("v1.application.patch", "PATCH", app, (*call).updateApplication),
		row("v1.application.stats.attempts", "GET", app+"/stats/attempts", (*call).getAppStats),

		row("v1.endpoint.list", "GET", app+"/endpoint", (*call).listEndpoints),
		row("v1.endpoint.create", "POST", app+"/endpoint", (*call).createEndpoint),
		row("v1.endpoint.get", "GET", app+"/endpoint/{endpoint_id}", (*call).getEndpoint),
		row("v1.endpoint.upsert", "PUT", app+"/endpoint/{endpoint_id}", (*call).upsertEndpoint),
		row("v1.endpoint.patch", "PATCH", app+"/endpoint/{endpoint_id}", (*call).patchEndpoint),
		row("v1.endpoint.delete", "DELETE", app+"/endpoint/{endpoint_id}", (*call).deleteEndpoint),
		row("v1.endpoint.bulk-replay", "POST", app+"/endpoint/{endpoint_id}/bulk-replay", (*call).bulkReplay),
		row("v1.endpoint.cancel-msgs", "POST", app+"/endpoint/{endpoint_id}/cancel-msgs", (*call).cancelMessages),
		row("v1.endpoint.get-headers", "GET", app+"/endpoint/{endpoint_id}/headers", (*call).getHeaders),
		row("v1.endpoint.set-headers", "PUT", app+"/endpoint/{endpoint_id}/headers", (*call).setHeaders),
		row("v1.endpoint.patch-headers", "PATCH", app+"/endpoint/{endpoint_id}/headers", (*call).patchHeaders),
		row("v1.endpoint.get-throttling-status", "GET", app+"/endpoint/{endpoint_id}/rate-limit-status", (*call).getThrottling),
		row("v1.endpoint.recover", "POST", app+"/endpoint/{endpoint_id}/recover", (*call).recoverFailed),
		row("v1.endpoint.replay-missing", "POST", app+"/endpoint/{endpoint_id}/replay-missing", (*call).replayMissing),
		row("v1.endpoint.get-secret", "GET", app+"/endpoint/{endpoint_id}/secret", (*call).getSecret),
		row("v1.endpoint.rotate-secret", "POST", app+"/endpoint/{endpoint_id}/secret/rotate", (*call).rotateSecret),
		row("v1.endpoint.send-example", "POST", app+"/endpoint/{endpoint_id}/send-example", (*call).sendExample),
		row("v1.endpoint.get-stats", "GET", app+"/endpoint/{endpoint_id}/stats", (*call).getStats),

		row("v1.message.list", "GET", app+"/msg", (*call).listMessages),
		row("v1.message.create", "POST", app+"/msg", (*call).createMessage),
		row("v1.message.bulk-expunge-content", "POST", app+"/msg/bulk-expunge", (*call).bulkExpunge),
		row("v1.message.expunge-all-contents", "POST", app+"/msg/expunge-all-contents", (*call).expungeAll),
		row("v1.message.precheck", "POST", app+"/msg/precheck/active", (*call).precheck),
		row("v1.message.search", "POST", app+"/msg/search", (*call).searchMessages),
		row("v1.message.get", "GET", app+"/msg/{msg_id}", (*call).getMessage),
		row("v1.message.expunge-content", "DELETE", app+"/msg/{msg_id}/content", (*call).expungeMessage),
		row("v1.message.get-raw-payload", "GET", app+"/msg/{msg_id}/raw", (*call).getRawPayload),

		row("v1.message-attempt.list-by-endpoint", "GET", app+"/attempt/endpoint/{endpoint_id}", (*call).listAttemptsByEndpoint),
		row("v1.message-attempt.count-by-endpoint", "GET", app+"/attempt/endpoint/{endpoint_id}/count", (*call).countAttempts),
		row("v1.message-attempt.list-by-msg", "GET", app+"/attempt/msg/{msg_id}", (*call).listAttemptsByMessage),
		row("v1.message-attempt.get", "GET", app+"/msg/{msg_id}/attempt/{attempt_id}", (*call).getAttempt),
		row("v1.message-attempt.expunge-content", "DELETE", app+"/msg/{msg_id}/attempt/{attempt_id}/content", (*call).expungeAttempt),
		row("v1.message-attempt.get-headers", "GET", app+"/msg/{msg_id}/attempt/{attempt_id}/headers", (*call).getAttemptHeaders),
		row("v1.message-attempt.list-attempted-messages", "GET", app+"/endpoint/{endpoint_id}/msg", (*call).listAttemptedMessages),
		row("v1.message-attempt.list-attempted-destinations", "GET", app+"/msg/{msg_id}/endpoint", (*call).listAttemptedDestinations),
		row("v1.message-attempt.resend", "POST", app+"/msg/{msg_id}/endpoint/{endpoint_id}/resend", (*call).resend),

		row("v1.authentication.app-portal-access", "POST", "/api/v1/auth/app-portal-access/{app_id}", (*call).getPortal),
		row("v1.authentication.expire-all", "POST", "/api/v1/auth/app/{app_id}/expire-all", (*call).forgetTokens),
		row("v1.authentication.logout", "POST", "/api/v1/auth/logout", (*call).forgetTokens),

		row("v1.background-task.list", "GET", "/api/v1/background-task", (*call).listTasks),
		row("v1.background-task.get", "GET", "/api/v1/background-task/{task_id}", (*call).getTask),

		row("v1.event-type.list", "GET", "/api/v1/event-type", (*call).listEventTypes),
		row("v1.event-type.get", "GET", "/api/v1/event-type/{event_type_name}", (*call).getEventType),

		row("v1.stats.app-attempts", "GET", "/api/v1/stats/app/{app_id}/attempt", (*call).getAttemptSeries),
		row("v1.statistics.endpoint-count", "GET", "/api/v1/stats/endpoint/count", (*call).countEndpoints),

		{Op: "v1.health.get", Method: "GET", Path: "/api/v1/health", Handle: a.getHealth},
		{Op: "v1.health.ping", Method: "GET", Path: "/api/v1/health/ping", Handle: ping},
	}
}
