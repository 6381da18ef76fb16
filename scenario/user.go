package scenario

import (
	"encoding/json"
	"strings"
)

// User is one user. Clerk's fields; emit is the only one of our own.
type User struct {
	ID              string          `yaml:"id" is:"user" doc:"User id. Pin it to find the same user after every start; without it the first e-mail address does that."`
	ExternalID      NullString      `yaml:"external_id" is:"text" doc:"Id of the user in another system."`
	Username        NullString      `yaml:"username" is:"username" doc:"Username."`
	FirstName       NullString      `yaml:"first_name" doc:"First name."`
	LastName        NullString      `yaml:"last_name" doc:"Last name."`
	EmailAddresses  []EmailAddress  `yaml:"email_addresses" doc:"E-mail addresses. The first is the primary one unless another says primary."`
	PhoneNumbers    []PhoneNumber   `yaml:"phone_numbers" doc:"Phone numbers. The first is the primary one unless another says primary."`
	Password        string          `yaml:"password" is:"password" secret:"true" doc:"Password in plain text."`
	PasswordDigest  string          `yaml:"password_digest" is:"text" secret:"true" doc:"Password already hashed; needs password_hasher."`
	PasswordHasher  string          `yaml:"password_hasher" enum:"argon2i|argon2id|bcrypt|bcrypt_sha256_django|ldap_ssha|md5|md5_phpass|pbkdf2_sha1|pbkdf2_sha256|pbkdf2_sha256_django|pbkdf2_sha512|pbkdf2_sha512_hex|phpass|scrypt_firebase|scrypt_werkzeug|sha256|sha512_symfony" doc:"Algorithm of password_digest."`
	PublicMetadata  json.RawMessage `yaml:"public_metadata" doc:"Metadata that browsers can read."`
	PrivateMetadata json.RawMessage `yaml:"private_metadata" doc:"Metadata that only the Backend API can read."`
	UnsafeMetadata  json.RawMessage `yaml:"unsafe_metadata" doc:"Metadata that browsers can read and write."`
	ImageURL        NullString      `yaml:"image_url" is:"url" doc:"Picture. Without it Nightclerk serves one with the user's initials."`
	Banned          *bool           `yaml:"banned" default:"false" doc:"Whether the user is banned from signing in."`
	Locked          *bool           `yaml:"locked" default:"false" doc:"Whether the user is locked."`
	CreatedAt       *UnixMilli      `yaml:"created_at" doc:"When the user signed up."`
	Emit            *bool           `yaml:"emit" default:"true" doc:"Whether user.created is sent when the file first makes this user."`
}

// EmailAddress is one address; in the file a plain string or an object.
type EmailAddress struct {
	ID           string `yaml:"id" is:"idn" doc:"Id of the address."`
	EmailAddress string `yaml:"email_address" is:"email" required:"true" doc:"The address."`
	Verified     *bool  `yaml:"verified" default:"true" doc:"Whether it is verified."`
	Primary      bool   `yaml:"primary" default:"false" doc:"Whether it is the user's primary address."`
}

// PhoneNumber is one number; in the file a plain string or an object.
type PhoneNumber struct {
	ID          string `yaml:"id" is:"idn" doc:"Id of the number."`
	PhoneNumber string `yaml:"phone_number" is:"phone" required:"true" doc:"The number in E.164 form. In YAML it needs quotes."`
	Verified    *bool  `yaml:"verified" default:"true" doc:"Whether it is verified."`
	Primary     bool   `yaml:"primary" default:"false" doc:"Whether it is the user's primary number."`
}

func (*EmailAddress) shorthand() string { return "email_address" }
func (*PhoneNumber) shorthand() string  { return "phone_number" }

func (e *EmailAddress) check(b *binder, n *node) {
	b.instance.once(b, "e-mail address id", e.ID, n.get("id"))
	b.instance.once(b, "e-mail address", strings.ToLower(e.EmailAddress), n.orSelf("email_address"))
}

func (p *PhoneNumber) check(b *binder, n *node) {
	b.instance.once(b, "phone number id", p.ID, n.get("id"))
	b.instance.once(b, "phone number", p.PhoneNumber, n.orSelf("phone_number"))
}

func (u *User) check(b *binder, n *node) {
	b.instance.once(b, "user id", u.ID, n.get("id"))
	b.instance.once(b, "external_id", u.ExternalID.String(), n.get("external_id"))
	b.instance.once(b, "username", strings.ToLower(u.Username.String()), n.get("username"))
	if !b.flawed && n.get("id") == nil && len(n.get("email_addresses").items()) == 0 {
		b.fail(n, problem{what: "this user has neither `id` nor an e-mail address, so the next start could not find it again",
			expected: "`id`, `email_addresses` or both"})
	}
	u.checkPassword(b, n)
	onePrimary(b, n.get("email_addresses"))
	onePrimary(b, n.get("phone_numbers"))
}

func (u *User) checkPassword(b *binder, n *node) {
	digest, hasher := n.get("password_digest"), n.get("password_hasher")
	switch {
	case n.get("password") != nil && digest != nil:
		b.fail(n.key("password_digest"), problem{what: "`password` and `password_digest` are both given", expected: "one of the two"})
	case digest != nil && hasher == nil:
		b.fail(n.key("password_digest"), problem{what: "`password_digest` without `password_hasher`", expected: "password_hasher: bcrypt or another of Clerk's hashers"})
	case digest == nil && hasher != nil:
		b.fail(n.key("password_hasher"), problem{what: "`password_hasher` without `password_digest`", expected: "password_digest, or neither"})
	}
}

func onePrimary(b *binder, list *node) {
	var first *node
	for _, item := range list.items() {
		mark := item.get("primary")
		if mark == nil || mark.text != "true" {
			continue
		}
		if first != nil {
			b.fail(mark, problem{what: "a second primary one; the first is on line " + b.lineOf(first), expected: "primary: true at most once per list"})
			continue
		}
		first = mark
	}
}
