package controlapi

import (
	"encoding/json"
	"maps"
	"slices"

	"github.com/nightclerk/nightclerk/instance"
	"github.com/nightclerk/nightclerk/internal/apierr"
	"github.com/nightclerk/nightclerk/internal/httpapi"
	"github.com/nightclerk/nightclerk/internal/store"
	"github.com/nightclerk/nightclerk/sessions"
	"github.com/nightclerk/nightclerk/users"
	"github.com/nightclerk/nightclerk/webhooks"
)

type triggerParams struct {
	Type *string `json:"type"`
	// User is an id, e-mail address, phone number or username; without one a user
	// is made up.
	User *string `json:"user"`
	// Set are fields of the user as CreateUser or UpdateUser spells them.
	Set json.RawMessage `json:"set"`
}

// triggerJSON is the change that was made and what it emitted, in order.
type triggerJSON struct {
	Object    string        `json:"object"`
	Type      string        `json:"type"`
	UserID    string        `json:"user_id"`
	SessionID *string       `json:"session_id"`
	Since     int64         `json:"since"`
	Messages  []messageJSON `json:"messages"`
}

// trigger makes the change that an event is about, through the same rules as any
// other request: nothing is sent that did not happen.
func (a *API) trigger(c *call, in triggerParams) (triggerJSON, error) {
	t, err := a.newTrigger(c, in)
	if err != nil {
		return triggerJSON{}, err
	}
	out := triggerJSON{Object: "trigger", Type: *in.Type}
	err = a.write(c, func(tx *store.Tx) (err error) {
		if out.Since, err = tx.Seq(); err != nil {
			return err
		}
		run := *t // a transaction may be run again
		if err := changes[out.Type](&run, tx); err != nil {
			return err
		}
		out.UserID, out.SessionID = run.userID, run.sessionID
		out.Messages, err = messages(tx, webhooks.MessageFilter{SinceSeq: out.Since}, webhooks.MaxLimit)
		slices.Reverse(out.Messages)
		return err
	})
	return out, err
}

// trigger is one change in the making.
type trigger struct {
	live   *instance.Live
	user   string // as the request names it, "" for a made-up one
	create users.CreateParams
	update users.UpdateParams

	userID    string
	sessionID *string
}

// changes are the events that can be had on request, and how.
var changes = map[string]func(*trigger, *store.Tx) error{
	"session.created": (*trigger).startSession,
	"session.ended":   func(t *trigger, tx *store.Tx) error { return t.endSession(tx, sessions.End) },
	"session.removed": func(t *trigger, tx *store.Tx) error { return t.endSession(tx, sessions.Remove) },
	"session.revoked": func(t *trigger, tx *store.Tx) error { return t.endSession(tx, sessions.Revoke) },
	"user.created":    (*trigger).createUser,
	"user.deleted":    (*trigger).deleteUser,
	"user.updated":    (*trigger).updateUser,
}

// newTrigger decodes and hashes, outside of the transaction.
func (a *API) newTrigger(c *call, in triggerParams) (*trigger, error) {
	if err := checkTrigger(in); err != nil {
		return nil, err
	}
	t := &trigger{live: c.Live, user: text(in.User), create: a.madeUp()}
	var hasher users.Hasher
	switch *in.Type {
	case "user.created":
		if err := decodeSet(c, in.Set, &t.create); err != nil {
			return nil, err
		}
		return t, t.create.Prepare(&hasher)
	case "user.updated":
		if err := decodeSet(c, in.Set, &t.update); err != nil {
			return nil, err
		}
		return t, t.update.Prepare(&hasher)
	}
	return t, nil
}

func checkTrigger(in triggerParams) error {
	known := slices.Sorted(maps.Keys(changes))
	switch {
	case text(in.Type) == "":
		return apierr.FormMissingParameter("type")
	case checkType("type", *in.Type) != nil:
		return checkType("type", *in.Type)
	case changes[*in.Type] == nil:
		e := apierr.NotImplemented("a trigger for " + *in.Type)
		e.LongMessage = *in.Type + " cannot be triggered yet. POST /_emulator/trigger knows the types in meta.supported."
		e.Meta = map[string]any{"supported": known}
		return e
	case *in.Type == "user.created" && in.User != nil:
		return unprocessable("user", "user.created makes a new user: leave user out and give its fields in set.")
	case in.Set != nil && *in.Type != "user.created" && *in.Type != "user.updated":
		return unprocessable("set", "Only user.created and user.updated take fields to set.")
	}
	return nil
}

// decodeSet reads fields with the errors that a body of them would have.
func decodeSet(c *call, set json.RawMessage, into any) error {
	return (&httpapi.Call{R: c.R, Body: set}).Decode(into)
}

func (t *trigger) createUser(tx *store.Tx) error {
	u, err := users.Create(tx, t.live.Rules(), t.create)
	if err == nil {
		t.userID = u.ID
	}
	return err
}

// theUser is the one named, or a made-up one that is created for this.
func (t *trigger) theUser(tx *store.Tx) error {
	if t.user == "" {
		return t.createUser(tx)
	}
	u, err := find(tx, t.live, t.user)
	if err == nil {
		t.userID = u.ID
	}
	return err
}

func (t *trigger) updateUser(tx *store.Tx) error {
	if err := t.theUser(tx); err != nil {
		return err
	}
	_, err := users.Update(tx, t.live.Rules(), t.userID, t.update)
	return err
}

func (t *trigger) deleteUser(tx *store.Tx) error {
	if err := t.theUser(tx); err != nil {
		return err
	}
	_, err := sessions.DeleteUser(tx, t.live, t.userID)
	return err
}

func (t *trigger) startSession(tx *store.Tx) error {
	if err := t.theUser(tx); err != nil {
		return err
	}
	s, err := sessions.Create(tx, t.live, sessions.CreateParams{UserID: t.userID})
	if err == nil {
		t.sessionID = &s.ID
	}
	return err
}

// endSession ends the user's newest session; a user without one signs in first.
func (t *trigger) endSession(tx *store.Tx, end func(*store.Tx, *instance.Live, string) (*sessions.Session, error)) error {
	if err := t.theUser(tx); err != nil {
		return err
	}
	s, err := sessions.NewestActive(tx, t.userID)
	if err != nil {
		return err
	}
	if s == nil {
		if s, err = sessions.Create(tx, t.live, sessions.CreateParams{UserID: t.userID}); err != nil {
			return err
		}
	}
	t.sessionID = &s.ID
	_, err = end(tx, t.live, s.ID)
	return err
}
