package ui

import (
	"github.com/nightclerk/nightclerk/internal/store"
	"github.com/nightclerk/nightclerk/sessions"
	"github.com/nightclerk/nightclerk/users"
)

var (
	saidPasswordSet     = says("password-set", "The password was set and user.updated was emitted.")
	saidPasswordRemoved = says("password-removed", "The password was removed.")
)

// setPassword implements POST /users/{id}/password. The digest is made before
// the transaction.
func (c *console) setPassword(call *call) (reply, error) {
	f := newForm(call.PostForm)
	p := users.UpdateParams{Password: f.secret("password")}
	if p.Password == nil {
		f.mark("password", "Type the new password, or remove the one that there is.")
	}
	if err := p.Prepare(&users.Hasher{}); err != nil {
		return nil, err
	}
	return call.changeUser(f, userForms{Password: f}, saidPasswordSet, func(tx *store.Tx, id string) error {
		if _, err := users.Update(tx, call.live.Rules(), id, p); err != nil || f.Get("sign_out") == "" {
			return err
		}
		return sessions.RevokeAll(tx, call.live, id)
	})
}

// removePassword implements POST /users/{id}/password/remove.
func (c *console) removePassword(call *call) (reply, error) {
	err := call.write(func(tx *store.Tx) error {
		_, err := users.RemovePassword(tx, call.live.Rules(), call.PathValue("id"))
		return err
	})
	return redirect{call.to("/users", call.PathValue("id")), saidPasswordRemoved}, err
}
