package scenario

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/nightclerk/nightclerk/instance"
	"github.com/nightclerk/nightclerk/internal/apierr"
	"github.com/nightclerk/nightclerk/internal/store"
	"github.com/nightclerk/nightclerk/sessions"
	"github.com/nightclerk/nightclerk/users"
)

// batch is how many users share a transaction: enough to make a hundred thousand
// in seconds, few enough that other requests get their turn in between.
const batch = 1000

// users brings users about, a batch at a time.
func (a *Applier) users(ctx context.Context, live *instance.Live, list []User, progress Progress) (Result, error) {
	var total Result
	hasher := new(users.Hasher)
	for done := 0; done < len(list); {
		part := list[done:min(done+batch, len(list))]
		result, err := a.batch(ctx, live, part, hasher)
		if err != nil {
			return total, err
		}
		total.add(result)
		done += len(part)
		if progress != nil {
			progress(done, len(list))
		}
	}
	return total, nil
}

func (r *Result) add(o Result) {
	r.UsersCreated += o.UsersCreated
	r.UsersUpdated += o.UsersUpdated
	r.UsersUnchanged += o.UsersUnchanged
}

// batch makes the users of a part that do not exist, and gives the others what
// the file names and they lack.
func (a *Applier) batch(ctx context.Context, live *instance.Live, part []User, hasher *users.Hasher) (Result, error) {
	rules := live.Rules()
	found := make([]*users.User, len(part))
	err := a.db.Read(ctx, live.ID, func(tx *store.Tx) (err error) {
		for i := range part {
			if found[i], err = part[i].find(tx, rules); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return Result{}, err
	}
	var fresh []users.CreateParams
	var changes []change
	for i := range part {
		if found[i] == nil {
			p := part[i].create()
			if err := p.Prepare(hasher); err != nil {
				return Result{}, err
			}
			fresh = append(fresh, p)
			continue
		}
		c, err := part[i].difference(found[i], hasher)
		if err != nil {
			return Result{}, err
		}
		if c.any() {
			changes = append(changes, c)
		}
	}
	err = a.db.Write(ctx, live.ID, func(tx *store.Tx) error {
		if _, err := users.CreateMany(tx, rules, fresh); err != nil {
			return err
		}
		for _, c := range changes {
			if err := c.apply(tx, live); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return Result{}, fmt.Errorf("seed users of instance %q: %w", live.Slug, err)
	}
	return Result{UsersCreated: len(fresh), UsersUpdated: len(changes), UsersUnchanged: len(part) - len(fresh) - len(changes)}, nil
}

// find returns the user that an entry means: the one with its id, else the one
// with one of its e-mail addresses; nil when there is none.
func (u *User) find(tx *store.Tx, rules users.Rules) (*users.User, error) {
	if u.ID != "" {
		return orNil(users.Get(tx, rules, u.ID))
	}
	for _, e := range u.EmailAddresses {
		found, err := orNil(users.FindByEmail(tx, rules, e.EmailAddress))
		if found != nil || err != nil {
			return found, err
		}
	}
	return nil, nil
}

// orNil turns Clerk's not-found errors into nothing found.
func orNil(u *users.User, err error) (*users.User, error) {
	for _, e := range apierr.All(err) {
		if e.Status == 404 || e.Code == "form_identifier_not_found" {
			return nil, nil
		}
	}
	return u, err
}

// create is the entry as a new user. A file may say less than an instance's
// settings ask of people who sign up.
func (u *User) create() users.CreateParams {
	p := users.CreateParams{ExternalID: u.ExternalID.Value, FirstName: u.FirstName.Value, LastName: u.LastName.Value, Username: u.Username.Value,
		Password: nonEmpty(u.Password), PasswordDigest: nonEmpty(u.PasswordDigest), PasswordHasher: nonEmpty(u.PasswordHasher),
		SkipPasswordChecks: new(true), SkipPasswordRequirement: new(true), SkipLegalChecks: new(true), SkipUserRequirement: new(true),
		PublicMetadata: u.PublicMetadata, PrivateMetadata: u.PrivateMetadata, UnsafeMetadata: u.UnsafeMetadata, Banned: u.Banned, Locked: u.Locked,
		Seed: users.Seed{ID: u.ID, ImageURL: u.ImageURL.Value, Silent: u.Emit != nil && !*u.Emit}}
	if u.CreatedAt != nil {
		p.CreatedAt = new(time.UnixMilli(int64(*u.CreatedAt)).UTC().Format(time.RFC3339Nano))
	}
	for i, e := range u.EmailAddresses {
		p.EmailAddress = append(p.EmailAddress, e.EmailAddress)
		p.EmailAddressIdentificationState = append(p.EmailAddressIdentificationState, status(e.Verified))
		p.Seed.EmailAddressIDs = append(p.Seed.EmailAddressIDs, e.ID)
		if e.Primary {
			p.Seed.PrimaryEmailAddress = i
		}
	}
	for i, n := range u.PhoneNumbers {
		p.PhoneNumber = append(p.PhoneNumber, n.PhoneNumber)
		p.PhoneNumberIdentificationState = append(p.PhoneNumberIdentificationState, status(n.Verified))
		p.Seed.PhoneNumberIDs = append(p.Seed.PhoneNumberIDs, n.ID)
		if n.Primary {
			p.Seed.PrimaryPhoneNumber = i
		}
	}
	return p
}

func nonEmpty(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

func status(verified *bool) users.Status {
	if verified != nil && !*verified {
		return users.Unverified
	}
	return users.Verified
}

// change is what an existing user lacks of what the file names.
type change struct {
	id       string
	params   users.UpdateParams
	profile  bool
	metadata users.MetadataParams
	ban      *bool
	lock     *bool
	emails   []EmailAddress
	phones   []PhoneNumber
}

func (c *change) any() bool {
	return c.profile || c.hasMetadata() || c.ban != nil || c.lock != nil || len(c.emails)+len(c.phones) > 0
}

func (c *change) hasMetadata() bool {
	return c.metadata.PublicMetadata != nil || c.metadata.PrivateMetadata != nil || c.metadata.UnsafeMetadata != nil
}

// difference compares an entry with the user it means, so that a start with an
// unchanged file changes nothing and emits nothing.
func (u *User) difference(have *users.User, hasher *users.Hasher) (change, error) {
	c := change{id: have.ID}
	c.field(&c.params.ExternalID, u.ExternalID, have.ExternalID)
	c.field(&c.params.FirstName, u.FirstName, have.FirstName)
	c.field(&c.params.LastName, u.LastName, have.LastName)
	c.field(&c.params.Username, u.Username, have.Username)
	c.field(&c.params.ImageURL, u.ImageURL, have.CustomImageURL())
	c.metadata = users.MetadataParams{PublicMetadata: unlike(u.PublicMetadata, have.PublicMetadata()),
		PrivateMetadata: unlike(u.PrivateMetadata, have.PrivateMetadata()), UnsafeMetadata: unlike(u.UnsafeMetadata, have.UnsafeMetadata())}
	c.ban, c.lock = differs(u.Banned, have.Banned), differs(u.Locked, have.Locked())
	c.missing(u, have)
	if u.Password == "" {
		return c, nil
	}
	same, err := hasher.Matches(have.Credential(), u.Password)
	if err == nil && !same {
		c.profile = true
		c.params.Password, c.params.SkipPasswordChecks = &u.Password, new(true)
		err = c.params.Prepare(hasher)
	}
	return c, err
}

func (c *change) field(dst *users.Field[string], want NullString, have *string) {
	if !want.Named || equal(want.Value, have) {
		return
	}
	*dst, c.profile = users.Field[string]{Given: true, Value: want.Value}, true
}

func equal(a, b *string) bool { return a == nil && b == nil || a != nil && b != nil && *a == *b }

func differs(want *bool, have bool) *bool {
	if want == nil || *want == have {
		return nil
	}
	return want
}

// unlike returns the wanted object when it is another one than there is.
func unlike(want, have json.RawMessage) json.RawMessage {
	if want == nil || bytes.Equal(normal(want), normal(have)) {
		return nil
	}
	return want
}

func normal(raw json.RawMessage) []byte {
	var v any
	if json.Unmarshal(raw, &v) != nil {
		return raw
	}
	out, _ := json.Marshal(v)
	return out
}

// missing finds the identifiers that the file names and the user lacks; others
// that the user has stay.
func (c *change) missing(u *User, have *users.User) {
	has := map[string]bool{}
	for _, e := range have.EmailAddresses() {
		has[strings.ToLower(e.Value)] = true
	}
	for _, p := range have.PhoneNumbers() {
		has[p.Value] = true
	}
	for _, e := range u.EmailAddresses {
		if !has[strings.ToLower(e.EmailAddress)] {
			c.emails = append(c.emails, e)
		}
	}
	for _, p := range u.PhoneNumbers {
		if !has[p.PhoneNumber] {
			c.phones = append(c.phones, p)
		}
	}
}

// apply makes the change in as many steps as the nouns have; each is what an API
// call would do, with its event.
func (c *change) apply(tx *store.Tx, live *instance.Live) error {
	rules := live.Rules()
	var steps []func() error
	if c.profile {
		steps = append(steps, func() error { return only(users.Update(tx, rules, c.id, c.params)) })
	}
	if c.hasMetadata() {
		steps = append(steps, func() error { return only(users.ReplaceMetadata(tx, rules, c.id, c.metadata)) })
	}
	for _, e := range c.emails {
		steps = append(steps, func() error {
			return only(users.CreateEmailAddress(tx, rules, users.EmailParams{UserID: c.id, EmailAddress: e.EmailAddress, Verified: new(status(e.Verified) == users.Verified), Primary: &e.Primary}))
		})
	}
	for _, p := range c.phones {
		steps = append(steps, func() error {
			return only(users.CreatePhoneNumber(tx, rules, users.PhoneParams{UserID: c.id, PhoneNumber: p.PhoneNumber, Verified: new(status(p.Verified) == users.Verified), Primary: &p.Primary}))
		})
	}
	for _, step := range append(steps, c.ends(tx, live)...) {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// ends are the changes that can end sessions.
func (c *change) ends(tx *store.Tx, live *instance.Live) (steps []func() error) {
	rules := live.Rules()
	if c.ban != nil && *c.ban {
		steps = append(steps, func() error { return only(sessions.BanUser(tx, live, c.id)) })
	}
	if c.ban != nil && !*c.ban {
		steps = append(steps, func() error { return only(users.Unban(tx, rules, c.id)) })
	}
	if c.lock != nil && *c.lock {
		steps = append(steps, func() error { return only(users.Lock(tx, rules, c.id)) })
	}
	if c.lock != nil && !*c.lock {
		steps = append(steps, func() error { return only(users.Unlock(tx, rules, c.id)) })
	}
	return steps
}

func only[T any](_ T, err error) error { return err }
