package sample

import (
	"encoding/json"
	"strings"

	"github.com/nightclerk/nightclerk/sessions"
	"github.com/nightclerk/nightclerk/users"
)

// maker makes one payload. Whatever is mentioned twice in it is made once.
type maker struct {
	Params
	who *users.JSON
	in  *Organization
}

func (m *maker) ago(ms int64) int64 { return m.Now - ms }

func raw(text string) json.RawMessage { return json.RawMessage(text) }

func (m *maker) picture(resource, initials string) string {
	return users.AvatarURL(m.ImageBase, m.Instance, resource, initials)
}

// person is the user whom the payload mentions.
func (m *maker) person() *users.JSON {
	if m.who == nil {
		if m.User == nil {
			m.who = m.madeUp("Jane", "Doe")
		} else {
			known := *m.User // user.updated changes it
			m.who = &known
		}
	}
	return m.who
}

// madeUp is a user that nobody is: with a verified e-mail address and nothing
// else, like the users that sign-up makes.
func (m *maker) madeUp(first, last string) *users.JSON {
	id, address, remaining := m.NewID("user"), m.address(first, last), int64(100)
	picture := m.picture(id, first[:1]+last[:1])
	return &users.JSON{
		ID: id, Object: "user", PrimaryEmailAddressID: &address.ID, FirstName: &first, LastName: &last, ProfileImageURL: picture, ImageURL: picture,
		PublicMetadata: raw(`{}`), PrivateMetadata: raw(`{}`), UnsafeMetadata: raw(`{}`),
		EmailAddresses: []users.EmailAddressJSON{address}, PhoneNumbers: []users.PhoneNumberJSON{}, Web3Wallets: []struct{}{}, Passkeys: []struct{}{},
		PasswordEnabled: true, PasswordLastUpdatedAt: &m.Now, ExternalAccounts: []struct{}{}, SAMLAccounts: []struct{}{}, EnterpriseAccounts: []struct{}{},
		VerificationAttemptsRemaining: &remaining, UpdatedAt: m.Now, CreatedAt: m.Now, DeleteSelfEnabled: true, CreateOrganizationEnabled: true,
	}
}

func (m *maker) address(first, last string) users.EmailAddressJSON {
	attempts, expires := int64(1), m.Now+10*minute
	return users.EmailAddressJSON{ID: m.NewID("idn"), Object: "email_address",
		EmailAddress: strings.ToLower(first) + "." + strings.ToLower(last) + "@example.com",
		Verification: &users.VerificationJSON{Object: "verification_otp", Status: users.Verified, Strategy: "email_code", Attempts: &attempts, ExpireAt: &expires},
		LinkedTo:     []struct{}{}, CreatedAt: m.Now, UpdatedAt: m.Now}
}

// emailOf is a user's primary e-mail address; nil when there is none.
func emailOf(u *users.JSON) *users.EmailAddressJSON {
	for i, e := range u.EmailAddresses {
		if u.PrimaryEmailAddressID != nil && *u.PrimaryEmailAddressID == e.ID {
			return &u.EmailAddresses[i]
		}
	}
	return nil
}

// phoneOf is a user's primary phone number; nil when there is none.
func phoneOf(u *users.JSON) *users.PhoneNumberJSON {
	for i, p := range u.PhoneNumbers {
		if u.PrimaryPhoneNumberID != nil && *u.PrimaryPhoneNumberID == p.ID {
			return &u.PhoneNumbers[i]
		}
	}
	return nil
}

// identifier is what a user is called by in an organization: their e-mail
// address, else their phone number or username.
func identifier(u *users.JSON) string {
	if e := emailOf(u); e != nil {
		return e.EmailAddress
	}
	if p := phoneOf(u); p != nil {
		return p.PhoneNumber
	}
	return text(u.Username)
}

func text(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// session is one of the user. The schema of Session knows no pending, the event
// session.pending does. latest_activity, null in the document's examples, is an
// object as its schema says. The session of an organization has it active.
func (m *maker) session(status sessions.Status) any {
	created, u := m.Now, m.person()
	if status != sessions.Active && status != sessions.Pending {
		created = m.ago(hour)
	}
	s := &sessions.EventJSON{JSON: sessions.JSON{Object: "session", ID: m.NewID("sess"), UserID: u.ID, ClientID: m.NewID("client"), Actor: raw(`null`), Status: status,
		LastActiveAt: created, ExpireAt: created + 7*day, AbandonAt: created + month, UpdatedAt: m.Now, CreatedAt: created}, User: *u}
	s.LatestActivity = &sessions.ActivityJSON{Object: "session_activity", ID: m.NewID("sess_activity"), IPAddress: "127.0.0.1"}
	if m.Organization != (Organization{}) {
		s.LastActiveOrganizationID = &m.org().ID
	}
	return s
}
