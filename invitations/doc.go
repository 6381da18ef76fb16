// Package invitations knows who is let in where not everybody may sign up:
// invitations to the application with their tickets, and the waitlist. It must
// not know HTTP, nor how a sign-up proceeds.
package invitations
