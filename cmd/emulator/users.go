package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"text/tabwriter"
)

// usersCmd manages users through Clerk's Backend API, as an app's server would.
type usersCmd struct {
	Create usersCreateCmd `cmd:"" help:"Create a user and print its id."`
	List   usersListCmd   `cmd:"" help:"List users, the newest first."`
	Get    usersGetCmd    `cmd:"" help:"Print a user as JSON."`
	Delete usersDeleteCmd `cmd:"" help:"Delete users."`
}

// user is what the tables show of a user.
type user struct {
	ID             string  `json:"id"`
	Username       *string `json:"username"`
	FirstName      *string `json:"first_name"`
	LastName       *string `json:"last_name"`
	Banned         bool    `json:"banned"`
	Locked         bool    `json:"locked"`
	EmailAddresses []struct {
		EmailAddress string `json:"email_address"`
	} `json:"email_addresses"`
	PhoneNumbers []struct {
		PhoneNumber string `json:"phone_number"`
	} `json:"phone_numbers"`
}

func (u user) name() string {
	var parts []string
	for _, part := range []*string{u.FirstName, u.LastName} {
		if part != nil {
			parts = append(parts, *part)
		}
	}
	return strings.Join(parts, " ")
}

func (u user) identifiers() string {
	var parts []string
	for _, e := range u.EmailAddresses {
		parts = append(parts, e.EmailAddress)
	}
	for _, p := range u.PhoneNumbers {
		parts = append(parts, p.PhoneNumber)
	}
	if u.Username != nil {
		parts = append(parts, *u.Username)
	}
	return strings.Join(parts, ", ")
}

func (u user) state() string {
	switch {
	case u.Banned:
		return "banned"
	case u.Locked:
		return "locked"
	}
	return ""
}

type usersCreateCmd struct {
	remote
	Email          []string `placeholder:"ADDRESS" help:"E-mail address; may be repeated."`
	Phone          []string `placeholder:"NUMBER" help:"Phone number such as +15555550100; may be repeated."`
	Username       string   `placeholder:"NAME" help:"Username."`
	FirstName      string   `placeholder:"NAME" help:"First name."`
	LastName       string   `placeholder:"NAME" help:"Last name."`
	Password       string   `placeholder:"TEXT" help:"Password. Without one the user signs in by code or link."`
	ExternalID     string   `placeholder:"ID" help:"Id of the user in your own system."`
	PublicMetadata string   `placeholder:"JSON" help:"Metadata that browsers can read."`
	JSON           bool     `help:"Print the user as JSON."`
}

// Run creates.
func (c *usersCreateCmd) Run(a *app) error {
	in := map[string]any{"skip_password_requirement": true}
	for name, value := range map[string]string{"username": c.Username, "first_name": c.FirstName, "last_name": c.LastName,
		"password": c.Password, "external_id": c.ExternalID} {
		if value != "" {
			in[name] = value
		}
	}
	for name, list := range map[string][]string{"email_address": c.Email, "phone_number": c.Phone} {
		if len(list) > 0 {
			in[name] = list
		}
	}
	if c.PublicMetadata != "" {
		if !json.Valid([]byte(c.PublicMetadata)) {
			return errors.New(`--public-metadata is not JSON: write it like '{"plan":"pro"}'`)
		}
		in["public_metadata"] = json.RawMessage(c.PublicMetadata)
	}
	var raw json.RawMessage
	if err := c.backend(http.MethodPost, "/v1/users", in, &raw); err != nil {
		return err
	}
	if c.JSON {
		a.printf("%s\n", raw)
		return nil
	}
	var u user
	if err := json.Unmarshal(raw, &u); err != nil {
		return err
	}
	a.printf("%s\n", u.ID)
	return nil
}

type usersListCmd struct {
	remote
	Query  string `placeholder:"TEXT" help:"Only users whose name or identifiers contain this."`
	Limit  int    `default:"20" help:"How many, at most 500."`
	Offset int    `help:"How many to skip."`
	JSON   bool   `help:"Print the users as JSON."`
}

// Run lists.
func (c *usersListCmd) Run(a *app) error {
	query := url.Values{"limit": {strconv.Itoa(c.Limit)}, "offset": {strconv.Itoa(c.Offset)}}
	if c.Query != "" {
		query.Set("query", c.Query)
	}
	var raw json.RawMessage
	if err := c.backend(http.MethodGet, "/v1/users?"+query.Encode(), nil, &raw); err != nil {
		return err
	}
	if c.JSON {
		a.printf("%s\n", raw)
		return nil
	}
	var list []user
	if err := json.Unmarshal(raw, &list); err != nil {
		return err
	}
	w := tabwriter.NewWriter(a.out, 0, 0, 2, ' ', 0)
	for _, u := range list {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", u.ID, u.identifiers(), u.name(), u.state())
	}
	return w.Flush()
}

type usersGetCmd struct {
	remote
	User string `arg:"" help:"Id, e-mail address, phone number or username."`
}

// Run prints.
func (c *usersGetCmd) Run(a *app) error {
	id, err := c.userID(c.User)
	if err != nil {
		return err
	}
	var raw json.RawMessage
	if err := c.backend(http.MethodGet, "/v1/users/"+url.PathEscape(id), nil, &raw); err != nil {
		return err
	}
	a.printf("%s\n", indented(raw))
	return nil
}

type usersDeleteCmd struct {
	remote
	Users []string `arg:"" name:"user" help:"Ids, e-mail addresses, phone numbers or usernames."`
}

// Run deletes one after the other.
func (c *usersDeleteCmd) Run(a *app) error {
	for _, name := range c.Users {
		id, err := c.userID(name)
		if err != nil {
			return err
		}
		if err := c.backend(http.MethodDelete, "/v1/users/"+url.PathEscape(id), nil, nil); err != nil {
			return err
		}
		a.printf("deleted %s\n", id)
	}
	return nil
}

// userID turns what a person knows of a user into the id.
func (r remote) userID(name string) (string, error) {
	filter := "username"
	switch {
	case strings.HasPrefix(name, "user_"):
		return name, nil
	case strings.Contains(name, "@"):
		filter = "email_address"
	case strings.HasPrefix(name, "+"):
		filter = "phone_number"
	}
	var list []user
	if err := r.backend(http.MethodGet, "/v1/users?"+url.Values{filter: {name}}.Encode(), nil, &list); err != nil {
		return "", err
	}
	if len(list) == 0 {
		return "", fmt.Errorf("there is no user %s: `nightclerk users list` shows who there is", name)
	}
	return list[0].ID, nil
}
