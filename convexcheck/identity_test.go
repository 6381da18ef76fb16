package convexcheck_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/nightclerk/nightclerk/convexcheck"
)

func identity(t *testing.T, p convexcheck.Provider, changes obj) (convexcheck.Identity, string) {
	t.Helper()
	v := check(token(changes), p, served(t))
	accepted(t, "identity", v)
	data, err := json.Marshal(v.Identity)
	if err != nil {
		t.Fatal(err)
	}
	return v.Identity, string(data)
}

var everyClaim = obj{
	"name": "Alice Example", "given_name": "Alice", "family_name": "Example", "middle_name": "M", "nickname": nil,
	"preferred_username": "alice", "profile": "p", "picture": "not a URL", "website": "w", "email": "", "email_verified": true,
	"gender": "g", "birthdate": "2000-01-01", "birthday": "x", "zoneinfo": "Europe/Berlin", "locale": "de", "phone_number": nil,
	"phone_number_verified": false, "address": obj{"formatted": "Main Street 1", "country": "DE"}, "updated_at": 1710784199,
	"acr": "a", "amr": []string{"pwd"}, "auth_time": 1710784199, "azp": "http://localhost:3000", "nonce": "n", "at_hash": "h",
	"c_hash": "h", "name#fr": "Alix", "fva": []int{1, -1}, "org_id": "org_1", "public_metadata": obj{"a": obj{"b": nil}},
	"o": obj{"id": "org_1", "rol": "admin"}, "sid": "sess_1", "sts": "active", "v": 2, "nothing": nil, "a-first": []any{1, "x"},
}

// The whole OIDC identity: names, order, what is dropped, and custom claims with their own types.
func TestOIDCIdentity(t *testing.T) {
	_, got := identity(t, oidc, everyClaim)
	want := `{"tokenIdentifier":"http://localhost:4545|user_1","issuer":"http://localhost:4545","subject":"user_1",` +
		`"name":"Alice Example","givenName":"Alice","familyName":"Example","preferredUsername":"alice","profileUrl":"p",` +
		`"pictureUrl":"not a URL","websiteUrl":"w","email":"","emailVerified":true,"gender":"g","birthday":"2000-01-01",` +
		`"timezone":"Europe/Berlin","language":"de","phoneNumberVerified":false,"address":"Main Street 1",` +
		`"updatedAt":"2024-03-18T17:49:59+00:00",` +
		`"a-first":[1,"x"],"nothing":null,"o":{"id":"org_1","rol":"admin"},"org_id":"org_1","public_metadata":{"a":{"b":null}},` +
		`"sid":"sess_1","sts":"active","v":2}`
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// The same claims through customJwt: raw names, objects flattened, nulls kept, azp exposed, fva gone.
func TestCustomJWTIdentity(t *testing.T) {
	_, got := identity(t, custom, obj{"name": "Alice Example", "given_name": "Alice", "nickname": nil, "email_verified": true,
		"picture": "u", "updated_at": 1710784199, "azp": "http://localhost:3000", "fva": []int{1, -1},
		"o": obj{"id": "org_1", "deep": obj{"x": []int{1}}, "empty": obj{}}})
	want := `{"tokenIdentifier":"http://localhost:4545|user_1","issuer":"http://localhost:4545","subject":"user_1",` +
		`"azp":"http://localhost:3000","email_verified":true,"given_name":"Alice","name":"Alice Example","nickname":null,` +
		`"o.deep.x":[1],"o.id":"org_1","picture":"u","updated_at":1710784199}`
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestUpdatedAt(t *testing.T) {
	for claim, want := range map[string]string{
		`1710784199`:                       "2024-03-18T17:49:59+00:00",
		`1710784199.5`:                     "2024-03-18T17:49:59.500+00:00",
		`1710784199000`:                    "+56182-08-05T01:03:20+00:00",
		`-1`:                               "1969-12-31T23:59:59+00:00",
		`"2024-03-18T18:49:59+01:00"`:      "2024-03-18T17:49:59+00:00",
		`"2024-03-18T17:49:59.123456Z"`:    "2024-03-18T17:49:59.123456+00:00",
		`"2024-03-18T17:49:59.123456789Z"`: "2024-03-18T17:49:59.123456789+00:00",
	} {
		id, _ := identity(t, oidc, obj{"updated_at": raw(claim)})
		if got := string(id.Get("updatedAt")); got != `"`+want+`"` {
			t.Errorf("%s: got %s, want %s", claim, got, want)
		}
	}
}

// A trailing slash of iss stays visible in tokenIdentifier and issuer.
func TestTokenIdentifierIsVerbatim(t *testing.T) {
	answers := served(t)
	answers[docURL] = documentWith(obj{"issuer": iss + "/"})
	v := check(token(obj{"iss": iss + "/"}), oidc, answers)
	accepted(t, "slash", v)
	if got := string(v.Identity.Get("tokenIdentifier")); got != `"http://localhost:4545/|user_1"` {
		t.Errorf("%s", got)
	}
}

// A custom claim named like a field of the identity replaces it, and is warned about.
func TestClaimShadowsField(t *testing.T) {
	for _, p := range []convexcheck.Provider{oidc, custom} {
		v := check(token(obj{"subject": "user_evil", "emailVerified": "yes"}), p, served(t))
		accepted(t, "shadow", v)
		if string(v.Identity.Get("subject")) != `"user_evil"` || string(v.Identity.Get("emailVerified")) != `"yes"` {
			t.Errorf("%s: %v", p.Type, v.Identity)
		}
		if got := codes(v); !slices.Equal(got, []string{"claim-shadows-field", "claim-shadows-field"}) {
			t.Errorf("%s: warnings %v", p.Type, got)
		}
	}
}

func codes(v convexcheck.Verdict) (list []string) {
	for _, w := range v.Warnings {
		list = append(list, w.Code)
	}
	slices.Sort(list)
	return list
}

func TestWarnings(t *testing.T) {
	for name, tt := range map[string]struct {
		changes obj
		want    string
		says    string
	}{
		"right":            {nil, "", ""},
		"2 seconds":        {obj{"exp": 1710784201}, "lifetime-too-short", "Auth token does not live long enough, cannot refetch the token"},
		"3 seconds":        {obj{"exp": 1710784202}, "refresh-loop", "configured leeway 10s is larger than the token's lifetime 3s"},
		"10 seconds":       {obj{"exp": 1710784209}, "refresh-loop", "lifetime 10s"},
		"11 seconds":       {obj{"exp": 1710784210}, "", ""},
		"updated_at ms":    {obj{"updated_at": 1710784199000}, "updated-at-milliseconds", "+56182-08-05"},
		"updated_at":       {obj{"updated_at": 1710784199}, "", ""},
		"no jti":           {obj{"jti": drop}, "no-jti", "same string"},
		"aud list":         {obj{"aud": []string{"convex"}}, "audience-list", "list"},
		"claim equals iat": {obj{"minted": 1710784199}, "query-cache", `claim "minted" = 1710784199`},
		"claim is exp ms":  {obj{"until": 1710784259123}, "query-cache", "until"},
		"claim named now":  {obj{"now": 7}, "query-cache", "now"},
		"fva":              {obj{"fva": []int{1, -1}}, "", ""},
		"stable claims":    {obj{"org_id": "org_1", "age": 41, "public_metadata": obj{"since": 1700000000}}, "", ""},
	} {
		v := check(token(tt.changes), oidc, served(t))
		accepted(t, name, v)
		if got := strings.Join(codes(v), ","); got != tt.want {
			t.Errorf("%s: warnings %q, want %q", name, got, tt.want)
			continue
		}
		if tt.want != "" && !strings.Contains(v.Warnings[0].Message, tt.says) {
			t.Errorf("%s: %q does not say %q", name, v.Warnings[0].Message, tt.says)
		}
	}
	v := check(token(obj{"iat": drop, "updated_at": 1710784199}), custom, served(t))
	if got := codes(v); !slices.Equal(got, []string{"no-lifetime"}) {
		t.Errorf("customJwt without iat: %v", got)
	}
}

func TestChanged(t *testing.T) {
	a, _ := identity(t, oidc, obj{"n": 1, "jti": "a", "same": "x"})
	b, _ := identity(t, oidc, obj{"n": 2, "jti": "b", "same": "x", "extra": nil})
	if got := convexcheck.Changed(a, b); !slices.Equal(got, []string{"n", "extra"}) {
		t.Errorf("changed %v", got)
	}
}

func TestSteps(t *testing.T) {
	v := check(token(obj{"exp": 1}), oidc, served(t))
	want := "payload+ issuer-present+ provider+ issuer-url+ discovery+ discovery-issuer+ jwks+ claim-types+ header+ audience+ " +
		"algorithm+ key+ signature+ times-"
	if got := outline(v); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	v = check(headed(obj{"kid": "zz"}), custom, served(t))
	want = "payload+ issuer-present+ provider+ jwks+ key- algorithm? signature? times? required-claims?"
	if got := outline(v); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	v = check("x", oidc, served(t))
	if got := outline(v); !strings.HasPrefix(got, "payload- issuer-present? provider? issuer-url?") {
		t.Errorf("got %s", got)
	}
	for _, step := range check(token(nil), oidc, served(t)).Steps {
		if step.Outcome != convexcheck.Passed || step.Title == "" || step.Detail == "" {
			t.Errorf("%+v", step)
		}
	}
}

func outline(v convexcheck.Verdict) string {
	var list []string
	for _, step := range v.Steps {
		mark := map[convexcheck.Outcome]string{convexcheck.Passed: "+", convexcheck.Failed: "-", convexcheck.Skipped: "?"}[step.Outcome]
		list = append(list, fmt.Sprintf("%s%s", step.Rule, mark))
	}
	return strings.Join(list, " ")
}
