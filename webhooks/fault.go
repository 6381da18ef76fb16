package webhooks

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/nightclerk/nightclerk/internal/store"
)

// FaultAction is what a rule does to a delivery.
type FaultAction string

// The faults, in the order of the alphabet.
const (
	// FaultBadSignatureFirst puts a wrong signature before the right one, as
	// while a secret is rotated.
	FaultBadSignatureFirst FaultAction = "bad_signature_first"
	// FaultBurst keeps deliveries back until Size have come, then sends all at
	// once.
	FaultBurst FaultAction = "burst"
	// FaultDelay sends By later, in instance time.
	FaultDelay FaultAction = "delay"
	// FaultDrop loses the delivery: nothing is sent, and it is not tried again.
	FaultDrop FaultAction = "drop"
	// FaultDuplicate sends Times more requests with the same svix-id, after Gap or
	// concurrently.
	FaultDuplicate FaultAction = "duplicate"
	// FaultForceStatus sends nothing and records Status as the app's answer.
	FaultForceStatus FaultAction = "force_status"
	// FaultFutureTimestamp signs for a time By ahead of wall time.
	FaultFutureTimestamp FaultAction = "future_timestamp"
	// FaultHalfClose closes the connection in the middle of the body.
	FaultHalfClose FaultAction = "half_close"
	// FaultHugeBody sends, and signs, a body padded by Size bytes.
	FaultHugeBody FaultAction = "huge_body"
	// FaultIgnoreResponse takes whatever the app answers for a failure, so that
	// the message comes again.
	FaultIgnoreResponse FaultAction = "ignore_response"
	// FaultMissingHeader leaves out Header, one of the signature's three.
	FaultMissingHeader FaultAction = "missing_header"
	// FaultNonCanonicalBody sends, and signs, the same JSON spelt in a way that
	// JSON.stringify(JSON.parse(x)) changes.
	FaultNonCanonicalBody FaultAction = "non_canonical_body"
	// FaultReorder keeps deliveries back until Size have come, then sends them one
	// after the other in another order.
	FaultReorder FaultAction = "reorder"
	// FaultSlowBody takes By to send the body.
	FaultSlowBody FaultAction = "slow_body"
	// FaultStaleTimestamp signs for a time By in the past.
	FaultStaleTimestamp FaultAction = "stale_timestamp"
	// FaultTamper changes the body after it was signed.
	FaultTamper FaultAction = "tamper"
	// FaultTimeout gives the app only By to answer.
	FaultTimeout FaultAction = "timeout"
	// FaultUnknownVersion sends only a signature of a version that verifiers skip
	// (v1a).
	FaultUnknownVersion FaultAction = "unknown_version"
	// FaultWrongSecret signs with another secret.
	FaultWrongSecret FaultAction = "wrong_secret"
)

// FaultInfo describes an action to people: what it does, and which parameters it
// takes with their defaults.
type FaultInfo struct {
	Action FaultAction `json:"action"`
	About  string      `json:"about"`
	// Takes are the parameters that mean something to it.
	Takes []string `json:"takes"`

	// initial is the rule with the defaults of its parameters.
	initial FaultRule
}

// Faults lists what can be done to a delivery. Callers must not change it.
var Faults = []FaultInfo{
	{FaultBadSignatureFirst, "A wrong signature stands before the right one. A good handler accepts it.", nil, FaultRule{}},
	{FaultBurst, "Deliveries wait until size have come (or for at most wait), then all go at once.", []string{"size", "wait"}, FaultRule{Size: 10, Wait: 10 * time.Second}},
	{FaultDelay, "The delivery goes out later by this much of instance time.", []string{"by"}, FaultRule{By: 5 * time.Second}},
	{FaultDrop, "Nothing is sent and nothing is tried again: the message is lost on the way.", nil, FaultRule{}},
	{FaultDuplicate, "The message arrives more than once, with one svix-id: times more, gap apart, or concurrently.", []string{"times", "gap", "concurrent"}, FaultRule{Times: 1}},
	{FaultForceStatus, "Nothing is sent; the attempt is recorded as if the app had answered status.", []string{"status"}, FaultRule{Status: 500}},
	{FaultFutureTimestamp, "The signature is right, for a time ahead of the receiver's clock.", []string{"by"}, FaultRule{By: 6 * time.Minute}},
	{FaultHalfClose, "The connection is closed in the middle of the body.", nil, FaultRule{}},
	{FaultHugeBody, "The body is padded by size bytes, and signed so.", []string{"size"}, FaultRule{Size: 1 << 20}},
	{FaultIgnoreResponse, "The app's answer is lost on the way back, so the message comes again.", nil, FaultRule{}},
	{FaultMissingHeader, "One of the three signature headers is missing.", []string{"header"}, FaultRule{Header: "svix-signature"}},
	{FaultNonCanonicalBody, "The same JSON with spaces and escapes, signed so: a handler that verifies a body it has parsed and written again fails.", nil, FaultRule{}},
	{FaultReorder, "Deliveries wait until size have come (or for at most wait), then arrive one after the other in another order.", []string{"size", "wait"}, FaultRule{Size: 2, Wait: 10 * time.Second}},
	{FaultSlowBody, "The body trickles in over this long.", []string{"by"}, FaultRule{By: 5 * time.Second}},
	{FaultStaleTimestamp, "The signature is right, for a time long past: what a replay attack looks like.", []string{"by"}, FaultRule{By: 6 * time.Minute}},
	{FaultTamper, "The body is changed after it was signed.", nil, FaultRule{}},
	{FaultTimeout, "The app has only this long to answer.", []string{"by"}, FaultRule{By: 100 * time.Millisecond}},
	{FaultUnknownVersion, "Only a signature of version v1a is there, which verifiers skip.", nil, FaultRule{}},
	{FaultWrongSecret, "The signature is made with another secret.", nil, FaultRule{}},
}

// faultInfo finds the description of an action.
func faultInfo(action FaultAction) (FaultInfo, bool) {
	i := slices.IndexFunc(Faults, func(f FaultInfo) bool { return f.Action == action })
	if i < 0 {
		return FaultInfo{}, false
	}
	return Faults[i], true
}

// FaultRule says which deliveries something goes wrong with, and what. Of an
// instance's rules the first that applies to an attempt is used.
type FaultRule struct {
	ID     string      `json:"id"`
	Action FaultAction `json:"action"`

	// Types narrows to event types; a name may end in "*". Endpoint is an id or a
	// uid, User the id of the user the message is about. Empty means any.
	Types    []string `json:"types,omitempty"`
	Endpoint string   `json:"endpoint,omitempty"`
	User     string   `json:"user,omitempty"`
	// Attempt narrows to the n-th attempt of a delivery, 0 means any.
	Attempt int64 `json:"attempt,omitempty"`
	// Nth is the one match, counted from 1, that the rule applies to, 0 for every;
	// Count is how often it applies at most, 0 for always.
	Nth   int64 `json:"nth,omitempty"`
	Count int64 `json:"count,omitempty"`
	// Probability is between 0 and 1, nil for always. Which matches are hit follows
	// from Seed, so that a run can be repeated.
	Probability *float64 `json:"probability,omitempty"`
	Seed        string   `json:"seed,omitempty"`

	// What the action takes; see Faults.
	By         time.Duration `json:"by,omitempty"`
	Gap        time.Duration `json:"gap,omitempty"`
	Wait       time.Duration `json:"wait,omitempty"`
	Times      int           `json:"times,omitempty"`
	Concurrent bool          `json:"concurrent,omitempty"`
	Size       int           `json:"size,omitempty"`
	Status     int           `json:"status,omitempty"`
	Header     string        `json:"header,omitempty"`

	// Seen counts matches, Applied how often the rule was used.
	Seen    int64 `json:"-"`
	Applied int64 `json:"-"`
}

// Limits of what a rule may ask for.
const (
	maxFaults      = 100
	maxFaultWait   = time.Hour
	maxFaultSize   = 64 << 20
	maxFaultGroup  = 1000
	maxFaultRepeat = 100
)

// check validates a rule and fills in what its action takes.
func (r *FaultRule) check() error {
	info, ok := faultInfo(r.Action)
	if !ok {
		return invalid("action", "There is no fault "+strconv.Quote(string(r.Action))+": use one of "+strings.Join(faultNames(), ", ")+".")
	}
	if err := r.checkMatch(); err != nil {
		return err
	}
	if field := r.foreign(info); field != "" {
		return invalid(field, fmt.Sprintf("%s means nothing to %s: leave it out.", field, r.Action))
	}
	r.complete(info.initial)
	return r.checkLimits()
}

func faultNames() (names []string) {
	for _, f := range Faults {
		names = append(names, string(f.Action))
	}
	return names
}

func (r *FaultRule) checkMatch() error {
	for _, pattern := range r.Types {
		if !slices.ContainsFunc(EventTypes, func(e EventType) bool { return matches(pattern, e.Name) }) {
			return invalid("types", "No event type of Clerk's fits "+strconv.Quote(pattern)+": write a name such as user.created, or a beginning such as user.*")
		}
	}
	switch {
	case r.Attempt < 0:
		return invalid("attempt", "attempt counts from 1.")
	case r.Nth < 0:
		return invalid("nth", "nth counts from 1.")
	case r.Count < 0:
		return invalid("count", "count must be at least 1, or be left out.")
	case r.Probability != nil && (math.IsNaN(*r.Probability) || *r.Probability < 0 || *r.Probability > 1):
		return invalid("probability", "probability is between 0 and 1.")
	}
	return nil
}

// parameters are those of r that are set.
func (r *FaultRule) parameters() (set []string) {
	for name, given := range map[string]bool{
		"by": r.By != 0, "gap": r.Gap != 0, "wait": r.Wait != 0, "times": r.Times != 0, "concurrent": r.Concurrent,
		"size": r.Size != 0, "status": r.Status != 0, "header": r.Header != "",
	} {
		if given {
			set = append(set, name)
		}
	}
	slices.Sort(set)
	return set
}

// foreign names a parameter that is set and that the action does not take.
func (r *FaultRule) foreign(info FaultInfo) string {
	for _, name := range r.parameters() {
		if !slices.Contains(info.Takes, name) {
			return name
		}
	}
	return ""
}

func (r *FaultRule) complete(initial FaultRule) {
	r.By, r.Wait = cmp.Or(r.By, initial.By), cmp.Or(r.Wait, initial.Wait)
	r.Times, r.Size = cmp.Or(r.Times, initial.Times), cmp.Or(r.Size, initial.Size)
	r.Status, r.Header = cmp.Or(r.Status, initial.Status), strings.ToLower(cmp.Or(r.Header, initial.Header))
}

func (r *FaultRule) checkLimits() error {
	group := r.Action == FaultReorder || r.Action == FaultBurst
	switch {
	case r.By < 0 || r.By > 365*24*time.Hour || r.Action == FaultSlowBody && r.By > maxFaultWait:
		return invalid("by", "by is a duration such as 5s, and an hour at most for slow_body.")
	case r.Gap < 0 || r.Gap > maxFaultWait:
		return invalid("gap", "gap is a duration of at most an hour.")
	case r.Wait < 0 || r.Wait > maxFaultWait:
		return invalid("wait", "wait is a duration of at most an hour.")
	case r.Times < 0 || r.Times > maxFaultRepeat:
		return invalid("times", "times is between 1 and "+strconv.Itoa(maxFaultRepeat)+".")
	case group && (r.Size < 2 || r.Size > maxFaultGroup):
		return invalid("size", "size is between 2 and "+strconv.Itoa(maxFaultGroup)+" deliveries.")
	case r.Size < 0 || r.Size > maxFaultSize:
		return invalid("size", "size is at most "+strconv.Itoa(maxFaultSize)+" bytes.")
	case r.Status != 0 && (r.Status < 100 || r.Status > 599):
		return invalid("status", "status is an HTTP status between 100 and 599.")
	case r.Header != "" && !slices.Contains([]string{"svix-id", "svix-timestamp", "svix-signature"}, r.Header):
		return invalid("header", "header is svix-id, svix-timestamp or svix-signature.")
	}
	return nil
}

// concerns tells whether a rule is about an attempt, whatever its counters say.
func (r *FaultRule) concerns(j *job, t *target) bool {
	return (len(r.Types) == 0 || slices.ContainsFunc(r.Types, func(p string) bool { return matches(p, j.typ) })) &&
		(r.Endpoint == "" || r.Endpoint == t.id || r.Endpoint == t.uid) &&
		(r.User == "" || r.User == j.subjectID) &&
		(r.Attempt == 0 || r.Attempt == j.attempts+1)
}

// hits counts a match and tells whether the rule is used this time.
func (r *FaultRule) hits() bool {
	r.Seen++
	if r.Nth > 0 && r.Seen != r.Nth || r.Count > 0 && r.Applied >= r.Count || r.Probability != nil && r.chance() >= *r.Probability {
		return false
	}
	r.Applied++
	return true
}

// chance is a number in [0, 1) that follows from the seed and how often the rule
// has matched.
func (r *FaultRule) chance() float64 {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s %d", cmp.Or(r.Seed, r.ID), r.Seen))
	return float64(binary.BigEndian.Uint64(sum[:8])>>11) / (1 << 53)
}

// shuffled puts n deliveries in an order that follows from the seed and is never
// the one in which they came.
func (r *FaultRule) shuffled(n int) []int {
	order := make([]int, n)
	for i := range order {
		order[i] = i
	}
	for i := n - 1; i > 0; i-- {
		sum := sha256.Sum256(fmt.Appendf(nil, "%s %d %d", cmp.Or(r.Seed, r.ID), r.Applied, i))
		k := int(binary.BigEndian.Uint64(sum[:8]) % uint64(i+1))
		order[i], order[k] = order[k], order[i]
	}
	if slices.IsSorted(order) {
		slices.Reverse(order)
	}
	return order
}

// CreateFault adds a rule behind those that exist.
func CreateFault(tx *store.Tx, r FaultRule) (*FaultRule, error) {
	if err := r.check(); err != nil {
		return nil, err
	}
	rules, err := ListFaults(tx)
	if err != nil {
		return nil, err
	}
	if len(rules) >= maxFaults {
		return nil, BadRequest("limit_reached", "An instance has at most "+strconv.Itoa(maxFaults)+" fault rules: delete some.")
	}
	r.ID, r.Seen, r.Applied = tx.NewID("fault"), 0, 0
	position := int64(1)
	if len(rules) > 0 {
		err = tx.QueryRow(`SELECT max(position) + 1 FROM webhook_fault WHERE instance_id = $1`, tx.Instance()).Scan(&position)
		if err != nil {
			return nil, err
		}
	}
	return &r, insertFault(tx, &r, position)
}
