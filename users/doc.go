// Package users knows users and their identifications: what an instance's rules
// ask of them, how they are stored, found and searched, what their passwords
// are checked against, and how the Backend API and webhooks spell them. It must
// not know HTTP, sessions, organizations or how an instance keeps its settings:
// callers hand in the [Rules], and order what else a change entails.
package users
