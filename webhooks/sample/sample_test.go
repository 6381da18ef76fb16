package sample

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/nightclerk/nightclerk/internal/contract"
	"github.com/nightclerk/nightclerk/users"
	"github.com/nightclerk/nightclerk/webhooks"
)

const now = 1_764_000_000_000

// params number the ids of each kind.
func params() Params {
	n := map[string]int{}
	return Params{Now: now, Instance: "ins_1", ImageBase: "http://localhost:4545/_emulator/avatars/", PageBase: "http://localhost:4545",
		NewID: func(prefix string) string { n[prefix]++; return fmt.Sprintf("%s_%d", prefix, n[prefix]) }}
}

// real is a user who is there, with everything a user can lack.
func real() *users.JSON {
	p := params()
	p.NewID = func(prefix string) string { return prefix + "_real" }
	u := (&maker{Params: p}).madeUp("Ada", "Lovelace")
	u.CreatedAt, u.UpdatedAt = now-month, now-day
	return u
}

func phoneOnly() *users.JSON {
	u := real()
	id := "idn_phone"
	u.FirstName, u.LastName, u.EmailAddresses, u.PrimaryEmailAddressID, u.PrimaryPhoneNumberID = nil, nil, []users.EmailAddressJSON{}, nil, &id
	u.PhoneNumbers = []users.PhoneNumberJSON{{ID: id, Object: "phone_number", PhoneNumber: "+12015550100", LinkedTo: []struct{}{}, CreatedAt: now, UpdatedAt: now}}
	return u
}

func make1(t *testing.T, typ string, p Params) any {
	t.Helper()
	data, err := Data(typ, p)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func encode(t *testing.T, data any) []byte {
	t.Helper()
	body, err := json.Marshal(data)
	if err != nil {
		t.Fatal(err)
	}
	return body
}

// check validates data in Clerk's envelope against Clerk's document.
func check(t *testing.T, typ string, data any) []byte {
	t.Helper()
	body := encode(t, data)
	contract.Webhooks(t).CheckEvent(t, fmt.Appendf(nil, `{"data":%s,"event_attributes":{"http_request":{"client_ip":"","user_agent":""}},
		"instance_id":"ins_1","object":"event","timestamp":%d,"type":%q}`, body, int64(now), typ))
	return body
}

// Every event of the catalogue has a sample that fits Clerk's document, whoever
// it is about.
func TestEverySampleFitsTheDocument(t *testing.T) {
	for _, c := range []struct {
		name string
		user *users.JSON
		org  Organization
	}{
		{name: "made up"}, {name: "real", user: real()}, {name: "phone", user: phoneOnly()},
		{name: "organization", org: OrganizationNamed("Big & Co")}, {name: "both", user: real(), org: OrganizationNamed("org_1")},
	} {
		for _, e := range webhooks.EventTypes {
			t.Run(c.name+" "+e.Name, func(t *testing.T) {
				p := params()
				p.User, p.Organization = c.user, c.org
				body := string(check(t, e.Name, make1(t, e.Name, p)))
				user, org := Mentions(e.Name)
				if c.user != nil && user != strings.Contains(body, c.user.ID) {
					t.Errorf("mentions the user: %v\n%s", !user, body)
				}
				if c.org.ID != "" && c.user == nil && org != strings.Contains(body, c.org.ID) {
					t.Errorf("mentions the organization: %v\n%s", !org, body)
				}
			})
		}
	}
	if n := len(events); n != len(webhooks.EventTypes) {
		t.Errorf("there are samples of %d events, and %d events", n, len(webhooks.EventTypes))
	}
	if _, err := Data("user.forgotten", params()); err == nil {
		t.Error("there is a sample of an event that Clerk does not have")
	}
}

// What is made of a user leaves the user as it was.
func TestSamplesShareNothing(t *testing.T) {
	p := params()
	p.User = real()
	before := string(encode(t, p.User))
	for _, e := range webhooks.EventTypes {
		data := make1(t, e.Name, p)
		if e.Name == "user.updated" {
			if err := Set(data, map[string]json.RawMessage{"first_name": raw(`"Grace"`), "public_metadata.plan": raw(`"pro"`), "email_addresses.0.reserved": raw(`true`)}); err != nil {
				t.Fatal(err)
			}
		}
	}
	if after := string(encode(t, p.User)); after != before {
		t.Errorf("the user became\n%s\nfrom\n%s", after, before)
	}
}

func decode(t *testing.T, data any) map[string]any {
	t.Helper()
	var out map[string]any
	if err := json.Unmarshal(encode(t, data), &out); err != nil {
		t.Fatal(err)
	}
	return out
}

// at follows a dotted path.
func at(t *testing.T, data map[string]any, path string) any {
	t.Helper()
	var v any = data
	for _, step := range strings.Split(path, ".") {
		switch x := v.(type) {
		case map[string]any:
			v = x[step]
		case []any:
			v = x[int(step[0]-'0')]
		}
	}
	return v
}

// One payload names one thing in one way.
func TestReferencesWithinAPayloadAgree(t *testing.T) {
	for _, c := range [][3]string{
		{"session.created", "user_id", "user.id"},
		{"organizationInvitation.created", "inviter_id", "public_inviter_data.user_id"},
		{"organizationInvitation.accepted", "organization_id", "public_organization_data.id"},
		{"organizationDomain.created", "organization_id", "public_organization_data.id"},
		{"subscription.created", "payer_id", "payer.id"},
		{"subscription.created", "items.0.plan_id", "items.0.plan.id"},
		{"subscriptionItem.active", "plan_id", "plan.id"},
		{"paymentAttempt.updated", "subscription_items.0.plan_id", "subscription_items.0.plan.id"},
		{"waitlistEntry.updated", "email_address", "invitation.email_address"},
		{"user.created", "primary_email_address_id", "email_addresses.0.id"},
		{"user.created", "created_at", "updated_at"},
		{"sms.created", "created_at", "created_at_ms"},
		{"organizationDomain.updated", "verification.strategy", "affiliation_verification.strategy"},
	} {
		data := decode(t, make1(t, c[0], params()))
		if a, b := at(t, data, c[1]), at(t, data, c[2]); a == nil || a != b {
			t.Errorf("%s: %s is %v and %s is %v", c[0], c[1], a, c[2], b)
		}
	}
}

// The contradictions of Clerk's document, and what is sent.
func TestWhatIsSentWhereTheDocumentContradictsItself(t *testing.T) {
	for _, c := range []struct {
		typ, path string
		want      any
	}{
		{"waitlistEntry.created", "object", "waitlist_entry"},
		{"session.pending", "status", "pending"},
		{"sms.created", "created_at", float64(now)},
		{"subscriptionItem.active", "object", "commerce_subscription_item"},
		{"subscriptionItem.freeTrialEnding", "status", "active"},
		{"subscriptionItem.freeTrialEnding", "period_end", float64(now + 3*day)},
		{"subscription.created", "items.0.subscription_id", nil},
		{"role.deleted", "deleted", true},
		{"role.deleted", "key", nil},
		{"organizationMembership.deleted", "role", "org:member"},
		{"organizationInvitation.accepted", "data", nil},
		{"organization.created", "members_count", nil},
	} {
		if got := at(t, decode(t, make1(t, c.typ, params())), c.path); got != c.want {
			t.Errorf("%s: %s is %v, not %v", c.typ, c.path, got, c.want)
		}
	}
}

func TestOrganizationsByAnyName(t *testing.T) {
	for name, want := range map[string]Organization{
		"org_2abc": {ID: "org_2abc"}, "big-and-co": {Name: "Big And Co", Slug: "big-and-co"}, " Big & Co ": {Name: "Big & Co", Slug: "big-co"}, "Größe": {Name: "Größe", Slug: "größe"},
	} {
		if got := OrganizationNamed(name); got != want {
			t.Errorf("%q is %+v", name, got)
		}
	}
}

func TestPayersAreUsersOrOrganizations(t *testing.T) {
	p := params()
	p.Organization = OrganizationNamed("org_9")
	if data := decode(t, make1(t, "subscription.created", p)); at(t, data, "payer.organization_id") != "org_9" || at(t, data, "payer.user_id") != "" {
		t.Errorf("an organization pays as %v", data["payer"])
	}
	p.User = real()
	if data := decode(t, make1(t, "subscription.created", p)); at(t, data, "payer.organization_id") != "" || at(t, data, "payer.user_id") != "user_real" {
		t.Errorf("a user pays as %v", data["payer"])
	}
}

// Set tests every kind of place; the result still fits the document.
func TestSetChangesWhatItNames(t *testing.T) {
	for _, c := range []struct{ typ, path, value string }{
		{"organization.created", "name", `"Big & Co"`},
		{"organization.created", "public_metadata.plan.tier", `3`},
		{"organization.created", "public_metadata", `{"a":1}`},
		{"organization.created", "members_count", `7`},
		{"organizationMembership.created", "organization.slug", `"big"`},
		{"organizationMembership.created", "public_user_data.first_name", `null`},
		{"organizationMembership.created", "permissions", `["org:a:b","org:c:d"]`},
		{"organizationMembership.created", "permissions.0", `"org:a:b"`},
		{"paymentAttempt.updated", "failed_reason.code", `"card_declined"`},
		{"paymentAttempt.updated", "status", `"failed"`},
		{"paymentAttempt.updated", "paid_at", `null`},
		{"subscription.created", "items.0.plan.amount", `5`},
		{"subscriptionItem.active", "seats.quantity", `5`},
		{"subscriptionItem.active", "is_free_trial", `true`},
		{"email.created", "data.otp_code", `"654321"`},
		{"email.created", "slug", `"reset_password_code"`},
		{"session.pending", "actor", `{"sub":"user_1"}`},
		{"session.pending", "actor", `null`},
		{"session.pending", "user.first_name", `"Grace"`},
	} {
		data := make1(t, c.typ, params())
		if err := Set(data, map[string]json.RawMessage{c.path: raw(c.value)}); err != nil {
			t.Errorf("%s %s: %v", c.typ, c.path, err)
			continue
		}
		got := encode(t, at(t, decode(t, data), c.path))
		if string(got) != c.value {
			var want any
			if json.Unmarshal([]byte(c.value), &want); string(encode(t, want)) != string(got) {
				t.Errorf("%s %s is %s, not %s", c.typ, c.path, got, c.value)
			}
		}
		check(t, c.typ, data)
	}
}

// An object is laid over what is there; further items of a list are whole, and
// nothing is shared between them.
func TestSetLaysObjectsOver(t *testing.T) {
	data := make1(t, "subscription.created", params())
	fields := map[string]json.RawMessage{"payer": raw(`{"email":"x@example.com"}`), "items": raw(`[{"plan":{"slug":"basic"}},{"id":"csub_item_b"}]`), "items.1.plan.slug": raw(`"team"`)}
	if err := Set(data, fields); err != nil {
		t.Fatal(err)
	}
	check(t, "subscription.created", data)
	out := decode(t, data)
	for path, want := range map[string]string{"payer.email": "x@example.com", "payer.id": "cpayer_1", "items.0.plan.slug": "basic", "items.1.plan.slug": "team", "items.1.id": "csub_item_b"} {
		if got := at(t, out, path); got != want {
			t.Errorf("%s is %v, not %s", path, got, want)
		}
	}
}

func TestSetRefuses(t *testing.T) {
	for _, c := range []struct{ typ, path, value, want string }{
		{"organization.created", "nmae", `"x"`, "Did you mean name?"},
		{"organization.created", "publicMetadata", `{}`, "Did you mean public_metadata?"},
		{"organizationMembership.created", "organization.slgu", `"x"`, "Did you mean organization.slug?"},
		{"organization.deleted", "utterly_other", `1`, "There is: deleted, external_id, id, object, slug."},
		{"organization.created", "name", `7`, `Write it in quotes: "7".`},
		{"organization.created", "name", `null`, "`name` must be a `string`"},
		{"organization.created", "created_at", `"soon"`, "must be a `integer`"},
		{"organization.created", "created_at", `1.5`, "must be a `integer`"},
		{"organization.created", "has_image", `"yes"`, "must be a `boolean`"},
		{"organization.created", "public_metadata", `"x"`, "must be a `object`"},
		{"organization.created", "public_metadata", `null`, "must be a `object`"},
		{"organization.created", "name.first", `"x"`, "name is a string and has no fields"},
		{"organizationMembership.created", "organization", `"org_1"`, "must be a `object`"},
		{"organizationMembership.created", "organization", `{"slgu":"x"}`, "organization.slgu"},
		{"organizationMembership.created", "permissions", `"all"`, "must be a `array`"},
		{"organizationMembership.created", "permissions", `[1]`, "`permissions.0` must be a `string`"},
		{"subscription.created", "items.1.id", `"x"`, "items is a list of 1"},
		{"subscription.created", "items.id", `"x"`, "items is a list of 1"},
		{"email.created", "data.app.name.x", `1`, "data.app.name is no object"},
		{"session.pending", "actor", `1`, "must be a `object`"},
	} {
		err := Set(make1(t, c.typ, params()), map[string]json.RawMessage{c.path: raw(c.value)})
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s %s=%s: %v", c.typ, c.path, c.value, err)
		}
	}
}

// All mistakes are told at once, each once.
func TestSetTellsAllMistakes(t *testing.T) {
	err := Set(make1(t, "role.created", params()), map[string]json.RawMessage{"nmae": raw(`1`), "kye": raw(`1`)})
	if err == nil || !strings.Contains(err.Error(), "nmae") || !strings.Contains(err.Error(), "kye") {
		t.Error(err)
	}
}

// A field that is set changes alone, also where the sample says the same twice.
func TestSetChangesNothingElse(t *testing.T) {
	data := make1(t, "organizationDomain.updated", params())
	if err := Set(data, map[string]json.RawMessage{"verification.attempts": raw(`3`), "verification.verified_at": raw(`null`)}); err != nil {
		t.Fatal(err)
	}
	if out := decode(t, data); at(t, out, "affiliation_verification.attempts") != 1.0 || at(t, out, "affiliation_verification.verified_at") != float64(now) {
		t.Errorf("setting verification changed affiliation_verification to %v", out["affiliation_verification"])
	}
}

// Names that can be set are those that the document has, no more.
func TestEveryTopLevelFieldIsClerks(t *testing.T) {
	extra := map[string][]string{"sms.created": {"created_at"}}
	for _, typ := range slices.Sorted(maps.Keys(events)) {
		fields := contract.Webhooks(t).DataFields(typ)
		for name := range decode(t, make1(t, typ, params())) {
			if !slices.Contains(fields, name) && !slices.Contains(extra[typ], name) {
				t.Errorf("%s has a %s, which Clerk's has not", typ, name)
			}
		}
	}
}
