package scenario

import (
	"slices"
	"strings"
)

// WebhookEndpoint is where events of an instance are delivered; the fields are Svix's.
type WebhookEndpoint struct {
	ID            string            `yaml:"id" is:"ep" doc:"Endpoint id."`
	URL           string            `yaml:"url" is:"url" required:"true" doc:"Where to POST. A Convex HTTP action lives on the .convex.site origin (locally port 3211), not on .convex.cloud."`
	Description   *string           `yaml:"description" doc:"Description."`
	EventTypes    []string          `yaml:"event_types" is:"event_type" doc:"Events to deliver. Leave it out for all of them."`
	Secret        string            `yaml:"secret" is:"webhook_secret" secret:"true" doc:"Signing secret. Endpoints of the default instance have a fixed one, others a generated one."`
	Headers       string            `yaml:"headers" enum:"svix|both" default:"svix" doc:"svix sends svix-id, svix-timestamp and svix-signature; both adds the webhook-* names of Standard Webhooks."`
	Disabled      *bool             `yaml:"disabled" default:"false" doc:"Whether deliveries are paused."`
	CustomHeaders map[string]string `yaml:"custom_headers" keys:"header_name" is:"header_value" doc:"Further request headers."`
	Schedule      string            `yaml:"schedule" enum:"fast|svix|manual" doc:"When failed deliveries are tried again, instead of server.webhook_schedule."`
	Ordered       *bool             `yaml:"ordered" default:"false" doc:"One message at a time, in the order of changes: the next goes out when nothing is planned any more for the one before."`
	Concurrency   *int              `yaml:"concurrency" min:"1" max:"1000" doc:"How many requests may be under way at once; 64 by default."`
	Timeout       string            `yaml:"timeout" is:"duration" doc:"How long an attempt may take, at most 5m, instead of server.webhook_timeout."`
	RateLimit     *int              `yaml:"rate_limit" min:"1" max:"65535" doc:"How many requests may begin in a second. Without it, as many as come."`
	KeepEnabled   *bool             `yaml:"keep_enabled" default:"false" doc:"Never disable the endpoint by itself. Svix disables one whose deliveries keep running out of attempts for five days."`
}

func (e *WebhookEndpoint) check(b *binder, n *node) {
	b.instance.once(b, "endpoint id", e.ID, n.get("id"))
	if n.get("id") == nil { // the next start finds it by its URL
		b.instance.once(b, "URL of an endpoint without `id`", e.URL, n.get("url"))
	}
	e.checkDelivery(b, n)
	types := n.get("event_types")
	if types == nil || len(e.EventTypes) > 0 {
		return
	}
	e.EventTypes = nil
	if types.kind == listKind && len(types.kids) == 0 { // Svix: null is all, an empty list an error
		b.fail(n.key("event_types"), problem{what: "an endpoint with an empty list of events would never receive any",
			expected: "event types such as user.created, or no event_types at all for every event"})
	}
}

// headerProblem knows the names that Svix refuses as custom headers
// (svix-webhooks, server/svix-server/src/core/types/mod.rs).
func headerProblem(name string) string {
	name = strings.ToLower(name)
	reserved := slices.ContainsFunc(reservedHeaderPrefixes, func(p string) bool { return strings.HasPrefix(name, p) })
	if reserved || slices.Contains(reservedHeaders, name) {
		return "is a header that Svix does not let an endpoint set"
	}
	return ""
}

var reservedHeaderPrefixes = []string{
	"svix-", "x-amz-", "x-amzn-", "x-azure-", "x-fd-", "x-gfe", "x-goog-", "x-google", "x-svix-",
}

var reservedHeaders = []string{
	"age", "cache-control", "clear-site-data", "content-encoding", "content-language", "content-length",
	"content-location", "content-type", "expires", "keep-alive", "pragma", "proxy-authenticate",
	"proxy-authorization", "te", "trailers", "transfer-encoding", "upgrade", "user-agent", "warning",
}

// eventTypes are the webhook events of Clerk's webhook document (API version 2025-04-15). An unknown
// name would be an endpoint that silently never receives anything.
var eventTypes = strings.Fields(`
	email.created
	organization.created organization.deleted organization.updated
	organizationDomain.created organizationDomain.deleted organizationDomain.updated
	organizationInvitation.accepted organizationInvitation.created organizationInvitation.revoked
	organizationMembership.created organizationMembership.deleted organizationMembership.updated
	paymentAttempt.created paymentAttempt.updated
	permission.created permission.deleted permission.updated
	role.created role.deleted role.updated
	session.created session.ended session.pending session.removed session.revoked
	sms.created
	subscription.active subscription.created subscription.pastDue subscription.updated
	subscriptionItem.abandoned subscriptionItem.active subscriptionItem.canceled subscriptionItem.ended
	subscriptionItem.freeTrialEnding subscriptionItem.incomplete subscriptionItem.pastDue
	subscriptionItem.upcoming subscriptionItem.updated
	user.created user.deleted user.updated
	waitlistEntry.created waitlistEntry.updated
`)
