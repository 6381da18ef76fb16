// Package inbox is where the e-mail and the text messages go that Clerk would
// send: codes, links and invitations. Nothing leaves the machine; each message
// is kept for people and tests to read, and told as email.created or
// sms.created. It must not know HTTP, nor which attempt a code belongs to.
package inbox
