package contract

import (
	"slices"
	"strings"

	"github.com/nightclerk/nightclerk/internal/spec"
)

// Document names one of the OpenAPI documents.
type Document string

// The documents, in the order of the waivers.
const (
	BackendDocument  = Document(spec.BackendAPI)
	FrontendDocument = Document(spec.FrontendAPI)
	WebhooksDocument = Document("webhooks")
)

// Waiver is a place where a document contradicts itself or Clerk's SDKs, and
// what is accepted there instead. Exactly one of Enum, Null, Optional and Extra
// is set. A row that the document no longer needs is an error when the document
// is loaded.
type Waiver struct {
	Document Document
	// At is the name of a component schema and the way from there:
	// "Client.Session/allOf/1/properties/status".
	At string

	Enum     []any    // values that the enum lacks
	Null     bool     // null is a value
	Optional []string // properties that need not be there
	Extra    []string // properties of a closed object that the document leaves out

	Reason string
	// Source is who says otherwise.
	Source string
}

const (
	sdkTypes  = "clerk/javascript packages/shared/src/types/"
	itself    = "the document itself: "
	nullByRef = "nullable stands beside a $ref, where OpenAPI 3.0 ignores it"
)

// Waivers are sorted by document and schema.
var Waivers = []Waiver{
	{
		Document: FrontendDocument, At: "BillingPaymentAttempt/properties/payment_method", Null: true,
		Reason: nullByRef, Source: itself + "nullable: true",
	},
	{
		Document: FrontendDocument, At: "BillingSubscriptionItem/properties/next_payment", Null: true,
		Reason: nullByRef, Source: itself + "nullable: true",
	},
	{
		Document: FrontendDocument, At: "Client.AuthConfig", Extra: []string{"preferred_channels", "session_minter"},
		Reason: "clerk-js reads both", Source: sdkTypes + "json.ts AuthConfigJSON",
	},
	{
		Document: FrontendDocument, At: "Client.OrganizationSettings",
		Extra:  []string{"force_organization_selection", "organization_creation_defaults"},
		Reason: "clerk-js reads both; the first one decides about session tasks",
		Source: sdkTypes + "organizationSettings.ts OrganizationSettingsJSON",
	},
	{
		Document: FrontendDocument, At: "Client.Passkey/properties/name", Null: true,
		Reason: "a passkey has no name until its registration is verified", Source: sdkTypes + "json.ts PasskeyJSON",
	},
	{
		Document: FrontendDocument, At: "Client.SessionBase/properties/status", Enum: []any{"pending", "replaced"},
		Reason: "the same client is described twice; the newer description has pending, neither has replaced",
		Source: itself + "Client.SessionBase-2; " + sdkTypes + "session.ts SessionStatus",
	},
	{
		Document: FrontendDocument, At: "Client.SessionBase-2/properties/status", Enum: []any{"replaced"},
		Reason: "sessions of a single-session instance are replaced", Source: sdkTypes + "session.ts SessionStatus",
	},
	{
		Document: FrontendDocument, At: "Client.User/properties/create_organizations_limit", Null: true,
		Reason: "null is no limit", Source: sdkTypes + "json.ts UserJSON; " + itself + "nullable in the Backend API's User",
	},
	{
		Document: FrontendDocument, At: "OrganizationSettings.DomainsSettings/properties/default_role", Null: true,
		Reason: "an instance without verified domains has no default role",
		Source: sdkTypes + "organizationSettings.ts OrganizationSettingsJSON",
	},
	{
		Document: FrontendDocument, At: "Stubs.Verification.OTP", Optional: []string{"expire_at", "status", "strategy"},
		Reason: "a sign-up's verification that needs_prepare has none of them: clerk-js takes an unverified email_code as sent",
		Source: "clerk/javascript packages/ui/src/components/SignUp/SignUpEmailCodeCard.tsx",
	},
	{
		Document: FrontendDocument, At: "Stubs.Verification.SAML/properties/error", Null: true,
		Reason: "an allOf of an object and a nullable object allows no null", Source: itself + "nullable: true in the allOf",
	},
	{
		Document: WebhooksDocument, At: "OrganizationInvitation", Extra: []string{"public_organization_data", "user_id"},
		Reason: "the events add properties to an object that allows no others, one of them inside a nested data",
		Source: itself + "OrganizationInvitationAcceptedPayload; clerk/javascript packages/backend/src/api/resources/JSON.ts",
	},
	{
		Document: WebhooksDocument, At: "OrganizationInvitationAcceptedPayload/allOf/1", Optional: []string{"data"},
		Reason: "data.data wraps public_organization_data by mistake",
		Source: itself + "the example of organizationInvitation.accepted has none",
	},
	{
		Document: WebhooksDocument, At: "Session", Extra: []string{"user"},
		Reason: "the session events add user to an object that allows no other properties",
		Source: itself + "SessionEventPayload requires user",
	},
	{
		Document: WebhooksDocument, At: "Session/properties/status", Enum: []any{"pending"},
		Reason: "the event session.pending is about a pending session", Source: itself + "the example of session.pending",
	},
}

// StatusWaiver is a status that any operation may answer though the document
// lists it for some only, because what answers so stands before the operation.
type StatusWaiver struct {
	Status int
	// Code is how the first error's code has to begin.
	Code string
	// NeedsParameter restricts the row to paths with a parameter.
	NeedsParameter bool
	// Operations restricts the row to these operationIds.
	Operations []string
	Reason     string
	Source     string
}

// errorTable is Clerk's published list of error codes and their statuses.
const errorTable = "clerk/clerk-docs data/api_errors.json"

// StatusWaivers are sorted by status.
var StatusWaivers = []StatusWaiver{
	{Status: 400, Code: "malformed_request_parameters", Reason: "the query is parsed first", Source: errorTable},
	{Status: 400, Code: "request_body_invalid", Reason: "the body is parsed first", Source: errorTable},
	{Status: 401, Reason: "credentials are checked first", Source: errorTable},
	{Status: 403, Code: "user_banned", Reason: "a banned user can do nothing", Source: errorTable},
	{Status: 404, Code: "resource_not_found", NeedsParameter: true, Reason: "an id may be unknown", Source: errorTable},
	{Status: 404, Code: "resource_not_found", Operations: []string{"UsersBan", "UsersUnban"}, Reason: "an id in the body may be unknown", Source: errorTable},
	{Status: 413, Code: "request_body_too_large", Reason: "the body is read first", Source: errorTable},
	{Status: 415, Code: "unsupported_content_type", Reason: "the body is parsed first", Source: errorTable},
	{Status: 422, Code: "form_param_", Reason: "parameters are checked one by one, whatever the operation", Source: errorTable},
	{Status: 429, Code: "too_many_requests", Reason: "requests are counted first", Source: errorTable},
	{Status: 503, Code: "service_unavailable", Reason: "the store may be away", Source: errorTable},
}

func (w StatusWaiver) covers(r *route, x Exchange) bool {
	return w.Status == x.Status &&
		strings.HasPrefix(firstCode(x.Body), w.Code) &&
		(!w.NeedsParameter || strings.Contains(r.op.Path, "{")) &&
		(w.Operations == nil || slices.Contains(w.Operations, r.op.ID))
}

func statusWaived(r *route, x Exchange) bool {
	for _, w := range StatusWaivers {
		if w.covers(r, x) {
			return true
		}
	}
	return false
}
