package main

import (
	"encoding/json"
	"errors"
	"net/http"
)

// signInCmd signs somebody in without a form: by an address for a browser, or by
// the cookies that an app would see.
type signInCmd struct {
	remote
	User    string `placeholder:"USER" help:"Id, e-mail address, phone number or username."`
	App     string `placeholder:"URL" help:"Where the browser goes then, such as http://localhost:3000; with --cookies, whose cookies they are."`
	Cookies bool   `help:"Sign in at once and print the app's cookies as the value of a Cookie header."`
	JSON    bool   `help:"Print the whole answer as JSON; with --cookies, .cookies is what Playwright's addCookies takes."`
}

// Run prints the address, or the cookies, and nothing else, so that it can be
// handed to a browser or to curl.
func (c *signInCmd) Run(a *app) error {
	if c.User == "" {
		return errors.New("who signs in? Say --user alice@example.com")
	}
	in := map[string]any{"user": c.User}
	if c.App != "" {
		in["app"] = c.App
	}
	path := "/sign_in_tickets"
	if c.Cookies {
		path = "/session_cookies"
	}
	var answer json.RawMessage
	if err := c.control(http.MethodPost, path, in, &answer); err != nil {
		return err
	}
	if c.JSON {
		a.printf("%s\n", answer)
		return nil
	}
	var out struct {
		URL    string `json:"url"`
		Header string `json:"cookie_header"`
	}
	if err := json.Unmarshal(answer, &out); err != nil {
		return err
	}
	a.printf("%s\n", out.URL+out.Header) // an answer has one of the two
	return nil
}
