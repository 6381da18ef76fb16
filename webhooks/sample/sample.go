// Package sample makes the data of Clerk's webhook events without the change that
// they tell of: one valid, plausible payload for each event of the catalogue. It
// knows the shapes and what belongs together in them; it must not know HTTP, nor
// store anything.
//
// Where Clerk's webhook document (2025-04-15) contradicts itself, what is made is
// what its schemas say, unless a comment says otherwise.
package sample

import (
	"fmt"
	"reflect"

	"github.com/nightclerk/nightclerk/instance"
	"github.com/nightclerk/nightclerk/internal/store"
	"github.com/nightclerk/nightclerk/users"
)

// Params are what a payload is made from.
type Params struct {
	// Now is the time of the event, in Unix milliseconds.
	Now int64
	// NewID makes the id of a resource with this prefix.
	NewID func(prefix string) string
	// Instance is the id of the instance.
	Instance string
	// ImageBase is the URL in front of the names of generated pictures, with its
	// closing slash.
	ImageBase string
	// PageBase is the URL in front of the paths of hosted pages.
	PageBase string
	// User is mentioned where the payload mentions a user; nil makes one up.
	User *users.JSON
	// Organization is mentioned where the payload mentions one; empty fields are
	// made up.
	Organization Organization
}

// For returns the parameters of an instance: its own time, pictures and ids,
// which follow from its seed if it has one.
func For(tx *store.Tx, l *instance.Live) Params {
	return Params{Now: tx.NowMS(), NewID: tx.NewID, Instance: l.ID, ImageBase: l.Rules().ImageBase, PageBase: l.Addresses.Backend}
}

// event is how the data of one event is made.
type event struct {
	// user and org tell whether the data mentions a user or an organization.
	user, org bool
	make      func(*maker) any
}

// Mentions tells whether the data of an event mentions a user, and whether it
// mentions an organization.
func Mentions(typ string) (user, org bool) {
	e := events[typ]
	return e.user, e.org
}

// Data returns a pointer to the data of an event, which encodes in the order of
// Clerk's document. Everything that it refers to twice has the same id and name.
func Data(typ string, p Params) (any, error) {
	e, known := events[typ]
	if !known {
		return nil, fmt.Errorf("sample: there is no sample of %q: add one beside its kind", typ)
	}
	made := reflect.ValueOf(e.make(&maker{Params: p})).Elem()
	// What is set later must change one place: nothing in it, nor in the user, may
	// be pointed to twice.
	data := reflect.New(made.Type())
	clone(data.Elem(), made)
	return data.Interface(), nil
}

// events are all samples, in the order of the catalogue.
var events = map[string]event{
	"email.created": {user: true, make: (*maker).email},

	"organization.created": {user: true, org: true, make: func(m *maker) any {
		o := m.organization()
		o.MembersCount, o.PendingInvitationsCount = nil, nil // neither is in deliveries that Clerk really made
		o.CreatedBy = m.person().ID
		return o
	}},
	"organization.updated": {user: true, org: true, make: func(m *maker) any {
		o := m.organization()
		o.CreatedBy, o.CreatedAt = m.person().ID, m.ago(hour)
		o.PublicMetadata = raw(`{"department":"engineering"}`)
		return o
	}},
	"organization.deleted": {org: true, make: func(m *maker) any {
		o := m.org()
		return &Deleted{Object: "organization", ID: o.ID, Slug: &o.Slug, Deleted: true}
	}},

	"organizationDomain.created": {org: true, make: func(m *maker) any { return m.domain(false) }},
	"organizationDomain.updated": {org: true, make: func(m *maker) any { return m.domain(true) }},
	"organizationDomain.deleted": {make: func(m *maker) any { return m.deleted("organization_domain", "orgdmn") }},

	"organizationInvitation.created":  {user: true, org: true, make: func(m *maker) any { return m.invitation("pending") }},
	"organizationInvitation.accepted": {user: true, org: true, make: (*maker).acceptedInvitation},
	"organizationInvitation.revoked":  {user: true, org: true, make: func(m *maker) any { return m.invitation("revoked") }},

	"organizationMembership.created": {user: true, org: true, make: func(m *maker) any { return m.membership(member, 0) }},
	"organizationMembership.updated": {user: true, org: true, make: func(m *maker) any { return m.membership(admin, hour) }},
	"organizationMembership.deleted": {user: true, org: true, make: func(m *maker) any { return m.membership(member, hour) }},

	"paymentAttempt.created": {user: true, org: true, make: func(m *maker) any { return m.paymentAttempt(false) }},
	"paymentAttempt.updated": {user: true, org: true, make: func(m *maker) any { return m.paymentAttempt(true) }},

	"permission.created": {make: func(m *maker) any { return m.permission(0) }},
	"permission.updated": {make: func(m *maker) any { return m.permission(hour) }},
	"permission.deleted": {make: func(m *maker) any { return m.deleted("permission", "perm") }},
	"role.created":       {make: func(m *maker) any { return m.role(0) }},
	"role.updated":       {make: func(m *maker) any { return m.role(hour) }},
	"role.deleted":       {make: func(m *maker) any { return m.deleted("role", "role") }},

	"session.created": {user: true, org: true, make: func(m *maker) any { return m.session("active") }},
	"session.pending": {user: true, org: true, make: func(m *maker) any { return m.session("pending") }},
	"session.ended":   {user: true, org: true, make: func(m *maker) any { return m.session("ended") }},
	"session.removed": {user: true, org: true, make: func(m *maker) any { return m.session("removed") }},
	"session.revoked": {user: true, org: true, make: func(m *maker) any { return m.session("revoked") }},

	"sms.created": {user: true, make: (*maker).sms},

	"subscription.created": {user: true, org: true, make: func(m *maker) any { return m.subscription("active", 0) }},
	"subscription.updated": {user: true, org: true, make: func(m *maker) any { return m.subscription("active", hour) }},
	"subscription.active":  {user: true, org: true, make: func(m *maker) any { return m.subscription("active", 0) }},
	"subscription.pastDue": {user: true, org: true, make: func(m *maker) any { return m.subscription("past_due", month+hour) }},

	"subscriptionItem.abandoned":       item("abandoned", hour, -month),
	"subscriptionItem.active":          item("active", 0, 0),
	"subscriptionItem.canceled":        item("canceled", 10*day, 10*day),
	"subscriptionItem.ended":           item("ended", month, month),
	"subscriptionItem.freeTrialEnding": item("trial", 11*day, 11*day),
	"subscriptionItem.incomplete":      item("incomplete", 0, 0),
	"subscriptionItem.pastDue":         item("past_due", month+hour, month+hour),
	"subscriptionItem.upcoming":        item("upcoming", 0, -month),
	"subscriptionItem.updated":         item("active", month, 0),

	"user.created": {user: true, make: func(m *maker) any { return m.person() }},
	"user.updated": {user: true, make: func(m *maker) any {
		u := m.person()
		if m.User == nil {
			u.CreatedAt = m.ago(hour)
		}
		u.UpdatedAt = m.Now
		return u
	}},
	"user.deleted": {user: true, make: func(m *maker) any {
		u := m.person()
		return &users.DeletedJSON{Object: "user", ID: u.ID, Deleted: true, ExternalID: u.ExternalID}
	}},

	"waitlistEntry.created": {make: func(m *maker) any { return m.waitlistEntry(false) }},
	"waitlistEntry.updated": {make: func(m *maker) any { return m.waitlistEntry(true) }},
}

// Durations in milliseconds.
const (
	minute int64 = 60 * 1000
	hour         = 60 * minute
	day          = 24 * hour
	month        = 30 * day
)

// Deleted is what is left of a resource (spec: DeletedObject). Roles and
// permissions are so too: the SDK's types have the whole resource there, the
// document has not.
type Deleted struct {
	Object     string  `json:"object"`
	ID         string  `json:"id"`
	Slug       *string `json:"slug,omitempty"`
	Deleted    bool    `json:"deleted"`
	ExternalID *string `json:"external_id,omitempty"`
}

func (m *maker) deleted(object, prefix string) *Deleted {
	return &Deleted{Object: object, ID: m.NewID(prefix), Deleted: true}
}
