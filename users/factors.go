package users

import (
	"crypto/sha256"
	"encoding/base32"
	"encoding/hex"
	"strings"

	"golang.org/x/crypto/bcrypt"

	"github.com/nightclerk/nightclerk/internal/apierr"
	"github.com/nightclerk/nightclerk/internal/store"
)

// setFactors gives a user an authenticator app and backup codes, if a request
// names them.
func (u *User) setFactors(totpSecret *string, backupCodes []string) *apierr.Error {
	if totpSecret != nil && *totpSecret != "" {
		secret := strings.ToUpper(strings.TrimRight(*totpSecret, "="))
		if _, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(secret); err != nil {
			return apierr.FormInvalidParameterFormat("totp_secret", "It must be the base32 of the secret.")
		}
		u.doc.TOTPSecret = secret
	}
	if len(backupCodes) == 0 {
		return nil
	}
	u.doc.BackupCodes = nil
	for _, code := range backupCodes {
		if err := checkText("backup_codes", code); err != nil {
			return err
		}
		u.doc.BackupCodes = append(u.doc.BackupCodes, backupCodeDigest(code))
	}
	return nil
}

// backupCodeDigest keeps a bcrypt digest as it is. A plain code is random and
// long enough for SHA-256, which is fast enough for a transaction.
func backupCodeDigest(code string) string {
	if _, err := bcrypt.Cost([]byte(code)); err == nil {
		return code
	}
	sum := sha256.Sum256([]byte(code))
	return hex.EncodeToString(sum[:])
}

// DisableMFA takes all second factors from a user and emits user.updated.
func DisableMFA(tx *store.Tx, rules Rules, id string) (*User, error) {
	return change(tx, rules, id, func(u *User) error {
		u.doc.TOTPSecret, u.doc.BackupCodes = "", nil
		for _, i := range u.identifications {
			i.ReservedForSecondFactor = false
		}
		u.electSecondFactor()
		return nil
	})
}

// DeleteTOTP takes the authenticator app from a user and emits user.updated.
func DeleteTOTP(tx *store.Tx, rules Rules, id string) (*User, error) {
	return change(tx, rules, id, func(u *User) error {
		u.doc.TOTPSecret = ""
		return nil
	})
}

// DeleteBackupCodes takes the backup codes from a user and emits user.updated.
func DeleteBackupCodes(tx *store.Tx, rules Rules, id string) (*User, error) {
	return change(tx, rules, id, func(u *User) error {
		u.doc.BackupCodes = nil
		return nil
	})
}
