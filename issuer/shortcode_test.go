package issuer_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/nightclerk/nightclerk/issuer"
)

// shortcodeCases evaluate one claim for alice, outside an organization unless in is set.
var shortcodeCases = []struct {
	claim, want string
	in          bool
}{
	// a lone shortcode keeps its type
	{claim: `"{{user.id}}"`, want: `"user_2abcdefghijklmnopqrstuvwxyz"`},
	{claim: `"{{ user.id }}"`, want: `"user_2abcdefghijklmnopqrstuvwxyz"`},
	{claim: `"{{user.full_name}}"`, want: `"Alice Example"`},
	{claim: `"{{user.username}}"`, want: `null`},
	{claim: `"{{user.email_verified}}"`, want: `true`},
	{claim: `"{{user.phone_number_verified}}"`, want: `false`},
	{claim: `"{{user.created_at}}"`, want: `1700000000`},
	{claim: `"{{user.updated_at}}"`, want: `1710784199`},
	{claim: `"{{user.last_sign_in_at}}"`, want: `1710784000`},
	{claim: `"{{user.public_metadata}}"`, want: `{"plan":"pro","deep":{"list":[1,{"a":null}],"on":true,"off":false}}`},
	{claim: `"{{user.organizations}}"`, want: `{"org_2":"org:member","org_1":"org:admin"}`},
	{claim: `"{{session.actor}}"`, want: `null`},
	// dot paths
	{claim: `"{{user.public_metadata.plan}}"`, want: `"pro"`},
	{claim: `"{{user.public_metadata.deep.list}}"`, want: `[1,{"a":null}]`},
	{claim: `"{{user.public_metadata.deep.missing.more}}"`, want: `null`},
	{claim: `"{{user.public_metadata.plan.more}}"`, want: `null`},
	{claim: `"{{user.unsafe_metadata.age}}"`, want: `41`},
	// unknown and malformed
	{claim: `"{{user.primary_phone_address}}"`, want: `null`},
	{claim: `"{{private_metadata.x}}"`, want: `null`},
	{claim: `"{{}}"`, want: `null`},
	{claim: `"{{user.id"`, want: `"{{user.id"`},
	{claim: `"user.id}}"`, want: `"user.id}}"`},
	{claim: `"{{user.id || 'it's}}"`, want: `"user_2abcdefghijklmnopqrstuvwxyz"`},
	{claim: `"{{date.now}}"`, want: `null`},
	// interpolation is always a string
	{claim: `"{{user.last_name}} {{user.first_name}}"`, want: `"Example Alice"`},
	{claim: `"{{user.username}} {{user.first_name}}"`, want: `"null Alice"`},
	{claim: `" {{user.email_verified}}"`, want: `" true"`},
	{claim: `"{{user.created_at}}{{user.phone_number_verified}}"`, want: `"1700000000false"`},
	{claim: `"m: {{user.public_metadata.deep.list}}"`, want: `"m: [1,{\"a\":null}]"`},
	{claim: `"a \"quote\" {{user.first_name}}\n"`, want: `"a \"quote\" Alice\n"`},
	// fallbacks: null and false fall through, the last operand stands whatever it is
	{claim: `"{{user.username || 'anon'}}"`, want: `"anon"`},
	{claim: `"{{user.phone_number_verified || user.email_verified}}"`, want: `true`},
	{claim: `"{{user.username||user.phone_number_verified}}"`, want: `false`},
	{claim: `"{{user.phone_number_verified || user.username}}"`, want: `null`},
	{claim: `"{{user.public_metadata.age || user.unsafe_metadata.age || 30}}"`, want: `41`},
	{claim: `"{{user.public_metadata.age || 30}}"`, want: `30`},
	{claim: `"{{user.public_metadata.deep.off || 'was false'}}"`, want: `"was false"`},
	{claim: `"{{user.username || -1.5e3}}"`, want: `-1.5e3`},
	{claim: `"{{user.username || 030}}"`, want: `null`},
	{claim: `"{{user.username || true}}"`, want: `true`},
	{claim: `"{{user.username || ''}}"`, want: `""`},
	{claim: `"{{user.username || 'a || b }} c'}}"`, want: `"a || b }} c"`},
	{claim: `"{{user.username || 'it\\'s'}}"`, want: `"it's"`},
	{claim: `"Hi {{user.username || 'friend'}}!"`, want: `"Hi friend!"`},
	// static values and nesting
	{claim: `{"a":[1,2.50,true,null,"x",{"b":"{{user.id}}"}],"c":{}}`,
		want: `{"a":[1,2.50,true,null,"x",{"b":"user_2abcdefghijklmnopqrstuvwxyz"}],"c":{}}`},
	{claim: `["hiking","knitting"]`, want: `["hiking","knitting"]`},
	{claim: `12345678901234567890`, want: `12345678901234567890`},
	{claim: `{"k":1,"k":"{{user.first_name}}"}`, want: `{"k":"Alice"}`},
	// organizations
	{claim: `"{{org.id}}"`, want: `null`},
	{claim: `"{{org.role}}"`, want: `null`},
	{claim: `"{{org.public_metadata}}"`, want: `null`},
	{claim: `"{{org.public_metadata.tier}}"`, want: `null`},
	{claim: `"{{org_membership.permissions}}"`, want: `null`},
	{claim: `"{{org.id}}"`, want: `"org_1"`, in: true},
	{claim: `"{{org.name}} ({{org.slug}})"`, want: `"Acme (acme)"`, in: true},
	{claim: `"{{org.role}}"`, want: `"org:admin"`, in: true},
	{claim: `"{{org.members_count}}"`, want: `7`, in: true},
	{claim: `"{{org.public_metadata.tier}}"`, want: `2`, in: true},
	{claim: `"{{org_membership.id}}"`, want: `"orgmem_1"`, in: true},
	{claim: `"{{org_membership.role}}"`, want: `"org:admin"`, in: true},
	{claim: `"{{org_membership.permissions}}"`, want: `["org:posts:manage"]`, in: true},
	{claim: `"{{org_membership.public_metadata.desk}}"`, want: `"12b"`, in: true},
}

func TestShortcodes(t *testing.T) {
	for _, tt := range shortcodeCases {
		s := alice()
		if tt.in {
			inOrganization(s, "org:posts:manage")
		}
		if got := evaluate(t, tt.claim, s); got != tt.want {
			t.Errorf("%s = %s, want %s", tt.claim, got, tt.want)
		}
	}
}

// TestShortcodesOfAnEmptyUser has every name stand on a user that has nothing: null, false, 0, "" or {}, never absent.
func TestShortcodesOfAnEmptyUser(t *testing.T) {
	for name, want := range map[string]string{
		"user.external_id": "null", "user.first_name": "null", "user.last_name": "null", "user.full_name": "null",
		"user.image_url": `""`, "user.has_image": "false", "user.last_sign_in_at": "null",
		"user.primary_email_address": "null", "user.primary_phone_number": "null", "user.primary_web3_wallet": "null",
		"user.two_factor_enabled": "false", "user.password_enabled": "false", "user.organizations": "{}",
		"user.public_metadata": "{}", "user.unsafe_metadata": "{}", "user.unsafe_metadata.a.b": "null",
	} {
		if got := evaluate(t, `"{{`+name+`}}"`, &issuer.Subject{}); got != want {
			t.Errorf("%s = %s, want %s", name, got, want)
		}
	}
}

func TestFullNameOfHalfANameIsThatHalf(t *testing.T) {
	s := alice()
	s.User.LastName = nil
	if got := evaluate(t, `"{{user.full_name}}"`, s); got != `"Alice"` {
		t.Errorf("without a last name: %s", got)
	}
	s.User.FirstName, s.User.LastName = nil, ptr("Example")
	if got := evaluate(t, `"{{user.full_name}}"`, s); got != `"Example"` {
		t.Errorf("without a first name: %s", got)
	}
}

func TestActorShortcode(t *testing.T) {
	s := alice()
	s.Session.Actor = json.RawMessage(`{"sub": "user_9"}`)
	if got := evaluate(t, `"{{session.actor}}"`, s); got != `{"sub":"user_9"}` {
		t.Errorf("session.actor = %s", got)
	}
	if got := evaluate(t, `"{{session.actor.sub}}"`, s); got != `"user_9"` {
		t.Errorf("session.actor.sub = %s", got)
	}
}

func evaluate(t *testing.T, claim string, s *issuer.Subject) string {
	t.Helper()
	compiled := compile(t, `{"k":`+claim+`}`)
	token, err := issuer.MintTemplate(request(), compiled, s)
	if err != nil {
		t.Fatal(err)
	}
	return string(payloadOf(t, token)["k"])
}

func TestCompileTemplateRefuses(t *testing.T) {
	for _, tt := range []struct{ claims, want string }{
		{`{"iat": 1, "sub": "me"}`, `claim "iat" is set automatically`},
		{`{"a": 1} x`, "not valid JSON"},
		{``, "not valid JSON"},
		{`["a"]`, "must be a JSON object"},
		{`null`, "must be a JSON object"},
		{`"{{user.id}}"`, "must be a JSON object"},
	} {
		_, err := issuer.CompileTemplate(issuer.Template{Name: "t", Claims: json.RawMessage(tt.claims)})
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: got %v, want %q", tt.claims, err, tt.want)
		}
	}
	for _, name := range []string{"azp", "exp", "iat", "iss", "jti", "nbf", "sub"} {
		_, err := issuer.CompileTemplate(issuer.Template{Name: "t", Claims: json.RawMessage(`{"` + name + `":1}`)})
		var reserved *issuer.ReservedClaimError
		if !errors.As(err, &reserved) || reserved.Claim != name {
			t.Errorf("%s: got %v", name, err)
		}
	}
	// a nested name and a session claim are free
	compile(t, `{"nested":{"sub":"x"},"sid":"y"}`)
	if _, err := issuer.CompileTemplate(issuer.Template{Claims: json.RawMessage(`{}`)}); err == nil {
		t.Error("a template without a name was accepted")
	}
	if _, err := issuer.CompileTemplate(issuer.Template{Name: "t", Claims: []byte(`{}`), Lifetime: -1}); err == nil {
		t.Error("a negative lifetime was accepted")
	}
}

func FuzzShortcode(f *testing.F) {
	for _, seed := range []string{"{{user.id}}", "{{a || 'b' || 3}}", "{{user.public_metadata.x.y}} {{", "{{'}}'}}",
		"{{ || }}", "'{{\\'}}", "{{user.unsafe_metadata.}}", "\x00\xff{{user.full_name}}"} {
		f.Add(seed, `{"x":{"y":[1]}}`)
	}
	f.Fuzz(func(t *testing.T, text, metadata string) {
		claim, err := json.Marshal(text)
		if err != nil {
			t.Skip()
		}
		s := inOrganization(alice())
		s.User.PublicMetadata, s.User.UnsafeMetadata = json.RawMessage(metadata), json.RawMessage(metadata)
		compiled, err := issuer.CompileTemplate(issuer.Template{Name: "t", Claims: []byte(`{"k":` + string(claim) + `}`)})
		if err != nil {
			t.Fatalf("any string is a legal claim: %v", err)
		}
		for _, subject := range []*issuer.Subject{s, {}} {
			payload, err := issuer.Payload(request(), compiled, subject)
			if err != nil || !json.Valid(payload) {
				t.Fatalf("payload %s: %v", payload, err)
			}
		}
	})
}

func FuzzCompileClaims(f *testing.F) {
	f.Add(`{"a":{"b":["{{user.id}}",1,null,{"c":"x {{org.id}}"}]},"a":2}`)
	f.Add(`{"\ud800":"{{user.id}}"}`)
	f.Fuzz(func(t *testing.T, claims string) {
		compiled, err := issuer.CompileTemplate(issuer.Template{Name: "t", Claims: json.RawMessage(claims)})
		if err != nil {
			t.Skip()
		}
		payload, err := issuer.Payload(request(), compiled, alice())
		if err != nil || !json.Valid(payload) {
			t.Fatalf("payload %s: %v", payload, err)
		}
	})
}
