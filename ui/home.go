package ui

import (
	"net/url"
	"strconv"
	"strings"

	"github.com/nightclerk/nightclerk/envblock"
	"github.com/nightclerk/nightclerk/internal/activity"
	"github.com/nightclerk/nightclerk/internal/store"
	"github.com/nightclerk/nightclerk/users"
	"github.com/nightclerk/nightclerk/webhooks"
)

// value is a labelled text to copy, or to follow when it is an address.
type value struct{ ID, Label, Text, Href string }

// counter is a number that leads to what it counts.
type counter struct {
	Label, Href, N string
	Badge          *badge
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
	Steps      []step
	Done       int // of the steps
	Chart      chart
	Instances  []slugLink // all but this one
}

// home implements GET /.
func (c *console) home(call *call) (reply, error) {
	env := envblock.Of(call.live, c.CAFile)
	data := homeData{ID: call.live.ID, Blocks: env.Blocks(),
		Keys: keysOf(env), Addresses: addressesOf(env), NewHref: call.to("/webhooks/endpoints/new"), Steps: call.steps(), Chart: call.chart(), Instances: call.others()}
	for _, s := range data.Steps {
		if s.Mark != nil {
			data.Done++
		}
	}
	err := call.read(func(tx *store.Tx) (err error) {
		data.Counters, data.NoEndpoint, err = call.count(tx)
		return err
	})
	return show("home", "Home", data), err
}

// most is how far a page counts rows that there may be many of.
const most = 1000

// upTo is a number that was counted up to most.
func upTo(n int64) string {
	if n > most {
		return strconv.Itoa(most) + "+"
	}
	return strconv.FormatInt(n, 10)
}

// count counts what the instance holds and did. It is asked for at each refresh
// and counts no large table.
func (c *call) count(tx *store.Tx) (out []counter, noEndpoint bool, err error) {
	people, err := users.Count(tx, users.Filter{})
	if err != nil {
		return nil, false, err
	}
	sent, err := webhooks.CountUpTo(tx, most+1)
	if err != nil {
		return nil, false, err
	}
	failed := counter{Label: "Failed deliveries", Href: c.to("/webhooks") + "?status=fail", N: upTo(sent.Failed)}
	if sent.Failed > 0 {
		failed.Badge = &badge{"bad", "See why"}
	}
	totals := c.console.Activity.Timeline(c.live.ID).Totals
	number := func(s activity.Series) string { return strconv.FormatInt(totals[s], 10) }
	return []counter{
		{Label: "Users", Href: c.to("/users"), N: strconv.FormatInt(people, 10)},
		{Label: "Requests", Href: c.to("/requests"), N: number(activity.Requests)},
		{Label: "Tokens minted", Href: c.to("/requests") + "?q=token", N: number(activity.Tokens)},
		{Label: "Webhook messages", Href: c.to("/webhooks"), N: upTo(sent.Messages)},
		failed,
	}, sent.Endpoints == 0, nil
}

// maxOthers bounds the switcher; a run of tests may have made hundreds.
const maxOthers = 100

// others are the instances that the page leads to.
func (c *call) others() (out []slugLink) {
	for _, slug := range c.console.Instances.Slugs(c.Context()) {
		if slug != c.live.Slug && len(out) < maxOthers {
			out = append(out, slugLink{slug, "/i/" + url.PathEscape(slug) + "/"})
		}
	}
	return out
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
