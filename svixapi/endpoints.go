package svixapi

import (
	"errors"
	"net/http"
	"time"

	"github.com/nightclerk/nightclerk/internal/httpapi"
	"github.com/nightclerk/nightclerk/internal/store"
	"github.com/nightclerk/nightclerk/webhooks"
)

// endpointIn is Svix's EndpointIn and EndpointUpsertIn; rateLimit and
// filterTypes are older names that svix-server still takes.
type endpointIn struct {
	Description  string            `json:"description"`
	RateLimit    *int              `json:"rateLimit"`
	ThrottleRate *int              `json:"throttleRate"`
	UID          *string           `json:"uid"`
	URL          string            `json:"url"`
	Disabled     bool              `json:"disabled"`
	EventTypes   []string          `json:"eventTypes"`
	FilterTypes  []string          `json:"filterTypes"`
	Channels     []string          `json:"channels"`
	Secret       *string           `json:"secret"`
	Metadata     map[string]string `json:"metadata"`
}

// apply sets everything but secret and headers.
func (in endpointIn) apply(p *webhooks.EndpointParams) (err error) {
	if p.ThrottleRate, err = rate(in.ThrottleRate, in.RateLimit); err != nil {
		return err
	}
	if p.UID, err = uid(in.UID); err != nil {
		return err
	}
	p.Description, p.URL, p.Disabled = in.Description, in.URL, in.Disabled
	p.EventTypes, p.Channels, p.Metadata = in.EventTypes, in.Channels, in.Metadata
	if p.EventTypes == nil {
		p.EventTypes = in.FilterTypes
	}
	return nil
}

// rate returns the first that is given, 0 for none.
func rate(given ...*int) (int, error) {
	for _, n := range given {
		if n == nil {
			continue
		}
		if *n < 1 {
			return 0, webhooks.Invalid([]string{"body", "throttleRate"}, "Endpoint throttle rate must be at least one if set")
		}
		return *n, nil
	}
	return 0, nil
}

func uid(given *string) (string, error) {
	if given == nil {
		return "", nil
	}
	if *given == "" {
		return "", webhooks.Invalid([]string{"body", "uid"}, "A uid must not be empty: leave it out instead.")
	}
	return *given, nil
}

// listEndpoints implements v1.endpoint.list.
func (c *call) listEndpoints() (any, error) {
	q := query{c: c}
	page, ascending := q.page(), q.ascending(false)
	if q.err != nil {
		return nil, q.err
	}
	var list webhooks.List[*webhooks.Endpoint]
	err := c.read(func(tx *store.Tx) (err error) {
		list, err = webhooks.ListEndpoints(tx, page, ascending)
		return err
	})
	return webhooks.ListOut(list, (*webhooks.Endpoint).Out), err
}

// createEndpoint implements v1.endpoint.create. Without a secret the endpoint
// gets the instance's, the one that the app was configured with, where Svix
// would generate one.
func (c *call) createEndpoint() (any, error) {
	var in endpointIn
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	return c.create(in)
}

func (c *call) create(in endpointIn) (any, error) {
	params := webhooks.EndpointParams{Secret: c.Config.WebhookSecret}
	if in.Secret != nil {
		params.Secret = *in.Secret
	}
	if err := in.apply(&params); err != nil {
		return nil, err
	}
	return c.once(http.StatusCreated, func(tx *store.Tx) (any, error) {
		e, err := webhooks.CreateEndpoint(tx, params)
		if err != nil {
			return nil, err
		}
		return e.Out(), nil
	})
}

// getEndpoint implements v1.endpoint.get.
func (c *call) getEndpoint() (any, error) {
	e, err := c.endpoint()
	if err != nil {
		return nil, err
	}
	return e.Out(), nil
}

// endpoint reads the endpoint that the path names by id or uid.
func (c *call) endpoint() (e *webhooks.Endpoint, err error) {
	err = c.read(func(tx *store.Tx) error {
		e, err = webhooks.GetEndpoint(tx, c.Vars["endpoint_id"])
		return err
	})
	return e, err
}

// upsertEndpoint implements v1.endpoint.upsert: it updates the endpoint that
// the path names, or creates one.
func (c *call) upsertEndpoint() (any, error) {
	var in endpointIn
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	in.Secret = nil // the body has none; rotating is its own call
	out, err := c.update(in.apply)
	if isNotFound(err) {
		return c.create(in)
	}
	return out, err
}

func isNotFound(err error) bool {
	var refusal *webhooks.Error
	return errors.As(err, &refusal) && refusal.Status == http.StatusNotFound
}

func (c *call) update(change func(*webhooks.EndpointParams) error) (any, error) {
	var e *webhooks.Endpoint
	err := c.write(func(tx *store.Tx) (err error) {
		e, err = webhooks.UpdateEndpoint(tx, c.Vars["endpoint_id"], change)
		return err
	})
	if err != nil {
		return nil, err
	}
	return e.Out(), nil
}

// endpointPatch is Svix's EndpointPatch: absent members stay as they are.
type endpointPatch struct {
	Description  *string            `json:"description"`
	RateLimit    nullable[int]      `json:"rateLimit"`
	ThrottleRate nullable[int]      `json:"throttleRate"`
	UID          nullable[string]   `json:"uid"`
	URL          *string            `json:"url"`
	Disabled     *bool              `json:"disabled"`
	EventTypes   nullable[[]string] `json:"eventTypes"`
	FilterTypes  nullable[[]string] `json:"filterTypes"`
	Channels     nullable[[]string] `json:"channels"`
	Metadata     *map[string]string `json:"metadata"`
}

func (in endpointPatch) apply(p *webhooks.EndpointParams) (err error) {
	set(&p.Description, in.Description)
	set(&p.URL, in.URL)
	set(&p.Disabled, in.Disabled)
	set(&p.Metadata, in.Metadata)
	setNullable(&p.EventTypes, in.FilterTypes)
	setNullable(&p.EventTypes, in.EventTypes)
	setNullable(&p.Channels, in.Channels)
	if in.RateLimit.Set || in.ThrottleRate.Set {
		if p.ThrottleRate, err = rate(in.ThrottleRate.Value, in.RateLimit.Value); err != nil {
			return err
		}
	}
	if in.UID.Set {
		p.UID, err = uid(in.UID.Value)
	}
	return err
}

func set[T any](dst *T, value *T) {
	if value != nil {
		*dst = *value
	}
}

// setNullable sets the zero value for null.
func setNullable[T any](dst *T, n nullable[T]) {
	if n.Set {
		var zero T
		*dst = zero
		set(dst, n.Value)
	}
}

// patchEndpoint implements v1.endpoint.patch.
func (c *call) patchEndpoint() (any, error) {
	var in endpointPatch
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	return c.update(in.apply)
}

// deleteEndpoint implements v1.endpoint.delete.
func (c *call) deleteEndpoint() (any, error) {
	err := c.write(func(tx *store.Tx) error { return webhooks.DeleteEndpoint(tx, c.Vars["endpoint_id"]) })
	return httpapi.NoContent, err
}

// getHeaders implements v1.endpoint.get-headers.
func (c *call) getHeaders() (any, error) {
	e, err := c.endpoint()
	if err != nil {
		return nil, err
	}
	return e.HeadersOut(), nil
}

// setHeaders implements v1.endpoint.set-headers.
func (c *call) setHeaders() (any, error) {
	var in struct {
		Headers map[string]string `json:"headers"`
	}
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	_, err := c.update(func(p *webhooks.EndpointParams) error { p.Headers = in.Headers; return nil })
	return httpapi.NoContent, err
}

// patchHeaders implements v1.endpoint.patch-headers.
func (c *call) patchHeaders() (any, error) {
	var in struct {
		Headers map[string]*string `json:"headers"`
	}
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	_, err := c.update(func(p *webhooks.EndpointParams) error { p.PatchHeaders(in.Headers); return nil })
	return httpapi.NoContent, err
}

// secretOut is Svix's EndpointSecretOut.
type secretOut struct {
	Key string `json:"key"`
}

// getSecret implements v1.endpoint.get-secret.
func (c *call) getSecret() (any, error) {
	e, err := c.endpoint()
	if err != nil {
		return nil, err
	}
	return secretOut{e.Secret}, nil
}

// Svix's bounds for the time that an old secret keeps signing, in seconds.
const (
	defaultGrace = 24 * 60 * 60
	maxGrace     = 7 * 24 * 60 * 60
)

// rotateSecret implements v1.endpoint.rotate-secret.
func (c *call) rotateSecret() (any, error) {
	var in struct {
		Key                *string `json:"key"`
		GracePeriodSeconds *int    `json:"gracePeriodSeconds"`
	}
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	grace, key := defaultGrace, ""
	set(&grace, in.GracePeriodSeconds)
	set(&key, in.Key)
	if grace < 0 || grace > maxGrace {
		return nil, webhooks.Invalid([]string{"body", "gracePeriodSeconds"}, "Duration must be between 0 and 7 days")
	}
	return c.once(http.StatusNoContent, func(tx *store.Tx) (any, error) {
		_, err := webhooks.RotateSecret(tx, c.Vars["endpoint_id"], key, time.Duration(grace)*time.Second)
		return nil, err
	})
}
