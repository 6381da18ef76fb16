package convexcheck

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
)

// standardClaim is one claim of OIDC's StandardClaims and the identity field Convex makes of it. One of the wrong type
// refuses the whole token. Localized claims may come with a language tag, as in name#fr.
type standardClaim struct {
	claim, field string // field is "" for a claim that is read and dropped
	kind         claimKind
	localized    bool
}

type claimKind int

const (
	textKind claimKind = iota
	boolKind
	addressKind
	timeKind
)

// standardClaims in the order of the identity's fields.
var standardClaims = []standardClaim{
	{"name", "name", textKind, true},
	{"given_name", "givenName", textKind, true},
	{"family_name", "familyName", textKind, true},
	{"nickname", "nickname", textKind, true},
	{"preferred_username", "preferredUsername", textKind, false},
	{"profile", "profileUrl", textKind, true},
	{"picture", "pictureUrl", textKind, true},
	{"website", "websiteUrl", textKind, true},
	{"email", "email", textKind, false},
	{"email_verified", "emailVerified", boolKind, false},
	{"gender", "gender", textKind, false},
	{"birthdate", "birthday", textKind, false},
	{"zoneinfo", "timezone", textKind, false},
	{"locale", "language", textKind, false},
	{"phone_number", "phoneNumber", textKind, false},
	{"phone_number_verified", "phoneNumberVerified", boolKind, false},
	{"address", "address", addressKind, false},
	{"updated_at", "updatedAt", timeKind, false},
	{"middle_name", "", textKind, true},
	{"birthday", "", textKind, false},
}

// claimError is a claim whose type the OIDC verifier does not accept.
type claimError struct {
	claim, want string
	got         json.RawMessage
}

func (e *claimError) Error() string {
	if e.got == nil {
		return fmt.Sprintf("claim %q is missing", e.claim)
	}
	return fmt.Sprintf("claim %q must be %s, not %s", e.claim, e.want, describeRaw(e.got))
}

// idToken is a payload read as an OIDC ID token.
type idToken struct {
	issuer, subject string
	audience        []string
	expiry          float64                    // Unix seconds
	standard        map[string]json.RawMessage // identity field to its JSON value
	custom          []field                    // everything Convex passes on as custom claims
}

// protocolClaims are read by the verifier and not passed on. A nil check means it was typed before.
var protocolClaims = map[string]func(json.RawMessage) bool{
	"acr": textOrNull, "amr": textsOrNull, "at_hash": textOrNull, "aud": nil, "auth_time": timeOrNull,
	"azp": textOrNull, "c_hash": textOrNull, "exp": nil, "iat": nil, "iss": nil, "nonce": textOrNull, "sub": nil,
}

// dropped are custom claims Convex removes, because they change with every token and would rerun every query.
var dropped = []string{"fva", "jti", "nbf"}

func timeOrNull(data json.RawMessage) bool {
	_, ok := instant(data)
	return ok || isNull(data)
}

// parseIDToken types a payload that parsePayload accepted. The error is a *claimError.
func parseIDToken(fields []field, r registered) (idToken, error) {
	t := idToken{audience: r.audience, standard: map[string]json.RawMessage{}}
	switch {
	case r.expiry == nil:
		return t, &claimError{claim: "exp"}
	case r.issuedAt == nil:
		return t, &claimError{claim: "iat"}
	case r.subject == nil:
		return t, &claimError{claim: "sub"}
	}
	t.issuer, t.subject = *r.issuer, *r.subject
	t.expiry, _ = strconv.ParseFloat(string(find(fields, "exp")), 64)
	if name := repeated(fields, isTypedClaim); name != "" {
		return t, &claimError{claim: name, want: "there once", got: find(fields, name)}
	}
	for _, f := range fields {
		if err := t.take(f); err != nil {
			return t, err
		}
	}
	return t, nil
}

func isTypedClaim(name string) bool {
	_, protocol := protocolClaims[name]
	base, _, _ := strings.Cut(name, "#")
	return protocol || slices.ContainsFunc(standardClaims, func(c standardClaim) bool { return c.claim == base })
}

func (t *idToken) take(f field) error {
	if check, ok := protocolClaims[f.name]; ok {
		if check != nil && !check(f.value) {
			return &claimError{f.name, "of its standard type", f.value}
		}
		return nil
	}
	base, tag, _ := strings.Cut(f.name, "#")
	i := slices.IndexFunc(standardClaims, func(c standardClaim) bool { return c.claim == base })
	switch {
	case i >= 0:
		return t.takeStandard(standardClaims[i], tag, f)
	case base == "sub":
		return &claimError{f.name, "without a language tag", f.value}
	case !slices.Contains(dropped, f.name):
		t.custom = append(t.custom, f)
	}
	return nil
}

func (t *idToken) takeStandard(c standardClaim, tag string, f field) error {
	if tag != "" && !c.localized {
		return &claimError{f.name, "without a language tag", f.value}
	}
	if isNull(f.value) {
		return nil
	}
	value, want := c.convert(f.value)
	if want != "" {
		return &claimError{f.name, want, f.value}
	}
	if tag == "" && c.field != "" && value != nil {
		t.standard[c.field] = value
	}
	return nil
}

// convert gives the identity's value, or what the claim should have been.
func (c standardClaim) convert(value json.RawMessage) (out json.RawMessage, want string) {
	switch c.kind {
	case boolKind:
		if !isBool(value) {
			return nil, "a JSON boolean"
		}
	case addressKind:
		return convertAddress(value)
	case timeKind:
		at, ok := instant(value)
		if !ok {
			return nil, "a number of seconds or an RFC 3339 string"
		}
		return json.RawMessage(strconv.Quote(formatInstant(at))), ""
	default:
		if !isText(value) {
			return nil, "a string"
		}
	}
	return value, ""
}

func convertAddress(value json.RawMessage) (out json.RawMessage, want string) {
	if !isObject(value) {
		return nil, "an object"
	}
	fields, _ := parseObject(value)
	for _, name := range []string{"formatted", "street_address", "locality", "region", "postal_code", "country"} {
		if !textOrNull(find(fields, name)) {
			return nil, "an object of strings"
		}
	}
	if formatted := find(fields, "formatted"); !isNull(formatted) {
		return formatted, ""
	}
	return nil, ""
}

// instant reads OIDC's updated_at: seconds since 1970, fractions allowed, or RFC 3339.
func instant(value json.RawMessage) (time.Time, bool) {
	if isText(value) {
		at, err := time.Parse(time.RFC3339Nano, text(value))
		return at.UTC(), err == nil
	}
	f, err := strconv.ParseFloat(string(value), 64)
	if !isNumber(value) || err != nil || math.Abs(f) > maxTimestamp {
		return time.Time{}, false
	}
	seconds := math.Floor(f)
	return time.Unix(int64(seconds), int64((f-seconds)*1e9)).UTC(), true
}

// formatInstant prints like chrono's to_rfc3339: +00:00, a fraction of 3, 6 or 9 digits only when there is one, and a
// sign before a year that does not have four digits.
func formatInstant(at time.Time) string {
	year := fmt.Sprintf("%04d", at.Year())
	if at.Year() > 9999 || at.Year() < 0 {
		year = fmt.Sprintf("%+05d", at.Year())
	}
	fraction := ""
	switch ns := at.Nanosecond(); {
	case ns == 0:
	case ns%1e6 == 0:
		fraction = at.Format(".000")
	case ns%1e3 == 0:
		fraction = at.Format(".000000")
	default:
		fraction = at.Format(".000000000")
	}
	return year + at.Format("-01-02T15:04:05") + fraction + "+00:00"
}
