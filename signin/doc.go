// Package signin is how people prove who they are: the state machines SignIn and
// SignUp with their attempts, codes, links and tickets. It knows the users, the
// sessions that come of a finished attempt and the inbox that codes are sent to.
// It must not know HTTP, nor how a browser is told from another: callers hand in
// the id of its client.
package signin
