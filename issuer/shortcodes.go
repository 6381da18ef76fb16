package issuer

import (
	"encoding/json"
)

// shortcodes are the names Clerk's documentation and public templates use, alphabetically. Anything else is null.
var shortcodes = map[string]operand{
	"org.has_image":       ofOrganization(func(o *Organization) value { return boolean(o.HasImage) }),
	"org.id":              ofOrganization(func(o *Organization) value { return textValue(o.ID) }),
	"org.image_url":       ofOrganization(func(o *Organization) value { return textValue(o.ImageURL) }),
	"org.members_count":   ofOrganization(func(o *Organization) value { return integer(o.MembersCount) }),
	"org.name":            ofOrganization(func(o *Organization) value { return textValue(o.Name) }),
	"org.public_metadata": ofOrganization(func(o *Organization) value { return metadataValue(o.PublicMetadata) }),
	"org.role":            ofMembership(func(m *Membership) value { return textValue(m.Role) }),
	"org.slug":            ofOrganization(func(o *Organization) value { return nullable(o.Slug) }),

	"org_membership.id":              ofMembership(func(m *Membership) value { return textValue(m.ID) }),
	"org_membership.permissions":     ofMembership(func(m *Membership) value { return listValue(m.Permissions) }),
	"org_membership.public_metadata": ofMembership(func(m *Membership) value { return metadataValue(m.PublicMetadata) }),
	"org_membership.role":            ofMembership(func(m *Membership) value { return textValue(m.Role) }),

	"session.actor": actorValue,

	"user.created_at":            ofUser(func(u *User) value { return seconds(&u.CreatedAt) }),
	"user.email_verified":        ofUser(func(u *User) value { return boolean(u.EmailVerified) }),
	"user.external_id":           ofUser(func(u *User) value { return nullable(u.ExternalID) }),
	"user.first_name":            ofUser(func(u *User) value { return nullable(u.FirstName) }),
	"user.full_name":             ofUser(func(u *User) value { return nullable(u.FullName()) }),
	"user.has_image":             ofUser(func(u *User) value { return boolean(u.HasImage) }),
	"user.id":                    ofUser(func(u *User) value { return textValue(u.ID) }),
	"user.image_url":             ofUser(func(u *User) value { return textValue(u.ImageURL) }),
	"user.last_name":             ofUser(func(u *User) value { return nullable(u.LastName) }),
	"user.last_sign_in_at":       ofUser(func(u *User) value { return seconds(u.LastSignInAt) }),
	"user.organizations":         ofUser(organizationsValue),
	"user.password_enabled":      ofUser(func(u *User) value { return boolean(u.PasswordEnabled) }),
	"user.phone_number_verified": ofUser(func(u *User) value { return boolean(u.PhoneNumberVerified) }),
	"user.primary_email_address": ofUser(func(u *User) value { return nullable(u.PrimaryEmailAddress) }),
	"user.primary_phone_number":  ofUser(func(u *User) value { return nullable(u.PrimaryPhoneNumber) }),
	"user.primary_web3_wallet":   ofUser(func(u *User) value { return nullable(u.PrimaryWeb3Wallet) }),
	"user.public_metadata":       ofUser(func(u *User) value { return metadataValue(u.PublicMetadata) }),
	"user.two_factor_enabled":    ofUser(func(u *User) value { return boolean(u.TwoFactorEnabled) }),
	"user.unsafe_metadata":       ofUser(func(u *User) value { return metadataValue(u.UnsafeMetadata) }),
	"user.updated_at":            ofUser(func(u *User) value { return seconds(&u.UpdatedAt) }),
	"user.username":              ofUser(func(u *User) value { return nullable(u.Username) }),
}

// metadataShortcodes are the names a dot path may follow.
var metadataShortcodes = map[string]func(*Subject) json.RawMessage{
	"org.public_metadata": func(s *Subject) json.RawMessage {
		if s.Organization == nil {
			return nil
		}
		return s.Organization.PublicMetadata
	},
	"org_membership.public_metadata": func(s *Subject) json.RawMessage {
		if s.Membership == nil {
			return nil
		}
		return s.Membership.PublicMetadata
	},
	"session.actor": func(s *Subject) json.RawMessage {
		if s.Session == nil {
			return nil
		}
		return s.Session.Actor
	},
	"user.public_metadata": func(s *Subject) json.RawMessage { return s.User.PublicMetadata },
	"user.unsafe_metadata": func(s *Subject) json.RawMessage { return s.User.UnsafeMetadata },
}

func ofUser(get func(*User) value) operand {
	return func(s *Subject) value { return get(&s.User) }
}

func ofOrganization(get func(*Organization) value) operand {
	return func(s *Subject) value {
		if s.Organization == nil {
			return value{}
		}
		return get(s.Organization)
	}
}

func ofMembership(get func(*Membership) value) operand {
	return func(s *Subject) value {
		if s.Membership == nil {
			return value{}
		}
		return get(s.Membership)
	}
}

// seconds turns Clerk's milliseconds into the Unix seconds templates give; OIDC's updated_at is in seconds, and
// Convex takes milliseconds silently for a date in the year 56000.
func seconds(ms *int64) value {
	if ms == nil {
		return value{}
	}
	s := *ms / 1000
	if *ms%1000 < 0 { // before 1970: round down, not towards zero
		s--
	}
	return integer(s)
}

// metadataValue is {} for an empty column: Clerk's metadata is never null.
func metadataValue(data json.RawMessage) value {
	if len(data) == 0 {
		return value{kind: raw, json: []byte("{}")}
	}
	return rawValue(data)
}

func listValue(items []string) value {
	list := []byte{'['}
	for i, item := range items {
		if i > 0 {
			list = append(list, ',')
		}
		list = appendString(list, item)
	}
	return value{kind: raw, json: append(list, ']')}
}

func organizationsValue(u *User) value {
	object := []byte{'{'}
	for i, o := range u.Organizations {
		if i > 0 {
			object = append(object, ',')
		}
		object = append(appendString(object, o.OrganizationID), ':')
		object = appendString(object, o.Role)
	}
	return value{kind: raw, json: append(object, '}')}
}

func actorValue(s *Subject) value {
	if s.Session == nil {
		return value{}
	}
	return rawValue(s.Session.Actor)
}
