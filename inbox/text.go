package inbox

import (
	"bytes"
	"fmt"
	"html/template"
	"strings"
	"time"
)

// Slug names one of Clerk's templates for messages.
type Slug string

// The templates that are in use.
const (
	MagicLinkSignIn   Slug = "magic_link_sign_in"
	MagicLinkSignUp   Slug = "magic_link_sign_up"
	ResetPasswordCode Slug = "reset_password_code"
	VerificationCode  Slug = "verification_code"
)

// wording is what a template says. Each text has one %s: the code or the link.
type wording struct{ subject, lead, sms string }

var wordings = map[Slug]wording{
	MagicLinkSignIn:   {subject: "Sign in with this link", lead: "Open this link to sign in:"},
	MagicLinkSignUp:   {subject: "Finish signing up with this link", lead: "Open this link to verify your e-mail address:"},
	ResetPasswordCode: {subject: "%s is your password reset code", lead: "Enter this code to choose a new password:", sms: "%s is your password reset code."},
	VerificationCode:  {subject: "%s is your verification code", lead: "Enter this code where you were asked for it:", sms: "%s is your verification code."},
}

// requestedAt is how Clerk's messages spell a time.
const requestedAt = "02 January 2006, 15:04 UTC"

// write fills in the texts.
func (m *Message) write(now time.Time) error {
	w, known := wordings[m.Slug]
	if !known {
		return fmt.Errorf("no message has the slug %q: add its wording", m.Slug)
	}
	if m.Kind == SMS {
		m.BodyPlain = fmt.Sprintf(w.sms, m.Code)
		return nil
	}
	m.Subject = w.subject
	if strings.Contains(w.subject, "%s") {
		m.Subject = fmt.Sprintf(w.subject, m.Code)
	}
	asked := "It was requested at " + now.UTC().Format(requestedAt) + ". If that was not you, ignore this message."
	m.BodyPlain = w.lead + "\n\n" + m.Code + m.Link + "\n\n" + asked + "\n"
	var html bytes.Buffer
	err := page.Execute(&html, map[string]any{"Subject": m.Subject, "Lead": w.lead, "Code": m.Code, "Link": m.Link, "Asked": asked})
	m.Body = html.String()
	return err
}

var page = template.Must(template.New("mail").Parse(`<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>{{.Subject}}</title></head>
<body style="font-family: system-ui, sans-serif; margin: 2rem auto; max-width: 36rem">
<p>{{.Lead}}</p>
{{if .Code}}<p style="font-size: 2.5rem"><b>{{.Code}}</b></p>
{{end}}{{if .Link}}<p><a href="{{.Link}}">{{.Link}}</a></p>
{{end}}<p>{{.Asked}}</p>
</body></html>
`))
