package emulator

import (
	"encoding/json"
	"errors"
	"strings"

	"github.com/nightclerk/nightclerk/instance"
	"github.com/nightclerk/nightclerk/internal/store"
	"github.com/nightclerk/nightclerk/users"
)

// exampleData is the data of an example message about a user: the instance's
// newest one, or a made-up one while there is nobody.
func exampleData(tx *store.Tx, live *instance.Live, typ string) (any, error) {
	if !strings.HasPrefix(typ, "user.") {
		return nil, errors.New("there is no example of " + typ + " yet, only of user events: make the change that it tells of instead")
	}
	list, _, err := users.ListPage(tx, live.Rules(), users.Filter{OrderBy: "-created_at", Limit: new(int64(1))}, "")
	if err != nil {
		return nil, err
	}
	person := madeUp(tx, live)
	if len(list) > 0 {
		person = list[0].Backend()
	}
	if typ == "user.deleted" {
		return users.DeletedJSON{Object: "user", ID: person.ID, Deleted: true}, nil
	}
	return person, nil
}

// madeUp is a user that exists in the example only.
func madeUp(tx *store.Tx, live *instance.Live) users.JSON {
	object, name := json.RawMessage(`{}`), func(s string) *string { return &s }
	return users.JSON{
		ID: tx.NewID("user"), Object: "user", FirstName: name("Example"), LastName: name("Person"),
		ProfileImageURL: live.Rules().ImageBase + "example", ImageURL: live.Rules().ImageBase + "example",
		PublicMetadata: object, PrivateMetadata: object, UnsafeMetadata: object,
		EmailAddresses: []users.EmailAddressJSON{}, PhoneNumbers: []users.PhoneNumberJSON{}, Web3Wallets: []struct{}{}, Passkeys: []struct{}{},
		ExternalAccounts: []struct{}{}, SAMLAccounts: []struct{}{}, EnterpriseAccounts: []struct{}{},
		VerificationAttemptsRemaining: new(int64(100)), CreatedAt: tx.NowMS(), UpdatedAt: tx.NowMS(),
		DeleteSelfEnabled: true, CreateOrganizationEnabled: true,
	}
}
