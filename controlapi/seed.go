package controlapi

import (
	"reflect"

	"github.com/nightclerk/nightclerk/envblock"
	"github.com/nightclerk/nightclerk/internal/apierr"
	"github.com/nightclerk/nightclerk/scenario"
)

// reset takes the instance back to its file: data gone, clock following wall
// time, keys kept.
func (a *API) reset(c *call, _ none) (envblock.Env, error) {
	live, err := a.Applier.Reset(c.Context(), c.Slug)
	if err != nil {
		return envblock.Env{}, err
	}
	return a.env(live), nil
}

// seedJSON counts what a seed did.
type seedJSON struct {
	Object string `json:"object"`
	scenario.Result
}

// seed brings the fields of the body about, in YAML or JSON, and leaves the rest
// as it is.
func (a *API) seed(c *call, _ none) (seedJSON, error) {
	seed, err := parseSeed(c.Body)
	if err != nil {
		return seedJSON{}, err
	}
	if err := checkApplicable(seed); err != nil {
		return seedJSON{}, err
	}
	result, err := a.Applier.Apply(c.Context(), c.Live, seed, nil)
	return seedJSON{Object: "seed", Result: result}, err
}

// parseSeed reads the fields of one instance. What concerns the process or other
// instances is refused: it would be silently lost.
func parseSeed(body []byte) (*scenario.Instance, error) {
	file, err := scenario.Parse("seed", body)
	if err != nil {
		return nil, seedRefused(err)
	}
	if !reflect.ValueOf(file.Server).IsZero() {
		return nil, misplaced("server", "It concerns the process: put it into the file that the emulator starts with.")
	}
	if len(file.Instances) > 0 {
		return nil, misplaced("instances", "Seed one instance at a time: make it with POST /_emulator/instances, then POST /i/<slug>/_emulator/seed.")
	}
	return &file.Default, nil
}

// checkApplicable refuses what shapes the instance itself: it is set when the
// instance is made, and would be silently lost here.
func checkApplicable(seed *scenario.Instance) error {
	rest := *seed
	rest.Users, rest.JWTTemplates, rest.WebhookEndpoints = nil, nil, nil
	v := reflect.ValueOf(rest)
	var errs []*apierr.Error
	for i := range v.NumField() {
		if !v.Field(i).IsZero() {
			errs = append(errs, misplaced(v.Type().Field(i).Tag.Get("yaml"),
				"It is set when the instance is made: put it into the file that the emulator starts with, or into the seed of POST /_emulator/instances."))
		}
	}
	return apierr.Join(errs...)
}

func misplaced(field, advice string) *apierr.Error {
	e := apierr.FormUnknownParameter(field)
	e.LongMessage = field + " cannot be seeded. " + advice
	return e
}
