package users_test

import (
	"strings"
	"testing"

	"github.com/nightclerk/nightclerk/internal/store"
	"github.com/nightclerk/nightclerk/users"
)

func (e *env) tryEmail(p users.EmailParams) (*users.EmailAddress, error) {
	return in(e, func(tx *store.Tx) (*users.EmailAddress, error) { return users.CreateEmailAddress(tx, e.rules, p) })
}

func (e *env) email(userID, address string, verified bool) *users.EmailAddress {
	e.t.Helper()
	out, err := e.tryEmail(users.EmailParams{UserID: userID, EmailAddress: address, Verified: &verified})
	if err != nil {
		e.t.Fatal(err)
	}
	return out
}

func (e *env) tryUpdateEmail(id string, p users.EmailUpdate) (*users.EmailAddress, error) {
	return in(e, func(tx *store.Tx) (*users.EmailAddress, error) { return users.UpdateEmailAddress(tx, e.rules, id, p) })
}

func (e *env) deleteEmail(id string) (users.DeletedJSON, error) {
	return in(e, func(tx *store.Tx) (users.DeletedJSON, error) { return users.DeleteEmailAddress(tx, e.rules, id) })
}

func TestAnAddressIsAddedVerifiedAndMadePrimary(t *testing.T) {
	each(t, func(e *env) {
		u := e.user("first@example.com")
		second, err := e.tryEmail(users.EmailParams{UserID: u.ID, EmailAddress: " second@example.com"})
		if err != nil {
			e.t.Fatal(err)
		}
		wantMember(e.t, second.Backend(), "email_address", `"second@example.com"`)
		wantMember(e.t, second.Backend(), "verification", `null`)
		if got := e.get(u.ID); *got.PrimaryEmailAddressID != *u.PrimaryEmailAddressID {
			e.t.Error("an unverified second address became the primary one")
		}
		_, err = e.tryUpdateEmail(second.ID, users.EmailUpdate{Primary: new(true)})
		wantError(e.t, err, "form_verification_needed primary")
		changed, err := e.tryUpdateEmail(second.ID, users.EmailUpdate{Verified: new(true), Primary: new(true)})
		if err != nil || changed.Status != users.Verified || changed.UpdatedAt <= second.UpdatedAt {
			e.t.Errorf("updated to %+v: %v", changed, err)
		}
		if got := e.get(u.ID); *got.PrimaryEmailAddressID != second.ID {
			e.t.Error("the second address is not the primary one")
		}
		e.wantEvents("user.updated", "user.updated")
	})
}

func TestAnAddressIsRefused(t *testing.T) {
	each(t, func(e *env) {
		u := e.user("taken@example.com")
		other := e.user("other@example.com")
		for want, p := range map[string]users.EmailParams{
			"form_identifier_exists email_address":    {UserID: other.ID, EmailAddress: "Taken@example.com"},
			"form_param_format_invalid email_address": {UserID: u.ID, EmailAddress: "taken@"},
			"form_param_missing user_id":              {EmailAddress: "x@example.com"},
			"form_param_missing email_address":        {UserID: u.ID},
			"resource_not_found":                      {UserID: "user_none", EmailAddress: "x@example.com"},
			"form_verification_needed primary":        {UserID: u.ID, EmailAddress: "x@example.com", Primary: new(true)},
		} {
			_, err := e.tryEmail(p)
			wantError(e.t, err, want)
		}
		_, err := e.tryEmail(users.EmailParams{UserID: u.ID, EmailAddress: "TAKEN@example.com"})
		wantError(e.t, err, "form_identifier_exists email_address")
		if n := len(e.get(u.ID).EmailAddresses()); n != 1 {
			e.t.Errorf("%d addresses", n)
		}
		e.wantEvents()
	})
}

func TestAnUnverifiedAddressIsNobodysUntilItIsVerified(t *testing.T) {
	each(t, func(e *env) {
		a, b := e.user("a@example.com"), e.user("b@example.com")
		ofA, ofB := e.email(a.ID, "shared@example.com", false), e.email(b.ID, "Shared@example.com", false)
		_, err := in(e, func(tx *store.Tx) (*users.User, error) { return users.FindByEmail(tx, e.rules, "shared@example.com") })
		wantError(e.t, err, "form_identifier_not_found email_address")
		if _, err := e.tryUpdateEmail(ofA.ID, users.EmailUpdate{Verified: new(true)}); err != nil {
			e.t.Fatal(err)
		}
		_, err = e.tryUpdateEmail(ofB.ID, users.EmailUpdate{Verified: new(true)})
		wantError(e.t, err, "form_identifier_exists email_address")
		found := must(e, func(tx *store.Tx) (*users.User, error) { return users.FindByEmail(tx, e.rules, "SHARED@example.com") })
		if found.ID != a.ID {
			e.t.Errorf("found %s", found.ID)
		}
		if _, err := e.tryUpdateEmail(ofA.ID, users.EmailUpdate{Verified: new(false)}); err != nil {
			e.t.Fatal(err)
		}
		if _, err := e.tryUpdateEmail(ofB.ID, users.EmailUpdate{Verified: new(true)}); err != nil {
			e.t.Errorf("a freed address cannot be verified: %v", err)
		}
	})
}

func TestADeletedAddressIsReplacedAsPrimary(t *testing.T) {
	each(t, func(e *env) {
		u := e.user("a@example.com")
		first := *u.PrimaryEmailAddressID
		_, err := e.deleteEmail(first)
		wantError(e.t, err, "identification_deletion_failed")
		e.email(u.ID, "unverified@example.com", false)
		third := e.email(u.ID, "c@example.com", true)
		e.events = nil
		gone, err := e.deleteEmail(first)
		if err != nil || !equalJSON(gone, map[string]any{"object": "email_address", "id": first, "deleted": true}) && gone.ID != first {
			e.t.Errorf("deleted %+v: %v", gone, err)
		}
		if got := e.get(u.ID); *got.PrimaryEmailAddressID != third.ID || len(got.EmailAddresses()) != 2 {
			e.t.Errorf("primary is %s", *got.PrimaryEmailAddressID)
		}
		e.wantEvents("user.updated")
		_, err = e.deleteEmail(first)
		wantError(e.t, err, "resource_not_found")
	})
}

func TestARequiredAddressStays(t *testing.T) {
	each(t, func(e *env) {
		u := e.create(users.CreateParams{EmailAddress: []string{"a@example.com"}, Username: new("someone")})
		_, err := e.deleteEmail(*u.PrimaryEmailAddressID)
		wantError(e.t, err, "last_required_identification_deletion_failed")
		e.rules.EmailAddress.Required = false
		if _, err := e.deleteEmail(*u.PrimaryEmailAddressID); err != nil {
			e.t.Error(err)
		}
		if got := e.get(u.ID); got.PrimaryEmailAddressID != nil {
			e.t.Error("a deleted address is the primary one")
		}
	})
}

func TestAReplacementLeavesOneAddress(t *testing.T) {
	each(t, func(e *env) {
		u := e.create(users.CreateParams{EmailAddress: []string{"a@example.com", "b@example.com"}})
		e.user("taken@example.com")
		replace := func(address string, status users.Status) (*users.EmailAddress, error) {
			return in(e, func(tx *store.Tx) (*users.EmailAddress, error) {
				return users.ReplaceEmailAddresses(tx, e.rules, u.ID, address, status)
			})
		}
		_, err := replace("taken@example.com", "")
		wantError(e.t, err, "form_identifier_exists email_address")
		_, err = replace("x@example.com", "sure")
		wantError(e.t, err, "form_param_value_invalid identification_status")
		e.events = nil
		only, err := replace("B@example.com", users.Reserved) // one of its own
		if err != nil {
			e.t.Fatal(err)
		}
		got := e.get(u.ID)
		if len(got.EmailAddresses()) != 1 || *got.PrimaryEmailAddressID != only.ID || !only.Backend().Reserved {
			e.t.Errorf("left with %s", encode(got.Backend().EmailAddresses))
		}
		e.wantEvents("user.updated")
	})
}

func TestAPhoneNumberIsAFirstOrASecondFactor(t *testing.T) {
	each(t, func(e *env) {
		e.rules.EmailAddress.Required = false
		add := func(p users.PhoneParams) (*users.PhoneNumber, error) {
			return in(e, func(tx *store.Tx) (*users.PhoneNumber, error) { return users.CreatePhoneNumber(tx, e.rules, p) })
		}
		change := func(id string, p users.PhoneUpdate) error {
			_, err := in(e, func(tx *store.Tx) (*users.PhoneNumber, error) { return users.UpdatePhoneNumber(tx, e.rules, id, p) })
			return err
		}
		alone := e.create(users.CreateParams{PhoneNumber: []string{"+15555550100"}})
		wantError(e.t, change(*alone.PrimaryPhoneNumberID, users.PhoneUpdate{ReservedForSecondFactor: new(true)}), "identification_update_failed")
		u := e.user("a@example.com")
		_, err := add(users.PhoneParams{UserID: u.ID, PhoneNumber: "+15555550101", ReservedForSecondFactor: new(true)})
		wantError(e.t, err, "identification_create_second_factor_unverified")
		one, err := add(users.PhoneParams{UserID: u.ID, PhoneNumber: "+15555550101", Verified: new(true), ReservedForSecondFactor: new(true)})
		if err != nil || !one.DefaultSecondFactor {
			e.t.Fatalf("%+v: %v", one, err)
		}
		two, err := add(users.PhoneParams{UserID: u.ID, PhoneNumber: "+15555550102"})
		if err != nil {
			e.t.Fatal(err)
		}
		wantError(e.t, change(two.ID, users.PhoneUpdate{ReservedForSecondFactor: new(true)}), "identification_update_second_factor_unverified")
		wantError(e.t, change(two.ID, users.PhoneUpdate{Verified: new(true), ReservedForSecondFactor: new(true), DefaultSecondFactor: new(true)}))
		wantError(e.t, change(two.ID, users.PhoneUpdate{DefaultSecondFactor: new(false)}), "form_disable_default_second_factor_not_allowed default_second_factor")
		got := e.get(u.ID)
		if phones := got.PhoneNumbers(); phones[0].DefaultSecondFactor || !phones[1].DefaultSecondFactor || !got.TwoFactorEnabled() {
			e.t.Errorf("phones %s", encode(got.Backend().PhoneNumbers))
		}
		must(e, func(tx *store.Tx) (users.DeletedJSON, error) { return users.DeletePhoneNumber(tx, e.rules, two.ID) })
		if got := e.get(u.ID); !got.PhoneNumbers()[0].DefaultSecondFactor {
			e.t.Error("no second factor took the place of the deleted default")
		}
		wantError(e.t, change(one.ID, users.PhoneUpdate{Verified: new(false)}))
		got = e.get(u.ID)
		if got.TwoFactorEnabled() || got.Backend().MFADisabledAt == nil || got.Backend().MFAEnabledAt == nil {
			e.t.Errorf("an unverified number is a second factor: %s", encode(got.Backend()))
		}
	})
}

func TestMFAIsSwitchedOff(t *testing.T) {
	each(t, func(e *env) {
		u := e.create(full())
		e.events = nil
		u = must(e, func(tx *store.Tx) (*users.User, error) { return users.DisableMFA(tx, e.rules, u.ID) })
		if u.TwoFactorEnabled() || u.TOTPEnabled() || u.BackupCodeEnabled() || u.Backend().MFADisabledAt == nil {
			e.t.Errorf("still has %s", encode(u.Backend()))
		}
		e.wantEvents("user.updated")
	})
}

func TestEmailAddressForms(t *testing.T) {
	each(t, func(e *env) {
		for _, good := range []string{"a@example.com", "a+clerk_test@example.com", "O'Brien@sub.example.co.uk", "jörg@bücher.example", "x@xn--bcher-kva.example"} {
			if _, err := e.tryCreate(users.CreateParams{EmailAddress: []string{good}}); err != nil {
				e.t.Errorf("%s: %v", good, err)
			}
		}
		for _, bad := range []string{"", "a", "@example.com", "a@", "a@b", "a b@example.com", ".a@example.com", "a..b@example.com", "a@-x.com",
			"a@x..com", "a@example.com.", "Alice <a@example.com>", strings.Repeat("a", 65) + "@example.com", "a@" + strings.Repeat("x.", 130) + "com", "a@exa\u200bmple.com"} {
			if _, err := e.tryCreate(users.CreateParams{EmailAddress: []string{bad}}); err == nil {
				e.t.Errorf("%q was taken", bad)
			}
		}
	})
}

func TestAnIdentifierFindsItsUser(t *testing.T) {
	each(t, func(e *env) {
		u := e.create(full())
		odd := e.create(users.CreateParams{EmailAddress: []string{"odd@example.com"}, Username: new("user_odd")})
		find := func(identifier string) (*users.User, error) {
			return in(e, func(tx *store.Tx) (*users.User, error) { return users.FindByIdentifier(tx, e.rules, identifier) })
		}
		for identifier, want := range map[string]string{u.ID: u.ID, "ADA@example.com ": u.ID, "ada@work.example.org": u.ID,
			"+1 555 555 0100": u.ID, "countess_1": u.ID, "User_Odd": odd.ID, "user_odd": odd.ID} {
			if got, err := find(identifier); err != nil || got.ID != want {
				e.t.Errorf("%s: %v", identifier, err)
			}
		}
		for _, nobody := range []string{"", "user_none", "x@example.com", "+15555550199", "nobody", "a\x00"} {
			_, err := find(nobody)
			wantError(e.t, err, "form_identifier_not_found identifier")
		}
	})
}
