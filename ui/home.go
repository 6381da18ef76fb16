package ui

import (
	"strings"

	"github.com/nightclerk/nightclerk/envblock"
	"github.com/nightclerk/nightclerk/internal/store"
	"github.com/nightclerk/nightclerk/sessions"
	"github.com/nightclerk/nightclerk/users"
	"github.com/nightclerk/nightclerk/webhooks"
)

// value is a labelled text to copy, or to follow when it is an address.
type value struct{ ID, Label, Text, Href string }

// counter is a number that leads to what it counts.
type counter struct {
	Label, Href string
	N           int64
	Badge       *badge
}

// badge is a status in a word; its shape and colour only repeat the word.
type badge struct{ Kind, Text string }

// homeData is what Home shows.
type homeData struct {
	ID         string
	Counters   []counter
	Blocks     []envblock.Block
	Keys       []value
	Addresses  []value
	NoEndpoint bool
	NewHref    string
}

// home implements GET /.
func (c *console) home(call *call) (reply, error) {
	env := envblock.Of(call.live, c.CAFile)
	data := homeData{ID: call.live.ID, Blocks: env.Blocks(),
		Keys: keysOf(env), Addresses: addressesOf(env), NewHref: call.to("/webhooks/endpoints/new")}
	err := call.read(func(tx *store.Tx) (err error) {
		data.Counters, data.NoEndpoint, err = call.count(tx)
		return err
	})
	return show("home", "Home", data), err
}

// count counts what the instance holds.
func (c *call) count(tx *store.Tx) (out []counter, noEndpoint bool, err error) {
	people, err := users.Count(tx, users.Filter{})
	if err != nil {
		return nil, false, err
	}
	active, err := sessions.Count(tx, sessions.Filter{Status: sessions.Active})
	if err != nil {
		return nil, false, err
	}
	sent, err := webhooks.CountAll(tx)
	if err != nil {
		return nil, false, err
	}
	failed := counter{Label: "Failed deliveries", Href: c.to("/webhooks") + "?status=fail", N: sent.Failed}
	if sent.Failed > 0 {
		failed.Badge = &badge{"bad", "See why"}
	}
	return []counter{
		{Label: "Users", Href: c.to("/users"), N: people},
		{Label: "Active sessions", Href: c.to("/users"), N: active},
		{Label: "Webhook messages", Href: c.to("/webhooks"), N: sent.Messages},
		failed,
	}, sent.Endpoints == 0, nil
}

func keysOf(e envblock.Env) []value {
	return []value{
		{ID: "publishable-key", Label: "Publishable key", Text: e.PublishableKey},
		{ID: "secret-key", Label: "Secret key", Text: e.SecretKey},
		{ID: "webhook-secret", Label: "Webhook secret", Text: e.WebhookSecret},
	}
}

func addressesOf(e envblock.Env) []value {
	out := []value{
		{ID: "issuer", Label: "Issuer", Text: e.Issuer},
		linked("discovery", "Discovery", strings.TrimRight(e.Issuer, "/")+"/.well-known/openid-configuration"),
		linked("jwks", "JWKS", e.JWKSURL),
		{ID: "frontend-api", Label: "Frontend API", Text: e.FrontendAPIURL},
		{ID: "backend-api", Label: "Backend API", Text: e.BackendAPIURL},
	}
	if e.CAFile != nil {
		out = append(out, value{ID: "ca-file", Label: "CA file", Text: *e.CAFile})
	}
	return out
}

func linked(id, label, url string) value { return value{ID: id, Label: label, Text: url, Href: url} }
