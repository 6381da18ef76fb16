package sessions

import (
	"github.com/nightclerk/nightclerk/instance"
	"github.com/nightclerk/nightclerk/internal/apierr"
	"github.com/nightclerk/nightclerk/internal/store"
)

// FindSignInToken returns the ticket with a token, refused if it cannot be used:
// because it is none of this instance, was used or revoked, or is too old.
func FindSignInToken(tx *store.Tx, l *instance.Live, token string) (*SignInToken, error) {
	t, err := getSignInToken(tx, l, instance.ReadTicket(token).ID)
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

// AcceptSignInToken uses a ticket up and returns the id of its user.
func AcceptSignInToken(tx *store.Tx, l *instance.Live, token string) (userID string, err error) {
	t, err := FindSignInToken(tx, l, token)
	if err != nil {
		return "", err
	}
	_, err = tx.Exec(`UPDATE sign_in_token SET status = 'accepted', updated_at = $3 WHERE instance_id = $1 AND id = $2`, tx.Instance(), t.ID, tx.NowMS())
	return t.UserID, err
}
