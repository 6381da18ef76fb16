package controlapi

import (
	"strconv"

	"github.com/nightclerk/nightclerk/instance"
	"github.com/nightclerk/nightclerk/internal/apierr"
	"github.com/nightclerk/nightclerk/internal/store"
	"github.com/nightclerk/nightclerk/scenario"
	"github.com/nightclerk/nightclerk/users"
)

// madeUp is somebody plausible whose address nobody else has: its number is drawn
// from a billion, above those that a seed counts up from one.
func (a *API) madeUp() users.CreateParams {
	n, err := strconv.Atoi("1" + a.DB.IDs().Digits(9))
	if err != nil {
		panic("ten digits are a number: " + err.Error())
	}
	person := scenario.Person(n)
	return users.CreateParams{FirstName: person.FirstName.Value, LastName: person.LastName.Value,
		EmailAddress: []string{person.EmailAddresses[0].EmailAddress}}
}

// find returns the user whom an id, e-mail address, phone number or username
// names.
func find(tx *store.Tx, l *instance.Live, name string) (*users.User, error) {
	u, err := users.FindByIdentifier(tx, l.Rules(), name)
	if apierr.HasCode(err, "form_identifier_not_found") {
		e := apierr.UserNotFound(name)
		e.LongMessage = "No user has the id, e-mail address, phone number or username " + name + ". `nightclerk users list` shows who there is."
		return nil, e
	}
	return u, err
}
