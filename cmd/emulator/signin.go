package main

import (
	"errors"
	"net/http"
)

// signInCmd makes an address that signs somebody in.
type signInCmd struct {
	remote
	User string `placeholder:"USER" help:"Id, e-mail address, phone number or username."`
	App  string `placeholder:"URL" help:"Where the browser goes then, such as http://localhost:3000."`
}

// Run prints the address and nothing else, so that it can be handed to a browser.
func (c *signInCmd) Run(a *app) error {
	if c.User == "" {
		return errors.New("who signs in? Say --user alice@example.com")
	}
	in := map[string]any{"user": c.User}
	if c.App != "" {
		in["app"] = c.App
	}
	var out struct {
		URL string `json:"url"`
	}
	if err := c.control(http.MethodPost, "/sign_in_tickets", in, &out); err != nil {
		return err
	}
	a.printf("%s\n", out.URL)
	return nil
}
