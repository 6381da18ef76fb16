package ui

import (
	"encoding/json"
	"errors"
	"html/template"
	"net/http"
	"strings"

	"github.com/nightclerk/nightclerk/convexcheck"
)

// explainData is what the page that explains a token shows.
type explainData struct {
	Form    *form
	Token   *decoded
	Verdict *verdict
}

// verdict is a convexcheck.Verdict for reading.
type verdict struct {
	convexcheck.Verdict
	IdentityJSON template.HTML
	Provider     string
	Issuer       string
	// Unread tells that the issuer is not one of this process and was not asked.
	Unread bool
}

// explainForm implements GET /tokens/explain.
func (c *console) explainForm(call *call) (reply, error) {
	f := newForm(nil)
	f.set("providers", call.ownConfig())
	return show("explain", "Explain a token", &explainData{Form: f}), nil
}

// explain implements POST /tokens/explain. The token stays out of addresses and
// logs.
func (c *console) explain(call *call) (reply, error) {
	data := &explainData{Form: newForm(call.PostForm)}
	f := data.Form
	token := strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(f.Get("token")), "Bearer "))
	if token == "" {
		f.mark("token", "Paste a token: what your app sends, or the value of the cookie __session.")
	}
	if strings.TrimSpace(f.Get("providers")) == "" {
		f.set("providers", call.ownConfig())
	}
	providers, err := convexcheck.ParseProviders([]byte(f.Get("providers")))
	if err != nil {
		f.mark("providers", configProblem(err))
	}
	if f.Failed() {
		return show("explain", "Explain a token", data).status(http.StatusUnprocessableEntity), nil
	}
	data.Token, data.Verdict = decode(token, c.DB.Clock().Now().UnixMilli()), call.judge(token, providers)
	return show("explain", "Explain a token", data), nil
}

func configProblem(err error) string {
	var refused *convexcheck.ConfigError
	if errors.As(err, &refused) {
		return "Convex would refuse to push this: " + refused.Message
	}
	return err.Error()
}

// ownConfig is the auth.config that fits this instance, as JSON.
func (c *call) ownConfig() string {
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(map[string]any{"providers": c.ownProviders()}); err != nil {
		return ""
	}
	return strings.TrimSpace(b.String())
}

// ownProviders is the one provider that apps with Clerk have.
func (c *call) ownProviders() []convexcheck.Provider {
	return []convexcheck.Provider{convexcheck.OIDCConfig(c.live.Issuer).Provider}
}

// judge asks what Convex would do with a token at wall time.
func (c *call) judge(token string, providers []convexcheck.Provider) *verdict {
	f := c.console.Instances.Published(c.Context())
	v := &verdict{Verdict: convexcheck.Check(token, providers, f, c.console.DB.Clock().Now()), Issuer: c.live.Issuer}
	v.Unread = f.Unread
	if v.Verdict.Provider != nil {
		v.Provider = v.Verdict.Provider.String()
	}
	if raw, err := json.Marshal(v.Identity); err == nil && v.OK {
		v.IdentityJSON = prettyJSON(raw)
	}
	return v
}
