package issuer

import "encoding/json"

// Subject is everything a token can say about somebody: the values behind the shortcodes and the session claims.
// Pointers are null when nil. Metadata is a JSON object; nil stands for {}.
type Subject struct {
	User         User
	Organization *Organization // the active organization, nil when none is
	Membership   *Membership   // the user's membership in Organization
	Session      *Session      // nil for a token made without one
}

// User has the values of user.* shortcodes. Times are Unix milliseconds, as in Clerk's API; shortcodes give seconds.
type User struct {
	ID                  string
	ExternalID          *string
	FirstName           *string
	LastName            *string
	Username            *string
	ImageURL            string
	HasImage            bool
	CreatedAt           int64
	UpdatedAt           int64
	LastSignInAt        *int64
	PrimaryEmailAddress *string
	EmailVerified       bool
	PrimaryPhoneNumber  *string
	PhoneNumberVerified bool
	PrimaryWeb3Wallet   *string
	TwoFactorEnabled    bool
	PasswordEnabled     bool
	PublicMetadata      json.RawMessage
	UnsafeMetadata      json.RawMessage
	Organizations       []OrganizationRole // in the order the token should list them
}

// OrganizationRole is one entry of user.organizations: an organization id and the user's role there ("org:admin").
type OrganizationRole struct {
	OrganizationID string
	Role           string
}

// Organization has the values of org.* shortcodes and of the session claim "o".
type Organization struct {
	ID             string
	Name           string
	Slug           *string
	ImageURL       string
	HasImage       bool
	MembersCount   int64
	PublicMetadata json.RawMessage
}

// Membership has the values of org_membership.* shortcodes. Role is the full key ("org:admin"), as are Permissions
// ("org:posts:manage"); system permissions ("org:sys_…") may be among them and never reach a session token.
type Membership struct {
	ID             string
	Role           string
	Permissions    []string
	PublicMetadata json.RawMessage
}

// Session has the session claims of a session token and session.actor.
type Session struct {
	ID     string
	Status string // the claim sts: "active" or "pending"; empty means active
	// FactorVerificationAge is the claim fva: whole minutes since the first and the second factor, -1 for never.
	FactorVerificationAge [2]int
	Actor                 json.RawMessage // the claim act: the impersonator, nil without one
}

// FullName is Clerk's full_name: first and last name with a space between, null when the user has neither.
func (u *User) FullName() *string {
	switch {
	case u.FirstName == nil:
		return u.LastName
	case u.LastName == nil:
		return u.FirstName
	}
	full := *u.FirstName + " " + *u.LastName
	return &full
}
