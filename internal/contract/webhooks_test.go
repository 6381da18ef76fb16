package contract

import (
	"encoding/json"
	"strings"
	"testing"
)

// badExamples are the document's own examples that break its schemas, with the
// places. The SDK's types agree with the schemas, so there is nothing to waive.
var badExamples = map[string][]string{
	"organizationDomain.created": {"/affiliation_verification", "/ownership_verification"},
	"organizationDomain.updated": {"/affiliation_verification", "/ownership_verification", "/verification/verified_at"},
	"organizationInvitation":     {"/inviter_id", "/public_inviter_data"},
	"paymentAttempt":             {"/invoice_id", "/payer/organization_id", "/payer/organization_name", "/0/object", "/0/created_at", "/0/updated_at", "/0/interval"},
	"role.deleted":               {"/slug: Value is not nullable"},
	"role.updated":               {"/is_creator_eligible"},
	"sms.created":                {"/created_at_ms"},
	"subscriptionItem":           {`/object: value is not one of the allowed values ["commerce_subscription_item"]`},
	"waitlistEntry.created":      {`/object: value is not one of the allowed values ["waitlist_entry"]`},
	"waitlistEntry.updated":      {`/object: value is not one of the allowed values ["waitlist_entry"]`, "/invitation/public_metadata"},
}

// Apart from those places, the checker agrees with the examples of all events:
// it refuses nothing that Clerk shows.
func TestExamplesOfTheDocument(t *testing.T) {
	w := Webhooks(t)
	for _, event := range w.Events() {
		family, _, _ := strings.Cut(event, ".")
		for name, example := range examples(t, w, event) {
			t.Run(event+name, func(t *testing.T) {
				notes := &recorder{TB: t}
				w.CheckEvent(notes, example)
				notes.expect(t, append(badExamples[family], badExamples[event]...)...)
			})
		}
	}
	if left := w.Uncovered(); len(left) > 0 {
		t.Errorf("no example of %v was checked", left)
	}
}

func examples(t *testing.T, w *WebhookChecker, event string) map[string][]byte {
	t.Helper()
	all := map[string]any{}
	if one := w.events[event].Example; one != nil {
		all[""] = one
	}
	for name, ref := range w.events[event].Examples {
		all[" "+name] = ref.Value.Value
	}
	encoded := map[string][]byte{}
	for name, value := range all {
		body, err := json.Marshal(value)
		if err != nil {
			t.Fatal(err)
		}
		encoded[name] = body
	}
	return encoded
}

func TestWebhookBodies(t *testing.T) {
	const deleted = `{"object":"event","type":"user.deleted","timestamp":1716883200000,"instance_id":"ins_1",
		"event_attributes":{"http_request":{"client_ip":"","user_agent":""}},
		"data":{"object":"user","id":"user_1","deleted":true}}`
	w := Webhooks(t)
	for _, c := range []struct {
		name, body string
		want       []string
	}{
		{"right", deleted, nil},
		{"data missing", without(deleted, `,
		"data":{"object":"user","id":"user_1","deleted":true}`), []string{`event user.deleted /data: property "data" is missing`}},
		{"envelope incomplete", without(deleted, `"instance_id":"ins_1",`), []string{`event user.deleted /instance_id`}},
		{"extra field", replace(deleted, `"id":"user_1"`, `"id":"user_1","banned":false`), []string{`/data: property "banned" is unsupported`}},
		{"unknown event", replace(deleted, "user.deleted", "user.forgotten"), []string{`no webhook event "user.forgotten"`}},
		{"not JSON", "user.deleted", []string{"is not JSON"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			notes := &recorder{TB: t}
			w.CheckEvent(notes, []byte(c.body))
			notes.expect(t, c.want...)
		})
	}
}
