package scenario

import (
	"github.com/nightclerk/nightclerk/internal/store"
	"github.com/nightclerk/nightclerk/webhooks"
)

// deliveries brings the fault rules and the mode about that the file names.
func (a *Applier) deliveries(tx *store.Tx, in *Instance) error {
	if in.WebhookFaults != nil {
		rules := make([]webhooks.FaultRule, len(in.WebhookFaults))
		for i := range in.WebhookFaults {
			var err error
			if rules[i], err = in.WebhookFaults[i].params().Rule(); err != nil {
				return err
			}
		}
		if _, err := webhooks.SetFaults(tx, rules); err != nil {
			return err
		}
	}
	if in.Webhooks == (WebhookMode{}) {
		return nil
	}
	mode, err := webhooks.GetMode(tx)
	if err != nil {
		return err
	}
	lay(&mode.Held, in.Webhooks.Held)
	if in.Webhooks.AnswerAfter != "" {
		mode.AnswerAfter = length(in.Webhooks.AnswerAfter)
	}
	return a.outbox.SetMode(tx, mode)
}

// params is the endpoint as the noun takes it. Its uid is the id in the file, or
// its URL: so the next start finds it again.
func (e WebhookEndpoint) params(defaultSecret string) webhooks.EndpointParams {
	p := webhooks.EndpointParams{UID: e.ID, URL: e.URL, EventTypes: e.EventTypes, Secret: e.Secret, Headers: e.CustomHeaders,
		HeaderSet: webhooks.HeaderSet(e.Headers), Schedule: e.Schedule, TimeoutMS: int(length(e.Timeout).Milliseconds())}
	lay(&p.Disabled, e.Disabled)
	lay(&p.Ordered, e.Ordered)
	lay(&p.Concurrency, e.Concurrency)
	lay(&p.ThrottleRate, e.RateLimit)
	lay(&p.KeepEnabled, e.KeepEnabled)
	if p.UID == "" {
		p.UID = uidOf(e.URL)
	}
	if p.Secret == "" {
		p.Secret = defaultSecret
	}
	if e.Description != nil {
		p.Description = *e.Description
	}
	return p
}

// uidOf makes a uid of a URL: Svix allows letters, digits, "-", "_" and ".".
func uidOf(url string) string {
	out := []byte("seed-")
	for i := range len(url) {
		c := url[i]
		if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '.' || c == '-' {
			out = append(out, c)
			continue
		}
		out = append(out, '_')
	}
	return string(out)
}
