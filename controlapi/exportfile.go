package controlapi

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/nightclerk/nightclerk/internal/apierr"
	"github.com/nightclerk/nightclerk/internal/httpapi"
	"github.com/nightclerk/nightclerk/internal/store"
	"github.com/nightclerk/nightclerk/scenario"
)

// exportParams say what goes into a scenario file besides what always does.
type exportParams struct {
	// Users is how many at most, none when absent.
	Users *int `json:"users"`
	// Secrets is taken by POST alone.
	Secrets *bool `json:"secrets"`
}

func (p exportParams) options() (o scenario.ExportOptions, err error) {
	if p.Users != nil {
		o.Users = *p.Users
	}
	if o.Users < 0 || o.Users > scenario.MaxExportedUsers {
		return o, apierr.FormInvalidParameterFormat("users", "It must be a number from 0 to "+strconv.Itoa(scenario.MaxExportedUsers)+".")
	}
	o.Secrets = p.Secrets != nil && *p.Secrets
	return o, nil
}

// exportInstance answers with the instance as a scenario file without secrets.
func (a *API) exportInstance(w http.ResponseWriter, r *http.Request) {
	a.export(w, r, func() (p exportParams, err error) {
		for name, values := range r.URL.Query() {
			switch {
			case name == "secrets":
				return p, unprocessable("secrets", `Secrets do not go by GET: POST /_emulator/export with {"secrets":true}.`)
			case name != "users":
				return p, apierr.FormUnknownParameter(name)
			}
			n, err := strconv.Atoi(values[0])
			if err != nil {
				return p, apierr.FormInvalidType("users", "integer")
			}
			p.Users = &n
		}
		return p, nil
	})
}

// exportInstanceWith is the same by POST, where secrets can be asked for.
func (a *API) exportInstanceWith(w http.ResponseWriter, r *http.Request) {
	a.export(w, r, func() (p exportParams, err error) {
		dec := json.NewDecoder(http.MaxBytesReader(w, r.Body, 64<<10))
		dec.DisallowUnknownFields()
		if err := dec.Decode(&p); err != nil && !errors.Is(err, io.EOF) {
			return p, unprocessable("body", `Send {"users": 100, "secrets": true}, either left out: `+err.Error()+".")
		}
		return p, nil
	})
}

func (a *API) export(w http.ResponseWriter, r *http.Request, params func() (exportParams, error)) {
	raw, err := a.exported(r, params)
	if err != nil {
		httpapi.WriteClerkError(a.Log)(w, &httpapi.Call{R: r, Record: httpapi.RecordOf(r.Context()), Header: w.Header()}, err)
		return
	}
	w.Header().Set("Content-Type", "application/yaml; charset=utf-8")
	w.Header().Set("Content-Disposition", `attachment; filename="nightclerk.yaml"`)
	w.Header().Set("Cache-Control", "no-store")
	w.Write(raw)
}

func (a *API) exported(r *http.Request, params func() (exportParams, error)) ([]byte, error) {
	live, err := a.Instances.Addressed(r.Context())
	if err != nil {
		return nil, err
	}
	httpapi.RecordOf(r.Context()).Instance = live.ID
	p, err := params()
	if err != nil {
		return nil, err
	}
	options, err := p.options()
	if err != nil {
		return nil, err
	}
	var e *scenario.Exported
	err = a.DB.Read(r.Context(), live.ID, func(tx *store.Tx) (err error) {
		e, err = scenario.Export(tx, live, options)
		return err
	})
	if err != nil {
		return nil, err
	}
	return e.YAML(), nil
}

type rotateParams struct {
	// Grace is how long the keys before stay published, 24h when absent.
	Grace *string `json:"grace"`
}

// rotatedJSON tells which keys an instance has after a rotation.
type rotatedJSON struct {
	Object  string   `json:"object"`
	KID     string   `json:"kid"`
	Retired []string `json:"retired"`
	// PublishedUntil is when the next of the retired goes, in wall time, Unix
	// milliseconds; null when there is none.
	PublishedUntil *int64 `json:"published_until"`
}

// defaultGrace is how long rotated keys stay published unless told otherwise.
const defaultGrace = 24 * time.Hour

// rotateSigningKey has the instance sign with a new key.
func (a *API) rotateSigningKey(c *call, in rotateParams) (rotatedJSON, error) {
	grace := defaultGrace
	if in.Grace != nil {
		d, err := time.ParseDuration(*in.Grace)
		if err != nil {
			return rotatedJSON{}, unprocessable("grace", "It is a duration such as 24h; 0s takes the old keys out at once.")
		}
		grace = d
	}
	live, err := a.Instances.RotateKey(c.Context(), c.Live.ID, grace)
	if err != nil {
		return rotatedJSON{}, err
	}
	out := rotatedJSON{Object: "signing_key", KID: live.Keys.Current().KID(), Retired: []string{}}
	for _, k := range live.Keys.Retired() {
		out.Retired = append(out.Retired, k.KID())
	}
	if live.KeysUntil > 0 {
		out.PublishedUntil = &live.KeysUntil
	}
	return out, nil
}
