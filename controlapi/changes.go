package controlapi

import (
	"encoding/json"
	"strings"

	"github.com/nightclerk/nightclerk/inbox"
	"github.com/nightclerk/nightclerk/instance"
	"github.com/nightclerk/nightclerk/internal/store"
	"github.com/nightclerk/nightclerk/invitations"
	"github.com/nightclerk/nightclerk/sessions"
	"github.com/nightclerk/nightclerk/users"
	"github.com/nightclerk/nightclerk/webhooks/sample"
)

// change is how an event comes about.
type change struct {
	// does is said of it in lists: the trigger … .
	does string
	// set tells whether fields can be given.
	set  bool
	make func(*trigger, *store.Tx) error
}

// changes are the events whose change the emulator makes when they are
// triggered. Every other event of the catalogue is sent with a sample: once the
// product can make its change, it gets a row here.
var changes = map[string]change{
	"email.created":   {"sends a verification code, to the user or to somebody who has no account yet", false, func(t *trigger, tx *store.Tx) error { return t.send(tx, inbox.Email) }},
	"sms.created":     {"sends a verification code, to the user or to somebody who has no account yet", false, func(t *trigger, tx *store.Tx) error { return t.send(tx, inbox.SMS) }},
	"session.created": {"signs the user in", false, (*trigger).startSession},
	"session.ended":   {"ends the user's newest session; a user without one signs in first", false, ending(sessions.End)},
	"session.removed": {"signs the user out of their newest session; a user without one signs in first", false, ending(sessions.Remove)},
	"session.revoked": {"revokes the user's newest session; a user without one signs in first", false, ending(sessions.Revoke)},
	"user.created":    {"creates a user", true, (*trigger).createUser},
	"user.deleted":    {"deletes the user, and signs them out before that", false, (*trigger).deleteUser},
	"user.updated":    {"updates the user", true, (*trigger).updateUser},

	"waitlistEntry.created": {"puts somebody who has no account yet on the waitlist", false, (*trigger).joinWaitlist},
	"waitlistEntry.updated": {"puts somebody on the waitlist and invites them", false, (*trigger).inviteFromWaitlist},
}

func (c change) check(typ string, in triggerParams) error {
	switch {
	case strings.HasPrefix(typ, "waitlistEntry.") && in.User != nil:
		return unprocessable("user", "Who is on the waitlist has no account: leave user out.")
	case typ == "user.created" && in.User != nil:
		return unprocessable("user", "user.created makes a new user: leave user out and give its fields in set.")
	case in.Organization != nil:
		return unprocessable("organization", typ+" makes a real change, which involves no organization: leave organization out.")
	case in.Set != nil && !c.set:
		return unprocessable("set", typ+" makes a real change, which takes no fields to set. user.created, user.updated and samples do.")
	}
	return nil
}

// billed tells whether the event is about somebody who pays.
func billed(typ string) bool {
	return strings.HasPrefix(typ, "subscription") || strings.HasPrefix(typ, "paymentAttempt.")
}

// trigger is one event in the making.
type trigger struct {
	live *instance.Live
	typ  string
	do   func(*trigger, *store.Tx) error
	user string // as the request names it, "" for a made-up one

	create users.CreateParams
	update users.UpdateParams
	code   string

	isSample bool
	org      sample.Organization
	paths    map[string]json.RawMessage

	userID    string
	sessionID *string
}

func (t *trigger) joinWaitlist(tx *store.Tx) error {
	_, err := invitations.CreateEntry(tx, t.live, invitations.EntryParams{EmailAddress: t.create.EmailAddress[0]})
	return err
}

func (t *trigger) inviteFromWaitlist(tx *store.Tx) error {
	e, err := invitations.CreateEntry(tx, t.live, invitations.EntryParams{EmailAddress: t.create.EmailAddress[0]})
	if err != nil {
		return err
	}
	_, err = invitations.Invite(tx, t.live, e.ID, t.live.Addresses.Backend, false)
	return err
}

// sendSample emits the event with data that is made up around the user and the
// organization that were named.
func (t *trigger) sendSample(tx *store.Tx) error {
	p := sample.For(tx, t.live)
	p.Organization = t.org
	if t.user != "" {
		u, err := find(tx, t.live, t.user)
		if err != nil {
			return err
		}
		known := u.Backend()
		p.User, t.userID = &known, u.ID
	}
	data, err := sample.Data(t.typ, p)
	if err != nil {
		return err
	}
	if err := sample.Set(data, t.paths); err != nil {
		return err
	}
	// Encoded here, so that what the message is about is read from what was set.
	encoded, err := json.Marshal(data)
	if err != nil {
		return err
	}
	return tx.Emit(t.typ, json.RawMessage(encoded))
}

// send puts a code into the inbox that belongs to no attempt.
func (t *trigger) send(tx *store.Tx, kind inbox.Kind) error {
	m := inbox.Message{Kind: kind, Slug: inbox.VerificationCode, To: t.create.EmailAddress[0], Code: t.code}
	if kind == inbox.SMS {
		m.To = fictionalNumber
	}
	if t.user != "" {
		u, err := find(tx, t.live, t.user)
		if err != nil {
			return err
		}
		id, to, err := primary(u, kind)
		if err != nil {
			return err
		}
		m.UserID, m.IdentificationID, m.To, t.userID = &u.ID, &id, to, u.ID
	}
	_, err := inbox.Send(tx, t.live, m)
	return err
}

// fictionalNumber is one that nobody has.
const fictionalNumber = "+12015550199"

// primary is where messages to a user go.
func primary(u *users.User, kind inbox.Kind) (id, to string, err error) {
	if kind == inbox.SMS {
		if p := u.PrimaryPhoneNumber(); p != nil {
			return p.ID, p.Value, nil
		}
		return "", "", unprocessable("user", "The user has no phone number to send a message to. Leave user out, or give them one through the Backend API.")
	}
	if e := u.PrimaryEmailAddress(); e != nil {
		return e.ID, e.Value, nil
	}
	return "", "", unprocessable("user", "The user has no e-mail address to send a message to. Leave user out, or give them one through the Backend API.")
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

// ending ends the user's newest session; a user without one signs in first.
func ending(end func(*store.Tx, *instance.Live, string) (*sessions.Session, error)) func(*trigger, *store.Tx) error {
	return func(t *trigger, tx *store.Tx) error {
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
}
