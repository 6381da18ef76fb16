package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strings"
	"text/tabwriter"

	"github.com/nightclerk/nightclerk/convexcheck"
	"github.com/nightclerk/nightclerk/issuer"
)

// tokenCmd mints a token, or explains one.
type tokenCmd struct {
	remote
	User      string            `placeholder:"USER" help:"Id, e-mail address, phone number or username."`
	Template  string            `placeholder:"NAME" help:"JWT template, such as convex. Without one it is a session token."`
	Session   string            `placeholder:"ID" help:"Session that the token is of. By default the user's newest; a user without one is signed in."`
	TTL       string            `name:"ttl" placeholder:"60" help:"Seconds until it expires, or a duration such as 2s."`
	Claim     map[string]string `mapsep:"none" placeholder:"NAME=VALUE" help:"Claim to lay over the token's own; may be repeated."`
	Fault     string            `placeholder:"NAME" help:"Make it wrong on purpose; --faults lists how."`
	Faults    bool              `help:"List the faults."`
	Explain   string            `placeholder:"JWT" help:"Say what a Convex deployment does with this token, - for standard input. Fails when it is refused."`
	Providers string            `placeholder:"JSON" help:"With --explain: the providers of auth.config.ts, instead of the instance's own."`
	JSON      bool              `help:"With --explain: print the verdict as JSON."`
}

// Run prints the token and nothing else, so that it can be captured.
func (c *tokenCmd) Run(a *app) error {
	switch {
	case c.Faults:
		return listFaults(a.out)
	case c.Explain != "":
		return c.explain(a)
	case c.User == "" && c.Session == "":
		return fmt.Errorf("whose token? Say --user alice@example.com, or --session with an id")
	}
	var out struct {
		JWT string `json:"jwt"`
	}
	if err := c.control(http.MethodPost, "/tokens", c.request(), &out); err != nil {
		return err
	}
	a.printf("%s\n", out.JWT)
	return nil
}

func (c *tokenCmd) request() map[string]any {
	in := map[string]any{}
	for name, value := range map[string]string{"user": c.User, "template": c.Template, "session_id": c.Session, "fault": c.Fault} {
		if value != "" {
			in[name] = value
		}
	}
	if c.TTL != "" {
		in["ttl"] = c.TTL
		if digits.MatchString(c.TTL) {
			in["ttl"] = json.RawMessage(c.TTL)
		}
	}
	if len(c.Claim) > 0 {
		in["claims"] = values(c.Claim)
	}
	return in
}

var digits = regexp.MustCompile(`^[1-9][0-9]*$`)

func listFaults(to io.Writer) error {
	w := tabwriter.NewWriter(to, 0, 0, 2, ' ', 0)
	for _, f := range issuer.Faults() {
		fmt.Fprintf(w, "%s\t%s\n", f.Fault, f.Explanation)
	}
	return w.Flush()
}

// explanation is the control API's verdict.
type explanation struct {
	convexcheck.Verdict
	Identity json.RawMessage `json:"identity"`
	Note     string          `json:"note"`
}

// explain prints a verdict; a refused token makes the command fail.
func (c *tokenCmd) explain(a *app) error {
	token, err := c.tokenToExplain(a.in)
	if err != nil {
		return err
	}
	in := map[string]any{"token": token}
	if c.Providers != "" {
		if !json.Valid([]byte(c.Providers)) {
			return fmt.Errorf(`--providers is not JSON: write it like [{"domain":"http://localhost:4545","applicationID":"convex"}]`)
		}
		in["providers"] = json.RawMessage(c.Providers)
	}
	var raw json.RawMessage
	if err := c.control(http.MethodPost, "/tokens/explain", in, &raw); err != nil {
		return err
	}
	var e explanation
	if err := json.Unmarshal(raw, &e); err != nil {
		return err
	}
	if c.JSON {
		a.printf("%s\n", raw)
	} else {
		e.print(a)
	}
	if !e.OK {
		return errSaid
	}
	return nil
}

func (c *tokenCmd) tokenToExplain(in io.Reader) (string, error) {
	if c.Explain != "-" {
		return c.Explain, nil
	}
	raw, err := io.ReadAll(in)
	if err != nil || len(strings.TrimSpace(string(raw))) == 0 {
		return "", fmt.Errorf("no token on standard input (%v): pipe one in, or give it to --explain", err)
	}
	return strings.TrimSpace(string(raw)), nil
}

var marks = map[convexcheck.Outcome]string{convexcheck.Passed: "ok  ", convexcheck.Failed: "FAIL", convexcheck.Skipped: "-   "}

func (e *explanation) print(a *app) {
	if e.OK {
		a.printf("accepted: ctx.auth.getUserIdentity() returns\n%s\n", indented(e.Identity))
	} else {
		a.printf("refused: %d %s\n%s\n\nwhy: %s\nfix: %s\n", e.Status, e.Code, e.Message, e.Why, e.Fix)
		a.printf("the client %s\n", e.WebSocket.Client)
	}
	a.printf("\n")
	for _, s := range e.Steps {
		a.printf("%s  %s\n", marks[s.Outcome], join(s.Title, s.Detail))
	}
	for _, w := range e.Warnings {
		a.printf("\nwarning: %s\n", w.Message)
	}
	a.printf("\n%s\n", e.Note)
}

func join(title, detail string) string {
	if detail == "" {
		return title
	}
	return title + ": " + detail
}

func indented(raw json.RawMessage) string {
	out, err := json.MarshalIndent(raw, "", "  ")
	if err != nil {
		return string(raw)
	}
	return string(out)
}
