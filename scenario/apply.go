package scenario

import (
	"context"
	"log/slog"
	"reflect"

	"github.com/nightclerk/nightclerk/inbox"
	"github.com/nightclerk/nightclerk/instance"
	"github.com/nightclerk/nightclerk/internal/store"
	"github.com/nightclerk/nightclerk/invitations"
	"github.com/nightclerk/nightclerk/issuer"
	"github.com/nightclerk/nightclerk/sessions"
	"github.com/nightclerk/nightclerk/signin"
	"github.com/nightclerk/nightclerk/users"
	"github.com/nightclerk/nightclerk/webhooks"
)

// Applier brings about what a file describes. The file owns the fields it names;
// everything else that instances have stays.
type Applier struct {
	db        *store.Store
	instances *instance.Registry
	outbox    *webhooks.Outbox
	file      *File
	log       *slog.Logger
	forget    func(instance string)
}

// Progress is told how many of an instance's users are done. It may be nil.
type Progress func(done, total int)

// Result counts what an Apply did.
type Result struct {
	UsersCreated   int `json:"users_created"`
	UsersUpdated   int `json:"users_updated"`
	UsersUnchanged int `json:"users_unchanged"`
}

// NewApplier returns an applier of a complete file; see [File.WithDefaults].
func NewApplier(db *store.Store, instances *instance.Registry, outbox *webhooks.Outbox, file *File, log *slog.Logger) *Applier {
	return &Applier{db: db, instances: instances, outbox: outbox, file: file, log: log, forget: func(string) {}}
}

// OnForget has fn called when the data of an instance is gone by a reset or with
// the instance, to forget what is only in memory. Call it before anything else.
func (a *Applier) OnForget(fn func(instance string)) { a.forget = fn }

// Start brings every instance of the file about. Users that exist are found
// again by id, else by e-mail address; those that are new emit user.created.
func (a *Applier) Start(ctx context.Context, progress Progress) error {
	for slug, in := range a.file.All() {
		if _, err := a.put(ctx, slug, a.file.Server.Seed, in, putting{keep: true, progress: progress}); err != nil {
			return err
		}
	}
	return nil
}

// Reset takes an instance back to the file: its data is gone, its clock follows
// wall time, its sequence numbers go on. An instance that the file does not
// describe goes back to the default users.
func (a *Applier) Reset(ctx context.Context, slug string) (*instance.Live, error) {
	live, err := a.instances.BySlug(ctx, slug)
	if err != nil {
		return nil, err
	}
	in := a.file.Instance(slug)
	if in == nil {
		in = blank()
	}
	return a.put(ctx, live.Slug, a.file.Server.Seed, in, putting{first: func(tx *store.Tx) error {
		if err := clear(tx); err != nil {
			return err
		}
		tx.AfterCommit(func() { a.forget(live.ID) })
		return tx.RaiseEpoch()
	}})
}

// Make makes a further instance. seed is what the file would say of it, nil for
// the default users; a seed without users gets them too. An empty slug is drawn.
func (a *Applier) Make(ctx context.Context, slug, idSeed string, seed *Instance) (*instance.Live, error) {
	in := blank()
	if seed != nil {
		with := seed.withTemplate()
		if with.Users == nil {
			with.Users = in.Users
		}
		in = &with
	}
	if idSeed == "" {
		idSeed = a.file.Server.Seed
	}
	return a.put(ctx, slug, idSeed, in, putting{})
}

// blank is an instance that no file describes.
func blank() *Instance {
	in := Default().Default
	in.ID, in.SecretKey, in.WebhookEndpoints = "", "", nil
	return &in
}

// Apply adds to an instance what a seed names.
func (a *Applier) Apply(ctx context.Context, live *instance.Live, seed *Instance, progress Progress) (Result, error) {
	_, err := a.instances.Change(ctx, live.ID, func(tx *store.Tx) error { return a.belongings(tx, seed, live.Config.WebhookSecret, false) })
	if err != nil {
		return Result{}, err
	}
	result, err := a.users(ctx, live, seed.Users, progress)
	if err != nil {
		return result, err
	}
	return result, a.guests(ctx, live, seed)
}

// Remove removes an instance with all its data.
func (a *Applier) Remove(ctx context.Context, slug string) error {
	live, err := a.instances.BySlug(ctx, slug)
	if err != nil {
		return err
	}
	return a.instances.Delete(ctx, live.ID, func(tx *store.Tx) error {
		tx.AfterCommit(func() { a.forget(live.ID) })
		return clear(tx)
	})
}

// clear removes the data of an instance, and leaves the instance.
func clear(tx *store.Tx) error {
	for _, clear := range []func(*store.Tx) error{webhooks.DeleteAll, inbox.Clear, invitations.Clear, signin.Clear, sessions.Clear, users.Clear} {
		if err := clear(tx); err != nil {
			return err
		}
	}
	return nil
}

// putting is how an instance is put.
type putting struct {
	// keep leaves what an existing instance has and the file does not name, such as
	// settings that were changed in the console. Otherwise that is the default.
	keep     bool
	progress Progress
	// first runs before anything else in the same transaction; nil for nothing.
	first func(*store.Tx) error
}

// put makes an instance or gives an existing one what the file says.
func (a *Applier) put(ctx context.Context, slug, idSeed string, in *Instance, how putting) (*instance.Live, error) {
	old, _ := a.instances.BySlug(ctx, slug) // nil for a new one
	params, err := in.params(slug, idSeed, old, how.keep)
	if err != nil {
		return nil, err
	}
	live, err := a.instances.Put(ctx, params, func(tx *store.Tx) error {
		if how.first != nil {
			if err := how.first(tx); err != nil {
				return err
			}
		}
		return a.belongings(tx, in, params.Config.WebhookSecret, how.keep)
	})
	if err != nil {
		return nil, err
	}
	if _, err = a.users(ctx, live, in.Users, how.progress); err != nil {
		return live, err
	}
	return live, a.guests(ctx, live, in)
}

// params is the instance itself; old is the one there is, nil for none. Its
// signing key stays unless the file names one.
func (in *Instance) params(slug, idSeed string, old *instance.Live, keep bool) (instance.Params, error) {
	cfg := newConfig()
	if old != nil && keep {
		cfg = old.Config
	}
	p := instance.Params{ID: in.ID, Slug: slug, SecretKey: in.SecretKey, IDSeed: idSeed, Config: in.config(cfg)}
	if slug == DefaultSlug {
		p.Config.WebhookSecret = DefaultWebhookSecret
	}
	var err error
	switch {
	case in.SigningKey == "development" || in.SigningKey == "" && slug == DefaultSlug && old == nil:
		p.SigningKey = issuer.DevelopmentKey()
	case in.SigningKey != "" && in.SigningKey != "generated":
		p.SigningKey, err = issuer.ParsePEM([]byte(in.SigningKey))
	}
	return p, err
}

// belongings are what an instance has besides users: templates, endpoints, and
// how deliveries to them are made. webhookSecret signs for endpoints that have no
// secret of their own. keep leaves the template that is there without being
// listed as somebody has changed it.
func (a *Applier) belongings(tx *store.Tx, in *Instance, webhookSecret string, keep bool) error {
	for _, t := range in.JWTTemplates {
		if err := t.put(tx, keep && t.unlisted()); err != nil {
			return err
		}
	}
	for _, e := range in.WebhookEndpoints {
		if _, _, err := webhooks.PutEndpoint(tx, e.params(webhookSecret)); err != nil {
			return err
		}
	}
	return a.deliveries(tx, in)
}

// unlisted tells whether it is the template that exists without being listed.
func (t JWTTemplate) unlisted() bool { return reflect.DeepEqual(t, convexTemplate()) }

// put makes a template, or changes the one of that name unless that is kept.
func (t JWTTemplate) put(tx *store.Tx, keep bool) error {
	params := instance.TemplateParams{Name: &t.Name, Claims: t.Claims, Lifetime: wide(t.Lifetime), AllowedClockSkew: wide(t.AllowedClockSkew), Issuer: &t.Issuer}
	id := ""
	if old, err := instance.TemplateByName(tx, t.Name); err == nil {
		if keep {
			return nil
		}
		id = old.ID
	}
	_, err := instance.PutTemplate(tx, id, params)
	return err
}

func wide(n *int) *int64 {
	if n == nil {
		return nil
	}
	return new(int64(*n))
}
