package scenario_test

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nightclerk/nightclerk/scenario"
)

// A file is handed to a running emulator in pieces: nothing may be lost or made
// up on the way.
func TestSeedJSONIsReadBackAsTheSame(t *testing.T) {
	in := scenario.Instance{
		PublishableKeys: []string{scenario.DefaultPublishableKey},
		Settings:        scenario.Settings{TestMode: new(false), Lockout: scenario.LockoutSettings{MaxAttempts: new(3)}},
		JWTTemplates:    []scenario.JWTTemplate{{Name: "convex", Claims: json.RawMessage(`{"aud":"convex","a":"<&>"}`), Lifetime: new(60)}},
		WebhookEndpoints: []scenario.WebhookEndpoint{{URL: "http://localhost:3211/clerk-users-webhook", EventTypes: []string{"user.created"},
			CustomHeaders: map[string]string{"X-B": "2", "X-A": "1"}, Description: new("")}},
		Invitations: []scenario.Invitation{{EmailAddress: "grace@example.com", PublicMetadata: json.RawMessage(`{"a":1}`), RedirectURL: "http://localhost:3000/", ExpiresInDays: new(7),
			Notify: new(false)}},
		Waitlist: []scenario.WaitlistEntry{{EmailAddress: "ida@example.com", Notify: new(true)}},
		Users: []scenario.User{
			scenario.Person(7),
			{
				ID: "user_2x0000000000000000000000000", ExternalID: scenario.NullString{Named: true, Value: new("a\"\\\u2028<b>")},
				FirstName:      scenario.NullString{Named: true},
				Username:       scenario.NullString{Named: true, Value: new("ada_l")},
				EmailAddresses: []scenario.EmailAddress{{EmailAddress: "a@example.com", Verified: new(false)}, {EmailAddress: "b@example.com", Primary: true}},
				PhoneNumbers:   []scenario.PhoneNumber{{PhoneNumber: "+15555550100"}},
				Password:       "correct-horse-battery", PublicMetadata: json.RawMessage(`{"n":1.50,"z":[null,{}]}`),
				Banned: new(false), Locked: new(true), CreatedAt: new(scenario.UnixMilli(1_700_000_000_000)), Emit: new(false),
			},
		},
	}
	file, err := scenario.Parse("again", scenario.SeedJSON(&in))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(in, file.Default); diff != "" {
		t.Error(diff)
	}
}

func TestPeopleDiffer(t *testing.T) {
	names, addresses := map[string]bool{}, map[string]bool{}
	for n := 1; n <= 500; n++ {
		p := scenario.Person(n)
		names[p.FirstName.String()+" "+p.LastName.String()] = true
		addresses[p.EmailAddresses[0].EmailAddress] = true
	}
	if len(addresses) != 500 || len(names) < 400 {
		t.Errorf("500 people have %d addresses and %d names", len(addresses), len(names))
	}
}
