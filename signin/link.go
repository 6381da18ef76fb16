package signin

import (
	"context"
	"net/url"
	"strings"

	"github.com/nightclerk/nightclerk/instance"
	"github.com/nightclerk/nightclerk/internal/apierr"
	"github.com/nightclerk/nightclerk/internal/store"
)

// linkOf is the address in a mail. Its token names the attempt, so that a link
// that was replaced by a newer one still leads back to its page.
func linkOf(base, attemptID, secret string) string {
	return base + "/v1/verify?token=" + url.QueryEscape(attemptID+"."+secret)
}

// FollowLink proves what the link of a mail proves, for the browser that asked
// for it, and returns where the browser that follows it is to be sent. Clerk's
// components read from there what became of it. The error is that of a token
// that was never sent.
func (s *Service) FollowLink(ctx context.Context, l *instance.Live, token string) (redirect string, err error) {
	id, secret, found := strings.Cut(token, ".")
	switch {
	case found && strings.HasPrefix(id, "sia_"):
		return write(ctx, s, l, func(tx *store.Tx) (string, error) { return followSignIn(tx, l, id, secret) })
	case found && strings.HasPrefix(id, "sua_"):
		return write(ctx, s, l, func(tx *store.Tx) (string, error) { return followSignUp(tx, l, id, secret) })
	}
	return "", apierr.VerificationInvalidLinkToken()
}

func followSignIn(tx *store.Tx, l *instance.Live, id, secret string) (string, error) {
	si, err := signInByID(tx, id)
	if apierr.HasCode(err, "resource_not_found") || err == nil && !isLink(si.FirstFactor) {
		return "", apierr.VerificationInvalidLinkToken()
	}
	if err != nil {
		return "", err
	}
	v := si.FirstFactor
	if outcome := v.follow(tx.NowMS(), secret); outcome != verified {
		return v.landing(outcome, nil), nil
	}
	u, err := si.user(tx, l)
	if err == nil {
		err = mayAct(u)
	}
	if err == nil {
		err = si.expect(tx, "following the link", NeedsFirstFactor)
	}
	if apierr.All(err) != nil {
		return v.landing(failedState, nil), nil
	}
	if err != nil {
		return "", err
	}
	if err := si.pass(tx, l, u); err != nil {
		return "", err
	}
	return v.landing(verified, si.CreatedSessionID), nil
}

func followSignUp(tx *store.Tx, l *instance.Live, id, secret string) (string, error) {
	su, err := signUpByID(tx, id)
	if apierr.HasCode(err, "resource_not_found") || err == nil && !isLink(su.Verifications["email_address"]) {
		return "", apierr.VerificationInvalidLinkToken()
	}
	if err != nil {
		return "", err
	}
	v := su.Verifications["email_address"]
	if su.statusAt(tx.NowMS()) == Abandoned || !su.Open {
		return v.landing(failedState, nil), nil
	}
	if outcome := v.follow(tx.NowMS(), secret); outcome != verified {
		return v.landing(outcome, nil), nil
	}
	if err := su.settle(tx, l); err != nil {
		return "", err
	}
	return v.landing(verified, su.CreatedSessionID), nil
}

func isLink(v *verification) bool { return v != nil && v.Strategy == emailLink }

// follow proves a link. One that was replaced or followed before has failed.
func (v *verification) follow(now int64, secret string) string {
	switch {
	case v.Secret != secret:
		return failedState
	case v.statusAt(now) == expired:
		return expired
	case v.Status != unverified:
		return failedState
	}
	v.Attempts, v.Status = v.Attempts+1, verified
	return verified
}

// landing is the page that a link leads to, told what became of it.
func (v *verification) landing(status string, sessionID *string) string {
	extra := url.Values{"__clerk_status": {status}}
	if sessionID != nil {
		extra.Set("__clerk_created_session", *sessionID)
	}
	return withQuery(v.RedirectURL, extra)
}

// withQuery adds parameters to an address, where Clerk's components look for
// them: in the query, in front of the fragment.
func withQuery(address string, extra url.Values) string {
	u, err := url.Parse(address)
	if err != nil { // checked before it was kept
		return address
	}
	query := u.Query()
	for name, values := range extra {
		query[name] = values
	}
	u.RawQuery = query.Encode()
	return u.String()
}
