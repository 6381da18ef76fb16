// Package issuer mints and describes tokens the way a Clerk instance does: signing keys and their JWKS, the OpenID
// discovery document, session tokens (version 2), JWT-template tokens and the shortcodes inside templates, and tokens
// that are wrong on purpose.
//
// It knows Clerk's token formats and nothing else. It must not know HTTP, SQL, instances or where a Subject's values
// come from: a caller hands it a Key, a Subject, the wall time and a source of randomness, and gets a compact JWT.
//
// Signing dominates the cost of a mint by design: templates are compiled once, payloads are written by hand and each
// key keeps its signers (BenchmarkMintTemplate against BenchmarkSignPKCS1v15).
package issuer
