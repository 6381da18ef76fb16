package ui

import (
	"net/http"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/nightclerk/nightclerk/inbox"
	"github.com/nightclerk/nightclerk/internal/store"
	"github.com/nightclerk/nightclerk/sessions"
	"github.com/nightclerk/nightclerk/users"
	"github.com/nightclerk/nightclerk/webhooks"
)

// userRow is a user in a list.
type userRow struct {
	ID, Href, Name, Email, Initials string
	Badge                           badge
	CreatedAt                       moment
}

// usersData is what the list of users shows.
type usersData struct {
	Form  *form
	Users []userRow
	Pager pager
}

// listUsers implements GET /users.
func (c *console) listUsers(call *call) (reply, error) {
	data := &usersData{Form: newForm(call.URL.Query())}
	err := call.read(func(tx *store.Tx) error {
		list, pager, err := userPage(tx, call.live, data.Form)
		data.Pager = pager
		for _, u := range list {
			data.Users = append(data.Users, call.userRow(u))
		}
		return err
	})
	return show("users", "Users", data), err
}

func (c *call) userRow(u *users.User) userRow {
	row := userRow{ID: u.ID, Href: c.to("/users", u.ID), Name: label(u), Badge: userBadge(u), CreatedAt: c.at(u.CreatedAt)}
	if e := u.PrimaryEmailAddress(); e != nil && e.Value != row.Name {
		row.Email = e.Value
	}
	row.Initials = initials(row.Name)
	return row
}

func userBadge(u *users.User) badge {
	switch {
	case u.Banned:
		return badge{"bad", "Banned"}
	case u.Locked():
		return badge{"warn", "Locked"}
	}
	return badge{"ok", "Active"}
}

// label is what a person would call a user: the name, else an identifier.
func label(u *users.User) string {
	s := u.Subject()
	for _, text := range []*string{s.FullName(), s.PrimaryEmailAddress, u.Username, s.PrimaryPhoneNumber} {
		if text != nil && strings.TrimSpace(*text) != "" {
			return *text
		}
	}
	return u.ID
}

// initials are the first letters of the first two words of a label.
func initials(label string) string {
	var out []rune
	for _, word := range strings.Fields(label) {
		if r, _ := utf8.DecodeRuneInString(word); len(out) < 2 && (unicode.IsLetter(r) || unicode.IsDigit(r)) {
			out = append(out, unicode.ToUpper(r))
		}
	}
	return string(out)
}

// userData is what a user's page shows.
type userData struct {
	Row userRow
	userForms
	Banned      bool
	Locked      bool
	Lockable    bool
	Facts       []fact
	Identities  []identity
	Metadata    []metadata
	Sessions    []sessionRow
	HasPassword bool
	Mail        []mailRow
	Messages    []messageRow
}

// userForms are the forms of a user's page; one that was sent and refused is
// shown as it was.
type userForms struct{ SignIn, IdentityForm, Email, Phone, Password *form }

// filled has every form: those that were not sent are as they are at first.
func (u userForms) filled(c *call) userForms {
	if u.SignIn == nil {
		u.SignIn = c.signInForm()
	}
	for _, f := range []**form{&u.IdentityForm, &u.Email, &u.Phone, &u.Password} {
		if *f == nil {
			*f = newForm(nil)
			(*f).set("verified", "yes")
		}
	}
	return u
}

// fact is a property of a user; one without a text or a time is not set.
type fact struct {
	Label, Text string
	Time        *moment
}

type sessionRow struct {
	ID, RevokeHref     string
	Badge              badge
	LastActive, Expire moment
	Usable             bool
}

// shownOfUser is how many sessions, mails and messages a user's page shows.
const shownOfUser = 20

// showUser implements GET /users/{id}.
func (c *console) showUser(call *call) (reply, error) {
	return call.userPage(userForms{}, http.StatusOK)
}

// toUser leads from the address of a form, which the page of a refused one has,
// to the user: for whoever loads it again, and for what on it follows events.
func (c *console) toUser(call *call) (reply, error) {
	return redirect{to: call.to("/users", call.PathValue("id"))}, nil
}

// userPage shows a user, with forms as they were sent.
func (c *call) userPage(forms userForms, status int) (reply, error) {
	data := &userData{userForms: forms.filled(c), Lockable: c.live.Rules().Lockout.MaxAttempts > 0}
	err := c.read(func(tx *store.Tx) error {
		u, err := users.Get(tx, c.live.Rules(), c.PathValue("id"))
		if err != nil {
			return err
		}
		c.fillUser(data, u)
		if err := c.fillSessions(tx, data); err != nil {
			return err
		}
		if data.Mail, err = c.mail(tx, inbox.Filter{ToAny: addressesOfUser(u), Limit: shownOfUser}); err != nil {
			return err
		}
		data.Messages, _, err = c.messages(tx, webhooks.MessageFilter{SubjectID: u.ID}, webhooks.Page{Limit: shownOfUser}, nil)
		for i := range data.Messages {
			data.Messages[i].Subject = data.Messages[i].ID // whom it is about is the page's title
		}
		return err
	})
	return show("user", data.Row.Name, data).status(status), err
}

func (c *call) fillUser(data *userData, u *users.User) {
	data.Row, data.Banned, data.Locked = c.userRow(u), u.Banned, u.Locked()
	data.Facts = c.facts(u)
	data.HasPassword = u.PasswordEnabled()
	data.Identities, data.Metadata = identitiesOf(u, data.Row.Href), metadataOf(u)
}

func (c *call) facts(u *users.User) []fact {
	yes := func(b bool, on, off string) string {
		if b {
			return on
		}
		return off
	}
	created, updated := c.at(u.CreatedAt), c.at(u.UpdatedAt)
	out := []fact{
		{Label: "Username", Text: textOf(u.Username)},
		{Label: "External id", Text: textOf(u.ExternalID)},
		{Label: "Password", Text: yes(u.PasswordEnabled(), "set", "none")},
		{Label: "Second factor", Text: yes(u.TwoFactorEnabled(), "on", "off")},
		{Label: "Created", Time: &created},
		{Label: "Updated", Time: &updated},
		{Label: "Last sign-in", Time: c.maybe(u.LastSignInAt)},
	}
	if s := u.LockoutExpiresInSeconds(); s != nil {
		until := c.at(c.nowMS + *s*1000)
		out = append(out, fact{Label: "Lock ends", Time: &until})
	}
	return out
}

func textOf(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

func (c *call) fillSessions(tx *store.Tx, data *userData) error {
	list, err := sessions.List(tx, sessions.Filter{UserID: data.Row.ID, Limit: shownOfUser})
	for _, s := range list {
		data.Sessions = append(data.Sessions, sessionRow{ID: s.ID, RevokeHref: data.Row.Href + "/sessions/" + s.ID + "/revoke",
			Badge: sessionBadge(s.Status), LastActive: c.at(s.LastActiveAt), Expire: c.at(s.ExpireAt), Usable: s.Usable() == nil})
	}
	return err
}

// sessionBadge words a session's status as Clerk does.
func sessionBadge(s sessions.Status) badge {
	word := strings.ToUpper(string(s[:1])) + string(s[1:])
	switch s {
	case sessions.Active:
		return badge{"ok", word}
	case sessions.Pending:
		return badge{"wait", word}
	}
	return badge{"off", word}
}
