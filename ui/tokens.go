package ui

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/nightclerk/nightclerk/internal/apierr"
	"github.com/nightclerk/nightclerk/internal/store"
	"github.com/nightclerk/nightclerk/issuer"
	"github.com/nightclerk/nightclerk/sessions"
	"github.com/nightclerk/nightclerk/users"
)

// suggested is how many users the mint form offers by name; any other can be
// typed in.
const suggested int64 = 50

// tokensData is what the page of tokens shows.
type tokensData struct {
	Form      *form
	Users     []userOption
	Templates []string
	Faults    []issuer.FaultInfo
	Token     *decoded
	Verdict   *verdict
	Preview   *previewData // nil beside a token
	Keys      []keyRow
	Graces    []option
}

// Editing tells whether a template's editor is shown, New whether it is for one
// that does not exist.
func (d *tokensData) Editing() bool { return d.Form.Get("editing") != "" }
func (d *tokensData) New() bool     { return d.Form.Get("editing") == "new" }

// userOption is a user to choose.
type userOption struct{ ID, Label string }

// tokens implements GET /tokens.
func (c *console) tokens(call *call) (reply, error) {
	f := newForm(call.URL.Query())
	if !f.values.Has("template") {
		f.set("template", defaultTemplate(call.live.TemplateNames()))
	}
	if err := f.setTemplate(call); err != nil {
		return nil, err
	}
	return call.mintPage(&tokensData{Form: f}, http.StatusOK)
}

// defaultTemplate is the one that Convex asks for, when it exists.
func defaultTemplate(names []string) string {
	for _, name := range names {
		if name == "convex" {
			return name
		}
	}
	return ""
}

// mintPage shows the form, and the token when there is one. A token is shown in
// the answer to the form and never put into an address.
func (c *call) mintPage(data *tokensData, status int) (reply, error) {
	data.Templates, data.Faults, data.Keys, data.Graces = c.live.TemplateNames(), issuer.Faults(), c.keyRows(), graces
	err := c.read(func(tx *store.Tx) error {
		list, err := newestUsers(tx, c.live, suggested)
		for _, u := range list {
			data.Users = append(data.Users, userOption{u.ID, label(u)})
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	if !data.Form.values.Has("user") && len(data.Users) > 0 { // the newest, so that there is something to see
		data.Form.set("user", data.Users[0].ID)
	}
	if data.Token == nil {
		data.Preview, err = c.previewOf(data.Form)
	}
	return show("tokens", "Tokens", data).status(status), err
}

// mint implements POST /tokens.
func (c *console) mint(call *call) (reply, error) {
	data := &tokensData{Form: newForm(call.PostForm)}
	jwt, err := call.mintToken(data.Form)
	if err := data.Form.take(err); err != nil {
		return nil, err
	}
	if data.Form.Failed() {
		return call.mintPage(data, http.StatusUnprocessableEntity)
	}
	data.Token = decode(jwt, c.DB.Clock().Now().UnixMilli())
	if data.Form.Get("template") != "" {
		data.Verdict = call.judge(jwt, call.ownProviders())
	}
	return call.mintPage(data, http.StatusOK)
}

func (c *call) mintToken(f *form) (string, error) {
	req := sessions.TokenRequest{Template: f.Get("template"), Lifetime: f.seconds("expires_in_seconds")}
	if name := f.Get("fault"); name != "" {
		fault, err := issuer.ParseFault(name)
		if err != nil {
			f.mark("fault", err.Error())
		}
		req.Fault = fault
	}
	if req.Template != "" {
		if _, err := c.live.Template(req.Template); err != nil {
			f.mark("template", err.Error())
		}
	}
	if f.Failed() {
		return "", nil
	}
	subject, now, err := c.subject(f, req.Template != "")
	if err != nil || f.Failed() {
		return "", err
	}
	return sessions.Mint(c.live, subject, now, c.console.DB.IDs().Rand, req)
}

// seconds reads a lifetime; 0 is the template's own.
func (f *form) seconds(name string) int64 {
	text := strings.TrimSpace(f.Get(name))
	if text == "" {
		return 0
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 1 || n > issuer.MaxLifetime {
		f.mark(name, "A whole number of seconds, from 1 to "+strconv.Itoa(issuer.MaxLifetime)+", or nothing for the template's own.")
	}
	return n
}

// subject reads whom the token is about. A session token needs a session: the
// user is signed in when the form allows it.
func (c *call) subject(f *form, template bool) (out *issuer.Subject, now time.Time, err error) {
	run := c.read
	if !template && f.Get("sign_in") != "" {
		run = c.write
	}
	err = run(func(tx *store.Tx) error {
		now = sessions.TokenTime(tx, c.live)
		u, err := users.FindByIdentifier(tx, c.live.Rules(), strings.TrimSpace(f.Get("user")))
		if apierr.HasCode(err, "form_identifier_not_found") {
			f.mark("user", "There is no such user: give a user id, an e-mail address, a phone number or a username.")
			return nil
		}
		if err != nil {
			return err
		}
		if template {
			out = sessions.UserSubject(tx, c.live, u)
			return nil
		}
		out, err = c.signedIn(tx, f, u)
		return err
	})
	return out, now, err
}

// signedIn is the user with their newest session.
func (c *call) signedIn(tx *store.Tx, f *form, u *users.User) (*issuer.Subject, error) {
	s, err := sessions.NewestActive(tx, u.ID)
	if err != nil {
		return nil, err
	}
	if s == nil && f.Get("sign_in") == "" {
		f.mark("user", "This user has no active session: tick the box below to start one.")
		return nil, nil
	}
	if s == nil {
		if s, err = sessions.Create(tx, c.live, sessions.CreateParams{UserID: u.ID}); err != nil {
			return nil, err
		}
	}
	return sessions.Subject(tx, c.live, s.ID)
}
