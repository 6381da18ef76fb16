package ui

import (
	"context"
	"encoding/json"
	"html/template"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/nightclerk/nightclerk/instance"
	"github.com/nightclerk/nightclerk/internal/apierr"
	"github.com/nightclerk/nightclerk/internal/store"
	"github.com/nightclerk/nightclerk/issuer"
	"github.com/nightclerk/nightclerk/sessions"
)

// claimsProblem is something about claims JSON with the line it stands in.
type claimsProblem struct {
	Line, Column       int
	Before, Bad, After string
	Message            string
	Fatal              bool
}

// claimsProblems are what issuer finds, by line.
func claimsProblems(text string) (out []claimsProblem) {
	for _, p := range issuer.CheckTemplateClaims([]byte(text)) {
		p.Offset = min(p.Offset, len(text))
		start := strings.LastIndex(text[:p.Offset], "\n") + 1
		end := len(text)
		if n := strings.Index(text[p.Offset:], "\n"); n >= 0 {
			end = p.Offset + n
		}
		stop := min(p.Offset+p.Length, end)
		line := claimsProblem{Line: strings.Count(text[:start], "\n") + 1, Column: utf8.RuneCountInString(text[start:p.Offset]) + 1,
			Before: text[start:p.Offset], Bad: text[p.Offset:stop], After: text[stop:end], Message: p.Message, Fatal: p.Fatal}
		if line.Bad == "" {
			line.Bad = " " // what is missing at the end of a line
		}
		out = append(out, line)
	}
	return out
}

// previewData is what a token would say, by the claims as they are typed.
type previewData struct {
	Claims   template.HTML
	Problems []claimsProblem
	// Why says why there are no claims, "" when there are.
	Why     string
	Verdict *verdict
}

// Fatal tells whether the claims could not be saved.
func (p *previewData) Fatal() bool {
	return slices.ContainsFunc(p.Problems, func(c claimsProblem) bool { return c.Fatal })
}

// preview implements POST /tokens/preview. Nothing is stored.
func (c *console) preview(call *call) (reply, error) {
	return call.mintPage(&tokensData{Form: newForm(call.PostForm)}, http.StatusOK)
}

// previewOf works out what the form would mint.
func (c *call) previewOf(f *form) (*previewData, error) {
	p := &previewData{}
	scratch := newForm(f.values) // its marks are those of minting, which was not asked for
	name := scratch.Get("template")
	if f.values.Has("claims") {
		p.Problems = claimsProblems(f.Get("claims"))
	}
	if p.Fatal() {
		p.Why = "The claims cannot be read yet: see the marked place."
		return p, nil
	}
	if strings.TrimSpace(scratch.Get("user")) == "" {
		p.Why = "Name a user to see what the token would say."
		return p, nil
	}
	draft, err := scratch.draft(c, name)
	if err != nil {
		p.Why = err.Error()
		return p, nil
	}
	scratch.values = cloneWithout(f.values, "sign_in") // a preview starts no session
	subject, now, err := c.subject(scratch, draft != nil)
	if err != nil {
		return nil, err
	}
	if scratch.Failed() {
		p.Why = scratch.Err("user")
		return p, nil
	}
	jwt, err := c.previewToken(draft, subject, now, scratch.seconds("expires_in_seconds"))
	if err != nil {
		return nil, err
	}
	payload, err := payloadOf(jwt)
	if err != nil {
		return nil, err
	}
	p.Claims = prettyJSON(payload)
	if draft != nil {
		p.Verdict = c.judge(jwt, c.ownProviders())
	}
	return p, nil
}

func cloneWithout(values map[string][]string, name string) map[string][]string {
	out := map[string][]string{}
	for key, list := range values {
		if key != name {
			out[key] = list
		}
	}
	return out
}

func (c *call) previewToken(draft *issuer.CompiledTemplate, subject *issuer.Subject, now time.Time, lifetime int64) (string, error) {
	random := c.console.DB.IDs().Rand
	if draft == nil {
		return sessions.Mint(c.live, subject, now, random, sessions.TokenRequest{Lifetime: lifetime})
	}
	return sessions.MintDraft(c.live, draft, subject, now, random, sessions.TokenRequest{Lifetime: lifetime})
}

// draft is the template as the form has it; nil for a session token.
func (f *form) draft(c *call, name string) (*issuer.CompiledTemplate, error) {
	if name == "" && f.Get("editing") == "" {
		return nil, nil
	}
	if !f.values.Has("claims") {
		return c.live.Template(name)
	}
	t := issuer.Template{Name: "draft", Claims: json.RawMessage(f.Get("claims")), Lifetime: issuer.DefaultLifetime, AllowedClockSkew: issuer.DefaultClockSkew,
		Issuer: strings.TrimSpace(f.Get("issuer"))}
	for name, to := range map[string]*int64{"lifetime": &t.Lifetime, "allowed_clock_skew": &t.AllowedClockSkew} {
		if n, err := strconv.ParseInt(strings.TrimSpace(f.Get(name)), 10, 64); err == nil && n >= 0 && n <= issuer.MaxLifetime {
			*to = n
		}
	}
	return issuer.CompileTemplate(t)
}

// setTemplate puts a stored template into the form; a name that is none leaves
// the editor away.
func (f *form) setTemplate(c *call) error {
	name := f.Get("template")
	if f.Get("new") != "" {
		f.set("editing", "new")
		f.set("claims", "{\n  \"aud\": \"convex\",\n  \"name\": \"{{user.full_name}}\"\n}")
		f.set("lifetime", strconv.Itoa(issuer.DefaultLifetime))
		f.set("allowed_clock_skew", strconv.Itoa(issuer.DefaultClockSkew))
		return nil
	}
	if name == "" {
		return nil
	}
	return c.read(func(tx *store.Tx) error {
		t, err := instance.TemplateByName(tx, name)
		if apierr.HasCode(err, "resource_not_found") || err != nil && len(apierr.All(err)) > 0 {
			return nil // the form says so when it is sent
		}
		if err != nil {
			return err
		}
		f.set("editing", t.ID)
		f.set("name", t.Name)
		f.set("claims", indented(t.Claims))
		f.set("lifetime", strconv.FormatInt(t.Lifetime, 10))
		f.set("allowed_clock_skew", strconv.FormatInt(t.AllowedClockSkew, 10))
		f.set("issuer", t.Issuer)
		return nil
	})
}

var saidTemplate = map[string]string{
	"saved":   says("template-saved", "The template was saved. Tokens that are minted from now on follow it."),
	"deleted": says("template-deleted", "The template was deleted. Apps that ask for it get 404."),
}

// saveTemplate implements POST /tokens/template.
func (c *console) saveTemplate(call *call) (reply, error) {
	f := newForm(call.PostForm)
	p := instance.TemplateParams{Name: new(strings.TrimSpace(f.Get("name"))), Lifetime: number[int64](f, "lifetime"),
		AllowedClockSkew: number[int64](f, "allowed_clock_skew"), Issuer: new(strings.TrimSpace(f.Get("issuer"))), Claims: json.RawMessage(f.Get("claims"))}
	f.checkTemplate(p)
	id := f.Get("editing")
	if id == "new" {
		id = ""
	}
	_, err := c.Instances.Change(context.WithoutCancel(call.Context()), call.live.ID, func(tx *store.Tx) error {
		if f.Err("claims") != "" { // the noun says the rest of what is wrong
			p.Claims = json.RawMessage("{}")
		}
		_, err := instance.PutTemplate(tx, id, p)
		return f.unless(err)
	})
	if err := f.take(err); err != nil {
		return nil, err
	}
	if f.Failed() {
		return call.mintPage(&tokensData{Form: f}, http.StatusUnprocessableEntity)
	}
	return redirect{call.tokensFor(*p.Name), saidTemplate["saved"]}, nil
}

// checkTemplate marks what the noun takes and nobody means.
func (f *form) checkTemplate(p instance.TemplateParams) {
	for _, problem := range claimsProblems(f.Get("claims")) {
		if problem.Fatal {
			f.mark("claims", problem.Message+" (line "+strconv.Itoa(problem.Line)+", column "+strconv.Itoa(problem.Column)+")")
		}
	}
	if *p.Issuer != "" {
		if err := instance.CheckIssuer(*p.Issuer); err != nil {
			f.mark("issuer", err.Error()+".")
		}
	}
	for _, name := range []string{"lifetime", "allowed_clock_skew"} {
		if strings.TrimSpace(f.Get(name)) == "" {
			f.mark(name, "Say how many seconds.")
		}
	}
}

// deleteTemplate implements POST /tokens/template/delete.
func (c *console) deleteTemplate(call *call) (reply, error) {
	_, err := c.Instances.Change(context.WithoutCancel(call.Context()), call.live.ID, func(tx *store.Tx) error {
		return instance.DeleteTemplate(tx, call.PostForm.Get("editing"))
	})
	return redirect{call.to("/tokens"), saidTemplate["deleted"]}, err
}
