package sample

import (
	"time"

	"github.com/nightclerk/nightclerk/inbox"
)

// code is what the messages carry. It belongs to no attempt.
const code = "123456"

// numbers that are kept for fiction.
const (
	fromNumber = "+15005550006"
	toNumber   = "+12015550123"
)

// email is a verification code for the user's primary e-mail address.
func (m *maker) email() any {
	u, to := m.person(), "jane.doe@example.com"
	out := &inbox.EmailJSON{ID: m.NewID("ema"), Object: "email", Slug: inbox.VerificationCode, FromEmailName: "notifications", UserID: &u.ID,
		Subject: code + " is your verification code", Body: "<!DOCTYPE html><html><body><p>Your verification code is <b>" + code + "</b>.</p></body></html>",
		BodyPlain: "Your verification code is " + code + ".\n", Status: "queued", DeliveredByClerk: true,
		Data: map[string]any{
			"app":      map[string]any{"domain_name": "example.com", "logo_image_url": nil, "logo_url": nil, "name": "Acme", "url": m.PageBase},
			"otp_code": code, "requested_at": time.UnixMilli(m.Now).UTC().Format("02 January 2006, 15:04 UTC"), "requested_by": "Chrome, Linux",
			"theme": map[string]any{"button_text_color": "#ffffff", "primary_color": "#335bf1", "show_clerk_branding": true},
			"user":  map[string]any{"public_metadata": u.PublicMetadata, "public_metadata_fallback": ""},
		}}
	if e := emailOf(u); e != nil {
		to, out.EmailAddressID = e.EmailAddress, &e.ID
	}
	out.ToEmailAddress = to
	return out
}

// sms is a verification code for the user's primary phone number. The schema
// asks for created_at_ms where the example has created_at: both are there.
func (m *maker) sms() any {
	u := m.person()
	out := &inbox.SMSJSON{Object: "sms_message", ID: m.NewID("sms"), Slug: inbox.VerificationCode, FromPhoneNumber: fromNumber, ToPhoneNumber: toNumber, UserID: &u.ID,
		Message: code + " is your verification code.", Status: "queued", Data: map[string]any{"otp_code": code}, DeliveredByClerk: true, CreatedAt: m.Now, CreatedAtMS: m.Now}
	if p := phoneOf(u); p != nil {
		out.ToPhoneNumber, out.PhoneNumberID = p.PhoneNumber, &p.ID
	} else {
		id := m.NewID("idn")
		out.PhoneNumberID = &id
	}
	return out
}
