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
	var target word
	target.plain(strings.TrimRight(c.live.Addresses.Backend, "/") + e.Path)
	target.query(d.Query)
	args := []string{"curl -i -X " + e.Method + " " + target.String()}
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
		var field word
		field.plain(p.Name + "=")
		field.value(p, func(text string) string { return text })
		args = append(args, "--data-urlencode "+field.String())
	}
	return strings.Join(args, " \\\n  ")
}

// word is a word of a POSIX shell in the making: text that stands for itself, and
// variables.
type word struct {
	done strings.Builder
	text string // not yet quoted
}

func (w *word) plain(text string) { w.text += text }

func (w *word) variable(name string) {
	w.flush()
	w.done.WriteString(`"$` + name + `"`)
}

func (w *word) flush() {
	if w.text != "" {
		w.done.WriteString(quoted(w.text))
	}
	w.text = ""
}

func (w *word) String() string {
	w.flush()
	return w.done.String()
}

// query adds a query, without the tunnelled method, which is the request's here.
func (w *word) query(pairs []activity.Pair) {
	mark := "?"
	for _, p := range pairs {
		if p.Name == "_method" {
			continue
		}
		w.plain(mark + url.QueryEscape(p.Name) + "=")
		w.value(p, url.QueryEscape)
		mark = "&"
	}
}

// value adds a parameter's value, or a variable where it was masked.
func (w *word) value(p activity.Pair, escape func(string) string) {
	if strings.Contains(p.Value, "[masked") {
		w.variable(variable(p.Name))
		return
	}
	w.plain(escape(p.Value))
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
