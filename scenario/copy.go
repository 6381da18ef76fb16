package scenario

import (
	"context"

	"github.com/nightclerk/nightclerk/instance"
	"github.com/nightclerk/nightclerk/internal/store"
	"github.com/nightclerk/nightclerk/users"
)

// Copy makes an instance with the settings, templates, endpoints, faults and
// users of another, under keys of its own. The users keep their ids and
// passwords and emit nothing; sessions, messages and the clock stay behind. An
// empty slug is drawn.
func (a *Applier) Copy(ctx context.Context, from *instance.Live, slug string) (*instance.Live, error) {
	var e *Exported
	err := a.db.Read(ctx, from.ID, func(tx *store.Tx) (err error) {
		e, err = Export(tx, from, ExportOptions{Secrets: true})
		return err
	})
	if err != nil {
		return nil, err
	}
	in := e.Instance
	in.ID, in.SecretKey, in.SigningKey, in.Issuer, in.PublishableKeys = "", "", "", "", nil
	for i := range in.WebhookEndpoints {
		if in.WebhookEndpoints[i].Secret == from.Config.WebhookSecret {
			in.WebhookEndpoints[i].Secret = "" // signed with the copy's
		}
	}
	live, err := a.put(ctx, slug, a.file.Server.Seed, &in, putting{})
	if err != nil {
		return nil, err
	}
	return live, a.copyUsers(ctx, from, live)
}

func (a *Applier) copyUsers(ctx context.Context, from, to *instance.Live) error {
	limit, after := int64(500), users.Cursor("")
	for {
		var part []User
		err := a.db.Read(ctx, from.ID, func(tx *store.Tx) error {
			list, next, err := users.ListPage(tx, from.Rules(), users.Filter{Limit: &limit, OrderBy: "+created_at"}, after)
			for _, u := range list {
				one := exportedUser(u, from, true)
				one.Emit = new(false)
				part = append(part, one)
			}
			after = next
			return err
		})
		if err != nil {
			return err
		}
		if _, err := a.users(ctx, to, part, nil); err != nil || after == "" {
			return err
		}
	}
}
