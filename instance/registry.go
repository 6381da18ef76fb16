package instance

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nightclerk/nightclerk/internal/apierr"
	"github.com/nightclerk/nightclerk/internal/ids"
	"github.com/nightclerk/nightclerk/internal/store"
	"github.com/nightclerk/nightclerk/issuer"
)

// recheck is how old the picture of other processes' changes may be, in wall
// time. SQLite has no other processes.
const recheck = time.Second

// Registry finds instances without reading the store. It is safe for concurrent
// use; what it returns is a snapshot.
type Registry struct {
	db   *store.Store
	pool *issuer.Pool
	base Base

	live    atomic.Pointer[snapshot]
	reload  sync.Mutex
	checked atomic.Int64 // wall time of the last look at the versions, ms
}

type snapshot struct {
	byID, bySlug, byKey map[string]*Live
	// until is when the first signing key goes, in wall time, ms; 0 for none.
	until int64
}

// Base is how the process is reached; every instance's addresses follow from it.
type Base struct {
	// FrontendHost is the host:port that browsers use.
	FrontendHost string
	// Backend is the base URL over plain HTTP, such as http://localhost:4545.
	Backend string
	// Issuer is the default instance's claim iss; the others' are below it. Empty
	// means Backend.
	Issuer string
}

// NewRegistry reads all instances.
func NewRegistry(ctx context.Context, db *store.Store, pool *issuer.Pool, base Base) (*Registry, error) {
	if base.Issuer == "" {
		base.Issuer = base.Backend
	}
	r := &Registry{db: db, pool: pool, base: base}
	r.live.Store(&snapshot{})
	return r, r.refresh(ctx)
}

// refresh reads the instances that were changed since the last time.
func (r *Registry) refresh(ctx context.Context) error {
	r.reload.Lock()
	defer r.reload.Unlock()
	old := r.live.Load()
	next := &snapshot{byID: map[string]*Live{}, bySlug: map[string]*Live{}, byKey: map[string]*Live{}}
	err := r.db.Read(ctx, "", func(tx *store.Tx) error {
		current, err := versions(tx)
		if err != nil {
			return err
		}
		for id, version := range current {
			l := old.byID[id]
			if l == nil || l.Version != version || l.KeysUntil > 0 && l.KeysUntil <= tx.WallNowMS() {
				if l, err = r.read(tx, id); err != nil {
					return err
				}
			}
			next.add(l)
		}
		return nil
	})
	if err != nil {
		return err
	}
	r.live.Store(next)
	r.checked.Store(r.db.Clock().Now().UnixMilli())
	return nil
}

func (s *snapshot) add(l *Live) {
	s.byID[l.ID], s.bySlug[l.Slug], s.byKey[l.SecretKey] = l, l, l
	if l.KeysUntil > 0 && (s.until == 0 || l.KeysUntil < s.until) {
		s.until = l.KeysUntil
	}
}

// read makes the snapshot of one instance.
func (r *Registry) read(tx *store.Tx, id string) (*Live, error) {
	row, err := load(tx, id)
	if err != nil {
		return nil, err
	}
	l := &Live{ID: id, Slug: row.slug, SecretKey: row.secretKey, Config: row.config, Version: row.version, CreatedAt: row.createdAt, KeysUntil: row.keysUntil,
		Addresses: AddressesOf(row.slug, r.base.FrontendHost, r.base.Backend)}
	if l.Issuer = row.config.Issuer; l.Issuer == "" {
		l.Issuer = below(r.base.Issuer, row.slug)
	}
	if len(row.keys) == 0 {
		return nil, fmt.Errorf("instance %s has no signing key: reset it", row.slug)
	}
	l.Keys = issuer.NewKeySet(row.keys[0], row.keys[1:]...)
	if l.templates, err = compile(row.templates); err != nil {
		return nil, err
	}
	if l.discovery, err = l.discoveries(); err != nil {
		return nil, err
	}
	if row.config.SessionToken.Claims != nil {
		l.sessionClaims, err = issuer.CompileSessionClaims(row.config.SessionToken.Claims)
	}
	return l, err
}

// current is the snapshot, brought up to date when another process may have
// changed something, or when a key's time is over.
func (r *Registry) current(ctx context.Context) *snapshot {
	now, s := r.db.Clock().Now().UnixMilli(), r.live.Load()
	if r.db.Postgres() && now-r.checked.Load() > recheck.Milliseconds() || s.until > 0 && s.until <= now {
		// A database that is away must not take down what needs none: an issuer
		// goes on serving its keys. What needs the store will say so itself.
		_ = r.refresh(ctx)
	}
	return r.live.Load()
}

// BySlug returns an instance, or an error that lists those that exist.
func (r *Registry) BySlug(ctx context.Context, slug string) (*Live, error) {
	if l := r.current(ctx).bySlug[slug]; l != nil {
		return l, nil
	}
	return nil, apierr.InstanceNotFound(slug, r.Slugs(ctx))
}

// ByID returns an instance, nil when there is none.
func (r *Registry) ByID(ctx context.Context, id string) *Live { return r.current(ctx).byID[id] }

// BySecretKey returns the instance a server's key belongs to, or Clerk's error.
func (r *Registry) BySecretKey(ctx context.Context, key string) (*Live, error) {
	if l := r.current(ctx).byKey[key]; l != nil {
		return l, nil
	}
	return nil, apierr.InvalidClerkSecretKey()
}

// List returns all instances, the default one first, then by slug.
func (r *Registry) List(ctx context.Context) []*Live {
	var list []*Live
	for _, l := range r.current(ctx).bySlug {
		list = append(list, l)
	}
	slices.SortFunc(list, func(a, b *Live) int { return compareSlugs(a.Slug, b.Slug) })
	return list
}

func compareSlugs(a, b string) int {
	switch {
	case a == b:
		return 0
	case a == DefaultSlug || b != DefaultSlug && a < b:
		return -1
	}
	return 1
}

// Slugs lists the slugs of all instances.
func (r *Registry) Slugs(ctx context.Context) []string {
	slugs := []string{}
	for _, l := range r.List(ctx) {
		slugs = append(slugs, l.Slug)
	}
	return slugs
}

// Change runs fn in a transaction that changes the instance itself, its keys or
// its templates, and takes the new state over.
func (r *Registry) Change(ctx context.Context, id string, fn func(*store.Tx) error) (*Live, error) {
	err := r.db.Write(ctx, id, func(tx *store.Tx) error {
		if err := fn(tx); err != nil {
			return err
		}
		return touch(tx)
	})
	if err != nil {
		return nil, err
	}
	if err := r.refresh(ctx); err != nil {
		return nil, err
	}
	return r.ByID(ctx, id), nil
}

// Params make an instance. What is empty is drawn or derived.
type Params struct {
	ID        string
	Slug      string
	SecretKey string
	Config    Config
	// SigningKey is nil for one from the pool.
	SigningKey *issuer.Key
	// IDSeed makes the ids of the instance's resources repeatable.
	IDSeed string
}

// Check refuses what could not be served.
func (p *Params) Check() error {
	if err := CheckSlug(p.Slug); err != nil {
		return err
	}
	if p.Config.Issuer != "" {
		if err := CheckIssuer(p.Config.Issuer); err != nil {
			return err
		}
	}
	for _, key := range p.Config.PublishableKeys {
		if _, err := ParsePublishableKey(key); err != nil {
			return err
		}
	}
	return nil
}

// complete draws what the parameters leave open. It may wait for a key.
func (r *Registry) complete(ctx context.Context, p *Params) (err error) {
	src := r.db.IDs()
	if p.Slug == "" {
		p.Slug = "i-" + src.Hex(5)
	}
	if p.ID == "" {
		p.ID = src.New("ins")
		if p.IDSeed != "" { // ids are derived from this one too
			p.ID = ids.Derive(p.IDSeed, p.Slug, 0, "ins", 0)
		}
	}
	if p.SecretKey == "" {
		p.SecretKey = "sk_test_" + src.Token(40)
	}
	if p.Config.WebhookSecret == "" {
		p.Config.WebhookSecret = WebhookSecret(src.Bytes(24))
	}
	if p.SigningKey == nil {
		p.SigningKey, err = r.pool.Get(ctx)
	}
	return err
}

// Put makes an instance, or gives the one with that slug another configuration:
// its id stays. seed runs in the same transaction, so that an instance is never
// seen half made.
func (r *Registry) Put(ctx context.Context, p Params, seed func(*store.Tx) error) (*Live, error) {
	if p.Slug != "" {
		if old := r.current(ctx).bySlug[p.Slug]; old != nil {
			p.adopt(old)
		}
	}
	if err := r.complete(ctx, &p); err != nil {
		return nil, err
	}
	if err := p.Check(); err != nil {
		return nil, err
	}
	return r.Change(ctx, p.ID, func(tx *store.Tx) error {
		if err := p.write(tx); err != nil {
			return err
		}
		return seed(tx)
	})
}

// adopt keeps what an existing instance has and the parameters leave open.
func (p *Params) adopt(old *Live) {
	p.ID = old.ID
	if p.SecretKey == "" {
		p.SecretKey = old.SecretKey
	}
	if p.Config.WebhookSecret == "" {
		p.Config.WebhookSecret = old.Config.WebhookSecret
	}
	if p.SigningKey == nil {
		p.SigningKey = old.Keys.Current()
	}
}

func (p *Params) write(tx *store.Tx) error {
	if err := p.checkUnique(tx); err != nil {
		return err
	}
	if err := tx.InitState(p.IDSeed); err != nil {
		return err
	}
	if err := upsert(tx, p.Slug, p.SecretKey, p.Config); err != nil {
		return err
	}
	return setKey(tx, p.SigningKey)
}

// checkUnique refuses an id, slug or secret key of another instance: requests
// find their instance by them.
func (p *Params) checkUnique(tx *store.Tx) error {
	var id, slug, key string
	err := tx.QueryRow(`SELECT instance_id, slug, secret_key FROM instance
		WHERE (instance_id = $1) <> (slug = $2) OR secret_key = $3 AND instance_id <> $1`, p.ID, p.Slug, p.SecretKey).Scan(&id, &slug, &key)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return nil
	case err != nil:
		return err
	case id == p.ID:
		return apierr.InstanceTaken("id", slug)
	case slug == p.Slug:
		return apierr.InstanceTaken("slug", slug)
	}
	return apierr.InstanceTaken("secret_key", slug)
}

// Delete removes an instance; clear removes the rows of the other nouns in the
// same transaction.
func (r *Registry) Delete(ctx context.Context, id string, clear func(*store.Tx) error) error {
	err := r.db.Write(ctx, id, func(tx *store.Tx) error {
		if err := clear(tx); err != nil {
			return err
		}
		return drop(tx)
	})
	if err != nil {
		return err
	}
	return r.refresh(ctx)
}
