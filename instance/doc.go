// Package instance is what Clerk calls an instance: one tenant with its own
// keys, issuer, settings and JWT templates, and the registry that finds it by
// slug, id or secret key without reading the store. It must not know users,
// sessions or HTTP; other nouns' rules are kept here only as settings.
package instance
