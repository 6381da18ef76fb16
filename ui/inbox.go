package ui

import (
	"net/url"
	"strconv"
	"strings"

	"github.com/nightclerk/nightclerk/inbox"
	"github.com/nightclerk/nightclerk/instance"
	"github.com/nightclerk/nightclerk/internal/store"
	"github.com/nightclerk/nightclerk/users"
)

// mailPerPage is how many messages a page of the inbox has.
const mailPerPage = 50

// mailRow is an e-mail or a text message in a list.
type mailRow struct {
	ID, Href, Kind, To, Title string
	// Code and Link are what it is about; a link is "" unless a browser may open it.
	Code, Link string
	User       *userLink
	At         moment
	seq        int64
}

// inboxData is what the inbox shows.
type inboxData struct {
	Form     *form
	Mail     []mailRow
	Pager    pager
	Filtered bool
	// Path is the inbox in the control API, Command the one of the program.
	Path, Command string
}

// listMail implements GET /inbox.
func (c *console) listMail(call *call) (reply, error) {
	f := newForm(call.URL.Query())
	data := &inboxData{Form: f, Filtered: f.Get("q")+f.Get("kind") != "", Path: call.to("/_emulator/inbox"), Command: "nightclerk inbox"}
	if call.live.Slug != instance.DefaultSlug {
		data.Command += " --instance " + call.live.Slug
	}
	err := call.read(func(tx *store.Tx) (err error) {
		filter := mailFilter(f)
		data.Mail, err = call.mail(tx, filter)
		older := int64(0)
		if len(data.Mail) == filter.Limit {
			data.Mail = data.Mail[:mailPerPage]
			older = data.Mail[mailPerPage-1].seq
		}
		data.Pager = mailPages(f, older)
		return err
	})
	return show("inbox", "Inbox", data), err
}

// mailFilter reads the filter; it asks for one more than a page shows, to know
// whether there is another page.
func mailFilter(f *form) inbox.Filter {
	out := inbox.Filter{Prefix: strings.TrimSpace(f.plain("q")), Limit: mailPerPage + 1}
	switch kind := inbox.Kind(f.Get("kind")); kind {
	case inbox.Email, inbox.SMS:
		out.Kind = kind
	}
	out.BeforeSeq, _ = strconv.ParseInt(f.Get("at"), 10, 64)
	return out
}

// plain is a field's text without what no store keeps.
func (f *form) plain(name string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(f.Get(name), ""), "\x00", "")
}

// mailPages leads to the newest messages and, unless it is 0, to those before a
// message.
func mailPages(f *form, before int64) (out pager) {
	query := url.Values{}
	for _, name := range []string{"q", "kind"} {
		if v := f.Get(name); v != "" {
			query.Set(name, v)
		}
	}
	if f.Get("at") != "" {
		out = append(out, pageLink{"Newest", "?" + query.Encode()})
	}
	if before > 0 {
		query.Set("at", strconv.FormatInt(before, 10))
		out = append(out, pageLink{"Older", "?" + query.Encode()})
	}
	return out
}

// mail reads messages with the names of the users that they are about.
func (c *call) mail(tx *store.Tx, f inbox.Filter) ([]mailRow, error) {
	list, err := inbox.List(tx, f)
	if err != nil {
		return nil, err
	}
	ids := map[string]bool{}
	for _, m := range list {
		if m.UserID != nil {
			ids[*m.UserID] = true
		}
	}
	names, err := userNames(tx, c.live, ids)
	rows := make([]mailRow, len(list))
	for i, m := range list {
		rows[i] = c.mailRow(m, names)
	}
	return rows, err
}

func (c *call) mailRow(m *inbox.Message, names map[string]string) mailRow {
	row := mailRow{ID: m.ID, Href: c.to("/inbox", m.ID), Kind: "E-mail", To: m.To, Title: m.Subject,
		Code: m.Code, Link: webAddress(m.Link), At: c.at(m.CreatedAt), seq: m.Seq}
	if m.Kind == inbox.SMS {
		row.Kind, row.Title = "SMS", strings.TrimSpace(m.BodyPlain)
	}
	if strings.TrimSpace(row.Title) == "" {
		row.Title = "(no subject)"
	}
	if m.UserID != nil && names[*m.UserID] != "" {
		row.User = &userLink{names[*m.UserID], c.to("/users", *m.UserID)}
	}
	return row
}

// addressesOfUser are where mail to a user goes.
func addressesOfUser(u *users.User) []string {
	out := []string{}
	for _, i := range identificationsOf(u) {
		out = append(out, i.Value)
	}
	return out
}

// webAddress is a link that may be followed, "" for any other: what a message
// says is a stranger's, and a link may be a script.
func webAddress(link string) string {
	u, err := url.Parse(link)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return ""
	}
	return link
}

var (
	saidMailDeleted = says("mail-deleted", "The message was deleted.")
	saidMailCleared = says("mail-cleared", "The inbox was cleared.")
)

// deleteMail implements POST /inbox/{id}/delete.
func (c *console) deleteMail(call *call) (reply, error) {
	err := call.write(func(tx *store.Tx) error { return inbox.Delete(tx, call.PathValue("id")) })
	return redirect{call.to("/inbox"), saidMailDeleted}, err
}

// clearMail implements POST /inbox/clear.
func (c *console) clearMail(call *call) (reply, error) {
	return redirect{call.to("/inbox"), saidMailCleared}, call.write(inbox.Clear)
}
