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
	Invitation           Slug = "invitation"
	MagicLinkSignIn      Slug = "magic_link_sign_in"
	MagicLinkSignUp      Slug = "magic_link_sign_up"
	ResetPasswordCode    Slug = "reset_password_code"
	VerificationCode     Slug = "verification_code"
	WaitlistConfirmation Slug = "waitlist_confirmation"
	WaitlistInvitation   Slug = "waitlist_invitation"
)

// wording is what a template says. subject and sms may have one %s, the code.
// closing is "" where the recipient has asked for the message: it then says when.
type wording struct{ subject, lead, sms, closing string }

var wordings = map[Slug]wording{
	Invitation: {subject: "You are invited", lead: "Open this link to accept the invitation and sign up:",
		closing: "If you did not expect it, ignore this message."},
	MagicLinkSignIn:   {subject: "Sign in with this link", lead: "Open this link to sign in:"},
	MagicLinkSignUp:   {subject: "Finish signing up with this link", lead: "Open this link to verify your e-mail address:"},
	ResetPasswordCode: {subject: "%s is your password reset code", lead: "Enter this code to choose a new password:", sms: "%s is your password reset code."},
	VerificationCode:  {subject: "%s is your verification code", lead: "Enter this code where you were asked for it:", sms: "%s is your verification code."},
	WaitlistConfirmation: {subject: "You are on the waitlist", lead: "Your e-mail address is on the waitlist.",
		closing: "You will get a message when you can sign up."},
	WaitlistInvitation: {subject: "You can sign up now", lead: "You are off the waitlist. Open this link to sign up:",
		closing: "If you did not join the waitlist, ignore this message."},
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
	closing := w.closing
	if closing == "" {
		closing = "It was requested at " + now.UTC().Format(requestedAt) + ". If that was not you, ignore this message."
	}
	paragraphs := []string{w.lead}
	if what := m.Code + m.Link; what != "" {
		paragraphs = append(paragraphs, what)
	}
	m.BodyPlain = strings.Join(append(paragraphs, closing), "\n\n") + "\n"
	var html bytes.Buffer
	err := page.Execute(&html, map[string]any{"Subject": m.Subject, "Lead": w.lead, "Code": m.Code, "Link": m.Link, "Closing": closing})
	m.Body = html.String()
	return err
}

var page = template.Must(template.New("mail").Parse(`<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>{{.Subject}}</title></head>
<body style="font-family: system-ui, sans-serif; margin: 2rem auto; max-width: 36rem">
<p>{{.Lead}}</p>
{{if .Code}}<p style="font-size: 2.5rem"><b>{{.Code}}</b></p>
{{end}}{{if .Link}}<p><a href="{{.Link}}">{{.Link}}</a></p>
{{end}}<p>{{.Closing}}</p>
</body></html>
`))
