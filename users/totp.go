package users

import (
	"crypto/hmac"
	"crypto/sha1"
	"crypto/subtle"
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"slices"
	"time"

	"golang.org/x/crypto/bcrypt"

	"github.com/nightclerk/nightclerk/internal/store"
)

// Authenticator apps show a new code every 30 seconds (RFC 6238); one step to
// either side makes up for clocks that differ and people who type slowly.
const (
	totpStep = 30
	totpSkew = 1
)

// TOTP returns the code that the user's authenticator app shows at a time, "" for
// a user without one. Apps go by wall time.
func (u *User) TOTP(at time.Time) string {
	secret, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(u.doc.TOTPSecret)
	if err != nil || len(secret) == 0 {
		return ""
	}
	return hotp(secret, uint64(at.Unix()/totpStep))
}

// CheckTOTP tells whether a code is one of those that the user's authenticator
// app shows about a time.
func (u *User) CheckTOTP(code string, at time.Time) bool {
	right := 0
	for n := -totpSkew; n <= totpSkew; n++ {
		want := u.TOTP(at.Add(time.Duration(n*totpStep) * time.Second))
		right |= subtle.ConstantTimeCompare([]byte(want), []byte(code))
	}
	return code != "" && right == 1
}

// hotp is RFC 4226's function for codes of six digits.
func hotp(secret []byte, counter uint64) string {
	mac := hmac.New(sha1.New, secret)
	binary.Write(mac, binary.BigEndian, counter) // a hash takes everything
	sum := mac.Sum(nil)
	at := sum[len(sum)-1] & 0xf
	return fmt.Sprintf("%06d", binary.BigEndian.Uint32(sum[at:at+4])&0x7fffffff%1_000_000)
}

// MatchBackupCode returns which of the user's backup codes a code is, for
// SpendBackupCode, and "" for none. Imported digests take time: call it outside
// of transactions.
func (u *User) MatchBackupCode(code string) (digest string) {
	if code == "" {
		return ""
	}
	for _, d := range u.doc.BackupCodes {
		if _, err := bcrypt.Cost([]byte(d)); err == nil {
			if bcrypt.CompareHashAndPassword([]byte(d), []byte(code)) == nil {
				return d
			}
			continue
		}
		if subtle.ConstantTimeCompare([]byte(d), []byte(backupCodeDigest(code))) == 1 {
			return d
		}
	}
	return ""
}

// SpendBackupCode takes a backup code from a user; false tells that it was spent
// before. It emits nothing.
func SpendBackupCode(tx *store.Tx, rules Rules, id, digest string) (spent bool, err error) {
	_, err = alter(tx, rules, id, func(u *User) (bool, error) {
		spent = slices.Contains(u.doc.BackupCodes, digest)
		u.doc.BackupCodes = slices.DeleteFunc(u.doc.BackupCodes, func(d string) bool { return d == digest })
		return false, nil
	})
	return spent, err
}
