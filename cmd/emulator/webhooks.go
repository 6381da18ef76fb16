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
	"time"
)

// webhooksCmd is about messages and their deliveries.
type webhooksCmd struct {
	List          webhooksListCmd   `cmd:"" help:"List messages, the newest first, and what became of them."`
	Listen        listenCmd         `cmd:"" help:"Show deliveries as they happen, and forward events to an app meanwhile."`
	Resend        webhooksResendCmd `cmd:"" help:"Send a message again."`
	Recover       recoverCmd        `cmd:"" help:"Send again what failed at an endpoint."`
	ReplayMissing replayMissingCmd  `cmd:"" help:"Send what an endpoint never got: it is newer, or was disabled."`
	SendExample   sendExampleCmd    `cmd:"" help:"Send an example of an event type to an endpoint."`
	Verify        verifyCmd         `cmd:"" help:"Tell whether a received webhook is genuine, and what is wrong with it."`
	Endpoints     endpointsCmd      `cmd:"" help:"List, create and change endpoints, and their secrets."`
	Export        exportCmd         `cmd:"" help:"Print messages with their deliveries and attempts, as JSON lines."`
	SyncUsers     syncUsersCmd      `cmd:"" help:"Emit an event for every user, for an app whose table missed them."`

	Faults      faultsCmd      `cmd:"" help:"Have deliveries go wrong on purpose."`
	Hold        holdCmd        `cmd:"" help:"Keep deliveries back."`
	Release     releaseCmd     `cmd:"" help:"Let held deliveries go."`
	AnswerAfter answerAfterCmd `cmd:"" name:"answer-after" help:"Answer requests only when their webhooks have been tried."`
}

// message is a message as the control API lists it.
type message struct {
	ID         string     `json:"id"`
	Type       string     `json:"type"`
	SubjectID  string     `json:"subject_id"`
	CreatedAt  int64      `json:"created_at"`
	Unsent     *string    `json:"unsent"`
	Deliveries []delivery `json:"deliveries"`
}

type delivery struct {
	EndpointID string `json:"endpoint_id"`
	Status     string `json:"status"`
	Attempts   int64  `json:"attempts"`
}

// fate says what became of a message.
func (m message) fate() string {
	if m.Unsent != nil {
		return "not sent: " + *m.Unsent
	}
	parts := make([]string, len(m.Deliveries))
	for i, d := range m.Deliveries {
		parts[i] = fmt.Sprintf("%s %s after %d", d.EndpointID, d.Status, d.Attempts)
		if d.Attempts == 0 {
			parts[i] = d.EndpointID + " " + d.Status
		}
	}
	return strings.Join(parts, ", ")
}

type webhooksListCmd struct {
	remote
	Type  []string `placeholder:"TYPE" help:"Only this event type; may be repeated."`
	Limit int      `default:"20" help:"How many, at most 250."`
	JSON  bool     `help:"Print the list as JSON."`
}

// Run lists them.
func (c *webhooksListCmd) Run(a *app) error {
	query := url.Values{"type": c.Type, "limit": {strconv.Itoa(c.Limit)}}
	var raw json.RawMessage
	if err := c.control(http.MethodGet, "/webhooks/messages?"+query.Encode(), nil, &raw); err != nil {
		return err
	}
	if c.JSON {
		a.printf("%s\n", raw)
		return nil
	}
	var out struct {
		Data []message `json:"data"`
	}
	if err := json.Unmarshal(raw, &out); err != nil {
		return err
	}
	if len(out.Data) == 0 {
		a.printf("No messages yet. Make one: nightclerk trigger user.created\n")
		return nil
	}
	w := tabwriter.NewWriter(a.out, 0, 0, 2, ' ', 0)
	for _, m := range out.Data {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", time.UnixMilli(m.CreatedAt).UTC().Format(time.RFC3339), m.ID, m.Type, m.SubjectID, m.fate())
	}
	return w.Flush()
}

type webhooksResendCmd struct {
	remote
	Message  string `arg:"" help:"Id of the message: msg_…"`
	Endpoint string `placeholder:"ID" help:"Only to this endpoint; by default to every enabled one."`
}

// Run resends to each endpoint.
func (c *webhooksResendCmd) Run(a *app) error {
	app, endpoints, err := c.endpoints()
	if err != nil {
		return err
	}
	if len(endpoints) == 0 {
		return errors.New("there is no enabled endpoint to send to: add one in the console, in the file or with --webhook-url")
	}
	for _, id := range endpoints {
		path := app + "/msg/" + url.PathEscape(c.Message) + "/endpoint/" + url.PathEscape(id) + "/resend"
		if err := c.backend(http.MethodPost, path, nil, nil); err != nil {
			return err
		}
		a.printf("%s goes to %s again\n", c.Message, id)
	}
	return nil
}

// endpoints returns the path of the instance's application and whom to send to.
func (c *webhooksResendCmd) endpoints() (app string, ids []string, err error) {
	if app, err = c.svixApp(); err != nil || c.Endpoint != "" {
		return app, []string{c.Endpoint}, err
	}
	var list struct {
		Data []struct {
			ID       string `json:"id"`
			Disabled bool   `json:"disabled"`
		} `json:"data"`
	}
	err = c.backend(http.MethodGet, app+"/endpoint?limit=250", nil, &list)
	for _, e := range list.Data {
		if !e.Disabled {
			ids = append(ids, e.ID)
		}
	}
	return app, ids, err
}

type syncUsersCmd struct {
	remote
	Type string `default:"user.created" enum:"user.created,user.updated" help:"Event to emit: ${enum}."`
}

// Run syncs.
func (c *syncUsersCmd) Run(a *app) error {
	var out struct {
		Count int `json:"count"`
	}
	if err := c.control(http.MethodPost, "/webhooks/sync-users", map[string]string{"type": c.Type}, &out); err != nil {
		return err
	}
	a.printf("emitted %s for %d users\n", c.Type, out.Count)
	return nil
}

// svixApp is the path of the instance's application: a key sees its own one.
func (r remote) svixApp() (string, error) {
	var list struct {
		Data []struct {
			ID string `json:"id"`
		} `json:"data"`
	}
	if err := r.backend(http.MethodGet, "/api/v1/app", nil, &list); err != nil {
		return "", err
	}
	if len(list.Data) == 0 {
		return "", errors.New("the emulator names no webhook application: check --url")
	}
	return "/api/v1/app/" + url.PathEscape(list.Data[0].ID), nil
}
