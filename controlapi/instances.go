package controlapi

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/url"

	"github.com/nightclerk/nightclerk/envblock"
	"github.com/nightclerk/nightclerk/instance"
	"github.com/nightclerk/nightclerk/internal/apierr"
	"github.com/nightclerk/nightclerk/internal/httpapi"
	"github.com/nightclerk/nightclerk/scenario"
)

// instanceJSON is one row of the list.
type instanceJSON struct {
	Object    string       `json:"object"`
	ID        string       `json:"id"`
	Slug      string       `json:"slug"`
	CreatedAt int64        `json:"created_at"`
	Env       envblock.Env `json:"env"`
}

type instancesJSON struct {
	Data       []instanceJSON `json:"data"`
	TotalCount int            `json:"total_count"`
}

// listInstances lists the default instance first, then the others by slug.
func (a *API) listInstances(c *httpapi.Call, _ none) (instancesJSON, error) {
	out := instancesJSON{Data: []instanceJSON{}}
	for _, l := range a.Instances.List(c.Context()) {
		out.Data = append(out.Data, instanceJSON{Object: "instance", ID: l.ID, Slug: l.Slug, CreatedAt: l.CreatedAt, Env: a.env(l)})
	}
	out.TotalCount = len(out.Data)
	return out, nil
}

type createInstanceParams struct {
	// Slug is drawn when absent.
	Slug *string `json:"slug"`
	// Seed is a text that the ids of the instance are derived from, or an object
	// of scenario fields.
	Seed json.RawMessage `json:"seed"`
	// CopyOf is the slug of an instance whose settings, templates, endpoints and
	// users the new one gets, in the place of a seed.
	CopyOf *string `json:"copy_of"`
}

// createInstance makes an instance with keys of its own: one for each parallel
// test worker. Location tells its slug.
func (a *API) createInstance(c *httpapi.Call, in createInstanceParams) (any, error) {
	slug := ""
	if in.Slug != nil {
		slug = *in.Slug
		if err := a.checkSlug(c, slug); err != nil {
			return nil, err
		}
	}
	idSeed, seed, err := readSeed(in.Seed)
	if err != nil {
		return nil, err
	}
	live, err := a.makeInstance(c, in, slug, idSeed, seed)
	if err != nil {
		return nil, err
	}
	c.Header.Set("Location", "/_emulator/instances/"+url.PathEscape(live.Slug))
	return httpapi.Status{Code: http.StatusCreated, Body: a.env(live)}, nil
}

func (a *API) makeInstance(c *httpapi.Call, in createInstanceParams, slug, idSeed string, seed *scenario.Instance) (*instance.Live, error) {
	if in.CopyOf == nil {
		return a.Applier.Make(c.Context(), slug, idSeed, seed)
	}
	if len(bytes.TrimSpace(in.Seed)) > 0 {
		return nil, apierr.FormConditionalParamDisallowed("seed", "copy_of")
	}
	from, err := a.Instances.BySlug(c.Context(), *in.CopyOf)
	if err != nil {
		return nil, unprocessable("copy_of", "There is no instance "+*in.CopyOf+". GET /_emulator/instances lists those that exist.")
	}
	return a.Applier.Copy(c.Context(), from, slug)
}

func (a *API) checkSlug(c *httpapi.Call, slug string) error {
	if err := instance.CheckSlug(slug); err != nil {
		return unprocessable("slug", err.Error())
	}
	if _, err := a.Instances.BySlug(c.Context(), slug); err == nil {
		return apierr.FormIdentifierExists("slug")
	}
	return nil
}

// readSeed tells the two forms of seed apart.
func readSeed(raw json.RawMessage) (idSeed string, seed *scenario.Instance, err error) {
	raw = bytes.TrimSpace(raw)
	switch {
	case len(raw) == 0 || bytes.Equal(raw, []byte("null")):
		return "", &scenario.Instance{}, nil
	case raw[0] == '"':
		err = json.Unmarshal(raw, &idSeed)
		return idSeed, &scenario.Instance{}, err
	case raw[0] == '{':
		seed, err = parseSeed(raw)
		return "", seed, err
	}
	return "", nil, apierr.FormInvalidType("seed", "string or object")
}

type slugPath struct {
	Slug string `path:"slug"`
}

// deleteInstance removes an instance with everything in it.
func (a *API) deleteInstance(c *httpapi.Call, in slugPath) (any, error) {
	if in.Slug == instance.DefaultSlug {
		return nil, refusal(http.StatusUnprocessableEntity, "emulator_default_instance", "The default instance stays",
			"The default instance cannot be deleted. POST /_emulator/reset brings it back to its file.")
	}
	live, err := a.Instances.BySlug(c.Context(), in.Slug)
	if err != nil {
		return nil, err
	}
	if err := a.Applier.Remove(c.Context(), live.Slug); err != nil {
		return nil, err
	}
	return deletedJSON{Object: "instance", ID: live.ID, Slug: live.Slug, Deleted: true}, nil
}

type deletedJSON struct {
	Object  string `json:"object"`
	ID      string `json:"id"`
	Slug    string `json:"slug"`
	Deleted bool   `json:"deleted"`
}
