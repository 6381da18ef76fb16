package users

import "crypto/sha256"

// CustomImageURL is the picture that the user was given, nil for the generated
// one.
func (u *User) CustomImageURL() *string { return u.doc.ImageURL }

// Credential is what the user's password is checked against; the zero one
// matches nothing.
func (u *User) Credential() Credential {
	if u.doc.Password == nil {
		return Credential{}
	}
	return Credential{u.doc.Password.Hasher, u.doc.Password.Digest}
}

// Digest is how the password is stored, both "" without one. It is a secret.
func (c Credential) Digest() (hasher, digest string) { return c.hasher, c.digest }

// Matches is Credential.Verify that remembers its answers: the users of a large
// seed share a few passwords.
func (h *Hasher) Matches(c Credential, plain string) (bool, error) {
	if c == (Credential{}) {
		return false, nil
	}
	key := sha256.Sum256([]byte(c.hasher + "\x00" + c.digest + "\x00" + plain))
	h.mu.Lock()
	defer h.mu.Unlock()
	if known, found := h.matched[key]; found {
		return known, nil
	}
	right, err := c.Verify(plain)
	if err != nil {
		return false, err
	}
	if h.matched == nil {
		h.matched = map[[sha256.Size]byte]bool{}
	}
	h.matched[key] = right
	return right, nil
}
