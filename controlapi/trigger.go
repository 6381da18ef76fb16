package controlapi

import (
	"encoding/json"
	"slices"

	"github.com/nightclerk/nightclerk/internal/apierr"
	"github.com/nightclerk/nightclerk/internal/httpapi"
	"github.com/nightclerk/nightclerk/internal/store"
	"github.com/nightclerk/nightclerk/users"
	"github.com/nightclerk/nightclerk/webhooks"
	"github.com/nightclerk/nightclerk/webhooks/sample"
)

type triggerParams struct {
	Type *string `json:"type"`
	// User is an id, e-mail address, phone number or username; without one a user
	// is made up.
	User *string `json:"user"`
	// Organization is an id, slug or name that a sample mentions.
	Organization *string `json:"organization"`
	// Set are fields of the user as CreateUser or UpdateUser spells them, or paths
	// into the data of a sample.
	Set json.RawMessage `json:"set"`
}

// triggerJSON is what was done and what it emitted, in order.
type triggerJSON struct {
	Object string `json:"object"`
	Type   string `json:"type"`
	// UserID is null where a sample mentions nobody who is there.
	UserID    *string       `json:"user_id"`
	SessionID *string       `json:"session_id"`
	Since     int64         `json:"since"`
	Messages  []messageJSON `json:"messages"`
	// Sample tells that nothing was changed: the data is made up.
	Sample bool `json:"sample"`
}

// trigger makes the change that an event is about, through the same rules as any
// other request. An event whose change the emulator cannot make yet is sent with
// a sample, and the answer says so.
func (a *API) trigger(c *call, in triggerParams) (triggerJSON, error) {
	if err := checkTrigger(in); err != nil {
		return triggerJSON{}, err
	}
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
		if err := run.do(&run, tx); err != nil {
			return err
		}
		out.UserID, out.SessionID, out.Sample = optional(run.userID), run.sessionID, run.isSample
		out.Messages, err = messages(tx, webhooks.MessageFilter{SinceSeq: out.Since}, webhooks.MaxLimit)
		slices.Reverse(out.Messages)
		return err
	})
	return out, err
}

func optional(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

func checkTrigger(in triggerParams) error {
	typ := text(in.Type)
	if typ == "" {
		return apierr.FormMissingParameter("type")
	}
	if err := checkType("type", typ); err != nil {
		return err
	}
	if change, real := changes[typ]; real {
		return change.check(typ, in)
	}
	user, org := sample.Mentions(typ)
	switch {
	case in.User != nil && !user:
		return unprocessable("user", "The data of "+typ+" mentions no user: leave user out.")
	case in.Organization != nil && !org:
		return unprocessable("organization", "The data of "+typ+" mentions no organization: leave organization out.")
	case in.User != nil && in.Organization != nil && billed(typ):
		return unprocessable("organization", "Either a user or an organization pays: leave one of user and organization out.")
	}
	return nil
}

// newTrigger decodes and hashes, outside of the transaction.
func (a *API) newTrigger(c *call, in triggerParams) (*trigger, error) {
	t := &trigger{live: c.Live, typ: *in.Type, user: text(in.User), create: a.madeUp(), code: a.DB.IDs().Digits(6)}
	change, real := changes[t.typ]
	if !real {
		t.do, t.isSample, t.org = (*trigger).sendSample, true, sample.OrganizationNamed(text(in.Organization))
		return t, decodePaths(in.Set, &t.paths)
	}
	t.do = change.make
	var hasher users.Hasher
	switch t.typ {
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

// decodeSet reads fields with the errors that a body of them would have.
func decodeSet(c *call, set json.RawMessage, into any) error {
	return (&httpapi.Call{R: c.R, Body: set}).Decode(into)
}

func decodePaths(set json.RawMessage, into *map[string]json.RawMessage) error {
	if set == nil {
		return nil
	}
	if json.Unmarshal(set, into) != nil {
		return apierr.FormInvalidType("set", "object")
	}
	return nil
}

// triggerTypeJSON is one event that can be triggered.
type triggerTypeJSON struct {
	Type  string `json:"type"`
	About string `json:"about"`
	// Data names the schema of the data in Clerk's webhook document.
	Data   string `json:"data"`
	Sample bool   `json:"sample"`
	// Does says what is done.
	Does string `json:"does"`
}

type triggerTypesJSON struct {
	Data []triggerTypeJSON `json:"data"`
}

// sampleDoes is what a trigger does that makes no change.
const sampleDoes = "sends a sample"

// listTriggers lists the whole catalogue.
func (a *API) listTriggers(_ *call, _ none) (triggerTypesJSON, error) {
	out := triggerTypesJSON{Data: make([]triggerTypeJSON, len(webhooks.EventTypes))}
	for i, e := range webhooks.EventTypes {
		change, real := changes[e.Name]
		does := sampleDoes
		if real {
			does = change.does
		}
		out.Data[i] = triggerTypeJSON{Type: e.Name, About: e.About, Data: e.Data, Sample: !real, Does: does}
	}
	return out, nil
}
