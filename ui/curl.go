package ui

import (
	"net/url"
	"strings"

	"github.com/nightclerk/nightclerk/internal/activity"
)

// curl is the request as a command for a shell. Secrets are variables: the secret
// key is $CLERK_SECRET_KEY, as the lines on Home set it, and what was masked has the
// name of its parameter.
func (c *call) curl(e *activity.Entry) string {
	d := e.Detail
	if d == nil {
		d = &activity.Detail{}
	}
	target := quoted(strings.TrimRight(c.live.Addresses.Backend, "/")+e.Path) + queryOf(d.Query)
	args := []string{"curl -i -X " + quoted(e.Method) + " " + target}
	if e.Door == "backend" || e.Door == "svix" {
		args = append(args, `-H "Authorization: Bearer $CLERK_SECRET_KEY"`)
	}
	if d.Origin != "" {
		args = append(args, "-H "+quoted("Origin: "+d.Origin))
	}
	if len(d.Request.JSON) > 0 {
		args = append(args, "-H 'Content-Type: application/json'", "-d "+quoted(string(d.Request.JSON)))
	}
	for _, p := range d.Request.Form {
		args = append(args, "--data-urlencode "+quoted(p.Name+"=")+valueOf(p, false))
	}
	return strings.Join(args, " \\\n  ")
}

// queryOf spells a query with variables for what is masked. The tunnelled method is
// the request's method here.
func queryOf(pairs []activity.Pair) string {
	var b strings.Builder
	mark := "?"
	for _, p := range pairs {
		if p.Name == "_method" {
			continue
		}
		b.WriteString(quoted(mark+url.QueryEscape(p.Name)+"=") + valueOf(p, true))
		mark = "&"
	}
	return strings.ReplaceAll(b.String(), "''", "")
}

func valueOf(p activity.Pair, escaped bool) string {
	switch {
	case strings.Contains(p.Value, "[masked"):
		return `"$` + variable(p.Name) + `"`
	case escaped:
		return quoted(url.QueryEscape(p.Value))
	}
	return quoted(p.Value)
}

// variable is the name of a shell variable for a parameter: CLERK_DB_JWT for
// __clerk_db_jwt.
func variable(name string) string {
	out := strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z':
			return r - 'a' + 'A'
		case r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '_':
			return r
		}
		return '_'
	}, name)
	if out = strings.Trim(out, "_0123456789"); out == "" {
		return "MASKED"
	}
	return out
}

// quoted is a word of a POSIX shell.
func quoted(text string) string { return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'" }
