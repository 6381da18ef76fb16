package users_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/nightclerk/nightclerk/internal/apierr"
	"github.com/nightclerk/nightclerk/internal/store"
	"github.com/nightclerk/nightclerk/users"
)

func TestAnUpdateChangesWhatItNamesAndNullClears(t *testing.T) {
	each(t, func(e *env) {
		u := e.create(full())
		e.events = nil
		var p users.UpdateParams
		body := `{"first_name":null,"last_name":"King","username":"","locale":null,"external_id":null,"create_organizations_limit":null,
			"delete_self_enabled":null,"legal_accepted_at":null,"created_at":"2001-01-01T00:00:00Z","bypass_client_trust":false,"public_metadata":{"new":true}}`
		if err := json.Unmarshal([]byte(body), &p); err != nil {
			e.t.Fatal(err)
		}
		got := e.update(u.ID, p).Backend()
		for name, want := range map[string]string{
			"first_name": `null`, "last_name": `"King"`, "username": `null`, "locale": `null`, "external_id": `null`,
			"create_organizations_limit": `null`, "delete_self_enabled": `true`, "create_organization_enabled": `false`, "legal_accepted_at": `null`,
			"created_at": `978307200000`, "bypass_client_trust": `false`, "public_metadata": `{"new":true}`, "private_metadata": `{"n":1.50}`,
			"password_enabled": `true`,
		} {
			wantMember(e.t, got, name, want)
		}
		if len(e.events) != 1 || !equalJSON(e.events[0].Data, got) || !equalJSON(e.get(u.ID).Backend(), got) {
			e.t.Errorf("stored %s", encode(e.get(u.ID).Backend()))
		}
		e.wantEvents("user.updated")
	})
}

func TestUpdatedAtRisesWithEveryChange(t *testing.T) {
	each(t, func(e *env) {
		u := e.user("a@example.com")
		last := u.UpdatedAt
		for range 3 { // the clock stands still
			u = e.update(u.ID, users.UpdateParams{})
			if u.UpdatedAt <= last {
				e.t.Fatalf("updated at %d after %d", u.UpdatedAt, last)
			}
			last = u.UpdatedAt
		}
		e.wantEvents("user.updated", "user.updated", "user.updated")
	})
}

func TestARefusedUpdateChangesNothing(t *testing.T) {
	each(t, func(e *env) {
		other := e.create(full())
		u := e.create(users.CreateParams{EmailAddress: []string{"u@example.com"}, Username: new("someone"), PhoneNumber: []string{"+15555550111"},
			PhoneNumberIdentificationState: []users.Status{users.Reserved}})
		before := encode(e.get(u.ID).Backend())
		e.events = nil
		for want, p := range map[string]users.UpdateParams{
			"form_identifier_exists username":                   {Username: users.Set("countess_1"), FirstName: users.Set("New")},
			"form_identifier_exists external_id":                {ExternalID: users.Set("ext-1")},
			"form_username_invalid_character username":          {Username: users.Set("a b c d")},
			"form_resource_not_found primary_email_address_id":  {PrimaryEmailAddressID: other.PrimaryEmailAddressID},
			"form_resource_not_found primary_phone_number_id":   {PrimaryPhoneNumberID: u.PrimaryEmailAddressID},
			"form_resource_not_found primary_web3_wallet_id":    {PrimaryWeb3WalletID: new("idn_x")},
			"form_resource_not_found profile_image_id":          {ProfileImageID: new("img_x")},
			"form_password_length_too_short password":           {Password: new("short")},
			"form_disallow_future_date created_at":              {CreatedAt: new("2100-01-01T00:00:00Z")},
			"form_param_value_invalid unsafe_metadata":          {UnsafeMetadata: json.RawMessage(`7`)},
			"form_conditional_param_missing password_hasher":    {PasswordDigest: new("x")},
			"form_param_max_length_exceeded external_id":        {ExternalID: users.Set(fmt.Sprintf("%0257d", 1))},
			"form_param_invalid_time legal_accepted_at":         {LegalAcceptedAt: users.Set("soon")},
			"form_password_digest_invalid_code password_digest": {PasswordDigest: new("x"), PasswordHasher: new("sha256")},
			"form_param_format_invalid totp_secret":             {TOTPSecret: new("!")},
		} {
			_, err := e.tryUpdate(u.ID, p)
			wantError(e.t, err, want)
		}
		if got := encode(e.get(u.ID).Backend()); string(got) != string(before) {
			e.t.Errorf("the user became %s", got)
		}
		_, err := e.tryUpdate("user_none", users.UpdateParams{})
		wantError(e.t, err, "resource_not_found")
		e.wantEvents()
	})
}

func TestOnlyAVerifiedAddressBecomesPrimary(t *testing.T) {
	each(t, func(e *env) {
		u := e.create(users.CreateParams{EmailAddress: []string{"a@example.com", "b@example.com", "c@example.com"},
			EmailAddressIdentificationState: []users.Status{users.Verified, users.Verified, users.Reserved}})
		b, c := u.EmailAddresses()[1].ID, u.EmailAddresses()[2].ID
		if got := e.update(u.ID, users.UpdateParams{PrimaryEmailAddressID: &b}); *got.PrimaryEmailAddressID != b {
			e.t.Errorf("primary is %s", *got.PrimaryEmailAddressID)
		}
		_, err := e.tryUpdate(u.ID, users.UpdateParams{PrimaryEmailAddressID: &c})
		wantError(e.t, err, "form_verification_needed primary_email_address_id")
	})
}

func TestAUserKeepsSomethingToSignInWith(t *testing.T) {
	each(t, func(e *env) {
		e.rules.EmailAddress.Required = false
		u := e.create(users.CreateParams{Username: new("someone")})
		_, err := e.tryUpdate(u.ID, users.UpdateParams{Username: users.Null[string]()})
		wantError(e.t, err, "identification_deletion_failed")
		both := e.create(users.CreateParams{Username: new("both"), EmailAddress: []string{"b@example.com"}})
		if got := e.update(both.ID, users.UpdateParams{Username: users.Set("")}); got.Username != nil {
			e.t.Error("the username stayed")
		}
		if got := e.update(u.ID, users.UpdateParams{Username: users.Set("both")}); *got.Username != "both" {
			e.t.Error("a freed username is not free")
		}
	})
}

func TestRulesOfTodayDoNotJudgeWhatIsThere(t *testing.T) {
	each(t, func(e *env) {
		u := e.create(users.CreateParams{EmailAddress: []string{"a@example.com"}, Username: new("abcd")})
		e.rules.UsernameSettings.MinLength = 10
		if got := e.update(u.ID, users.UpdateParams{FirstName: users.Set("A")}); *got.Username != "abcd" {
			e.t.Error("the username changed")
		}
	})
}

func TestADeletedUserLeavesNothing(t *testing.T) {
	each(t, func(e *env) {
		u := e.create(full())
		e.user("b@example.com")
		gone := must(e, func(tx *store.Tx) (users.DeletedJSON, error) { return users.Delete(tx, e.rules, u.ID) })
		if want := `{"object":"user","id":"` + u.ID + `","deleted":true,"external_id":"ext-1"}`; string(encode(gone)) != want {
			e.t.Errorf("answered %s", encode(gone))
		}
		e.wantEvents("user.deleted")
		_, err := in(e, func(tx *store.Tx) (*users.User, error) { return users.Get(tx, e.rules, u.ID) })
		wantError(e.t, err, "resource_not_found")
		_, err = in(e, func(tx *store.Tx) (*users.EmailAddress, error) {
			return users.GetEmailAddress(tx, *u.PrimaryEmailAddressID)
		})
		wantError(e.t, err, "resource_not_found")
		_, err = in(e, func(tx *store.Tx) (users.DeletedJSON, error) { return users.Delete(tx, e.rules, u.ID) })
		wantError(e.t, err, "resource_not_found")
		if e.count(users.Filter{}) != 1 || e.count(users.Filter{Query: "lovelace"}) != 0 {
			e.t.Error("the deleted user is still counted or found")
		}
		e.create(full()) // everything is free again
	})
}

func TestInstancesDoNotSeeEachOther(t *testing.T) {
	each(t, func(e *env) {
		u := e.create(full())
		err := e.db.Write(t.Context(), "ins_other", func(tx *store.Tx) error {
			if _, err := users.Get(tx, e.rules, u.ID); !apierr.HasCode(err, "resource_not_found") {
				e.t.Errorf("another instance's user: %v", err)
			}
			p := full()
			if err := p.Prepare(e.hasher); err != nil {
				return err
			}
			if _, err := users.Create(tx, e.rules, p); err != nil {
				return err
			}
			n, err := users.Count(tx, users.Filter{Query: "ada"})
			if n != 1 {
				e.t.Errorf("found %d", n)
			}
			return err
		})
		if err != nil {
			e.t.Error(err)
		}
		must(e, func(tx *store.Tx) (any, error) { return nil, users.Clear(tx) })
		err = e.db.Read(t.Context(), "ins_other", func(tx *store.Tx) error {
			n, err := users.Count(tx, users.Filter{})
			if n != 1 {
				e.t.Errorf("clearing one instance left %d users in the other", n)
			}
			return err
		})
		if err != nil || e.count(users.Filter{}) != 0 {
			e.t.Error(err)
		}
	})
}
