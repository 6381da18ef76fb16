package signin

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/nightclerk/nightclerk/inbox"
	"github.com/nightclerk/nightclerk/instance"
	"github.com/nightclerk/nightclerk/internal/apierr"
	"github.com/nightclerk/nightclerk/internal/store"
	"github.com/nightclerk/nightclerk/users"
)

// Clerk documents that codes and links last ten minutes, and that there are too
// many failed attempts but not how many: three.
const (
	codeLifetime = 10 * 60 * 1000
	maxAttempts  = 3
)

// Statuses of a verification. Expired is never stored: it follows from the time.
const (
	unverified  = "unverified"
	verified    = "verified"
	failedState = "failed"
	expired     = "expired"
)

// verification is one way of proving something, under way or done.
type verification struct {
	Strategy string `json:"strategy"`
	Status   string `json:"status"`
	Attempts int64  `json:"attempts,omitempty"`
	ExpireAt int64  `json:"expire_at,omitempty"` // 0 for never
	// Code and Secret are what was sent. They are kept as they are: the inbox has
	// them too.
	Code   string `json:"code,omitempty"`
	Secret string `json:"secret,omitempty"`
	// RedirectURL is where a link leads in the end.
	RedirectURL string `json:"redirect_url,omitempty"`
	// IdentificationID is what of an existing user it proves.
	IdentificationID string `json:"identification_id,omitempty"`
}

// VerificationJSON is Clerk's Verification.
type VerificationJSON struct {
	Object   string `json:"object"`
	Status   string `json:"status"`
	Strategy string `json:"strategy"`
	Attempts *int64 `json:"attempts"`
	ExpireAt *int64 `json:"expire_at"`
}

// statusAt is the status at a time.
func (v *verification) statusAt(now int64) string {
	if v.Status == unverified && v.ExpireAt > 0 && now >= v.ExpireAt {
		return expired
	}
	return v.Status
}

func (v *verification) json(now int64) *VerificationJSON {
	if v == nil {
		return nil
	}
	out := &VerificationJSON{Object: objectOf(v.Strategy), Status: v.statusAt(now), Strategy: v.Strategy}
	if v.Attempts > 0 {
		out.Attempts = &v.Attempts
	}
	if v.ExpireAt > 0 {
		out.ExpireAt = &v.ExpireAt
	}
	return out
}

func objectOf(strategy string) string {
	if isCode(strategy) {
		return "verification_otp"
	}
	return "verification_" + strategy
}

// isCode tells whether a strategy sends a code.
func isCode(strategy string) bool {
	return slices.Contains([]string{emailCode, phoneCode, resetPasswordEmailCode, resetPasswordPhoneCode}, strategy)
}

// proven is a verification by a strategy that needs no preparation.
func proven(strategy string) *verification {
	return &verification{Strategy: strategy, Status: verified, Attempts: 1}
}

// proof is what the user's records say of it. A code that came for a new password
// is one like any other there.
func (v *verification) proof() users.Verification {
	if v.Strategy == ticketStrategy { // nothing was attempted, and nothing expires
		return users.Verification{Strategy: ticketStrategy}
	}
	attempts, expireAt := v.Attempts, v.ExpireAt
	return users.Verification{Strategy: strings.TrimPrefix(v.Strategy, "reset_password_"), Attempts: &attempts, ExpireAt: &expireAt}
}

// attempt proves a code and counts. The error of a wrong one is to be committed.
func (v *verification) attempt(now int64, strategy, code string) error {
	switch {
	case v == nil:
		return apierr.VerificationMissing()
	case v.Strategy != strategy || !isCode(strategy):
		return apierr.VerificationInvalidStrategy()
	case code == "":
		return apierr.FormMissingParameter("code")
	}
	if err := v.open(now); err != nil {
		return err
	}
	v.Attempts++
	if code == v.Code {
		v.Status = verified
		return nil
	}
	if v.Attempts >= maxAttempts {
		v.Status = failedState
		return apierr.Refused(apierr.VerificationFailed())
	}
	return apierr.Refused(apierr.FormIncorrectCode())
}

// open refuses a verification that is over.
func (v *verification) open(now int64) error {
	switch v.statusAt(now) {
	case verified:
		return apierr.VerificationAlreadyVerified()
	case expired:
		return apierr.VerificationExpired()
	case failedState:
		return apierr.VerificationFailed()
	}
	return nil
}

// Page is where a request comes from.
type Page struct {
	// Origin is the app's, "" when unknown.
	Origin string
	// Base is the address under which that browser reaches the Frontend API: links
	// lead there.
	Base string
}

// errand is a code or link on its way to somebody.
type errand struct {
	strategy string
	to       string
	// attemptID is the sign-in or sign-up that a link belongs to.
	attemptID string
	// userID and identificationID are nil at sign-up.
	userID, identificationID *string
	linkSlug                 inbox.Slug
	redirectURL              string
	from                     Page
}

// send starts a verification: what was sent before is worth nothing any more.
func (e errand) send(tx *store.Tx, l *instance.Live) (*verification, error) {
	v := &verification{Strategy: e.strategy, Status: unverified, ExpireAt: tx.NowMS() + codeLifetime, IdentificationID: text(e.identificationID)}
	m := inbox.Message{Kind: inbox.Email, Slug: inbox.VerificationCode, To: e.to, UserID: e.userID, IdentificationID: e.identificationID, Origin: e.from.Origin}
	switch e.strategy {
	case emailLink:
		if err := checkURL(e.redirectURL); err != nil {
			return nil, err
		}
		v.Secret, v.RedirectURL = tx.IDs().Token(40), e.destination()
		m.Slug, m.Link = e.linkSlug, linkOf(e.from.Base, e.attemptID, v.Secret)
	case phoneCode, resetPasswordPhoneCode:
		m.Kind = inbox.SMS
	}
	if e.strategy == resetPasswordEmailCode || e.strategy == resetPasswordPhoneCode {
		m.Slug = inbox.ResetPasswordCode
	}
	if isCode(e.strategy) {
		if isTest(l.Rules(), e.to) {
			v.Code = testCode
			return v, nil
		}
		v.Code = newCode(tx)
		m.Code = v.Code
	}
	_, err := inbox.Send(tx, l, m)
	return v, err
}

// destination is where a link leads in the end. Forms that an app opens over its
// page ask for the hosted one: it is told which app that was, or whoever follows
// the link would end at the emulator.
func (e errand) destination() string {
	app := e.from.Origin
	hosted := strings.HasPrefix(e.redirectURL, e.from.Base+"/sign-")
	if !hosted || checkURL(app) != nil || strings.HasPrefix(e.from.Base+"/", app+"/") || strings.Contains(e.redirectURL, "redirect_url=") {
		return e.redirectURL
	}
	return withQuery(e.redirectURL, url.Values{"redirect_url": {app + "/"}})
}

// newCode draws six digits. They follow from a resource id, so that an instance
// with a seed repeats them.
func newCode(tx *store.Tx) string {
	sum := sha256.Sum256([]byte(tx.NewID("otp")))
	return fmt.Sprintf("%06d", binary.BigEndian.Uint64(sum[:8])%1_000_000)
}

// checkURL refuses what a browser could not be sent to.
func checkURL(text string) error {
	if text == "" {
		return apierr.FormMissingParameter("redirect_url")
	}
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return apierr.InvalidRedirectURL()
	}
	return nil
}
