package webhooks

import "slices"

// EventType is one entry of Clerk's event catalogue.
type EventType struct {
	// Name is what endpoints filter by and bodies carry as "type".
	Name string `json:"name"`
	// Data names the schema of "data" in Clerk's webhook specification.
	Data string `json:"data"`
	// About says when Clerk sends it.
	About string `json:"about"`
	// Emitted tells whether the emulator sends it yet.
	Emitted bool `json:"emitted"`
}

// EventTypes is the catalogue of 45 events in the order of Clerk's webhook
// specification (2025-04-15). Callers must not change it.
var EventTypes = []EventType{
	{"email.created", "EmailEventPayload", "an e-mail was rendered: a code, a link or an invitation", true},
	{"organization.created", "Organization", "an organization was made", false},
	{"organization.updated", "Organization", "an organization was changed", false},
	{"organization.deleted", "DeletedObject", "an organization was deleted", false},
	{"organizationDomain.created", "OrganizationDomain", "a domain was added to an organization", false},
	{"organizationDomain.updated", "OrganizationDomain", "an organization's domain was verified or changed", false},
	{"organizationDomain.deleted", "DeletedObject", "a domain was removed from an organization", false},
	{"organizationInvitation.created", "OrganizationInvitation", "someone was invited to an organization", false},
	{"organizationInvitation.accepted", "OrganizationInvitationAcceptedPayload", "an invitation to an organization was accepted", false},
	{"organizationInvitation.revoked", "OrganizationInvitation", "an invitation to an organization was withdrawn", false},
	{"organizationMembership.created", "OrganizationMembership", "a user joined an organization", false},
	{"organizationMembership.updated", "OrganizationMembership", "a member's role or metadata changed", false},
	{"organizationMembership.deleted", "OrganizationMembership", "a user left an organization", false},
	{"paymentAttempt.created", "PaymentAttemptEventPayload", "a payment was started", false},
	{"paymentAttempt.updated", "PaymentAttemptEventPayload", "a payment was paid or failed", false},
	{"permission.created", "Permission", "a custom permission was made", false},
	{"permission.updated", "Permission", "a custom permission was changed", false},
	{"permission.deleted", "DeletedObject", "a custom permission was deleted", false},
	{"role.created", "Role", "a custom role was made", false},
	{"role.updated", "Role", "a custom role was changed", false},
	{"role.deleted", "DeletedObject", "a custom role was deleted", false},
	{"session.created", "SessionEventPayload", "a user signed in or finished signing up", true},
	{"session.pending", "SessionEventPayload", "a session was made whose tasks are still to be done", false},
	{"session.ended", "SessionEventPayload", "a session was ended", true},
	{"session.removed", "SessionEventPayload", "a user signed out", true},
	{"session.revoked", "SessionEventPayload", "a session was revoked by the backend or from another device", true},
	{"sms.created", "SmsEventPayload", "a text message was rendered", true},
	{"subscription.created", "SubscriptionEventPayload", "a subscription was made, together with its payer", false},
	{"subscription.updated", "SubscriptionEventPayload", "a subscription changed in something else than its status", false},
	{"subscription.active", "SubscriptionEventPayload", "a subscription became active", false},
	{"subscription.pastDue", "SubscriptionEventPayload", "an item of a subscription is past due", false},
	{"subscriptionItem.abandoned", "BillingSubscriptionItemEventPayload", "an item was superseded before it started", false},
	{"subscriptionItem.active", "BillingSubscriptionItemEventPayload", "an item was paid for or its trial started", false},
	{"subscriptionItem.canceled", "BillingSubscriptionItemEventPayload", "an item was canceled and runs until its period ends", false},
	{"subscriptionItem.ended", "BillingSubscriptionItemEventPayload", "an item ended", false},
	{"subscriptionItem.freeTrialEnding", "BillingSubscriptionItemEventPayload", "a trial ends in three days", false},
	{"subscriptionItem.incomplete", "BillingSubscriptionItemEventPayload", "a checkout was started and not yet paid", false},
	{"subscriptionItem.pastDue", "BillingSubscriptionItemEventPayload", "the renewal of an item failed", false},
	{"subscriptionItem.upcoming", "BillingSubscriptionItemEventPayload", "an item starts with the next period", false},
	{"subscriptionItem.updated", "BillingSubscriptionItemEventPayload", "an item was renewed or changed", false},
	{"user.created", "User", "a sign-up was completed, or the backend made a user", true},
	{"user.updated", "User", "a user's profile, identifiers, metadata or security changed", true},
	{"user.deleted", "DeletedObject", "a user was deleted", true},
	{"waitlistEntry.created", "WaitlistEntry", "someone joined the waitlist", true},
	{"waitlistEntry.updated", "WaitlistEntry", "someone on the waitlist was invited, rejected or signed up", true},
}

// EventTypeNamed finds a catalogue entry.
func EventTypeNamed(name string) (EventType, bool) {
	i := slices.IndexFunc(EventTypes, func(e EventType) bool { return e.Name == name })
	if i < 0 {
		return EventType{}, false
	}
	return EventTypes[i], true
}
