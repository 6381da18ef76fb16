package instance

import (
	"database/sql"
	"encoding/json"
	"errors"
	"slices"

	"github.com/nightclerk/nightclerk/internal/apierr"
	"github.com/nightclerk/nightclerk/internal/store"
	"github.com/nightclerk/nightclerk/issuer"
)

// Template is a JWT template with its times, in Unix milliseconds.
type Template struct {
	issuer.Template
	CreatedAt int64
	UpdatedAt int64
}

// TemplateParams are the writable fields of a JWT template; nil leaves a field
// at its default, or as it is.
type TemplateParams struct {
	Name             *string
	Claims           json.RawMessage
	Lifetime         *int64
	AllowedClockSkew *int64
	CustomSigningKey *bool
	SigningAlgorithm *string
	SigningKey       *string
	// Issuer overrides the instance's; only the emulator has it.
	Issuer *string
}

// TemplateJSON is the Backend API's JWTTemplate.
type TemplateJSON struct {
	Object           string          `json:"object"`
	ID               string          `json:"id"`
	Name             string          `json:"name"`
	Claims           json.RawMessage `json:"claims"`
	Lifetime         int64           `json:"lifetime"`
	AllowedClockSkew int64           `json:"allowed_clock_skew"`
	CustomSigningKey bool            `json:"custom_signing_key"`
	SigningAlgorithm string          `json:"signing_algorithm"`
	CreatedAt        int64           `json:"created_at"`
	UpdatedAt        int64           `json:"updated_at"`
}

// Backend returns the template as the Backend API spells it; the signing key
// stays here.
func (t *Template) Backend() TemplateJSON {
	algorithm := t.SigningAlgorithm
	if algorithm == "" {
		algorithm = "RS256"
	}
	return TemplateJSON{Object: "jwt_template", ID: t.ID, Name: t.Name, Claims: t.Claims, Lifetime: t.Lifetime,
		AllowedClockSkew: t.AllowedClockSkew, CustomSigningKey: t.CustomSigningKey, SigningAlgorithm: algorithm,
		CreatedAt: t.CreatedAt, UpdatedAt: t.UpdatedAt}
}

// PutTemplate makes a template, or changes the one with id when it is not empty.
// Errors are Clerk's: unknown id, taken name, reserved claim, value out of bounds.
func PutTemplate(tx *store.Tx, id string, p TemplateParams) (*Template, error) {
	t := &Template{Template: issuer.Template{Lifetime: issuer.DefaultLifetime, AllowedClockSkew: issuer.DefaultClockSkew}, CreatedAt: tx.NowMS()}
	if id != "" {
		var err error
		if t, err = GetTemplate(tx, id); err != nil {
			return nil, err
		}
	}
	p.apply(t)
	if err := p.check(t); err != nil {
		return nil, err
	}
	if t.ID == "" {
		t.ID = tx.NewID("jtmp")
	}
	t.UpdatedAt = tx.NowMS()
	return t, saveTemplate(tx, t)
}

func (p TemplateParams) apply(t *Template) {
	set(&t.Name, p.Name)
	set(&t.Lifetime, p.Lifetime)
	set(&t.AllowedClockSkew, p.AllowedClockSkew)
	set(&t.CustomSigningKey, p.CustomSigningKey)
	set(&t.SigningAlgorithm, p.SigningAlgorithm)
	set(&t.SigningKey, p.SigningKey)
	set(&t.Issuer, p.Issuer)
	if p.Claims != nil {
		t.Claims = p.Claims
	}
}

func set[T any](dst *T, value *T) {
	if value != nil {
		*dst = *value
	}
}

func (p TemplateParams) check(t *Template) error {
	if t.Name == "" {
		return apierr.FormMissingParameter("name")
	}
	if t.Claims == nil {
		return apierr.FormMissingParameter("claims")
	}
	if t.CustomSigningKey && t.SigningKey == "" {
		return apierr.FormConditionalParamMissing("signing_key", "custom_signing_key")
	}
	if t.Lifetime < issuer.MinLifetime || t.Lifetime > issuer.MaxLifetime {
		return apierr.FormInvalidParameterFormat("lifetime", "It must be between 30 and 315360000 seconds.")
	}
	if t.AllowedClockSkew < 0 || t.AllowedClockSkew > issuer.MaxClockSkew {
		return apierr.FormInvalidParameterFormat("allowed_clock_skew", "It must be between 0 and 300 seconds.")
	}
	_, err := issuer.CompileTemplate(t.Template)
	return templateError(err)
}

// templateError words the issuer's refusals as Clerk's Backend API does.
func templateError(err error) error {
	var reserved *issuer.ReservedClaimError
	if errors.As(err, &reserved) {
		return apierr.JWTTemplateReservedClaim(reserved.Claim)
	}
	if err != nil {
		return apierr.FormInvalidParameterFormat("claims", err.Error())
	}
	return nil
}

// saveTemplate writes a template; a name that another one has is refused.
func saveTemplate(tx *store.Tx, t *Template) error {
	var taken int
	err := tx.QueryRow(`SELECT count(*) FROM jwt_template WHERE instance_id = $1 AND name = $2 AND id <> $3`, tx.Instance(), t.Name, t.ID).Scan(&taken)
	if err != nil {
		return err
	}
	if taken > 0 {
		return apierr.JWTTemplateNameTaken()
	}
	doc, err := json.Marshal(t.Template)
	if err != nil {
		return err
	}
	_, err = tx.Exec(`INSERT INTO jwt_template (instance_id, id, name, created_at, updated_at, doc) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (instance_id, id) DO UPDATE SET name = excluded.name, updated_at = excluded.updated_at, doc = excluded.doc`,
		tx.Instance(), t.ID, t.Name, t.CreatedAt, t.UpdatedAt, string(doc))
	return err
}

// GetTemplate returns a template by id.
func GetTemplate(tx *store.Tx, id string) (*Template, error) {
	return templateBy(tx, "id", id)
}

// TemplateByName returns a template by the name that apps ask for.
func TemplateByName(tx *store.Tx, name string) (*Template, error) {
	return templateBy(tx, "name", name)
}

func templateBy(tx *store.Tx, column, value string) (*Template, error) {
	t, err := scanTemplate(tx.QueryRow(`SELECT doc, created_at, updated_at FROM jwt_template WHERE instance_id = $1 AND `+column+` = $2`, tx.Instance(), value))
	if errors.Is(err, sql.ErrNoRows) {
		return nil, apierr.JWTTemplateNotFound(column, value)
	}
	return t, err
}

// ListTemplates returns the instance's templates, newest first.
func ListTemplates(tx *store.Tx) ([]*Template, error) { return listTemplates(tx, tx.Instance()) }

func listTemplates(tx *store.Tx, instance string) ([]*Template, error) {
	rows, err := tx.Query(`SELECT doc, created_at, updated_at FROM jwt_template WHERE instance_id = $1 ORDER BY created_at DESC, id`, instance)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	list := []*Template{}
	for rows.Next() {
		t, err := scanTemplate(rows)
		if err != nil {
			return nil, err
		}
		list = append(list, t)
	}
	return list, rows.Err()
}

func scanTemplate(row interface{ Scan(...any) error }) (*Template, error) {
	t := &Template{}
	var doc string
	if err := row.Scan(&doc, &t.CreatedAt, &t.UpdatedAt); err != nil {
		return nil, err
	}
	return t, json.Unmarshal([]byte(doc), &t.Template)
}

// DeleteTemplate removes a template.
func DeleteTemplate(tx *store.Tx, id string) error {
	if _, err := GetTemplate(tx, id); err != nil {
		return err
	}
	_, err := tx.Exec(`DELETE FROM jwt_template WHERE instance_id = $1 AND id = $2`, tx.Instance(), id)
	return err
}

// compile prepares the templates for minting, by name.
func compile(list []*Template) (map[string]*issuer.CompiledTemplate, error) {
	out := map[string]*issuer.CompiledTemplate{}
	for _, t := range list {
		c, err := issuer.CompileTemplate(t.Template)
		if err != nil {
			return nil, err
		}
		out[t.Name] = c
	}
	return out, nil
}

// Template returns the template that an app asked for by name, compared exactly:
// Clerk does too, and "Convex" for "convex" is a mistake that must show.
func (l *Live) Template(name string) (*issuer.CompiledTemplate, error) {
	if t, ok := l.templates[name]; ok {
		return t, nil
	}
	return nil, apierr.JWTTemplateNotFound("name", name)
}

// TemplateNames lists the instance's templates in alphabetical order.
func (l *Live) TemplateNames() []string {
	var names []string
	for name := range l.templates {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
