package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"text/tabwriter"
	"time"
)

// inboxCmd shows what would have been sent by e-mail or text message.
type inboxCmd struct {
	remote
	To     string        `placeholder:"ADDRESS" help:"Only messages to this e-mail address or phone number."`
	Since  string        `placeholder:"SEQ" help:"Only messages after this number, which --json shows."`
	Wait   time.Duration `placeholder:"10s" help:"Wait for a message this long, at most 5m."`
	Code   bool          `help:"Print the newest code and nothing else."`
	Link   bool          `help:"Print the newest link and nothing else."`
	Delete bool          `help:"Delete all messages."`
	JSON   bool          `help:"Print the messages as JSON."`
}

// mail is what the command line shows of a message.
type mail struct {
	ID        string  `json:"id"`
	Slug      string  `json:"slug"`
	To        string  `json:"to"`
	Code      *string `json:"code"`
	Link      *string `json:"link"`
	CreatedAt int64   `json:"created_at"`
}

func (m mail) content() string {
	for _, s := range []*string{m.Code, m.Link} {
		if s != nil {
			return *s
		}
	}
	return ""
}

// Run shows.
func (c *inboxCmd) Run(a *app) error {
	method := http.MethodGet
	if c.Delete {
		method = http.MethodDelete
	}
	c.Timeout = c.Wait + time.Minute
	var raw json.RawMessage
	if err := c.control(method, "/inbox?"+c.query().Encode(), nil, &raw); err != nil {
		return err
	}
	var list struct {
		Data []mail `json:"data"`
	}
	if err := json.Unmarshal(raw, &list); err != nil {
		return err
	}
	switch {
	case c.JSON:
		a.printf("%s\n", raw)
		return nil
	case c.Code:
		return c.first(a, list.Data, "code", func(m mail) *string { return m.Code })
	case c.Link:
		return c.first(a, list.Data, "link", func(m mail) *string { return m.Link })
	}
	w := tabwriter.NewWriter(a.out, 0, 0, 2, ' ', 0)
	for _, m := range list.Data {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", time.UnixMilli(m.CreatedAt).UTC().Format(time.TimeOnly), m.To, m.Slug, m.content())
	}
	return w.Flush()
}

func (c *inboxCmd) query() url.Values {
	query := url.Values{}
	for name, value := range map[string]string{"to": c.To, "since": c.Since} {
		if value != "" {
			query.Set(name, value)
		}
	}
	if c.Wait > 0 {
		query.Set("wait", c.Wait.String())
	}
	return query
}

// first prints the newest code or link.
func (c *inboxCmd) first(a *app, list []mail, what string, of func(mail) *string) error {
	for _, m := range list {
		if s := of(m); s != nil {
			a.printf("%s\n", *s)
			return nil
		}
	}
	return fmt.Errorf("no message with a %s is there: have it sent first, and say --wait 10s to wait for it", what)
}
