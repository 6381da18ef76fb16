package users_test

import (
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/nightclerk/nightclerk/internal/apierr"
	"github.com/nightclerk/nightclerk/internal/contract"
	"github.com/nightclerk/nightclerk/internal/spec"
	"github.com/nightclerk/nightclerk/internal/store"
	"github.com/nightclerk/nightclerk/internal/store/storetest"
	"github.com/nightclerk/nightclerk/users"
)

// full has every field that can be given to a new user.
func full() users.CreateParams {
	return users.CreateParams{
		ExternalID: new("ext-1"), FirstName: new("Ada"), LastName: new("Lovelace"), Locale: new("en-GB"),
		EmailAddress:                    []string{"Ada@Example.com", "ada@work.example.org"},
		EmailAddressIdentificationState: []users.Status{users.Verified, users.Reserved},
		PhoneNumber:                     []string{"+1 (555) 555-0100"},
		Username:                        new("Countess_1"), Password: new("correct-horse-battery"),
		TOTPSecret: new("JBSWY3DPEHPK3PXP"), BackupCodes: []string{"one-two-three"},
		PublicMetadata: json.RawMessage(`{"plan": "pro"}`), PrivateMetadata: json.RawMessage(`{"n": 1.50}`), UnsafeMetadata: json.RawMessage(`null`),
		DeleteSelfEnabled: new(false), CreateOrganizationEnabled: new(false), CreateOrganizationsLimit: new(int64(3)),
		LegalAcceptedAt: new("2020-01-02T03:04:05Z"), CreatedAt: new("2012-10-20T07:15:20.902Z"), BypassClientTrust: new(true),
	}
}

func TestANewUserHasEverythingItWasGiven(t *testing.T) {
	each(t, func(e *env) {
		u := e.create(full())
		for name, want := range map[string]string{
			"external_id": `"ext-1"`, "username": `"Countess_1"`, "locale": `"en-GB"`, "password_enabled": `true`,
			"public_metadata": `{"plan":"pro"}`, "private_metadata": `{"n":1.50}`, "unsafe_metadata": `{}`,
			"totp_enabled": `true`, "backup_code_enabled": `true`, "two_factor_enabled": `true`, "mfa_enabled_at": fmt.Sprint(start.UnixMilli()),
			"delete_self_enabled": `false`, "create_organization_enabled": `false`, "create_organizations_limit": `3`,
			"legal_accepted_at": `1577934245000`, "created_at": `1350717320902`, "updated_at": fmt.Sprint(start.UnixMilli()),
			"password_last_updated_at": fmt.Sprint(start.UnixMilli()), "bypass_client_trust": `true`,
			"last_sign_in_at": `null`, "verification_attempts_remaining": `10`, "has_image": `false`,
		} {
			wantMember(e.t, u.Backend(), name, want)
		}
		emails := u.Backend().EmailAddresses
		wantMember(e.t, emails[0], "email_address", `"Ada@Example.com"`)
		wantMember(e.t, emails[0], "verification", `{"object":"verification_admin","status":"verified","strategy":"admin","attempts":null,"expire_at":null}`)
		wantMember(e.t, emails[1], "reserved", `true`)
		wantMember(e.t, emails[1], "verification", `null`)
		wantMember(e.t, u.Backend().PhoneNumbers[0], "phone_number", `"+15555550100"`)
		if *u.PrimaryEmailAddressID != emails[0].ID || *u.PrimaryPhoneNumberID != u.Backend().PhoneNumbers[0].ID {
			e.t.Error("the first address and number are not the primary ones")
		}
		if len(e.events) != 1 || !equalJSON(e.events[0].Data, u.Backend()) {
			e.t.Errorf("emitted %v", e.events)
		}
		e.wantEvents("user.created")
		if diff := cmp.Diff(u.Backend(), e.get(u.ID).Backend()); diff != "" {
			e.t.Errorf("read back, the user is another one: %s", diff)
		}
	})
}

func TestUsersAreSpelledAsTheSpecSays(t *testing.T) {
	each(t, func(e *env) {
		check, events := contract.Load(e.t), contract.Webhooks(e.t)
		bare := e.create(users.CreateParams{Username: new("bare"), SkipUserRequirement: new(true)})
		for _, u := range []*users.User{bare, e.create(full()), must(e, func(tx *store.Tx) (*users.User, error) { return users.Lock(tx, e.rules, bare.ID) })} {
			x := contract.Exchange{Request: httptest.NewRequest("GET", "/v1/users/"+u.ID, nil), Status: 200, Body: encode(u.Backend())}
			x.Header = map[string][]string{"Content-Type": {"application/json"}}
			check.Check(e.t, spec.BackendAPI, x)
		}
		must(e, func(tx *store.Tx) (users.DeletedJSON, error) { return users.Delete(tx, e.rules, bare.ID) })
		for _, event := range e.events {
			events.CheckEvent(e.t, encode(map[string]any{"object": "event", "type": event.Type, "timestamp": 1, "instance_id": ins, "data": event.Data}))
		}
		e.wantEvents("user.created", "user.created", "user.updated", "user.deleted")
	})
}

func TestARefusedUserLeavesNothing(t *testing.T) {
	mail := []string{"a@example.com"}
	meta := func(s string) json.RawMessage { return json.RawMessage(s) }
	long := strings.Repeat("é", 257)
	refused := map[string]struct {
		p    users.CreateParams
		want []string
	}{
		"nothing":                {users.CreateParams{}, []string{"form_data_missing"}},
		"no required address":    {users.CreateParams{Username: new("somebody")}, []string{"form_data_missing"}},
		"nothing to sign in":     {users.CreateParams{SkipUserRequirement: new(true)}, []string{"form_data_missing"}},
		"bad address":            {users.CreateParams{EmailAddress: []string{"a@b"}}, []string{"form_param_format_invalid email_address"}},
		"address twice":          {users.CreateParams{EmailAddress: []string{"a@example.com", "A@Example.com"}}, []string{"form_param_duplicate email_address"}},
		"bad number":             {users.CreateParams{EmailAddress: mail, PhoneNumber: []string{"555-0100"}}, []string{"form_param_format_invalid phone_number"}},
		"a wallet":               {users.CreateParams{EmailAddress: mail, Web3Wallet: []string{"0x0"}}, []string{"form_param_unknown web3_wallet"}},
		"too few statuses":       {users.CreateParams{EmailAddress: append(mail, "b@example.com"), EmailAddressIdentificationState: []users.Status{"verified"}}, []string{"form_param_array_length_mismatch email_address_identification_status"}},
		"unknown status":         {users.CreateParams{EmailAddress: mail, EmailAddressIdentificationState: []users.Status{"sure"}}, []string{"form_param_value_invalid email_address_identification_status"}},
		"short username":         {users.CreateParams{EmailAddress: mail, Username: new("abc")}, []string{"form_username_invalid_length username"}},
		"odd username":           {users.CreateParams{EmailAddress: mail, Username: new("a.bcd")}, []string{"form_username_invalid_character username"}},
		"username of digits":     {users.CreateParams{EmailAddress: mail, Username: new("12345")}, []string{"form_username_needs_non_number_char username"}},
		"long name":              {users.CreateParams{EmailAddress: mail, FirstName: &long}, []string{"form_param_max_length_exceeded first_name"}},
		"NUL in a name":          {users.CreateParams{EmailAddress: mail, LastName: new("a\x00b")}, []string{"form_param_value_invalid last_name"}},
		"no UTF-8":               {users.CreateParams{EmailAddress: mail, ExternalID: new("\xff")}, []string{"form_param_value_invalid external_id"}},
		"odd locale":             {users.CreateParams{EmailAddress: mail, Locale: new("en_US")}, []string{"form_param_format_invalid locale"}},
		"short password":         {users.CreateParams{EmailAddress: mail, Password: new("short")}, []string{"form_password_length_too_short password"}},
		"no password":            {users.CreateParams{EmailAddress: mail, Password: new(""), SkipPasswordChecks: new(true)}, []string{"form_param_nil password"}},
		"password and digest":    {users.CreateParams{EmailAddress: mail, Password: new("long-enough"), PasswordDigest: new("x")}, []string{"form_conditional_param_disallowed password_digest"}},
		"digest without hasher":  {users.CreateParams{EmailAddress: mail, PasswordDigest: new("x")}, []string{"form_conditional_param_missing password_hasher"}},
		"hasher without digest":  {users.CreateParams{EmailAddress: mail, PasswordHasher: new("md5")}, []string{"form_conditional_param_missing password_digest"}},
		"unknown hasher":         {users.CreateParams{EmailAddress: mail, PasswordDigest: new("x"), PasswordHasher: new("rot13")}, []string{"form_param_value_invalid password_hasher"}},
		"malformed digest":       {users.CreateParams{EmailAddress: mail, PasswordDigest: new("x"), PasswordHasher: new("bcrypt")}, []string{"form_password_digest_invalid_code password_digest"}},
		"metadata is a list":     {users.CreateParams{EmailAddress: mail, PublicMetadata: meta(`[]`)}, []string{"form_param_value_invalid public_metadata"}},
		"NUL in metadata":        {users.CreateParams{EmailAddress: mail, PrivateMetadata: meta(`{"a":["\u0000"]}`)}, []string{"form_param_value_invalid private_metadata"}},
		"metadata over 8 KiB":    {users.CreateParams{EmailAddress: mail, UnsafeMetadata: meta(`{"a":"` + strings.Repeat("x", 8<<10) + `"}`)}, []string{"form_param_exceeds_allowed_size unsafe_metadata"}},
		"born tomorrow":          {users.CreateParams{EmailAddress: mail, CreatedAt: new("2026-03-05T00:00:00Z")}, []string{"form_disallow_future_date created_at"}},
		"odd time":               {users.CreateParams{EmailAddress: mail, LegalAcceptedAt: new("yesterday")}, []string{"form_param_invalid_time legal_accepted_at"}},
		"odd TOTP secret":        {users.CreateParams{EmailAddress: mail, TOTPSecret: new("0189")}, []string{"form_param_format_invalid totp_secret"}},
		"two things at the time": {users.CreateParams{EmailAddress: []string{"no"}, Username: new("?")}, []string{"form_username_invalid_length username", "form_param_format_invalid email_address"}},
	}
	each(t, func(e *env) {
		for name, c := range refused {
			_, err := e.tryCreate(c.p)
			e.t.Log(name)
			wantError(e.t, err, c.want...)
			if n := e.count(users.Filter{}); n != 0 {
				e.t.Errorf("%d users after the refusal", n)
			}
		}
		e.wantEvents()
	})
}

func TestMissingDataIsNamed(t *testing.T) {
	each(t, func(e *env) {
		e.rules.Password.Required, e.rules.LegalConsent = true, true
		names := func(p users.CreateParams) any {
			_, err := e.tryCreate(p)
			return apierr.All(err)[0].Meta["param_names"]
		}
		if got := names(users.CreateParams{Username: new("somebody")}); !equalJSON(got, []string{"email_address", "password", "legal_accepted_at"}) {
			e.t.Errorf("missing are %v", got)
		}
		none := users.CreateParams{SkipUserRequirement: new(true), SkipPasswordRequirement: new(true), SkipLegalChecks: new(true)}
		if got := names(none); !equalJSON(got, []string{"email_address", "phone_number", "username"}) {
			e.t.Errorf("without any identifier missing are %v", got)
		}
	})
}

func TestWhatAnInstanceDoesNotHaveIsUnknown(t *testing.T) {
	each(t, func(e *env) {
		e.rules.Username, e.rules.FirstName = users.Attribute{}, users.Attribute{}
		p := full()
		_, err := e.tryCreate(p)
		wantError(e.t, err, "form_param_unknown first_name", "form_param_unknown username")
	})
}

func TestIdentifiersBelongToOneUser(t *testing.T) {
	each(t, func(e *env) {
		e.create(full())
		e.events = nil
		for name, c := range map[string]struct {
			p    users.CreateParams
			want []string
		}{
			"address": {users.CreateParams{EmailAddress: []string{"new@example.com", "ADA@example.com"}}, []string{"form_identifier_exists email_address"}},
			"reserved address and number": {users.CreateParams{EmailAddress: []string{"ada@WORK.example.org"}, PhoneNumber: []string{"+15555550100"}},
				[]string{"form_identifier_exists email_address", "form_identifier_exists phone_number"}},
			"username":    {users.CreateParams{EmailAddress: []string{"new@example.com"}, Username: new("COUNTESS_1")}, []string{"form_identifier_exists username"}},
			"external id": {users.CreateParams{EmailAddress: []string{"new@example.com"}, ExternalID: new("ext-1")}, []string{"form_identifier_exists external_id"}},
		} {
			_, err := e.tryCreate(c.p)
			e.t.Log(name)
			wantError(e.t, err, c.want...)
		}
		e.create(users.CreateParams{EmailAddress: []string{"new@example.com"}, ExternalID: new("EXT-1")})
		e.wantEvents("user.created")
	})
}

func TestTwoProcessesCannotClaimOneAddress(t *testing.T) {
	storetest.EachOptions(t, store.Options{Schemas: []store.Schema{users.Schema}}, func(t *testing.T, opts store.Options) {
		var wg sync.WaitGroup
		var mu sync.Mutex
		outcome := map[string]int{}
		for range 2 {
			db := storetest.Open(t, opts)
			for range 4 {
				wg.Add(1)
				go func() {
					defer wg.Done()
					err := db.Write(t.Context(), ins, func(tx *store.Tx) error {
						_, err := users.Create(tx, users.DefaultRules(), users.CreateParams{EmailAddress: []string{"one@example.com"}})
						return err
					})
					mu.Lock()
					defer mu.Unlock()
					outcome[fmt.Sprint(err)]++
				}()
			}
		}
		wg.Wait()
		if outcome["<nil>"] != 1 || len(outcome) != 2 || outcome[apierr.FormIdentifierExists("email_address").Error()] != 7 {
			t.Errorf("eight attempts ended as %v", outcome)
		}
	})
}

func TestManyUsersAreMadeTogetherOrNotAtAll(t *testing.T) {
	each(t, func(e *env) {
		many := make([]users.CreateParams, 37) // not a multiple of a chunk
		for n := range many {
			many[n] = users.CreateParams{EmailAddress: []string{fmt.Sprintf("u%d@example.com", n)}, Seed: users.Seed{Silent: n%2 == 0}}
		}
		made := must(e, func(tx *store.Tx) ([]*users.User, error) { return users.CreateMany(tx, e.rules, many) })
		if len(e.emitted()) != 18 || e.count(users.Filter{}) != 37 {
			e.t.Errorf("made %d", e.count(users.Filter{}))
		}
		if diff := cmp.Diff(made[36].Backend(), e.get(made[36].ID).Backend()); diff != "" {
			e.t.Error(diff)
		}
		again := []users.CreateParams{{EmailAddress: []string{"x@example.com"}}, {EmailAddress: []string{"X@example.com"}}}
		_, err := in(e, func(tx *store.Tx) ([]*users.User, error) { return users.CreateMany(tx, e.rules, again) })
		wantError(e.t, err, "form_identifier_exists email_address")
		if n := e.count(users.Filter{}); n != 37 {
			e.t.Errorf("%d users after a batch with a clash", n)
		}
	})
}

func TestASeedPinsIDsAndMayLeaveAddressesUnverified(t *testing.T) {
	each(t, func(e *env) {
		p := users.CreateParams{EmailAddress: []string{"a@example.com", "b@example.com"},
			EmailAddressIdentificationState: []users.Status{users.Unverified, users.Verified},
			Seed:                            users.Seed{ID: "user_alice", EmailAddressIDs: []string{"", "idn_b"}, PrimaryEmailAddress: 1, ImageURL: new("http://x/y.png")}}
		u := e.create(p)
		if u.ID != "user_alice" || *u.PrimaryEmailAddressID != "idn_b" || u.EmailAddresses()[0].Status != users.Unverified {
			e.t.Errorf("made %+v", u.Backend())
		}
		wantMember(e.t, u.Backend(), "has_image", "true")
		wantMember(e.t, u.Backend(), "image_url", `"http://x/y.png"`)
		p.EmailAddress = []string{"c@example.com", "d@example.com"}
		_, err := e.tryCreate(p)
		wantError(e.t, err, "form_identifier_exists id", "form_identifier_exists id")
	})
}

func TestAnUnpreparedPasswordIsTheCallersMistake(t *testing.T) {
	each(t, func(e *env) {
		_, err := in(e, func(tx *store.Tx) (*users.User, error) {
			return users.Create(tx, e.rules, users.CreateParams{EmailAddress: []string{"a@example.com"}, Password: new("long-enough")})
		})
		if err == nil || apierr.All(err) != nil {
			e.t.Errorf("answered %v", err)
		}
	})
}

func TestATimeIsKeptToTheMillisecond(t *testing.T) {
	each(t, func(e *env) {
		u := e.create(users.CreateParams{EmailAddress: []string{"a@example.com"}, CreatedAt: new(start.Format(time.RFC3339Nano))})
		if u.CreatedAt != start.UnixMilli() {
			e.t.Errorf("created at %d", u.CreatedAt)
		}
	})
}
