package users

import (
	"crypto/sha256"
	"fmt"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"golang.org/x/crypto/bcrypt"

	"github.com/nightclerk/nightclerk/internal/apierr"
	"github.com/nightclerk/nightclerk/internal/store"
)

const (
	// maxPasswordBytes is as much as bcrypt reads.
	maxPasswordBytes = 72
	// bcryptCost is the least there is: what it protects are the passwords of
	// test users, and suites make thousands of them.
	bcryptCost = bcrypt.MinCost
)

// HashPassword returns the bcrypt digest of a password, which may have up to 72
// bytes. It takes about a millisecond: call it outside of transactions.
func HashPassword(plain string) (digest string, err error) {
	raw, err := bcrypt.GenerateFromPassword([]byte(plain), bcryptCost)
	if err != nil {
		return "", fmt.Errorf("hash a password: %w; use at most %d bytes", err, maxPasswordBytes)
	}
	return string(raw), nil
}

// Hasher hashes passwords and remembers what it hashed, so that a seed of a
// hundred thousand users with one password hashes it once. The zero value is
// ready and is safe for concurrent use. It is meant to be thrown away soon.
type Hasher struct {
	mu   sync.Mutex
	done map[[sha256.Size]byte]string
	// matched are the answers of Matches.
	matched map[[sha256.Size]byte]bool
}

// Hash returns the digest of a password.
func (h *Hasher) Hash(plain string) (string, error) {
	key := sha256.Sum256([]byte(plain))
	h.mu.Lock()
	defer h.mu.Unlock()
	if digest, found := h.done[key]; found {
		return digest, nil
	}
	digest, err := HashPassword(plain)
	if err != nil {
		return "", err
	}
	if h.done == nil {
		h.done = map[[sha256.Size]byte]string{}
	}
	h.done[key] = digest
	return digest, nil
}

// hash leaves to the rules what is too long to be hashed.
func (h *Hasher) hash(plain *string) (string, error) {
	if plain == nil || len(*plain) > maxPasswordBytes {
		return "", nil
	}
	return h.Hash(*plain)
}

// newPassword is what a request says about a password.
type newPassword struct {
	plain, digest, hasher *string
	hashed                string
	skipChecks            bool
}

func (p *CreateParams) password() newPassword {
	return newPassword{p.Password, p.PasswordDigest, p.PasswordHasher, p.hashed, is(p.SkipPasswordChecks)}
}

// setPassword gives a user the password of a request, if there is one.
func (u *User) setPassword(p newPassword) *apierr.Error {
	if err := p.check(u.rules); err != nil {
		return err
	}
	switch {
	case p.plain != nil:
		u.doc.Password = &password{Hasher: bcryptHasher, Digest: p.hashed, UpdatedAt: u.now}
	case p.digest != nil:
		u.doc.Password = &password{Hasher: *p.hasher, Digest: *p.digest, UpdatedAt: u.now}
	}
	return nil
}

func (p newPassword) check(r Rules) *apierr.Error {
	switch {
	case p.plain != nil && p.digest != nil:
		return apierr.FormConditionalParamDisallowed("password_digest", "password")
	case p.digest != nil && p.hasher == nil:
		return apierr.FormConditionalParamMissing("password_hasher", "password_digest")
	case p.digest == nil && p.hasher != nil:
		return apierr.FormConditionalParamMissing("password_digest", "password_hasher")
	case p.digest != nil:
		return checkDigest(*p.hasher, *p.digest)
	case p.plain == nil:
		return nil
	}
	return p.checkPlain(r)
}

func (p newPassword) checkPlain(r Rules) *apierr.Error {
	if *p.plain == "" {
		return apierr.FormNilParameter("password")
	}
	if err := encoding("password", *p.plain); err != nil {
		return err
	}
	if !p.skipChecks {
		if err := r.PasswordSettings.check("password", *p.plain); err != nil {
			return err
		}
	}
	if len(*p.plain) > maxPasswordBytes {
		return apierr.FormPasswordSizeInBytesExceeded("password")
	}
	return nil
}

// CheckPassword tells whether the rules allow a new password; param names it in
// the error.
func (r Rules) CheckPassword(param, plain string) error {
	return apierr.Join(r.PasswordSettings.check(param, plain))
}

// check tells the first rule that a password breaks. Clerk's lists of breached
// passwords are not consulted: nothing here leaves the machine.
func (s PasswordSettings) check(param, plain string) *apierr.Error {
	has := func(in func(rune) bool) bool { return strings.IndexFunc(plain, in) >= 0 }
	special := func(c rune) bool { return strings.ContainsRune(s.AllowedSpecialCharacters, c) }
	n := utf8.RuneCountInString(plain)
	switch {
	case n < s.MinLength:
		return apierr.FormPasswordLengthTooShort(param, s.MinLength)
	case s.MaxLength > 0 && n > s.MaxLength:
		return apierr.FormPasswordLengthTooLong(param, s.MaxLength+1)
	case s.RequireNumbers && !has(unicode.IsDigit):
		return apierr.FormPasswordNoNumber(param)
	case s.RequireLowercase && !has(unicode.IsLower):
		return apierr.FormPasswordNoLowercase(param)
	case s.RequireUppercase && !has(unicode.IsUpper):
		return apierr.FormPasswordNoUppercase(param)
	case s.RequireSpecialChar && !has(special):
		return apierr.FormPasswordNoSpecialChar(param, s.AllowedSpecialCharacters)
	}
	return nil
}

// Credential is what a password is checked against. It is read inside a
// transaction and verified outside, as that takes time.
type Credential struct {
	hasher, digest string
}

// CredentialOf reads a user's password. A user without one is refused with
// no_password_set.
func CredentialOf(tx *store.Tx, id string) (Credential, error) {
	u, err := loadUser(tx, Rules{}, id)
	if err != nil {
		return Credential{}, err
	}
	if u.doc.Password == nil {
		return Credential{}, apierr.NoPasswordSet()
	}
	return Credential{u.doc.Password.Hasher, u.doc.Password.Digest}, nil
}

// Verify tells whether a password is the right one. The error is that of a
// digest that cannot be read.
func (c Credential) Verify(plain string) (bool, error) {
	verify, err := parseDigest(c.hasher, c.digest)
	if err != nil {
		return false, fmt.Errorf("check a password: %w; give the user a new one", err)
	}
	return verify([]byte(plain)), nil
}

// RemovePassword leaves a user without a password and emits user.updated; one
// without a password stays as it is, silently (spec: RemoveUserPassword).
func RemovePassword(tx *store.Tx, rules Rules, id string) (*User, error) {
	return alter(tx, rules, id, func(u *User) (bool, error) {
		had := u.doc.Password != nil
		u.doc.Password = nil
		return had, nil
	})
}

// SetPasswordCompromised says whether a user must reset the password before
// using it again, and emits user.updated.
func SetPasswordCompromised(tx *store.Tx, rules Rules, id string, compromised bool) (*User, error) {
	return change(tx, rules, id, func(u *User) error {
		if u.doc.Password == nil {
			return apierr.NoPasswordSet()
		}
		u.doc.Password.Compromised = compromised
		return nil
	})
}
