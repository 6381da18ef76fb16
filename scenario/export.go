package scenario

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/nightclerk/nightclerk/instance"
	"github.com/nightclerk/nightclerk/internal/store"
	"github.com/nightclerk/nightclerk/issuer"
	"github.com/nightclerk/nightclerk/users"
	"github.com/nightclerk/nightclerk/webhooks"
)

// MaxExportedUsers bounds how many users an export can hold: beyond it a file is
// the wrong form.
const MaxExportedUsers = 10_000

// ExportOptions say what goes into an export besides settings, templates,
// endpoints and faults.
type ExportOptions struct {
	// Users is how many users at most, the oldest first; 0 for none.
	Users int
	// Secrets adds keys, signing secrets, custom headers and password digests.
	Secrets bool
}

// Exported is an instance as a file would describe it.
type Exported struct {
	Instance Instance
	Slug     string
	// Notes say what the instance has and the file does not.
	Notes []string
}

// Export describes the transaction's instance as it is: a start with the file
// gives the same environment, templates and endpoints. What is as in any new
// instance is not named.
func Export(tx *store.Tx, live *instance.Live, o ExportOptions) (*Exported, error) {
	e := &exporter{Exported: &Exported{Slug: live.Slug}, tx: tx, live: live, options: o}
	for _, step := range []func() error{e.identity, e.settings, e.templates, e.endpoints, e.deliveries, e.users} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	return e.Exported, nil
}

type exporter struct {
	*Exported
	tx      *store.Tx
	live    *instance.Live
	options ExportOptions
	// endpointRefs are the endpoints by id, as rules of the file name them.
	endpointRefs map[string]string
}

func (e *exporter) note(format string, args ...any) {
	e.Notes = append(e.Notes, fmt.Sprintf(format, args...))
}

// identity is who the instance is: its keys only among secrets.
func (e *exporter) identity() error {
	in, cfg := &e.Instance, e.live.Config
	if e.live.ID != DefaultInstanceID {
		in.ID = e.live.ID
	}
	in.PublishableKeys = cfg.PublishableKeys
	in.Issuer, in.SessionIssuer, in.Tokens = cfg.Issuer, cfg.SessionIssuer, cfg.Tokens
	in.SessionToken = SessionToken{Claims: cfg.SessionToken.Claims, Lifetime: seconds(cfg.SessionToken.Lifetime)}
	switch cfg.SessionToken.Audience {
	case "":
	case ConvexTemplate:
		in.SessionToken.ConvexAudience = new(true)
	default:
		e.note("session tokens have the aud %q, for which a file has no field", cfg.SessionToken.Audience)
	}
	key := e.live.Keys.Current()
	own := key != issuer.DevelopmentKey()
	if own {
		in.SigningKey = "generated"
	} else if e.live.Slug != DefaultSlug {
		in.SigningKey = "development"
	}
	if !e.options.Secrets {
		return nil
	}
	if e.live.SecretKey != DefaultSecretKey {
		in.SecretKey = e.live.SecretKey
	}
	if own {
		pem, err := key.PrivatePEM()
		if err != nil {
			return err
		}
		in.SigningKey = string(pem)
	}
	return nil
}

// seconds is nil for the default.
func seconds(n int64) *int {
	if n == 0 {
		return nil
	}
	return new(int(n))
}

// templates lists them by name.
func (e *exporter) templates() error {
	list, err := instance.ListTemplates(e.tx)
	slices.SortFunc(list, func(a, b *instance.Template) int { return strings.Compare(a.Name, b.Name) })
	for _, t := range list {
		if t.CustomSigningKey {
			e.note("template %s signs with a key of its own; from the file it signs with the instance's", t.Name)
		}
		if t.Lifetime < issuer.MinLifetime {
			e.note("template %s has a lifetime of %d s; a file has at least %d", t.Name, t.Lifetime, issuer.MinLifetime)
			t.Lifetime = issuer.MinLifetime
		}
		if why := formats["template_name"].reason(t.Name); why != "" {
			e.note("template %q is left out: its name %s", t.Name, why)
			continue
		}
		e.Instance.JWTTemplates = append(e.Instance.JWTTemplates, JWTTemplate{Name: t.Name, Claims: t.Claims, Issuer: t.Issuer,
			Lifetime: new(int(t.Lifetime)), AllowedClockSkew: new(int(t.AllowedClockSkew))})
	}
	return err
}

// endpoints lists them in the order in which they were made.
func (e *exporter) endpoints() error {
	e.endpointRefs = map[string]string{}
	for page := (webhooks.Page{Limit: webhooks.MaxLimit}); ; {
		list, err := webhooks.ListEndpoints(e.tx, page, true)
		if err != nil {
			return err
		}
		for _, ep := range list.Data {
			e.endpoint(ep)
		}
		if list.Done || list.Iterator == "" {
			return nil
		}
		page.Iterator = list.Iterator
	}
}

func (e *exporter) endpoint(ep *webhooks.Endpoint) {
	if why := formats["url"].reason(ep.URL); why != "" {
		e.note("endpoint %s is left out: its URL %s", ep.ID, why)
		return
	}
	out := WebhookEndpoint{URL: ep.URL, Headers: string(ep.HeaderSet), Schedule: ep.Schedule,
		Disabled: yes(ep.Disabled), Ordered: yes(ep.Ordered), KeepEnabled: yes(ep.KeepEnabled),
		Concurrency: seconds(int64(ep.Concurrency)), RateLimit: seconds(int64(ep.ThrottleRate))}
	switch {
	case ep.UID != "" && ep.UID == uidOf(ep.URL): // found by its URL again
	case ep.UID != "" && formats["ep"].reason(ep.UID) == "":
		out.ID = ep.UID
	default:
		out.ID = ep.ID
	}
	e.endpointRefs[ep.ID] = out.ID
	if out.ID == "" {
		e.endpointRefs[ep.ID] = ep.UID
	}
	if ep.Description != "" {
		out.Description = &ep.Description
	}
	if ep.TimeoutMS > 0 {
		out.Timeout = webhooks.DurationText(time.Duration(ep.TimeoutMS) * time.Millisecond)
	}
	for _, typ := range ep.EventTypes {
		if slices.Contains(eventTypes, typ) {
			out.EventTypes = append(out.EventTypes, typ)
		}
	}
	if len(ep.EventTypes) > 0 && len(out.EventTypes) == 0 {
		e.note("endpoint %s is left out: it takes none of Clerk's events", ep.URL)
		return
	}
	if len(out.EventTypes) < len(ep.EventTypes) || len(ep.Channels) > 0 || len(ep.Metadata) > 0 {
		e.note("endpoint %s has event types, channels or metadata for which a file has no field", ep.URL)
	}
	if e.options.Secrets {
		out.Secret, out.CustomHeaders = ep.Secret, ep.Headers
	} else if len(ep.Headers) > 0 {
		e.note("the custom headers of endpoint %s are left out with the secrets", ep.URL)
	}
	e.Instance.WebhookEndpoints = append(e.Instance.WebhookEndpoints, out)
}

func yes(b bool) *bool {
	if !b {
		return nil
	}
	return &b
}

// deliveries are the fault rules and the mode.
func (e *exporter) deliveries() error {
	rules, err := webhooks.ListFaults(e.tx)
	if err != nil {
		return err
	}
	for _, r := range rules {
		out := WebhookFault{Action: string(r.Action), Types: r.Types, Endpoint: r.Endpoint, User: r.User, Seed: r.Seed, Header: r.Header,
			Attempt: seconds(r.Attempt), Nth: seconds(r.Nth), Count: seconds(r.Count), Times: seconds(int64(r.Times)), Size: seconds(int64(r.Size)),
			Status: seconds(int64(r.Status)), Concurrent: yes(r.Concurrent), Probability: (*Share)(r.Probability),
			By: duration(r.By), Gap: duration(r.Gap), Wait: duration(r.Wait)}
		if ref, ok := e.endpointRefs[r.Endpoint]; ok {
			out.Endpoint = ref
		}
		e.Instance.WebhookFaults = append(e.Instance.WebhookFaults, out)
	}
	mode, err := webhooks.GetMode(e.tx)
	e.Instance.Webhooks = WebhookMode{Held: yes(mode.Held), AnswerAfter: duration(mode.AnswerAfter)}
	return err
}

func duration(d time.Duration) string {
	if d == 0 {
		return ""
	}
	return webhooks.DurationText(d)
}

// users lists the oldest ones.
func (e *exporter) users() error {
	if e.options.Users <= 0 {
		return nil
	}
	e.Instance.Users = []User{}
	left := min(e.options.Users, MaxExportedUsers)
	more, err := eachUser(e.tx, e.live, left, func(u *users.User) {
		e.Instance.Users = append(e.Instance.Users, exportedUser(u, e.live, e.options.Secrets))
	})
	if more {
		e.note("there are more users than the %d here: export the rest through the Backend API", left)
	}
	return err
}

// eachUser goes through at most n users, the oldest first, and tells whether
// there are more.
func eachUser(tx *store.Tx, live *instance.Live, n int, fn func(*users.User)) (more bool, err error) {
	limit, order, after := int64(500), "+created_at", users.Cursor("")
	for n > 0 {
		limit = min(limit, int64(n))
		list, next, err := users.ListPage(tx, live.Rules(), users.Filter{Limit: &limit, OrderBy: order}, after)
		if err != nil {
			return false, err
		}
		for _, u := range list {
			fn(u)
		}
		n -= len(list)
		if after, more = next, next != ""; !more {
			return false, nil
		}
	}
	return more, nil
}

// exportedUser is a user without events: whoever starts with the file has these.
func exportedUser(u *users.User, live *instance.Live, secrets bool) User {
	out := User{ID: u.ID, ExternalID: nullable(u.ExternalID), Username: nullable(u.Username), FirstName: nullable(u.FirstName),
		LastName: nullable(u.LastName), ImageURL: nullable(u.CustomImageURL()), Banned: yes(u.Banned), Locked: yes(u.Locked()),
		PublicMetadata: unlessEmpty(u.PublicMetadata()), PrivateMetadata: unlessEmpty(u.PrivateMetadata()), UnsafeMetadata: unlessEmpty(u.UnsafeMetadata())}
	if live.Config.Settings.Users.Lockout.MaxAttempts == 0 {
		out.Locked = nil // where lockout is off, nobody can be locked
	}
	if u.CreatedAt >= earliestMilli {
		out.CreatedAt = new(UnixMilli(u.CreatedAt))
	}
	for _, a := range u.EmailAddresses() {
		out.EmailAddresses = append(out.EmailAddresses, EmailAddress{ID: a.ID, EmailAddress: a.Value, Verified: unverified(a.Status),
			Primary: u.PrimaryEmailAddressID != nil && *u.PrimaryEmailAddressID == a.ID})
	}
	for _, p := range u.PhoneNumbers() {
		out.PhoneNumbers = append(out.PhoneNumbers, PhoneNumber{ID: p.ID, PhoneNumber: p.Value, Verified: unverified(p.Status),
			Primary: u.PrimaryPhoneNumberID != nil && *u.PrimaryPhoneNumberID == p.ID})
	}
	if secrets {
		out.PasswordHasher, out.PasswordDigest = u.Credential().Digest()
	}
	return out
}

func unverified(s users.Status) *bool {
	if s == users.Unverified {
		return new(false)
	}
	return nil
}

func nullable(text *string) NullString {
	if text == nil || *text == "" {
		return NullString{}
	}
	return NullString{Named: true, Value: text}
}

func unlessEmpty(raw json.RawMessage) json.RawMessage {
	if strings.TrimSpace(string(raw)) == "{}" {
		return nil
	}
	return raw
}
