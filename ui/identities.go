package ui

import (
	"net/http"

	"github.com/nightclerk/nightclerk/internal/apierr"
	"github.com/nightclerk/nightclerk/internal/store"
	"github.com/nightclerk/nightclerk/users"
)

// identity is an e-mail address or a phone number.
type identity struct {
	ID, Kind, Value, Href string
	Badge                 badge
	Primary, Verified     bool
	// SecondFactor is a phone number that is kept for the second factor.
	SecondFactor bool
}

func identityOf(kind, user string, i *users.Identification, primary *string) identity {
	out := identity{ID: i.ID, Kind: kind, Value: i.Value, Href: user + "/identities/" + i.ID,
		Primary: primary != nil && *primary == i.ID, Verified: i.Status == users.Verified,
		SecondFactor: i.ReservedForSecondFactor, Badge: badge{"off", "Unverified"}}
	switch i.Status {
	case users.Verified:
		out.Badge = badge{"ok", "Verified"}
	case users.Reserved:
		out.Badge = badge{"wait", "Reserved"}
	}
	return out
}

// CanLead tells whether the identity may become the primary one.
func (i identity) CanLead() bool {
	return !i.Primary && i.Badge.Text != "Unverified" && !i.SecondFactor
}

// identificationsOf are all identities of a user, e-mail addresses first.
func identificationsOf(u *users.User) (out []*users.Identification) {
	for _, e := range u.EmailAddresses() {
		out = append(out, (*users.Identification)(e))
	}
	for _, p := range u.PhoneNumbers() {
		out = append(out, (*users.Identification)(p))
	}
	return out
}

// isPhone tells the two types apart as Clerk names them.
func isPhone(i *users.Identification) bool { return i.Type == "phone_number" }

// identitiesOf are the rows of a user's identities.
func identitiesOf(u *users.User, href string) (out []identity) {
	for _, i := range identificationsOf(u) {
		kind, primary := "E-mail", u.PrimaryEmailAddressID
		if isPhone(i) {
			kind, primary = "Phone", u.PrimaryPhoneNumberID
		}
		out = append(out, identityOf(kind, href, i, primary))
	}
	return out
}

var saidIdentity = map[string]string{
	"add":      says("identity-added", "The identity was added and user.updated was emitted."),
	"verify":   says("identity-verified", "The identity counts as verified now."),
	"unverify": says("identity-unverified", "The identity counts as unverified now: nobody signs in with it."),
	"primary":  says("identity-primary", "The identity is the primary one now."),
	"remove":   says("identity-removed", "The identity was removed and user.updated was emitted."),
}

// addEmail implements POST /users/{id}/emails.
func (c *console) addEmail(call *call) (reply, error) {
	f := newForm(call.PostForm)
	return call.changeUser(f, userForms{Email: f}, saidIdentity["add"], func(tx *store.Tx, id string) error {
		_, err := users.CreateEmailAddress(tx, call.live.Rules(), users.EmailParams{UserID: id, EmailAddress: f.Get("email_address"),
			Verified: f.checked("verified"), Primary: f.checked("primary")})
		return err
	})
}

// addPhone implements POST /users/{id}/phones.
func (c *console) addPhone(call *call) (reply, error) {
	f := newForm(call.PostForm)
	return call.changeUser(f, userForms{Phone: f}, saidIdentity["add"], func(tx *store.Tx, id string) error {
		_, err := users.CreatePhoneNumber(tx, call.live.Rules(), users.PhoneParams{UserID: id, PhoneNumber: f.Get("phone_number"),
			Verified: f.checked("verified"), Primary: f.checked("primary")})
		return err
	})
}

// checked is what a check box says.
func (f *form) checked(name string) *bool { return new(f.Get(name) != "") }

// actOnIdentity implements POST /users/{id}/identities/{identity}/{action}.
func (c *console) actOnIdentity(call *call) (reply, error) {
	action := call.PathValue("action")
	act := identityActions[action]
	if act == nil {
		return c.notFound(call)
	}
	f := newForm(nil)
	return call.changeUser(f, userForms{IdentityForm: f}, saidIdentity[action], func(tx *store.Tx, id string) error {
		u, err := users.Get(tx, call.live.Rules(), id)
		if err != nil {
			return err
		}
		for _, i := range identificationsOf(u) {
			if i.ID == call.PathValue("identity") {
				return act(tx, call.live.Rules(), i)
			}
		}
		return apierr.ResourceNotFound()
	})
}

type identityAction func(*store.Tx, users.Rules, *users.Identification) error

var identityActions = map[string]identityAction{
	"primary":  declare(nil, new(true)),
	"remove":   removeIdentity,
	"unverify": declare(new(false), nil),
	"verify":   declare(new(true), nil),
}

// declare says of an identity what is not nil.
func declare(verified, primary *bool) identityAction {
	return func(tx *store.Tx, rules users.Rules, i *users.Identification) (err error) {
		if isPhone(i) {
			_, err = users.UpdatePhoneNumber(tx, rules, i.ID, users.PhoneUpdate{Verified: verified, Primary: primary})
		} else {
			_, err = users.UpdateEmailAddress(tx, rules, i.ID, users.EmailUpdate{Verified: verified, Primary: primary})
		}
		return err
	}
}

func removeIdentity(tx *store.Tx, rules users.Rules, i *users.Identification) (err error) {
	if isPhone(i) {
		_, err = users.DeletePhoneNumber(tx, rules, i.ID)
	} else {
		_, err = users.DeleteEmailAddress(tx, rules, i.ID)
	}
	return err
}

// changeUser runs what a form on a user's page asks for. What is wrong is said
// on that page, at the form; else the page says that it was done.
func (c *call) changeUser(f *form, forms userForms, said string, fn func(tx *store.Tx, id string) error) (reply, error) {
	id := c.PathValue("id")
	err := c.write(func(tx *store.Tx) error { return f.unless(fn(tx, id)) })
	if err := f.take(err); err != nil {
		return nil, err
	}
	if f.Failed() {
		return c.userPage(forms, http.StatusUnprocessableEntity)
	}
	return redirect{c.to("/users", id), said}, nil
}
