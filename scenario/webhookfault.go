package scenario

import (
	"errors"
	"time"

	"github.com/nightclerk/nightclerk/webhooks"
)

// WebhookFault is one rule of what goes wrong with deliveries; its fields are
// those of POST /_emulator/webhooks/faults.
type WebhookFault struct {
	Action      string   `yaml:"action" enum:"bad_signature_first|burst|delay|drop|duplicate|force_status|future_timestamp|half_close|huge_body|ignore_response|missing_header|non_canonical_body|reorder|slow_body|stale_timestamp|tamper|timeout|unknown_version|wrong_secret" required:"true" doc:"What goes wrong; nightclerk webhooks faults actions explains each."`
	Types       []string `yaml:"types" is:"event_pattern" doc:"Event types it is about; a name may end in *. Without it: any."`
	Endpoint    string   `yaml:"endpoint" is:"text" doc:"Id of the endpoint it is about. Without it: any."`
	User        string   `yaml:"user" is:"text" doc:"Id of the user whom the message is about. Without it: any."`
	Attempt     *int     `yaml:"attempt" min:"1" max:"1000" doc:"Only the n-th attempt of a delivery."`
	Nth         *int     `yaml:"nth" min:"1" max:"1000000000" doc:"Only the n-th match."`
	Count       *int     `yaml:"count" min:"1" max:"1000000000" doc:"How often it applies at most."`
	Probability *Share   `yaml:"probability" doc:"How likely a match is hit, from 0 to 1. The same seed hits the same ones."`
	Seed        string   `yaml:"seed" is:"text" doc:"Any text that chance and order follow from."`
	By          string   `yaml:"by" is:"duration" doc:"For delay, slow_body, timeout, stale_timestamp and future_timestamp: how long, or how far off."`
	Gap         string   `yaml:"gap" is:"duration" doc:"For duplicate: time between the requests."`
	Wait        string   `yaml:"wait" is:"duration" doc:"For reorder and burst: how long to wait for size deliveries, at most 1h."`
	Times       *int     `yaml:"times" min:"1" max:"100" doc:"For duplicate: how many more requests."`
	Concurrent  *bool    `yaml:"concurrent" default:"false" doc:"For duplicate: all requests at the same time."`
	Size        *int     `yaml:"size" min:"1" max:"67108864" doc:"For reorder and burst: how many deliveries, 2 to 1000; for huge_body: how many bytes."`
	Status      *int     `yaml:"status" min:"100" max:"599" doc:"For force_status: the answer that is recorded."`
	Header      string   `yaml:"header" enum:"svix-id|svix-timestamp|svix-signature" doc:"For missing_header: which."`
}

// WebhookMode is how deliveries relate to what causes them.
type WebhookMode struct {
	Held        *bool  `yaml:"held" default:"false" doc:"Keep deliveries back until nightclerk webhooks release lets them go."`
	AnswerAfter string `yaml:"answer_after" is:"duration" doc:"Answer a request that changes something only after the first attempt of each of its messages, or after this long, at most 1m. 0s: at once."`
}

// params is the rule as the noun takes it.
func (f *WebhookFault) params() webhooks.FaultParams {
	return webhooks.FaultParams{Action: f.Action, Types: f.Types, Endpoint: named(f.Endpoint), User: named(f.User),
		Attempt: wide(f.Attempt), Nth: wide(f.Nth), Count: wide(f.Count), Probability: (*float64)(f.Probability), Seed: named(f.Seed),
		By: named(f.By), Gap: named(f.Gap), Wait: named(f.Wait), Times: f.Times, Concurrent: f.Concurrent, Size: f.Size, Status: f.Status, Header: named(f.Header)}
}

// named is nil for a text that the file leaves out.
func named(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}

// check has the noun say whether the parameters fit the action.
func (f *WebhookFault) check(b *binder, n *node) {
	if b.flawed {
		return
	}
	_, err := f.params().Rule()
	var refusal *webhooks.Error
	if !errors.As(err, &refusal) {
		return
	}
	at, field := n, refusal.Fields[0].Loc[1]
	if key := n.key(field); key != nil {
		at = key
	}
	b.fail(at, problem{what: refusal.Error()})
}

func (m *WebhookMode) check(b *binder, n *node) {
	atMost(b, n, "answer_after", m.AnswerAfter, webhooks.MaxAnswerAfter)
}

// checkDelivery checks how deliveries are made.
func (e *WebhookEndpoint) checkDelivery(b *binder, n *node) {
	atMost(b, n, "timeout", e.Timeout, webhooks.MaxTimeout)
	if e.Timeout != "" && length(e.Timeout) < time.Millisecond {
		b.fail(n.get("timeout"), problem{what: "an attempt needs time", expected: "a duration such as 5s, or no timeout at all"})
	}
	if e.Ordered != nil && *e.Ordered && e.Concurrency != nil && *e.Concurrency > 1 {
		b.fail(n.get("concurrency"), problem{what: "an ordered endpoint takes one message at a time", expected: "ordered: false, or no concurrency"})
	}
}

// atMost refuses a duration that is too long.
func atMost(b *binder, n *node, field, text string, most time.Duration) {
	if length(text) > most {
		b.fail(n.get(field), problem{what: text + " is too long", expected: "a duration of at most " + webhooks.DurationText(most)})
	}
}

// length is a duration whose text was checked, 0 when there is none.
func length(text string) time.Duration {
	d, _ := time.ParseDuration(text)
	return d
}
