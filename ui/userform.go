package ui

import (
	"net/http"
	"strings"

	"github.com/nightclerk/nightclerk/internal/store"
	"github.com/nightclerk/nightclerk/sessions"
	"github.com/nightclerk/nightclerk/users"
)

// userFormData is what the form of a user shows.
type userFormData struct {
	Form *form
	// Row is the user; its ID is empty for a new one.
	Row userRow
}

// newUser implements GET /users/new.
func (c *console) newUser(*call) (reply, error) { return newUserForm(newForm(nil), http.StatusOK), nil }

func newUserForm(f *form, status int) reply {
	return show("userform", "New user", &userFormData{Form: f}).status(status)
}

var saidUser = map[string]string{
	"ban":     says("user-banned", "The user was banned and their sessions were revoked."),
	"created": says("user-created", "The user was created and user.created was emitted."),
	"delete":  says("user-deleted", "The user was deleted and user.deleted was emitted."),
	"lock":    says("user-locked", "The user was locked: no sign-in until the lock ends or you unlock them."),
	"revoke":  says("session-revoked", "The session was revoked."),
	"saved":   says("user-saved", "The user was saved and user.updated was emitted."),
	"unban":   says("user-unbanned", "The ban was taken back."),
	"unlock":  says("user-unlocked", "The user was unlocked."),
}

// createUser implements POST /users.
func (c *console) createUser(call *call) (reply, error) {
	f := newForm(call.PostForm)
	p := users.CreateParams{
		FirstName: f.optional("first_name"), LastName: f.optional("last_name"), Username: f.optional("username"),
		ExternalID: f.optional("external_id"), EmailAddress: f.list("email_address"), PhoneNumber: f.list("phone_number"),
		Password: f.secret("password"), PublicMetadata: f.jsonObject("public_metadata"),
		PrivateMetadata: f.jsonObject("private_metadata"), UnsafeMetadata: f.jsonObject("unsafe_metadata"),
	}
	if err := p.Prepare(&users.Hasher{}); err != nil {
		return nil, err
	}
	var u *users.User
	err := call.write(func(tx *store.Tx) (err error) {
		u, err = users.Create(tx, call.live.Rules(), p)
		return f.unless(err)
	})
	if err := f.take(err); err != nil {
		return nil, err
	}
	if f.Failed() {
		return newUserForm(f, http.StatusUnprocessableEntity), nil
	}
	return redirect{call.to("/users", u.ID), saidUser["created"]}, nil
}

// list is a field for one identifier as the list that the noun takes.
func (f *form) list(name string) []string {
	if text := f.optional(name); text != nil {
		return []string{*text}
	}
	return nil
}

// secret is a field's text as it is, spaces included; nil when empty.
func (f *form) secret(name string) *string {
	if text := f.Get(name); text != "" {
		return &text
	}
	return nil
}

// editUser implements GET /users/{id}/edit.
func (c *console) editUser(call *call) (reply, error) {
	return call.editForm(nil, http.StatusOK)
}

// editForm shows a user with a form as it was sent, nil for what is stored.
func (c *call) editForm(f *form, status int) (reply, error) {
	data := &userFormData{Form: f}
	err := c.read(func(tx *store.Tx) error {
		u, err := users.Get(tx, c.live.Rules(), c.PathValue("id"))
		if err != nil {
			return err
		}
		data.Row = c.userRow(u)
		if f == nil {
			data.Form = stored(u)
		}
		return nil
	})
	return show("userform", data.Row.Name, data).status(status), err
}

// stored fills the form with what the user has.
func stored(u *users.User) *form {
	f := newForm(nil)
	for name, value := range map[string]*string{"first_name": u.FirstName, "last_name": u.LastName, "username": u.Username, "external_id": u.ExternalID} {
		f.set(name, textOf(value))
	}
	return f
}

// updateUser implements POST /users/{id}: the profile. Metadata and password have
// forms of their own, so that an old page takes back no newer metadata.
func (c *console) updateUser(call *call) (reply, error) {
	f := newForm(call.PostForm)
	p := users.UpdateParams{
		FirstName: f.field("first_name"), LastName: f.field("last_name"), Username: f.field("username"), ExternalID: f.field("external_id"),
	}
	err := call.write(func(tx *store.Tx) error {
		_, err := users.Update(tx, call.live.Rules(), call.PathValue("id"), p)
		return f.unless(err)
	})
	if err := f.take(err); err != nil {
		return nil, err
	}
	if f.Failed() {
		return call.editForm(f, http.StatusUnprocessableEntity)
	}
	return redirect{call.to("/users", call.PathValue("id")), saidUser["saved"]}, nil
}

// field is a text that may be cleared; one that the form lacks stays as it is.
func (f *form) field(name string) users.Field[string] {
	if !f.values.Has(name) {
		return users.Field[string]{}
	}
	if text := strings.TrimSpace(f.Get(name)); text != "" {
		return users.Set(text)
	}
	return users.Null[string]()
}

// actOnUser implements POST /users/{id}/{action}.
func (c *console) actOnUser(call *call) (reply, error) {
	id, action := call.PathValue("id"), call.PathValue("action")
	act := userActions[action]
	if act == nil {
		return c.notFound(call)
	}
	to := call.to("/users", id)
	if action == "delete" {
		to = call.to("/users")
	}
	return redirect{to, saidUser[action]}, call.write(func(tx *store.Tx) error { return act(tx, call, id) })
}

var userActions = map[string]func(tx *store.Tx, c *call, id string) error{
	"ban": func(tx *store.Tx, c *call, id string) error {
		_, err := sessions.BanUser(tx, c.live, id)
		return err
	},
	"delete": func(tx *store.Tx, c *call, id string) error {
		_, err := sessions.DeleteUser(tx, c.live, id)
		return err
	},
	"lock": func(tx *store.Tx, c *call, id string) error {
		_, err := users.Lock(tx, c.live.Rules(), id)
		return err
	},
	"unban": func(tx *store.Tx, c *call, id string) error {
		_, err := users.Unban(tx, c.live.Rules(), id)
		return err
	},
	"unlock": func(tx *store.Tx, c *call, id string) error {
		_, err := users.Unlock(tx, c.live.Rules(), id)
		return err
	},
}

// revokeSession implements POST /users/{id}/sessions/{session}/revoke.
func (c *console) revokeSession(call *call) (reply, error) {
	err := call.write(func(tx *store.Tx) error {
		_, err := sessions.Revoke(tx, call.live, call.PathValue("session"))
		return err
	})
	return redirect{call.to("/users", call.PathValue("id")), saidUser["revoke"]}, err
}
