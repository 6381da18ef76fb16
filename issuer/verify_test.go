package issuer

import (
	"crypto/rand"
	"strings"
	"testing"
	"time"
)

func TestASessionTokenIsReadBack(t *testing.T) {
	key := DevelopmentKey()
	other, err := Generate(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	subject := &Subject{User: User{ID: "user_1"}, Session: &Session{ID: "sess_1"}}
	request := Request{Key: key, Issuer: "http://localhost:4545", Origin: "http://localhost:3000", Now: time.Unix(1000, 0), Random: rand.Reader}
	token, err := MintSession(request, subject, SessionOptions{})
	if err != nil {
		t.Fatal(err)
	}
	got, err := NewKeySet(other, key).ReadSession(token)
	if err != nil || got.AuthorizedParty != "http://localhost:3000" || got.SessionID != "sess_1" || got.IssuedAt != 1000 || len(got.ID) != 20 {
		t.Errorf("%+v, %v", got, err)
	}
	parts := strings.Split(token, ".")
	template, err := key.Sign(CategoryTemplate, []byte(`{"sid":"sess_1","azp":"http://localhost:3000","iat":1000,"jti":"x"}`))
	if err != nil {
		t.Fatal(err)
	}
	for name, bad := range map[string]string{
		"nothing": "", "text": "a.b.c", "another payload": parts[0] + "." + strings.ToUpper(parts[1]) + "." + parts[2],
		"no signature": parts[0] + "." + parts[1] + ".", "a template's token": template, "another instance's": "",
	} {
		set := NewKeySet(key)
		if name == "another instance's" {
			set, bad = NewKeySet(other), token
		}
		if got, err := set.ReadSession(bad); err == nil {
			t.Errorf("%s was read as %+v", name, got)
		}
	}
}
