package users

import (
	"strings"

	"github.com/nightclerk/nightclerk/internal/apierr"
	"github.com/nightclerk/nightclerk/internal/store"
)

const (
	idQuery       = `SELECT id, id FROM users WHERE instance_id = $1 AND id IN `
	usernameQuery = `SELECT username_folded, id FROM users WHERE instance_id = $1 AND username_folded IN `
)

// FindByEmail returns the user who can sign in with an e-mail address.
func FindByEmail(tx *store.Tx, rules Rules, address string) (*User, error) {
	return find(tx, rules, "email_address", claimedQuery(emailAddress), fold(strings.TrimSpace(address)))
}

// FindByIdentifier returns the user whom a user id, e-mail address, phone number
// or username names, the latter three as far as one can sign in with them.
func FindByIdentifier(tx *store.Tx, rules Rules, identifier string) (*User, error) {
	const param = "identifier"
	identifier = strings.TrimSpace(identifier)
	if strings.HasPrefix(identifier, "user_") {
		u, err := find(tx, rules, param, idQuery, identifier)
		if !apierr.HasCode(err, "form_identifier_not_found") {
			return u, err
		}
	}
	query, value := usernameQuery, fold(identifier)
	if phone, err := normalizePhone(param, identifier); err == nil {
		query, value = claimedQuery(phoneNumber), phone
	} else if strings.Contains(identifier, "@") {
		query = claimedQuery(emailAddress)
	}
	return find(tx, rules, param, query, value)
}

// find returns the user that a query, which ends in IN, has as its second
// column.
func find(tx *store.Tx, rules Rules, param, query, value string) (*User, error) {
	if encoding(param, value) != nil {
		return nil, apierr.FormIdentifierNotFound(param)
	}
	found, err := holders(tx, query, []string{value})
	if err != nil {
		return nil, err
	}
	for _, id := range found {
		return loadUser(tx, rules, id)
	}
	return nil, apierr.FormIdentifierNotFound(param)
}
