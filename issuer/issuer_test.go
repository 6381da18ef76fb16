package issuer_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/nightclerk/nightclerk/issuer"
)

// now is the wall time of every token in these tests: 2024-03-18T17:49:59Z.
var now = time.Unix(1710784199, 0)

func ptr[T any](v T) *T { return &v }

// request is a mint with everything pinned, so that its token is the same on every machine.
func request() issuer.Request {
	return issuer.Request{
		Key:    issuer.DevelopmentKey(),
		Issuer: "http://localhost:4545",
		Origin: "http://localhost:3000",
		Now:    now,
		Random: bytes.NewReader([]byte("0123456789abcdefghij")),
	}
}

func alice() *issuer.Subject {
	return &issuer.Subject{
		User: issuer.User{
			ID: "user_2abcdefghijklmnopqrstuvwxyz", FirstName: ptr("Alice"), LastName: ptr("Example"),
			ImageURL: "https://img.clerk.com/alice", CreatedAt: 1700000000123, UpdatedAt: 1710784199999,
			LastSignInAt: ptr(int64(1710784000500)), PrimaryEmailAddress: ptr("alice@example.com"), EmailVerified: true,
			PasswordEnabled: true,
			PublicMetadata:  json.RawMessage(`{"plan": "pro", "deep": {"list": [1, {"a": null}], "on": true, "off": false}}`),
			UnsafeMetadata:  json.RawMessage(`{"age": 41}`),
			Organizations: []issuer.OrganizationRole{
				{OrganizationID: "org_2", Role: "org:member"}, {OrganizationID: "org_1", Role: "org:admin"},
			},
		},
		Session: &issuer.Session{ID: "sess_1", FactorVerificationAge: [2]int{3, -1}},
	}
}

func inOrganization(s *issuer.Subject, permissions ...string) *issuer.Subject {
	s.Organization = &issuer.Organization{ID: "org_1", Name: "Acme", Slug: ptr("acme"), MembersCount: 7,
		ImageURL: "https://img.clerk.com/acme", PublicMetadata: json.RawMessage(`{"tier":2}`)}
	s.Membership = &issuer.Membership{ID: "orgmem_1", Role: "org:admin", Permissions: permissions,
		PublicMetadata: json.RawMessage(`{"desk":"12b"}`)}
	return s
}

func compile(t *testing.T, claims string) *issuer.CompiledTemplate {
	t.Helper()
	compiled, err := issuer.CompileTemplate(issuer.Template{Name: "t", Claims: json.RawMessage(claims), AllowedClockSkew: 5})
	if err != nil {
		t.Fatalf("compile %s: %v", claims, err)
	}
	return compiled
}

// verified checks a token with go-jose against a served JWKS and returns its header and payload.
func verified(t *testing.T, token string, jwks []byte) (jose.Header, map[string]json.RawMessage) {
	t.Helper()
	var set jose.JSONWebKeySet
	if err := json.Unmarshal(jwks, &set); err != nil {
		t.Fatal(err)
	}
	jws, err := jose.ParseSignedCompact(token, []jose.SignatureAlgorithm{jose.RS256})
	if err != nil {
		t.Fatal(err)
	}
	header := jws.Signatures[0].Protected
	keys := set.Key(header.KeyID)
	if len(keys) != 1 {
		t.Fatalf("kid %q: %d keys in the JWKS", header.KeyID, len(keys))
	}
	payload, err := jws.Verify(keys[0])
	if err != nil {
		t.Fatalf("signature: %v", err)
	}
	return header, object(t, payload)
}

func object(t *testing.T, data []byte) map[string]json.RawMessage {
	t.Helper()
	var m map[string]json.RawMessage
	if err := json.Unmarshal(data, &m); err != nil {
		t.Fatalf("%s: %v", data, err)
	}
	return m
}

// payloadOf decodes a token without verifying it.
func payloadOf(t *testing.T, token string) map[string]json.RawMessage {
	t.Helper()
	return object(t, segment(t, token, 1))
}

func segment(t *testing.T, token string, i int) []byte {
	t.Helper()
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		t.Fatalf("%d parts in %q", len(parts), token)
	}
	data, err := base64.RawURLEncoding.DecodeString(parts[i])
	if err != nil {
		t.Fatal(err)
	}
	return data
}
