// Package activity remembers for a short while what the clients of each instance
// asked for: the last requests with what they carried, what was wanted and is not
// built, counts by time, and when something happened for the first time. It is
// memory and nothing else: bounded, gone with the process, and never shared
// between instances.
//
// Secrets do not get in. Bodies, queries and addresses are masked while they are
// taken over, before anything is kept: by the name of a value (see secretName), by
// its look (tokens, keys) and, for a value that was masked once, wherever else the
// same text says it again.
package activity
