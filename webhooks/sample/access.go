package sample

type roleJSON struct {
	Object            string           `json:"object"`
	ID                string           `json:"id"`
	Name              string           `json:"name"`
	Key               string           `json:"key"`
	Description       *string          `json:"description"`
	IsCreatorEligible bool             `json:"is_creator_eligible"`
	Permissions       []permissionJSON `json:"permissions"`
	CreatedAt         int64            `json:"created_at"`
	UpdatedAt         int64            `json:"updated_at"`
}

type permissionJSON struct {
	Object      string `json:"object"`
	ID          string `json:"id"`
	Name        string `json:"name"`
	Key         string `json:"key"`
	Description string `json:"description"`
	Type        string `json:"type"`
	CreatedAt   int64  `json:"created_at"`
	UpdatedAt   int64  `json:"updated_at"`
}

// permission is a custom one, made age ago. The type of those is user, as in the
// SDK's types; the document's examples say custom.
func (m *maker) permission(age int64) *permissionJSON {
	return &permissionJSON{Object: "permission", ID: m.NewID("perm"), Name: "Create posts", Key: "org:posts:create",
		Description: "May create posts in the organization", Type: "user", CreatedAt: m.ago(age), UpdatedAt: m.Now}
}

// role is a custom one, made age ago, with a permission that is older.
func (m *maker) role(age int64) *roleJSON {
	description, p := "May write what the organization publishes", m.permission(age+hour)
	p.UpdatedAt = p.CreatedAt
	return &roleJSON{Object: "role", ID: m.NewID("role"), Name: "Editor", Key: "org:editor", Description: &description,
		Permissions: []permissionJSON{*p}, CreatedAt: m.ago(age), UpdatedAt: m.Now}
}
