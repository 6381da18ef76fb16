package spec

import "slices"

// Call is an operation that Clerk's SDKs call and the documents do not describe.
type Call struct {
	// ID is AliasOf, or the name of the SDK's method where there is no alias.
	Operation
	// AliasOf is the operationId of the same operation at another path of the
	// same API, or "" for an operation that no document describes.
	AliasOf string
	// Source tells where the call was seen.
	Source string
}

// Undocumented returns the calls in path order, those of the Backend API first.
func Undocumented() []Call { return slices.Clone(undocumented) }

const (
	backendSDK = "clerk/javascript packages/backend/src/api/endpoints/"
	browserSDK = "clerk/javascript packages/clerk-js/src/core/resources/"

	// The SDK leaves /v1 out for three of its clients (skipApiVersionInUrl in
	// packages/backend/src/api/factory.ts); the document has the same
	// operations below /v1.
	unversioned = " without /v1"
	// The document has the path and no method.
	empty = "; the path is in the document without a method"
)

var undocumented = []Call{
	alias("GET", "/api_keys", "getApiKeys", "APIKeysApi.ts"),
	alias("POST", "/api_keys", "createApiKey", "APIKeysApi.ts"),
	alias("POST", "/api_keys/verify", "verifyApiKey", "APIKeysApi.ts"),
	alias("GET", "/api_keys/{apiKeyID}", "getApiKey", "APIKeysApi.ts"),
	alias("PATCH", "/api_keys/{apiKeyID}", "updateApiKey", "APIKeysApi.ts"),
	alias("DELETE", "/api_keys/{apiKeyID}", "deleteApiKey", "APIKeysApi.ts"),
	alias("POST", "/api_keys/{apiKeyID}/revoke", "revokeApiKey", "APIKeysApi.ts"),
	alias("GET", "/api_keys/{apiKeyID}/secret", "getApiKeySecret", "APIKeysApi.ts"),
	alias("GET", "/m2m_tokens", "getM2MTokens", "M2MTokenApi.ts"),
	alias("POST", "/m2m_tokens", "createM2MToken", "M2MTokenApi.ts"),
	alias("POST", "/m2m_tokens/verify", "verifyM2MToken", "M2MTokenApi.ts"),
	alias("POST", "/m2m_tokens/{m2m_token_id}/revoke", "revokeM2MToken", "M2MTokenApi.ts"),
	alias("POST", "/oauth_applications/access_tokens/verify", "verifyOAuthAccessToken", "IdPOAuthAccessTokenApi.ts"),
	call(BackendAPI, "POST", "/v1/accountless_applications", "createAccountlessApplication",
		backendSDK+"AccountlessApplicationsAPI.ts"+empty),
	call(BackendAPI, "POST", "/v1/accountless_applications/complete", "completeAccountlessApplicationOnboarding",
		backendSDK+"AccountlessApplicationsAPI.ts"+empty),
	call(BackendAPI, "POST", "/v1/beta_features/change_domain", "changeDomain",
		backendSDK+"BetaFeaturesApi.ts; the document has /v1/instance/change_domain"),
	call(BackendAPI, "GET", "/v1/clients/handshake_payload", "getHandshakePayload",
		backendSDK+"ClientApi.ts"+empty),
	call(BackendAPI, "POST", "/v1/email", "createEmail",
		backendSDK+"EmailApi.ts, which calls the endpoint internal"),
	call(BackendAPI, "POST", "/v1/sessions/{session_id}/verify", "verifySession",
		backendSDK+"SessionApi.ts, deprecated"),

	call(FrontendAPI, "POST", "/v1/client/handshake", "handshakeClientByPost",
		"@clerk/backend 2, which also redirects documents that are posted; 307 keeps the method"),
	call(FrontendAPI, "PATCH", "/v1/client/sign_ins/{sign_in_id}/protect_check", "submitSignInProtectCheck",
		browserSDK+"SignIn.ts"+empty),
	call(FrontendAPI, "GET", "/v1/client/sign_ups/{sign_up_id}/enterprise_connections", "getSignUpEnterpriseConnections",
		browserSDK+"SignUp.ts"),
	call(FrontendAPI, "PATCH", "/v1/client/sign_ups/{sign_up_id}/protect_check", "submitSignUpProtectCheck",
		browserSDK+"SignUp.ts"),
	call(FrontendAPI, "GET", "/v1/client/touch", "touchClient",
		browserSDK+"Client.ts buildTouchUrl, a top-level navigation"),
	call(FrontendAPI, "POST", "/v1/client/verify", "sendCaptchaToken",
		browserSDK+"Client.ts"),
	call(FrontendAPI, "PATCH", "/v1/dev_tools/enable_environment_setting", "enableEnvironmentSetting",
		browserSDK+"Environment.ts"+empty),
}

func call(api API, method, path, id, source string) Call {
	return Call{Operation: Operation{API: api, Method: method, Path: path, ID: id}, Source: source}
}

func alias(method, path, id, file string) Call {
	c := call(BackendAPI, method, path, id, backendSDK+file+unversioned)
	c.AliasOf = id
	return c
}
