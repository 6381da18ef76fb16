package activity

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

func token(claims string) string {
	part := base64.RawURLEncoding.EncodeToString
	return part([]byte(`{"alg":"RS256","typ":"JWT"}`)) + "." + part([]byte(claims)) + ".c2lnbmF0dXJlLXNpZ25hdHVyZQ"
}

func TestSecretsAreMaskedInBodies(t *testing.T) {
	jwt := token(`{"sub":"user_2ada","iss":"http://localhost"}`)
	for name, c := range map[string]struct{ in, want string }{
		"by name":      {`{"password":"hunter22","first_name":"Ada"}`, `{"password":"[masked]","first_name":"Ada"}`},
		"a number":     {`{"code":424242,"limit":10}`, `{"code":"[masked]","limit":10}`},
		"whitespace":   {"{ \"new_password\" :\t\"hunter22\" ,\n \"a\": [ 1 , true , null ] }", `{"new_password":"[masked]","a":[1,true,null]}`},
		"in a list":    {`{"backup_codes":["abc12345","def67890"]}`, `{"backup_codes":["[masked]","[masked]"]}`},
		"nested":       {`[{"a":{"client_secret":"x"}}]`, `[{"a":{"client_secret":"[masked]"}}]`},
		"escaped name": {`{"p\u0061ssword":"hunter22"}`, `{"password":"[masked]"}`},
		"a token":      {`{"jwt":"` + jwt + `"}`, `{"jwt":"[masked token of user_2ada]"}`},
		"by look":      {`{"x":"` + jwt + `","key":"whsec_abcdefghijklmnop","s":"sk_test_abcdefghijkl"}`, `{"x":"[masked token of user_2ada]","key":"whsec_[masked]","s":"sk_test_[masked]"}`},
		"in a link":    {`{"url":"http://a/b?__clerk_ticket=tick&x=1"}`, `{"url":"http://a/b?__clerk_ticket=[masked]&x=1"}`},
		"said again":   {`{"subject":"424242 is your code","otp_code":"424242"}`, `{"subject":"[masked] is your code","otp_code":"[masked]"}`},
		"harmless":     {`{"token_type":"x","password_enabled":true,"session_id":"sess_1","updated_at":1}`, `{"token_type":"x","password_enabled":true,"session_id":"sess_1","updated_at":1}`},
		"markup":       {`{"n":"<b>&\u2028"}`, "{\"n\":\"<b>&\\u2028\"}"},
	} {
		got, cut := maskJSON([]byte(c.in), true)
		if string(got) != c.want || cut {
			t.Errorf("%s:\n%s (cut: %v), not\n%s", name, got, cut, c.want)
		}
	}
}

// An error's code is no secret; in an answer only what looks like one is shown.
func TestCodesOfErrorsStay(t *testing.T) {
	in := `{"errors":[{"code":"form_password_incorrect"}],"code":"123456"}`
	if got, _ := maskJSON([]byte(in), false); string(got) != `{"errors":[{"code":"form_password_incorrect"}],"code":"[masked]"}` {
		t.Errorf("%s", got)
	}
	if got, _ := maskJSON([]byte(`{"code":"form_password"}`), true); strings.Contains(string(got), "form") {
		t.Errorf("what somebody typed as a code is kept: %s", got)
	}
}

// Whatever is not JSON, or ends early, lets nothing through whose name is unknown.
func TestWhatIsNotJSONIsNotKept(t *testing.T) {
	const secret = "hunter22"
	for _, in := range []string{`{password:"hunter22"}`, `{'password':'hunter22'}`, `"password" hunter22`, `{"password"="hunter22"}`, `{"a":1,"password"
		hunter22`, `hunter22`, `{"password":hunter22}`, `{"password":"hunter22`, `[1,{]hunter22`, `{"a":1}hunter22`, strings.Repeat("[", 100) + `"` + secret + `"`} {
		if got, cut := maskJSON([]byte(in), true); strings.Contains(string(got), secret) || !cut || len(got) > 0 && !json.Valid(got) {
			t.Errorf("%s is kept as %s (cut: %v)", in, got, cut)
		}
	}
}

// A secret that comes after what is kept is masked in what is kept.
func TestALargeBodyIsCutAfterMasking(t *testing.T) {
	var members []string
	for i := range 900 {
		members = append(members, fmt.Sprintf(`"name_%d":"say 424242"`, i))
	}
	got, cut := maskJSON([]byte(`{`+strings.Join(members, ",")+`,"otp_code":"424242"}`), false)
	if !cut || len(got) > maxBody*2 || !json.Valid(got) || strings.Contains(string(got), "424242") || !strings.Contains(string(got), "name_100") {
		t.Errorf("%d bytes, cut: %v", len(got), cut)
	}
	if got, _ := maskJSON([]byte(`{"image":"`+strings.Repeat("é", 5000)+`"}`), true); len(got) > 300 || !strings.Contains(string(got), "(10000 bytes)") {
		t.Errorf("a long text is kept as %s", got)
	}
}

func TestSecretsAreMaskedInForms(t *testing.T) {
	jwt := token(`{"sub":"user_2ada"}`)
	pairs, cut := maskPairs("__clerk_db_jwt=dvb_abcdefghijkl&password=hunter22&code=&a%5B%5D=x+y&_method=PATCH&redirect_url=" +
		"http%3A%2F%2Fa%2F%3F__clerk_handshake%3D" + jwt + "&meta=%7B%22secret%22%3A%22s3cret%22%7D&__session=" + jwt)
	want := []Pair{{"__clerk_db_jwt", Masked}, {"password", Masked}, {"code", ""}, {"a[]", "x y"}, {"_method", "PATCH"},
		{"redirect_url", "http://a/?__clerk_handshake=[masked]"}, {"meta", `{"secret":"[masked]"}`}, {"__session", "[masked token of user_2ada]"}}
	if fmt.Sprint(pairs) != fmt.Sprint(want) || cut {
		t.Errorf("%v, not\n%v", pairs, want)
	}
	if pairs, cut := maskPairs("a=1&b=%zz&password=hunter22"); len(pairs) != 1 || !cut {
		t.Errorf("after what cannot be decoded: %v", pairs)
	}
}

func FuzzMaskedNeverLeaks(f *testing.F) {
	f.Add(`{"a":`, `}`)
	f.Add(`{"password":"x","b":`, `,"c":[1]}`)
	f.Fuzz(func(t *testing.T, before, after string) {
		const secret = "s3cr3t-value-of-nobody"
		if got, _ := maskJSON([]byte(before+`{"password":"`+secret+`"}`+after), true); strings.Contains(string(got), secret) && !strings.HasSuffix(before, `\`) && strings.Count(before, `"`)%2 == 0 {
			t.Errorf("%q", got)
		}
	})
}

func BenchmarkMaskAnswer(b *testing.B) {
	body := []byte(`{"object":"token","jwt":"` + token(`{"sub":"user_2ada","iss":"http://localhost:4545","azp":"http://localhost:3000"}`) + `"}`)
	b.ReportAllocs()
	for b.Loop() {
		maskJSON(body, false)
	}
}
