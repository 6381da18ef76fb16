package main

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"unicode/utf8"

	"github.com/nightclerk/nightclerk/internal/clock"
	"github.com/nightclerk/nightclerk/webhooks"
)

// verifyCmd judges a received webhook. It works without an emulator; with one it
// knows more.
type verifyCmd struct {
	remote
	Request string   `arg:"" optional:"" help:"File with the whole request as it was captured: headers, an empty line, the body. - or nothing is standard input."`
	Secret  string   `env:"CLERK_WEBHOOK_SIGNING_SECRET" placeholder:"whsec_…" help:"The receiver's secret. Without one, any of a running emulator's will do."`
	Body    string   `type:"existingfile" placeholder:"FILE" help:"File with the body alone; say the headers with --header."`
	Header  []string `sep:"none" placeholder:"NAME: VALUE" help:"Header of the request; may be repeated."`
	JSON    bool     `help:"Print the verdict as JSON."`
}

// Run judges; it fails for a request that verifiers refuse.
func (c *verifyCmd) Run(a *app) error {
	r, err := c.received(a)
	if err != nil {
		return err
	}
	verdict, err := c.judge(r)
	if err != nil {
		return err
	}
	switch {
	case c.JSON:
		err = json.NewEncoder(a.out).Encode(verdict)
	case verdict.Accepted:
		a.printf("%s\n", verdict.Message)
	default:
		a.printf("Refused: %s\n%s\n", verdict.Message, verdict.Fix)
	}
	if err == nil && !verdict.Accepted {
		return errSaid
	}
	return err
}

// judge asks the emulator, which knows its endpoints' secrets and what it sent,
// or judges by itself when there is none.
func (c *verifyCmd) judge(r webhooks.Received) (v webhooks.Verdict, err error) {
	in := map[string]any{"headers": flat(r.Header), "body": string(r.Body)}
	if c.Secret != "" {
		in["secret"] = c.Secret
	}
	if utf8.Valid(r.Body) {
		var away *unreachable
		if err = c.control(http.MethodPost, "/webhooks/verify", in, &v); !errors.As(err, &away) {
			return v, err
		}
	}
	return webhooks.Verify(r, c.Secret, nil, nil, clock.Wall.Now()), nil
}

func flat(h http.Header) map[string]string {
	out := map[string]string{}
	for name := range h {
		out[name] = h.Get(name)
	}
	return out
}

// received reads the request, or puts it together from the flags.
func (c *verifyCmd) received(a *app) (webhooks.Received, error) {
	if c.Body == "" && len(c.Header) == 0 {
		raw, _, err := readInput(a.in, cmp.Or(c.Request, "-"))
		if err != nil {
			return webhooks.Received{}, err
		}
		return webhooks.ParseReceived(raw)
	}
	r := webhooks.Received{Header: http.Header{}}
	for _, line := range c.Header {
		name, value, ok := strings.Cut(line, ":")
		if !ok {
			return r, fmt.Errorf("--header %q: write it like 'svix-id: msg_…'", line)
		}
		r.Header.Set(strings.TrimSpace(name), strings.TrimSpace(value))
	}
	var err error
	r.Body, _, err = readInput(a.in, cmp.Or(c.Body, c.Request, "-"))
	return r, err
}
