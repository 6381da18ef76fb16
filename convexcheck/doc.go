// Package convexcheck decides what a Convex deployment would do with a token: which rule of its verification refuses
// it, with which code, status and message, how that reaches a client, and why; or, when it is accepted, what
// ctx.auth.getUserIdentity() returns.
//
// It follows get-convex/convex-backend crates/authentication, crates/common/src/auth.rs and crates/keybroker (commit
// 94a42c3) and the forks of openidconnect-rs and biscuit pinned there, rule by rule and in their order, because the
// first rule that fails decides the message. The two provider kinds are two verifiers that disagree in many details;
// they stay apart here too.
//
// It knows Convex's rules and OIDC's words. It must not know Clerk's resources, the emulator's instances, nor HTTP: the
// caller fetches (Fetcher), so the same check runs against a live issuer, recorded answers or none. Convex's HTTP
// cache is therefore not part of it: a verdict is what an empty cache would give.
package convexcheck
