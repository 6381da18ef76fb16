// Package sessions knows browsers (Clerk's clients), the sessions in them, what
// ends a session, the tokens that a session can be asked for and the tickets
// that start one. It must not know HTTP, nor how a person proves who they are.
package sessions
