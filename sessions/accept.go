package sessions

import (
	"encoding/base64"
	"encoding/json"
	"strings"

	"github.com/nightclerk/nightclerk/instance"
	"github.com/nightclerk/nightclerk/internal/apierr"
	"github.com/nightclerk/nightclerk/internal/store"
)

// FindSignInToken returns the ticket with a token, refused if it cannot be used:
// because it is none of this instance, was used or revoked, or is too old.
func FindSignInToken(tx *store.Tx, l *instance.Live, token string) (*SignInToken, error) {
	t, err := getSignInToken(tx, l, ticketID(token))
	switch {
	case apierr.HasCode(err, "resource_not_found"), err == nil && t.Token != token:
		return nil, apierr.TicketInvalid()
	case err != nil:
		return nil, err
	case t.Status == "revoked":
		return nil, apierr.SignInTokenRevoked()
	case t.Status != "pending":
		return nil, apierr.SignInTokenAlreadyUsed()
	case tx.NowMS() >= t.ExpireAt:
		return nil, apierr.TicketExpired()
	}
	return t, nil
}

// ticketID reads the id out of a ticket. The ticket itself is compared with the
// one that was given away, so that nothing needs to be verified here.
func ticketID(token string) string {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return ""
	}
	var claims struct {
		ID string `json:"sid"`
	}
	raw, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil || json.Unmarshal(raw, &claims) != nil {
		return ""
	}
	return claims.ID
}

// AcceptSignInToken uses a ticket up and returns the id of its user.
func AcceptSignInToken(tx *store.Tx, l *instance.Live, token string) (userID string, err error) {
	t, err := FindSignInToken(tx, l, token)
	if err != nil {
		return "", err
	}
	_, err = tx.Exec(`UPDATE sign_in_token SET status = 'accepted', updated_at = $3 WHERE instance_id = $1 AND id = $2`, tx.Instance(), t.ID, tx.NowMS())
	return t.UserID, err
}
