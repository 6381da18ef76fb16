package backendapi

import (
	"bytes"
	"encoding/json"

	"github.com/nightclerk/nightclerk/instance"
	"github.com/nightclerk/nightclerk/internal/apierr"
	"github.com/nightclerk/nightclerk/internal/httpapi"
	"github.com/nightclerk/nightclerk/internal/store"
)

// getJWKS implements GetJWKS, from memory.
func (a *API) getJWKS(c *Call, _ none) (httpapi.Raw, error) {
	return httpapi.Raw(c.Keys.JWKS()), nil
}

type listTemplatesParams struct {
	Paginated bool `query:"paginated"`
	Limit     *int `query:"limit"`
	Offset    *int `query:"offset"`
}

// listJWTTemplates implements ListJWTTemplates.
func (a *API) listJWTTemplates(c *Call, in listTemplatesParams) (any, error) {
	p, err := newPage(in.Limit, in.Offset)
	if err != nil {
		return nil, err
	}
	var list []*instance.Template
	err = a.read(c, func(tx *store.Tx) (err error) {
		list, err = instance.ListTemplates(tx)
		return err
	})
	data := mapped(cut(p, list), (*instance.Template).Backend)
	if err == nil && in.Paginated {
		return paginated[instance.TemplateJSON]{Data: data, TotalCount: int64(len(list))}, nil
	}
	return data, err
}

type templatePath struct {
	ID string `path:"template_id"`
}

// getJWTTemplate implements GetJWTTemplate.
func (a *API) getJWTTemplate(c *Call, in templatePath) (instance.TemplateJSON, error) {
	return looked(a, c, (*instance.Template).Backend, func(tx *store.Tx) (*instance.Template, error) {
		return instance.GetTemplate(tx, in.ID)
	})
}

type templateParams struct {
	ID               string          `path:"template_id" json:"-"`
	Name             *string         `json:"name"`
	Claims           json.RawMessage `json:"claims"`
	Lifetime         *int64          `json:"lifetime"`
	AllowedClockSkew *int64          `json:"allowed_clock_skew"`
	CustomSigningKey *bool           `json:"custom_signing_key"`
	SigningAlgorithm *string         `json:"signing_algorithm"`
	SigningKey       *string         `json:"signing_key"`
}

// putJWTTemplate implements CreateJWTTemplate and UpdateJWTTemplate.
func (a *API) putJWTTemplate(c *Call, in templateParams) (out instance.TemplateJSON, err error) {
	if in.Claims != nil && !isObject(in.Claims) {
		return out, apierr.FormInvalidType("claims", "object")
	}
	_, err = a.instances.Change(c.Context(), c.Live.ID, func(tx *store.Tx) error {
		t, err := instance.PutTemplate(tx, in.ID, instance.TemplateParams{
			Name: in.Name, Claims: in.Claims, Lifetime: in.Lifetime, AllowedClockSkew: in.AllowedClockSkew,
			CustomSigningKey: in.CustomSigningKey, SigningAlgorithm: in.SigningAlgorithm, SigningKey: in.SigningKey})
		if err == nil {
			out = t.Backend()
		}
		return err
	})
	return out, err
}

func isObject(raw json.RawMessage) bool { return bytes.HasPrefix(bytes.TrimSpace(raw), []byte("{")) }

// deleteJWTTemplate implements DeleteJWTTemplate.
func (a *API) deleteJWTTemplate(c *Call, in templatePath) (deleted, error) {
	_, err := a.instances.Change(c.Context(), c.Live.ID, func(tx *store.Tx) error {
		return instance.DeleteTemplate(tx, in.ID)
	})
	return deleted{Object: "jwt_template", ID: in.ID, Deleted: true}, err
}
