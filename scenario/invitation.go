package scenario

import (
	"context"
	"encoding/json"
	"strings"

	"github.com/nightclerk/nightclerk/inbox"
	"github.com/nightclerk/nightclerk/instance"
	"github.com/nightclerk/nightclerk/internal/store"
	"github.com/nightclerk/nightclerk/invitations"
)

// Invitation is an invitation to the application; in the file a plain address or an object.
type Invitation struct {
	EmailAddress   string          `yaml:"email_address" is:"email" required:"true" doc:"Who is invited."`
	PublicMetadata json.RawMessage `yaml:"public_metadata" doc:"Metadata that the user gets who signs up by it."`
	RedirectURL    string          `yaml:"redirect_url" is:"url" doc:"The app's page that the link leads to. Without it the hosted sign-up page."`
	ExpiresInDays  *int            `yaml:"expires_in_days" min:"1" max:"365" default:"30" doc:"Days until it expires."`
	Notify         *bool           `yaml:"notify" default:"true" doc:"Whether the link is sent to the inbox."`
}

// WaitlistEntry is somebody on the waitlist; in the file a plain address or an object.
type WaitlistEntry struct {
	EmailAddress string `yaml:"email_address" is:"email" required:"true" doc:"Who waits."`
	Notify       *bool  `yaml:"notify" default:"true" doc:"Whether a confirmation is sent to the inbox."`
}

func (*Invitation) shorthand() string    { return "email_address" }
func (*WaitlistEntry) shorthand() string { return "email_address" }

func (i *Invitation) check(b *binder, n *node) {
	b.instance.once(b, "invited e-mail address", strings.ToLower(i.EmailAddress), n.orSelf("email_address"))
}

func (e *WaitlistEntry) check(b *binder, n *node) {
	b.instance.once(b, "e-mail address on the waitlist", strings.ToLower(e.EmailAddress), n.orSelf("email_address"))
}

// guests brings invitations and the waitlist about, after the users. Who was
// ever invited, waits already or has an account is left as they are.
func (a *Applier) guests(ctx context.Context, live *instance.Live, in *Instance) error {
	if len(in.Invitations) == 0 && len(in.Waitlist) == 0 {
		return nil
	}
	return a.db.Write(ctx, live.ID, func(tx *store.Tx) error {
		for _, i := range in.Invitations {
			if err := invitations.Ensure(tx, live, i.params(live)); err != nil {
				return err
			}
		}
		for _, e := range in.Waitlist {
			if _, err := invitations.CreateEntry(tx, live, invitations.EntryParams{EmailAddress: e.EmailAddress, Notify: e.Notify}); err != nil {
				return err
			}
		}
		return nil
	})
}

func (i *Invitation) params(live *instance.Live) invitations.CreateParams {
	slug := inbox.Invitation
	return invitations.CreateParams{EmailAddress: i.EmailAddress, PublicMetadata: i.PublicMetadata, RedirectURL: &i.RedirectURL,
		ExpiresInDays: wide(i.ExpiresInDays), Notify: i.Notify, TemplateSlug: &slug, Base: live.Portal(false)}
}
