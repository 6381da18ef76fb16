package sample

import (
	"encoding/json"
	"strings"

	"github.com/nightclerk/nightclerk/users"
)

// Organization is how an organization is named.
type Organization struct{ ID, Name, Slug string }

// OrganizationNamed reads what somebody calls an organization: its id (org_…),
// its slug or its name.
func OrganizationNamed(name string) Organization {
	name = strings.TrimSpace(name)
	if strings.HasPrefix(name, "org_") {
		return Organization{ID: name}
	}
	if slug := slugOf(name); slug != name {
		return Organization{Name: name, Slug: slug}
	}
	words := strings.Split(name, "-")
	for i, w := range words {
		if w != "" {
			words[i] = strings.ToUpper(w[:1]) + w[1:]
		}
	}
	return Organization{Name: strings.Join(words, " "), Slug: name}
}

// slugOf keeps letters and digits and joins what they make by dashes.
func slugOf(name string) string {
	return strings.Join(strings.FieldsFunc(strings.ToLower(name), func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < '0' || r > '9') && r < 0x80
	}), "-")
}

// org is the organization that the payload mentions.
func (m *maker) org() *Organization {
	if m.in == nil {
		o := m.Organization
		if o.ID == "" {
			o.ID = m.NewID("org")
		}
		if o.Name == "" {
			o.Name, o.Slug = "Acme Inc", "acme-inc"
		}
		m.in = &o
	}
	return m.in
}

func (m *maker) logo(o *Organization) string {
	initial := []rune(strings.ToUpper(o.Name))[:1]
	return m.picture(o.ID, string(initial))
}

type organizationJSON struct {
	Object                               string          `json:"object"`
	ID                                   string          `json:"id"`
	Name                                 string          `json:"name"`
	Slug                                 string          `json:"slug"`
	ImageURL                             string          `json:"image_url"`
	HasImage                             bool            `json:"has_image"`
	MembersCount                         *int64          `json:"members_count,omitempty"`
	MissingMemberWithElevatedPermissions *bool           `json:"missing_member_with_elevated_permissions,omitempty"`
	PendingInvitationsCount              *int64          `json:"pending_invitations_count,omitempty"`
	MaxAllowedMemberships                int64           `json:"max_allowed_memberships"`
	AdminDeleteEnabled                   bool            `json:"admin_delete_enabled"`
	PublicMetadata                       json.RawMessage `json:"public_metadata"`
	PrivateMetadata                      json.RawMessage `json:"private_metadata"`
	CreatedBy                            string          `json:"created_by"`
	CreatedAt                            int64           `json:"created_at"`
	UpdatedAt                            int64           `json:"updated_at"`
	LastActiveAt                         *int64          `json:"last_active_at,omitempty"`
	RoleSetKey                           *string         `json:"role_set_key,omitempty"`
}

// organization is as Clerk makes them: of five members at most, with one. Who
// made it is for the caller to say.
func (m *maker) organization() *organizationJSON {
	o, one, none, missing := m.org(), int64(1), int64(0), false
	return &organizationJSON{Object: "organization", ID: o.ID, Name: o.Name, Slug: o.Slug, ImageURL: m.logo(o),
		MembersCount: &one, MissingMemberWithElevatedPermissions: &missing, PendingInvitationsCount: &none, MaxAllowedMemberships: 5, AdminDeleteEnabled: true,
		PublicMetadata: raw(`{}`), PrivateMetadata: raw(`{}`), CreatedAt: m.Now, UpdatedAt: m.Now}
}

// publicOrganizationJSON is what outsiders may know of an organization.
type publicOrganizationJSON struct {
	ID       string `json:"id"`
	Name     string `json:"name"`
	Slug     string `json:"slug"`
	ImageURL string `json:"image_url"`
	HasImage bool   `json:"has_image"`
}

func (m *maker) publicOrganization() *publicOrganizationJSON {
	o := m.org()
	return &publicOrganizationJSON{ID: o.ID, Name: o.Name, Slug: o.Slug, ImageURL: m.logo(o)}
}

// role names a role that every instance has, with what it permits (docs:
// roles-and-permissions).
type standardRole struct {
	key, name   string
	permissions []string
}

var (
	admin = standardRole{"org:admin", "Admin", []string{"org:sys_domains:manage", "org:sys_domains:read", "org:sys_memberships:manage",
		"org:sys_memberships:read", "org:sys_profile:delete", "org:sys_profile:manage"}}
	member = standardRole{"org:member", "Member", []string{"org:sys_memberships:read"}}
)

type membershipJSON struct {
	ID              string            `json:"id"`
	Object          string            `json:"object"`
	Role            string            `json:"role"`
	RoleName        string            `json:"role_name"`
	Permissions     []string          `json:"permissions"`
	PublicMetadata  json.RawMessage   `json:"public_metadata"`
	PrivateMetadata json.RawMessage   `json:"private_metadata,omitempty"`
	Organization    *organizationJSON `json:"organization"`
	PublicUserData  *memberJSON       `json:"public_user_data"`
	CreatedAt       int64             `json:"created_at"`
	UpdatedAt       int64             `json:"updated_at"`
}

type memberJSON struct {
	UserID          string  `json:"user_id"`
	FirstName       *string `json:"first_name"`
	LastName        *string `json:"last_name"`
	ProfileImageURL *string `json:"profile_image_url"`
	ImageURL        string  `json:"image_url"`
	HasImage        bool    `json:"has_image"`
	Identifier      *string `json:"identifier"`
	Username        *string `json:"username"`
	Banned          bool    `json:"banned"`
	Deprovisioned   *bool   `json:"deprovisioned,omitempty"`
}

// membership is the user's, who is one of two: somebody else made the
// organization. Deleting tells the whole membership too. There is no
// private_metadata, as in deliveries that Clerk really made.
func (m *maker) membership(role standardRole, age int64) *membershipJSON {
	u, o, members := m.person(), m.organization(), int64(2)
	name := identifier(u)
	o.MembersCount, o.CreatedBy, o.CreatedAt = &members, m.NewID("user"), m.ago(age+day)
	o.UpdatedAt = o.CreatedAt
	return &membershipJSON{ID: m.NewID("orgmem"), Object: "organization_membership", Role: role.key, RoleName: role.name,
		Permissions: append([]string{}, role.permissions...), PublicMetadata: raw(`{}`), Organization: o,
		PublicUserData: &memberJSON{UserID: u.ID, FirstName: u.FirstName, LastName: u.LastName, ProfileImageURL: &u.ProfileImageURL, ImageURL: u.ImageURL,
			HasImage: u.HasImage, Identifier: &name, Username: u.Username, Banned: u.Banned},
		CreatedAt: m.ago(age), UpdatedAt: m.Now}
}

type invitationJSON struct {
	Object                 string                  `json:"object"`
	ID                     string                  `json:"id"`
	EmailAddress           string                  `json:"email_address"`
	Role                   string                  `json:"role"`
	RoleName               string                  `json:"role_name"`
	OrganizationID         string                  `json:"organization_id"`
	InviterID              *string                 `json:"inviter_id"`
	PublicInviterData      *inviterJSON            `json:"public_inviter_data"`
	Status                 string                  `json:"status"`
	PublicMetadata         json.RawMessage         `json:"public_metadata"`
	PrivateMetadata        json.RawMessage         `json:"private_metadata"`
	URL                    *string                 `json:"url"`
	ExpiresAt              *int64                  `json:"expires_at"`
	CreatedAt              int64                   `json:"created_at"`
	UpdatedAt              int64                   `json:"updated_at"`
	UserID                 string                  `json:"user_id,omitempty"`
	PublicOrganizationData *publicOrganizationJSON `json:"public_organization_data,omitempty"`
}

type inviterJSON struct {
	UserID     string  `json:"user_id"`
	FirstName  *string `json:"first_name"`
	LastName   *string `json:"last_name"`
	ImageURL   string  `json:"image_url"`
	HasImage   bool    `json:"has_image"`
	Identifier string  `json:"identifier"`
}

// invitation is one that the user made.
func (m *maker) invitation(status string) *invitationJSON {
	created := m.Now
	if status != "pending" {
		created = m.ago(hour)
	}
	return m.invited(m.person(), "john.doe@example.com", status, created)
}

// acceptedInvitation is one that the user accepted; somebody else made it. The
// document puts public_organization_data into a data of its own, by mistake: it
// stands beside the other fields, as in the SDK's types.
func (m *maker) acceptedInvitation() any {
	u := m.person()
	in := m.invited(m.madeUp("John", "Doe"), identifier(u), "accepted", m.ago(hour))
	in.UserID, in.PublicOrganizationData = u.ID, m.publicOrganization()
	return in
}

func (m *maker) invited(by *users.JSON, address, status string, created int64) *invitationJSON {
	id, expires := m.NewID("orginv"), created+30*day
	url := m.PageBase + "/v1/tickets/accept?ticket=" + id
	return &invitationJSON{Object: "organization_invitation", ID: id, EmailAddress: address, Role: member.key, RoleName: member.name,
		OrganizationID: m.org().ID, InviterID: &by.ID,
		PublicInviterData: &inviterJSON{UserID: by.ID, FirstName: by.FirstName, LastName: by.LastName, ImageURL: by.ImageURL, HasImage: by.HasImage, Identifier: identifier(by)},
		Status:            status, PublicMetadata: raw(`{}`), PrivateMetadata: raw(`{}`), URL: &url, ExpiresAt: &expires, CreatedAt: created, UpdatedAt: m.Now}
}

type domainJSON struct {
	Object                  string                  `json:"object"`
	ID                      string                  `json:"id"`
	OrganizationID          string                  `json:"organization_id"`
	Name                    string                  `json:"name"`
	EnrollmentMode          string                  `json:"enrollment_mode"`
	AffiliationEmailAddress *string                 `json:"affiliation_email_address"`
	AffiliationVerification *domainProofJSON        `json:"affiliation_verification"`
	OwnershipVerification   *domainProofJSON        `json:"ownership_verification"`
	Verification            *domainProofJSON        `json:"verification"`
	TotalPendingInvitations int64                   `json:"total_pending_invitations"`
	TotalPendingSuggestions int64                   `json:"total_pending_suggestions"`
	PublicOrganizationData  *publicOrganizationJSON `json:"public_organization_data"`
	CreatedAt               int64                   `json:"created_at"`
	UpdatedAt               int64                   `json:"updated_at"`
}

type domainProofJSON struct {
	Status     string `json:"status"`
	Strategy   string `json:"strategy"`
	Attempts   *int64 `json:"attempts"`
	ExpireAt   *int64 `json:"expire_at"`
	VerifiedAt *int64 `json:"verified_at"`
}

// domain was just added, or added an hour ago and just verified. verification is
// the old name of affiliation_verification.
func (m *maker) domain(verified bool) *domainJSON {
	slug := m.org().Slug
	d := &domainJSON{Object: "organization_domain", ID: m.NewID("orgdmn"), OrganizationID: m.org().ID, Name: slug + ".example",
		EnrollmentMode: "manual_invitation", PublicOrganizationData: m.publicOrganization(), CreatedAt: m.Now, UpdatedAt: m.Now}
	if verified {
		once, address := int64(1), "admin@"+d.Name
		proof := domainProofJSON{Status: "verified", Strategy: "affiliation_email_code", Attempts: &once, VerifiedAt: &m.Now}
		again := proof
		d.AffiliationEmailAddress, d.AffiliationVerification, d.Verification = &address, &proof, &again
		d.EnrollmentMode, d.CreatedAt = "automatic_invitation", m.ago(hour)
	}
	return d
}
