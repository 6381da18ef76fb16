package controlapi_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	svix "github.com/svix/svix-webhooks/go"

	"github.com/nightclerk/nightclerk/internal/contract"
	"github.com/nightclerk/nightclerk/scenario"
	"github.com/nightclerk/nightclerk/webhooks"
)

func types(out map[string]any) (list []string) {
	for _, m := range out["messages"].([]any) {
		list = append(list, m.(map[string]any)["type"].(string))
	}
	return list
}

// Every trigger makes the real change, with all its events, and nothing else.
func TestTriggersMakeTheChange(t *testing.T) {
	k := start(t, nil)
	for _, c := range []struct {
		body string
		want []string
	}{
		{`{"type":"user.created"}`, []string{"user.created"}},
		{`{"type":"user.created","set":{"first_name":"Zoe","email_address":["zoe@example.com"]}}`, []string{"user.created"}},
		{`{"type":"user.updated","user":"zoe@example.com","set":{"first_name":"Zoë"}}`, []string{"user.updated"}},
		{`{"type":"user.updated"}`, []string{"user.created", "user.updated"}},
		{`{"type":"session.created","user":"zoe@example.com"}`, []string{"session.created"}},
		{`{"type":"session.ended","user":"zoe@example.com"}`, []string{"session.ended"}},
		{`{"type":"session.removed","user":"zoe@example.com"}`, []string{"session.created", "session.removed"}},
		{`{"type":"session.revoked"}`, []string{"user.created", "session.created", "session.revoked"}},
		{`{"type":"email.created"}`, []string{"email.created"}},
		{`{"type":"email.created","user":"zoe@example.com"}`, []string{"email.created"}},
		{`{"type":"sms.created"}`, []string{"sms.created"}},
		{`{"type":"user.deleted","user":"zoe@example.com"}`, []string{"user.deleted"}},
		{`{"type":"user.deleted"}`, []string{"user.created", "user.deleted"}},
	} {
		out := k.do("POST /trigger "+c.body).want(k, 200)
		if got := types(out); !slices.Equal(got, c.want) || out["sample"] != false {
			t.Errorf("%s emitted %v, not %v", c.body, got, c.want)
		}
	}
	if n := len(k.do("GET /inbox?to=zoe@example.com").want(k, 200)["data"].([]any)); n != 1 {
		t.Errorf("%d messages were sent to Zoe", n)
	}
	k.do(`POST /tokens {"user":"zoe@example.com"}`).refused(k, 404, "resource_not_found", "zoe")
}

func TestTriggersThatAreRefused(t *testing.T) {
	k := start(t, nil)
	k.do(`POST /trigger {"type":"user.exploded"}`).refused(k, 422, "form_param_value_invalid", "user.exploded")
	k.do(`POST /trigger {}`).refused(k, 422, "form_param_missing", "type")
	k.do(`POST /trigger {"type":"user.created","user":"alice@example.com"}`).refused(k, 422, "form_param_value_invalid", "set")
	k.do(`POST /trigger {"type":"session.created","set":{"first_name":"A"}}`).refused(k, 422, "form_param_value_invalid", "user.updated")
	k.do(`POST /trigger {"type":"email.created","set":{"slug":"x"}}`).refused(k, 422, "form_param_value_invalid", "takes no fields")
	k.do(`POST /trigger {"type":"sms.created","user":"alice@example.com"}`).refused(k, 422, "form_param_value_invalid", "no phone number")
	k.do(`POST /trigger {"type":"user.created","organization":"acme"}`).refused(k, 422, "form_param_value_invalid", "organization")
	k.do(`POST /trigger {"type":"role.created","user":"alice@example.com"}`).refused(k, 422, "form_param_value_invalid", "mentions no user")
	k.do(`POST /trigger {"type":"role.created","organization":"acme"}`).refused(k, 422, "form_param_value_invalid", "mentions no organization")
	k.do(`POST /trigger {"type":"subscription.created","user":"alice@example.com","organization":"acme"}`).refused(k, 422, "form_param_value_invalid", "Either")
	k.do(`POST /trigger {"type":"organization.created","user":"nobody@example.com"}`).refused(k, 404, "resource_not_found", "nobody@example.com")
	k.do(`POST /trigger {"type":"organization.created","set":{"nmae":"A","slgu":1}}`).refused(k, 422, "form_param_unknown", "Did you mean slug?")
	k.do(`POST /trigger {"type":"organization.created","set":{"name":7}}`).refused(k, 422, "form_param_type_invalid", "string")
	k.do(`POST /trigger {"type":"organization.created","set":[]}`).refused(k, 422, "form_param_type_invalid", "object")
	k.do(`POST /trigger {"type":"user.updated","set":{"frist_name":"A"}}`).refused(k, 422, "form_param_unknown", "frist_name")
	k.do(`POST /trigger {"type":"user.created","set":{"email_address":["alice@example.com"]}}`).refused(k, 422, "form_identifier_exists", "email_address")
	k.do(`POST /trigger {"type":"user.deleted","user":"nobody@example.com"}`).refused(k, 404, "resource_not_found", "nobody@example.com")
	if n := len(k.do("GET /webhooks/messages?since=0&type=organization.created&type=email.created").want(k, 200)["data"].([]any)); n != 0 {
		t.Errorf("what was refused emitted %d messages", n)
	}
}

// received is one delivery as it came in.
type received struct {
	header http.Header
	body   []byte
}

// listening starts an emulator whose deliveries arrive at the channel.
func listening(t *testing.T) (*kit, <-chan received) {
	t.Helper()
	came := make(chan received, 2*len(webhooks.EventTypes))
	receiver := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		came <- received{r.Header, body}
	}))
	t.Cleanup(receiver.Close)
	file := &scenario.File{}
	file.Default.WebhookEndpoints = []scenario.WebhookEndpoint{{URL: receiver.URL}}
	return start(t, file), came
}

// typed is the next delivery of a type; the others of its change pass by.
func typed(t *testing.T, came <-chan received, typ string) received {
	t.Helper()
	limit := time.After(time.Minute)
	for {
		select {
		case d := <-came:
			if strings.HasSuffix(string(d.body), `,"type":"`+typ+`"}`) {
				return d
			}
		case <-limit:
			t.Fatalf("no %s came", typ)
		}
	}
}

// Every event of Clerk's catalogue can be had on request; what arrives fits
// Clerk's document, and Svix's verifier takes it and refuses what was done to it.
func TestEveryEventOnRequest(t *testing.T) {
	k, came := listening(t)
	secret := k.do("GET /env").want(k, 200)["webhook_secret"].(string)
	verifier, err := svix.NewWebhook(secret)
	if err != nil {
		t.Fatal(err)
	}
	stranger, err := svix.NewWebhook("whsec_" + strings.Repeat("A", 32))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range webhooks.EventTypes {
		t.Run(e.Name, func(t *testing.T) {
			out := k.do(`POST /trigger {"type":"`+e.Name+`"}`).want(k, 200)
			if got := types(out); !slices.Contains(got, e.Name) || out["sample"] == true && len(got) != 1 {
				t.Errorf("emitted %v", got)
			}
			d := typed(t, came, e.Name)
			contract.Webhooks(t).CheckEvent(t, d.body)
			if err := verifier.Verify(d.body, d.header); err != nil {
				t.Errorf("svix refuses %s: %v", d.body, err)
			}
			if stranger.Verify(d.body, d.header) == nil {
				t.Error("svix accepts it under another secret")
			}
			for name, alter := range alterations {
				if body, header := alter(d); verifier.Verify(body, header) == nil {
					t.Errorf("svix accepts it with %s", name)
				}
			}
		})
	}
}

// alterations are what is done to a delivery on its way.
var alterations = map[string]func(received) ([]byte, http.Header){
	"another body": func(d received) ([]byte, http.Header) {
		return []byte(strings.Replace(string(d.body), `"object":"event"`, `"object":"Event"`, 1)), d.header
	},
	"a space more":  func(d received) ([]byte, http.Header) { return append(d.body[:len(d.body):len(d.body)], ' '), d.header },
	"a stale time":  func(d received) ([]byte, http.Header) { return d.body, shifted(d.header, -301) },
	"a future time": func(d received) ([]byte, http.Header) { return d.body, shifted(d.header, 301) },
	"no id":         func(d received) ([]byte, http.Header) { return d.body, without(d.header, "Svix-Id") },
	"no time":       func(d received) ([]byte, http.Header) { return d.body, without(d.header, "Svix-Timestamp") },
	"no signature":  func(d received) ([]byte, http.Header) { return d.body, without(d.header, "Svix-Signature") },
	"another's id":  func(d received) ([]byte, http.Header) { return d.body, with(d.header, "Svix-Id", "msg_other") },
	"an unknown scheme": func(d received) ([]byte, http.Header) {
		return d.body, with(d.header, "Svix-Signature", "v1a"+strings.TrimPrefix(d.header.Get("Svix-Signature"), "v1"))
	},
}

func with(h http.Header, name, value string) http.Header {
	h = h.Clone()
	h.Set(name, value)
	return h
}

func without(h http.Header, name string) http.Header {
	h = h.Clone()
	h.Del(name)
	return h
}

func shifted(h http.Header, seconds int64) http.Header {
	at, _ := strconv.ParseInt(h.Get("Svix-Timestamp"), 10, 64)
	return with(h, "Svix-Timestamp", strconv.FormatInt(at+seconds, 10))
}

// payload is the data of the only message that a trigger emitted.
func (k *kit) payload(body string) (out, data map[string]any) {
	k.Helper()
	out = k.do("POST /trigger "+body).want(k, 200)
	id := out["messages"].([]any)[0].(map[string]any)["id"].(string)
	return out, k.svix("/api/v1/app/default/msg/" + id + "?with_content=true")["payload"].(map[string]any)["data"].(map[string]any)
}

// Samples mention whom they are told to and are found under the
// user whom they are about.
func TestSamplesMentionWhomTheyAreTold(t *testing.T) {
	k := start(t, nil)
	out, data := k.payload(`{"type":"organizationMembership.created","user":"alice@example.com","organization":"Big & Co","set":{"role":"org:admin","public_metadata.team":"a"}}`)
	member, org := data["public_user_data"].(map[string]any), data["organization"].(map[string]any)
	if out["sample"] != true || out["user_id"] != scenario.AliceID || member["user_id"] != scenario.AliceID || member["identifier"] != "alice@example.com" || member["first_name"] != "Alice" {
		t.Errorf("%v mentions %v", out, member)
	}
	if org["name"] != "Big & Co" || org["slug"] != "big-co" || data["role"] != "org:admin" || data["public_metadata"].(map[string]any)["team"] != "a" {
		t.Errorf("%v", data)
	}
	for _, c := range []struct{ body, subject string }{
		{`{"type":"organizationMembership.deleted","user":"alice@example.com"}`, scenario.AliceID},
		{`{"type":"organizationInvitation.accepted","user":"alice@example.com"}`, scenario.AliceID},
		{`{"type":"session.pending","user":"alice@example.com"}`, scenario.AliceID},
		{`{"type":"subscription.pastDue","user":"alice@example.com"}`, scenario.AliceID},
		{`{"type":"subscriptionItem.active","user":"alice@example.com"}`, scenario.AliceID},
		{`{"type":"paymentAttempt.created","user":"alice@example.com"}`, scenario.AliceID},
		{`{"type":"organization.deleted","organization":"org_1"}`, "org_1"},
		{`{"type":"role.created","set":{"id":"role_1"}}`, "role_1"},
		{`{"type":"subscription.created","organization":"org_1","set":{"id":"csub_1"}}`, "csub_1"},
		{`{"type":"organizationDomain.created","set":{"id":"orgdmn_1"}}`, "orgdmn_1"},
	} {
		out := k.do("POST /trigger "+c.body).want(k, 200)
		if got := out["messages"].([]any)[0].(map[string]any)["subject_id"]; got != c.subject {
			t.Errorf("%s is about %v", c.body, got)
		}
	}
	if _, data := k.payload(`{"type":"session.pending","user":"alice@example.com"}`); data["user"].(map[string]any)["id"] != scenario.AliceID || data["status"] != "pending" {
		t.Errorf("a pending session of %v", data)
	}
	if out := k.do(`POST /trigger {"type":"subscription.created"}`).want(k, 200); out["user_id"] != nil {
		t.Errorf("a made-up payer is the user %v", out["user_id"])
	}
}

// An instance with a seed repeats its samples.
func TestSamplesFollowTheSeed(t *testing.T) {
	var ids []any
	for range 2 {
		file := &scenario.File{Server: scenario.Server{Seed: "same"}}
		_, data := start(t, file).payload(`{"type":"organization.created"}`)
		ids = append(ids, fmt.Sprint(data["id"], data["created_by"]))
	}
	if ids[0] != ids[1] {
		t.Errorf("the same seed made %v and %v", ids[0], ids[1])
	}
}

func TestTriggersAreListed(t *testing.T) {
	k := start(t, nil)
	list := k.do("GET /trigger").want(k, 200)["data"].([]any)
	if len(list) != len(webhooks.EventTypes) {
		t.Fatalf("%d triggers are listed", len(list))
	}
	for i, e := range webhooks.EventTypes {
		row := list[i].(map[string]any)
		if row["type"] != e.Name || row["does"] == "" {
			t.Errorf("%v stands in the place of %s", row, e.Name)
		}
		if row["sample"] == false && !e.Emitted {
			t.Errorf("%s makes a real change, but the catalogue says that it is not emitted", e.Name)
		}
	}
}
