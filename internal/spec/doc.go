// Package spec knows which operations Clerk publishes: operationId, method and
// path of every operation of the Backend API and the Frontend API, in the order
// of Clerk's OpenAPI documents. It must not know what an operation does, nor
// read the documents themselves: the list is committed, so that the program
// needs none of them. The doors join their route tables with it.
//
// What the documents say about paths (version 2026-05-12), and what it means
// for a router:
//
//   - The Backend API document writes paths relative to its only server,
//     https://api.clerk.com/v1; the Frontend API document writes them from the
//     root. Path is the whole path in both, as it is on the wire.
//   - Fifteen paths of the Frontend API stand outside /v1: six below
//     /.well-known, six below /oauth, three below /api_keys. No path of the
//     Backend API does, but Clerk's SDK calls its api_keys, m2m_tokens and
//     oauth_applications/access_tokens without /v1: see [Undocumented].
//   - No path ends in a slash, though clerk-js adds one to some. Parameters are
//     whole segments named once per path, except
//     /v1/saml/metadata/{saml_connection_id}.xml. So a path can be given to
//     gorilla/mux as it is.
//   - Literal and parameter compete for the same segment (GET /v1/users/count
//     and GET /v1/users/{user_id}): the literal has to be registered first.
//     [MatchOrder] sorts so.
//   - The two documents share 20 pairs of method and path ([Shared]); parameter
//     names differ in one of them. Besides, the Backend API's
//     GET /v1/organizations/{organization_id}/invitations/{invitation_id}
//     also matches the Frontend API's …/invitations/pending, which the Backend
//     API has as well.
//   - 14 operationIds are used by both documents (for instance
//     DeleteEmailAddress), so an id names an operation only together with its
//     API.
//   - 18 paths are present without any method. They are known to exist and not
//     described; those that an SDK calls are in [Undocumented].
package spec

//go:generate go test -run TestOperationsMatchDocuments -update
