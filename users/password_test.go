package users_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/nightclerk/nightclerk/internal/store"
	"github.com/nightclerk/nightclerk/users"
)

// digests come from other implementations: Python's hashlib, libxcrypt, and the
// published test vectors of Argon2, phpass and Firebase's scrypt.
var digests = []struct{ hasher, digest, password string }{
	{"md5", "5f4dcc3b5aa765d61d8327deb882cf99", "password"},
	{"sha256", "5e884898da28047151d0e56f8dc6292773603d0d6aabbdd62a11ef721d1542d8", "password"},
	{"md5_salted", "pepper$fb985bc394cf7ec1f46feac5ff63ca9f", "password"},
	{"sha256_salted", "pepper$1c03943fd7783c66d7b5caef930448dd20bb6af87b61aa64ead5fb0183aebecf", "password"},
	{"ldap_ssha", "{SSHA}yrht1iYXEIkejLVu42JWkadd80RzYWx0c2FsdA==", "password"},
	{"pbkdf2_sha256", "pbkdf2_sha256$1000$c2FsdHNhbHQ=$E196ZhRPzw+wA84EjzHwJO1cv/MFJdO6C/sxmUeTYqY=", "password"},
	{"pbkdf2_sha256_django", "pbkdf2_sha256$1000$saltsalt$E196ZhRPzw+wA84EjzHwJO1cv/MFJdO6C/sxmUeTYqY=", "password"},
	{"pbkdf2_sha512", "pbkdf2_sha512$1000$saltsalt$43abf8c7027c6bd9d63e9d81784a006188474a8db14663d60114f5eef4e94b1b76aba88da7b04ea335b9e7baaa6bde5e36350ee202acd02caf25b6061a4bb5b4", "password"},
	{"pbkdf2_sha512_hex", "pbkdf2_sha512_hex$1000$73616c7473616c74$43abf8c7027c6bd9d63e9d81784a006188474a8db14663d60114f5eef4e94b1b76aba88da7b04ea335b9e7baaa6bde5e36350ee202acd02caf25b6061a4bb5b4", "password"},
	{"pbkdf2_sha1", "pbkdf2_sha1$1000$saltsalt$e9febff54bfce668fde301acc85563cc9dc71ef6f8d7aaef067365be0e5e6522", "password"},
	{"pbkdf2_sha1", "pbkdf2_sha1$1000$73616c7473616c74$e9febff54bfce668fde301acc85563cc9dc71ef6$20", "password"},
	{"scrypt_werkzeug", "scrypt:1024:8:1$saltsalt$00e2d710448270f99fd83c54dc3e3b649c69e594dc1c2d12d8c6f67855dce2d2b81e17252d2b79c46c7502725ef1d40bccc1debf67cd08ae214e841f45cd3553", "password"},
	{"sha512_symfony", "sha512_symfony$100$saltsalt$ThDO1lfOkmGkTNIwtOYvLsIQ/z+OoVLY3SJNYQPx0ilcqkpPZQdAVw0ED+1/aTe6TfNrQ3Q8ZLDInJv2zngGYg==", "password"},
	{"phpass", "$P$9IQRaTwmfeRo7ud9Fh4E2PdI0S3r.L0", "test12345"},
	{"md5_phpass", "$P$6abcdefghYNIn4EHjw9jYUkvs2wr8A0", "password"},
	{"argon2i", "$argon2i$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$wWKIMhR9lyDFvRz9YTZweHKfbftvj+qf+YFY4NeBbtA", "password"},
	{"argon2id", "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc", "password"},
	{"scrypt_firebase", "lSrfV15cpx95/sZS2W9c9Kp6i/LVgQNDNC/qzrCnh1SAyZvqmZqAjTdn3aoItz+VHjoZilo78198JAdRuid5lQ==$42xEC+ixf3L2lw==$jxspr8Ki0RYycVU8zykbdLGjFQ3McFUH0uiiTvC8pVMXAn210wjLNmdZJzxUECKbm0QsEmYUSDzZvpjeJ9WmXA==$Bw==$8$14", "user1password"},
	{"bcrypt", "$2b$04$abcdefghijklmnopqrstuughE8Ev8uGFaUgY2cNEySvxngrb/Jzdm", "password"},
	{"bcrypt_sha256_django", "bcrypt_sha256$$2b$04$abcdefghijklmnopqrstuuavYyybW8SwBYgHrVfEOHIljvgCGgHr2", "password"},
	{"bcrypt_peppered", "$2y$04$abcdefghijklmnopqrstuuplyOA/yggp3uDOFweBlaokYQ36s6xTW$pepper", "password"},
}

func TestImportedPasswordsAreVerified(t *testing.T) {
	each(t, func(e *env) {
		for n, d := range digests {
			u := e.create(users.CreateParams{EmailAddress: []string{fmt.Sprintf("u%d@example.com", n)}, PasswordDigest: new(d.digest), PasswordHasher: new(d.hasher)})
			c := must(e, func(tx *store.Tx) (users.Credential, error) { return users.CredentialOf(tx, u.ID) })
			for _, attempt := range []string{d.password, d.password + "x", ""} {
				if right, err := c.Verify(attempt); err != nil || right != (attempt == d.password) {
					e.t.Errorf("%s: %q is %v, %v", d.hasher, attempt, right, err)
				}
			}
		}
	})
}

func TestEveryHasherOfTheSpecIsKnown(t *testing.T) {
	tested := map[string]bool{}
	for _, d := range digests {
		tested[d.hasher] = true
	}
	for _, hasher := range strings.Fields(`argon2i argon2id bcrypt bcrypt_sha256_django ldap_ssha md5 md5_phpass pbkdf2_sha1 pbkdf2_sha256
		pbkdf2_sha256_django pbkdf2_sha512 pbkdf2_sha512_hex phpass scrypt_firebase scrypt_werkzeug sha256 sha512_symfony`) {
		if !tested[hasher] {
			t.Errorf("%s is not tested", hasher)
		}
	}
}

func TestADigestCannotOccupyTheMachine(t *testing.T) {
	for _, d := range []struct{ hasher, digest string }{
		{"argon2id", "$argon2id$v=19$m=4294967295,t=2,p=1$c29tZXNhbHQ$wWKIMhR9lyDFvRz9YTZweHKfbftvj+qf+YFY4NeBbtA"},
		{"argon2i", "$argon2i$v=19$m=64,t=4294967295,p=1$c29tZXNhbHQ$wWKIMhR9lyDFvRz9YTZweHKfbftvj+qf+YFY4NeBbtA"},
		{"argon2i", "$argon2i$v=19$m=64,t=1,p=0$c29tZXNhbHQ$wWKIMhR9lyDFvRz9YTZweHKfbftvj+qf+YFY4NeBbtA"},
		{"bcrypt", "$2a$31$abcdefghijklmnopqrstuuxgUe7dFKlXmNFmgyo/pCDhXLCmNFKYK"},
		{"pbkdf2_sha512", "pbkdf2_sha512$2000000000$salt$00"},
		{"phpass", "$P$zabcdefgh0123456789012345678901"},
		{"scrypt_werkzeug", "scrypt:16777216:1024:1$salt$00"},
		{"scrypt_werkzeug", "scrypt:3:8:1$salt$00"},
		{"scrypt_firebase", "AAAA$AAAA$AAAA$AAAA$1024$24"},
		{"pbkdf2_sha256", "pbkdf2_sha256$1000$c2FsdA==$="}, // a hash of no bytes is everybody's
		{"scrypt_firebase", "=$AAAA$=$AAAA$8$14"},
		{"scrypt_werkzeug", "scrypt:1024:8:1$salt$="},
		{"sha512_symfony", "sha512_symfony$2000000000$salt$" + strings.Repeat("A", 86)},
	} {
		wantError(t, users.CheckDigest(d.hasher, d.digest), "form_password_digest_invalid_code password_digest")
	}
}

func TestPasswordRules(t *testing.T) {
	strict := users.DefaultRules()
	strict.PasswordSettings = users.PasswordSettings{MinLength: 4, MaxLength: 10, RequireLowercase: true, RequireNumbers: true,
		RequireSpecialChar: true, RequireUppercase: true, AllowedSpecialCharacters: "!_"}
	for plain, want := range map[string][]string{
		"aB1":         {"form_password_length_too_short pw"},
		"éB1":         {"form_password_length_too_short pw"}, // characters, not bytes
		"aB1!aaaaaaa": {"form_password_length_too_long pw"},
		"aB1!aaaaaa":  nil,
		"aaB!":        {"form_password_no_number pw"},
		"AB1!":        {"form_password_no_lowercase pw"},
		"ab1!":        {"form_password_no_uppercase pw"},
		"aB1?":        {"form_password_no_special_char pw"},
	} {
		wantError(t, strict.CheckPassword("pw", plain), want...)
	}
}

func TestPasswordChecksCanBeSkipped(t *testing.T) {
	each(t, func(e *env) {
		u := e.create(users.CreateParams{EmailAddress: []string{"a@example.com"}, Password: new("x"), SkipPasswordChecks: new(true)})
		_, err := e.tryCreate(users.CreateParams{EmailAddress: []string{"b@example.com"}, Password: new(strings.Repeat("ü", 37)), SkipPasswordChecks: new(true)})
		wantError(e.t, err, "form_password_size_in_bytes_exceeded password")
		e.update(u.ID, users.UpdateParams{Password: new("another-password")})
		c := must(e, func(tx *store.Tx) (users.Credential, error) { return users.CredentialOf(tx, u.ID) })
		if right, err := c.Verify("another-password"); !right {
			e.t.Errorf("the new password is wrong: %v", err)
		}
		if right, _ := c.Verify("x"); right {
			e.t.Error("the old password is still right")
		}
	})
}

func TestAPasswordIsRemovedOnce(t *testing.T) {
	each(t, func(e *env) {
		u := e.create(users.CreateParams{EmailAddress: []string{"a@example.com"}, Password: new("long-enough")})
		e.events = nil
		for range 2 {
			u = must(e, func(tx *store.Tx) (*users.User, error) { return users.RemovePassword(tx, e.rules, u.ID) })
		}
		e.wantEvents("user.updated")
		_, err := in(e, func(tx *store.Tx) (users.Credential, error) { return users.CredentialOf(tx, u.ID) })
		wantError(e.t, err, "no_password_set")
		_, err = in(e, func(tx *store.Tx) (*users.User, error) { return users.SetPasswordCompromised(tx, e.rules, u.ID, true) })
		wantError(e.t, err, "no_password_set")
	})
}

func TestAHasherHashesAPasswordOnce(t *testing.T) {
	h := &users.Hasher{}
	one, err := h.Hash("correct-horse-battery")
	if err != nil {
		t.Fatal(err)
	}
	two, _ := h.Hash("correct-horse-battery")
	other, _ := h.Hash("correct-horse-batterx")
	if one != two || one == other {
		t.Errorf("digests %s, %s and %s", one, two, other)
	}
}

func FuzzDigest(f *testing.F) {
	for _, d := range digests {
		f.Add(d.hasher, d.digest)
	}
	f.Fuzz(func(t *testing.T, hasher, digest string) {
		users.CheckDigest(hasher, digest) // must not panic
	})
}
