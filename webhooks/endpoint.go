package webhooks

import (
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/nightclerk/nightclerk/internal/store"
)

// EndpointParams is what a user decides about an endpoint. The zero value of a
// field means Svix's default.
type EndpointParams struct {
	UID         string `json:"-"` // own column
	URL         string `json:"url"`
	Description string `json:"description,omitempty"`
	Disabled    bool   `json:"-"` // own column
	// EventTypes filters by type, Channels by channel; nil lets everything
	// through.
	EventTypes []string `json:"-"` // own column
	Channels   []string `json:"-"` // own column
	// ThrottleRate is how many attempts begin in a second of wall time, 0 for no
	// limit. Svix's cloud enforces it, svix-server does not.
	ThrottleRate int `json:"throttle_rate,omitempty"`
	// Secret is whsec_…; empty at creation generates one.
	Secret   string            `json:"secret"`
	Headers  map[string]string `json:"headers,omitempty"`
	Metadata map[string]string `json:"metadata,omitempty"`
	// Schedule names a retry schedule; empty means the dispatcher's.
	Schedule string `json:"schedule,omitempty"`
	// HeaderSet is which signature headers are sent; empty means the
	// dispatcher's. Svix has no such choice.
	HeaderSet HeaderSet `json:"header_set,omitempty"`
	// Ordered sends one message at a time, in the order of commits, and the next
	// only when nothing is planned any more for the one before (Svix's FIFO
	// endpoints). Concurrency bounds the attempts under way, 0 for the dispatcher's
	// limit.
	Ordered     bool `json:"ordered,omitempty"`
	Concurrency int  `json:"concurrency,omitempty"`
	// TimeoutMS is how long an attempt may take, in milliseconds of wall time; 0
	// for the dispatcher's limit.
	TimeoutMS int `json:"timeout_ms,omitempty"`
	// KeepEnabled switches the automatic disabling after DisableAfter off.
	KeepEnabled bool `json:"keep_enabled,omitempty"`
}

// Endpoint is a URL that an instance's messages are sent to.
type Endpoint struct {
	EndpointParams
	ID  string
	Seq int64
	// OldSecrets still sign until they expire.
	OldSecrets []OldSecret
	// Deleted endpoints remain for the history of their deliveries.
	Deleted bool
	// FirstFailureAt is when a delivery first ran out of attempts since the last
	// success, in instance time; nil when none did. DisableAt tells what follows.
	FirstFailureAt       *time.Time
	CreatedAt, UpdatedAt time.Time
}

// OldSecret is a rotated secret and the instance time at which it stops signing.
type OldSecret struct {
	Secret    string    `json:"secret"`
	ExpiresAt time.Time `json:"expires_at"`
}

// DisableAfter is how long deliveries must keep running out of attempts before
// an endpoint is disabled (endpoint_failure_disable_after of svix-server).
const DisableAfter = 120 * time.Hour

// DisableAt is the instance time after which the next delivery that runs out of
// attempts disables the endpoint; nil while nothing does.
func (e *Endpoint) DisableAt() *time.Time {
	if e.FirstFailureAt == nil || e.Disabled {
		return nil
	}
	at := e.FirstFailureAt.Add(DisableAfter)
	return &at
}

// Limits of an endpoint's own settings.
const (
	maxConcurrency = 1000
	// MaxTimeout bounds how long an attempt may take.
	MaxTimeout = 5 * time.Minute
)

const maxOldSecrets = 10 // ExpiringSigningKeys::MAX_OLD_KEYS of svix-server

var (
	namePattern    = regexp.MustCompile(`^[a-zA-Z0-9\-_.]+$`)
	controlPattern = regexp.MustCompile(`[\x00-\x08]`)
)

// CreateEndpoint adds an endpoint. Messages emitted from now on reach it.
func CreateEndpoint(tx *store.Tx, p EndpointParams) (*Endpoint, error) {
	if p.Secret == "" {
		p.Secret = NewSecret(tx.IDs())
	}
	if err := p.check(tx, ""); err != nil {
		return nil, err
	}
	seq, err := tx.NextSeq()
	if err != nil {
		return nil, err
	}
	e := &Endpoint{EndpointParams: p, ID: tx.NewID("ep"), Seq: seq, CreatedAt: tx.Now(), UpdatedAt: tx.Now()}
	return e, insertEndpoint(tx, e)
}

// UpdateEndpoint changes the endpoint that ref (an id or a uid) names: change
// is given what is stored and alters it in place.
func UpdateEndpoint(tx *store.Tx, ref string, change func(*EndpointParams) error) (*Endpoint, error) {
	e, err := GetEndpoint(tx, ref)
	if err != nil {
		return nil, err
	}
	if err := change(&e.EndpointParams); err != nil {
		return nil, err
	}
	if err := e.check(tx, e.ID); err != nil {
		return nil, err
	}
	e.UpdatedAt = tx.Now()
	return e, updateEndpoint(tx, e)
}

// PutEndpoint makes p the endpoint whose uid, or id, is p.UID: it updates it or
// creates it, and tells which. An existing one keeps its secret when p has none.
func PutEndpoint(tx *store.Tx, p EndpointParams) (e *Endpoint, created bool, err error) {
	var found bool
	err = tx.QueryRow(`SELECT EXISTS (SELECT 1 FROM webhook_endpoint WHERE instance_id = $1 AND (uid = $2 OR id = $2) AND NOT deleted)`, tx.Instance(), p.UID).Scan(&found)
	if err != nil {
		return nil, false, err
	}
	if !found {
		e, err = CreateEndpoint(tx, p)
		return e, true, err
	}
	e, err = UpdateEndpoint(tx, p.UID, func(old *EndpointParams) error {
		if p.Secret == "" {
			p.Secret = old.Secret
		}
		*old = p
		return nil
	})
	return e, false, err
}

// DeleteEndpoint stops sending to the endpoint and hides it; its deliveries
// remain readable.
func DeleteEndpoint(tx *store.Tx, ref string) error {
	e, err := GetEndpoint(tx, ref)
	if err != nil {
		return err
	}
	e.Deleted, e.UID, e.UpdatedAt = true, "", tx.Now() // a deleted uid must not clash with a new one
	return updateEndpoint(tx, e)
}

// RotateSecret replaces the secret by key, or by a generated one when key is
// empty. The old secret keeps signing beside it for grace, in instance time.
func RotateSecret(tx *store.Tx, ref, key string, grace time.Duration) (*Endpoint, error) {
	return updateWhole(tx, ref, func(e *Endpoint) error {
		old := append(unexpired(e.OldSecrets, tx.Now()), OldSecret{e.Secret, tx.Now().Add(grace)})
		e.OldSecrets = unexpired(old, tx.Now())
		if len(e.OldSecrets) > maxOldSecrets {
			return BadRequest("limit_reached", "An endpoint keeps at most "+strconv.Itoa(maxOldSecrets)+" old secrets: wait for one to expire, or rotate with gracePeriodSeconds 0.")
		}
		if key == "" {
			key = NewSecret(tx.IDs())
		}
		var err error
		e.Secret, err = ParseSecret(key)
		return err
	})
}

// updateWhole is UpdateEndpoint for what is not the user's to set.
func updateWhole(tx *store.Tx, ref string, change func(*Endpoint) error) (*Endpoint, error) {
	e, err := GetEndpoint(tx, ref)
	if err != nil {
		return nil, err
	}
	if err := change(e); err != nil {
		return nil, err
	}
	e.UpdatedAt = tx.Now()
	return e, updateEndpoint(tx, e)
}

func unexpired(old []OldSecret, now time.Time) []OldSecret {
	return slices.DeleteFunc(slices.Clone(old), func(o OldSecret) bool { return !o.ExpiresAt.After(now) })
}

// check validates p by Svix's rules and brings it into stored form; id is the
// endpoint that may own p.UID already.
func (p *EndpointParams) check(tx *store.Tx, id string) (err error) {
	if err := checkURL(p.URL); err != nil {
		return err
	}
	if p.Secret, err = ParseSecret(p.Secret); err != nil {
		return err
	}
	if p.ThrottleRate < 0 || p.ThrottleRate > 65535 {
		return invalid("throttleRate", "Endpoint throttle rate must be between 1 and 65535 if set")
	}
	if controlPattern.MatchString(p.Description) {
		return invalid("description", "Control characters 0x00-0x08 not allowed.")
	}
	if p.HeaderSet != "" && p.HeaderSet != HeadersSvix && p.HeaderSet != HeadersBoth {
		return Invalid([]string{"body", "headerSet"}, `value is not "svix" or "both"`)
	}
	if _, err := ScheduleNamed(p.Schedule); err != nil {
		return err
	}
	if p.Concurrency < 0 || p.Concurrency > maxConcurrency {
		return invalid("concurrency", "concurrency is between 1 and "+strconv.Itoa(maxConcurrency)+".")
	}
	if p.TimeoutMS < 0 || p.TimeoutMS > int(MaxTimeout.Milliseconds()) {
		return invalid("timeout", "timeout is a duration of at most "+DurationText(MaxTimeout)+", such as 5s.")
	}
	if err := p.checkFilters(); err != nil {
		return err
	}
	if err := checkHeaders(p.Headers); err != nil {
		return err
	}
	return p.checkUID(tx, id)
}

func checkURL(raw string) error {
	u, err := url.Parse(raw)
	switch {
	case err != nil || u.Host == "" || len(raw) > 65536:
		return invalid("url", "The endpoint needs an absolute URL, such as http://localhost:3000/api/webhooks.")
	case u.Scheme != "http" && u.Scheme != "https":
		return invalid("url", "Endpoint URL schemes must be http or https")
	}
	return nil
}

func (p *EndpointParams) checkFilters() error {
	if p.EventTypes != nil && len(p.EventTypes) == 0 {
		return invalid("eventTypes", "eventTypes can't be empty, it must have at least one item.")
	}
	var unknown []string
	for _, name := range p.EventTypes {
		if _, ok := EventTypeNamed(name); !ok {
			unknown = append(unknown, name)
		}
	}
	if unknown != nil {
		return invalid("eventTypes", "The following event types don't exist: "+strings.Join(unknown, ", "))
	}
	if p.Channels != nil && (len(p.Channels) == 0 || len(p.Channels) > 10) {
		return invalid("channels", "Channels must have at least 1 and at most 10 items, or be set to null.")
	}
	for _, name := range p.Channels {
		if !namePattern.MatchString(name) || len(name) > 128 {
			return invalid("channels", "Channel names are letters, digits, -, _ and ., at most 128.")
		}
	}
	p.EventTypes, p.Channels = distinct(p.EventTypes), distinct(p.Channels)
	return nil
}

func distinct(names []string) []string {
	names = slices.Sorted(slices.Values(names))
	return slices.Compact(names)
}

func (p *EndpointParams) checkUID(tx *store.Tx, id string) error {
	if p.UID == "" {
		return nil
	}
	if !namePattern.MatchString(p.UID) || len(p.UID) > 256 {
		return invalid("uid", "A uid is letters, digits, -, _ and ., at most 256.")
	}
	var taken bool
	err := tx.QueryRow(`SELECT EXISTS (SELECT 1 FROM webhook_endpoint WHERE instance_id = $1 AND uid = $2 AND id <> $3)`,
		tx.Instance(), p.UID, id).Scan(&taken)
	if err == nil && taken {
		return conflict("Another endpoint has the uid " + p.UID + ": choose a different one.")
	}
	return err
}
