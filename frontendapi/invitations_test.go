package frontendapi_test

import (
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/nightclerk/nightclerk/emulator"
	"github.com/nightclerk/nightclerk/emulator/apitest"
	"github.com/nightclerk/nightclerk/scenario"
)

// invite invites grace@example.com and names invitation and ticket; params are
// further members of the request, each with a comma in front.
func invite(params string) func(*apitest.Browser) {
	return func(b *apitest.Browser) {
		b.T.Helper()
		out := b.Env.JSON(`POST /v1/invitations {"email_address":"grace@example.com","public_metadata":{"role":"admin"}` + params + `}`)
		b.Set("inv", out["id"].(string))
		link, err := url.Parse(out["url"].(string))
		if err != nil {
			b.T.Fatal(err)
		}
		b.Set("ticket", link.Query().Get("ticket"))
	}
}

// then does more after something else.
func then(first func(*apitest.Browser), more ...string) func(*apitest.Browser) {
	return func(b *apitest.Browser) {
		b.T.Helper()
		first(b)
		for _, line := range more {
			b.Env.JSON(line)
		}
	}
}

// accepting begins a sign-up by the ticket and names it.
func accepting(b *apitest.Browser) {
	invite("")(b)
	signingUp("strategy=ticket&ticket=" + b.Get("ticket"))(b)
}

const (
	byTicket  = "POST /v1/client/sign_ups strategy=ticket&ticket={ticket}"
	revokeIt  = "POST /v1/invitations/{inv}/revoke"
	aMonthOn  = `POST /_emulator/clock/advance {"duration":"744h"}`
	makeGrace = `POST /v1/users {"email_address":["grace@example.com"],"password":"correct-horse-battery"}`
)

func TestSigningUpByInvitation(t *testing.T) {
	apitest.Engines(t, emulator.Config{}, func(t *testing.T, s *apitest.Server) {
		apitest.RunVisits(t, s, []apitest.Visit{
			{Name: "the address is verified", Given: invite(""), Do: byTicket,
				Want: `200 {"response":{"status":"missing_requirements","email_address":"grace@example.com","missing_fields":["password"],"unverified_fields":[],"public_metadata":{"role":"admin"},
					"verifications":{"email_address":{"object":"verification_ticket","status":"verified","strategy":"ticket","next_action":""}}},"client":{"sign_up":{"status":"missing_requirements"}}}`},
			{Name: "and the rest given at once", Given: invite(""), Do: byTicket + "&first_name=Grace&" + right,
				Want: `200 {"response":{"status":"complete","created_user_id":"*"},"client":{"sign_up":null,"sessions":[{"status":"active","user":{"first_name":"Grace","public_metadata":{"role":"admin"},
					"email_addresses":[{"email_address":"grace@example.com","verification":{"status":"verified","strategy":"ticket","attempts":null,"expire_at":null}}]}}]}}`,
				Emit: []string{"user.created", "session.created"}},
			{Name: "or later", Given: accepting, Do: "PATCH /v1/client/sign_ups/{sua} strategy=ticket&ticket={ticket}&email_address=Grace%40example.com&" + right,
				Want: `200 {"response":{"status":"complete","email_address":"grace@example.com"}}`, Emit: []string{"user.created", "session.created"}},
			{Name: "a page that is loaded again", Given: accepting, Do: byTicket, Want: `200 {"response":{"status":"missing_requirements"}}`},
			{Name: "the strategy goes without saying", Given: invite(""), Do: "POST /v1/client/sign_ups ticket={ticket}", Want: `200 {"response":{"email_address":"grace@example.com"}}`},
			{Name: "the address stays", Given: accepting, Do: "PATCH /v1/client/sign_ups/{sua} email_address=eve%40example.com&" + right,
				Want: `422 {"errors":[{"code":"form_param_value_invalid","meta":{"param_name":"email_address"}}]}`},
			{Name: "no other address at once", Given: invite(""), Do: byTicket + "&email_address=eve%40example.com",
				Want: `422 {"errors":[{"code":"form_param_value_invalid","meta":{"param_name":"email_address"}}]}`},
			{Name: "no ticket", Do: "POST /v1/client/sign_ups strategy=ticket", Want: `422 {"errors":[{"code":"form_param_missing","meta":{"param_name":"ticket"}}]}`},
			{Name: "no ticket of ours", Given: func(b *apitest.Browser) { invite("")(b); b.Set("ticket", b.Get("ticket")+"x") }, Do: byTicket, Want: `400 {"errors":[{"code":"ticket_invalid_code"}]}`},
			{Name: "no ticket at all", Do: "POST /v1/client/sign_ups strategy=ticket&ticket=x", Want: `400 {"errors":[{"code":"ticket_invalid_code"}]}`},
			{Name: "a ticket for signing in", Given: func(b *apitest.Browser) {
				has("ada")(b)
				b.Set("ticket", b.Env.JSON(`POST /v1/sign_in_tokens {"user_id":"{ada}"}`)["token"].(string))
			}, Do: byTicket, Want: `400 {"errors":[{"code":"sign_in_token_not_in_sign_in_code"}]}`},
			{Name: "revoked", Given: then(invite(""), revokeIt), Do: byTicket, Want: `400 {"errors":[{"code":"revoked_invitation"}]}`},
			{Name: "revoked on the way", Given: then(accepting, revokeIt), Do: "PATCH /v1/client/sign_ups/{sua} " + right, Want: `400 {"errors":[{"code":"revoked_invitation"}]}`},
			{Name: "too late", Given: then(invite(""), aMonthOn), Do: byTicket, Want: `400 {"errors":[{"code":"ticket_expired_code"}]}`},
			{Name: "used", Given: func(b *apitest.Browser) {
				invite("")(b)
				b.Env.Browser().JSON(byTicket + "&" + right)
			}, Do: byTicket, Want: `400 {"errors":[{"code":"invitation_already_accepted"}]}`},
			{Name: "somebody has the address by now", Given: then(invite(""), makeGrace), Do: byTicket, Want: `400 {"errors":[{"code":"invitation_account_exists"}]}`},
			{Name: "who has it signs in by the ticket", Given: then(invite(""), makeGrace), Do: "POST /v1/client/sign_ins strategy=ticket&ticket={ticket}",
				Want: `200 {"response":{"status":"complete","created_session_id":"*"}}`, Emit: []string{"session.created"}},
			{Name: "who is nobody does not", Given: invite(""), Do: "POST /v1/client/sign_ins strategy=ticket&ticket={ticket}", Want: `400 {"errors":[{"code":"invitation_account_not_exists"}]}`},
			{Name: "another browser's sign-up", Given: func(b *apitest.Browser) { accepting(b.Env.Browser()) }, Do: "PATCH /v1/client/sign_ups/{sua} " + right,
				Want: `404 {"errors":[{"code":"resource_not_found"}]}`},
		})
	})
}

func TestAnInvitationSignsInOnce(t *testing.T) {
	e := apitest.Start(t, emulator.Config{}).Instance(t)
	b := e.Browser()
	then(invite(""), makeGrace)(b)
	in := "POST /v1/client/sign_ins strategy=ticket&ticket={ticket}"
	b.Check(in, `200 {"response":{"status":"complete"}}`)
	e.Browser().Check(in, `400 {"errors":[{"code":"invitation_already_accepted"}]}`)
}

func TestWhatBecomesOfAnInvitation(t *testing.T) {
	b := apitest.Start(t, emulator.Config{}).Instance(t).Browser()
	accepting(b)
	b.Env.Check("GET /v1/invitations", `200 [{"status":"pending"}]`)
	user := b.JSON("PATCH /v1/client/sign_ups/{sua} " + right)["response"].(map[string]any)["created_user_id"].(string)
	b.Env.Check("GET /v1/invitations", `200 [{"status":"accepted"}]`)
	b.Env.Check("POST /v1/invitations/{inv}/revoke", `400 {"errors":[{"code":"invitation_already_accepted"}]}`)
	b.Env.Check("GET /v1/users/"+user, `200 {"public_metadata":{"role":"admin"},"email_addresses":[{"verification":{"object":"verification_ticket","strategy":"ticket","status":"verified"}}]}`)
}

// restricted is an instance that lets in whom it invites.
func restricted(mode string) *scenario.Instance {
	seed := &scenario.Instance{Users: []scenario.User{}}
	seed.Settings.SignUp.Mode = mode
	return seed
}

func TestOnlyTheInvitedSignUp(t *testing.T) {
	s := apitest.Start(t, emulator.Config{})
	for mode, code := range map[string]string{"restricted": "sign_up_mode_restricted", "waitlist": "sign_up_restricted_waitlist"} {
		b := s.Seeded(t, restricted(mode)).Browser()
		invite("")(b)
		settings := b.JSON("GET /v1/environment")["user_settings"].(map[string]any)
		if got := settings["sign_up"].(map[string]any)["mode"]; got != mode {
			t.Errorf("the environment says %v, not %s", got, mode)
		}
		b.Check("POST /v1/client/sign_ups "+grace, `403 {"errors":[{"code":"`+code+`"}]}`)
		b.Check(byTicket+"x&"+right, `400 {"errors":[{"code":"ticket_invalid_code"}]}`)
		b.Check(byTicket+"&"+right, `200 {"response":{"status":"complete"}}`)
	}
}

func TestAnInvitationLeadsToTheApp(t *testing.T) {
	const page = `,"redirect_url":"http://localhost:3000/join?a=b#/c"`
	s := apitest.Start(t, emulator.Config{})
	for _, c := range []struct {
		name   string
		given  func(*apitest.Browser)
		ask    string
		to     string
		status string
	}{
		{"the page that it names", invite(page), "", "http://localhost:3000/join", "sign_up"},
		{"to sign in who has an account", then(invite(page), makeGrace), "", "http://localhost:3000/join", "sign_in"},
		{"the hosted page", invite(""), "", "{base}/sign-up", "sign_up"},
		{"the hosted page for signing in", then(invite(""), makeGrace), "", "{base}/sign-in", "sign_in"},
		{"the page that is asked for", invite(""), "&redirect_url=http%3A%2F%2Flocalhost%3A3000%2Fs", "http://localhost:3000/s", "sign_up"},
		{"without its ticket when it is too late", then(invite(page), aMonthOn), "", "http://localhost:3000/join", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := s.Instance(t).Browser()
			b.Set("base", b.Base)
			c.given(b)
			b.Origin = "" // a navigation
			res := b.Send("GET /v1/tickets/accept?ticket={ticket}" + c.ask)
			res.Body.Close()
			to, err := res.Location()
			if err != nil || res.StatusCode != 303 {
				t.Fatalf("%d, %v", res.StatusCode, err)
			}
			ticket := b.Get("ticket")
			if c.status == "" {
				ticket = ""
			}
			q := to.Query()
			if want := strings.ReplaceAll(c.to, "{base}", b.Base); q.Get("__clerk_ticket") != ticket || q.Get("__clerk_status") != c.status || to.Scheme+"://"+to.Host+to.Path != want {
				t.Errorf("it leads to %s", to)
			}
			if strings.HasSuffix(c.to, "/join") && (q.Get("a") != "b" || to.Fragment != "/c") {
				t.Errorf("%s lost a part of the page", to)
			}
		})
	}
	b := s.Instance(t).Browser()
	then(invite(""), revokeIt)(b)
	b.Origin = ""
	b.Check("GET /v1/tickets/accept?ticket={ticket}", `400 {"errors":[{"code":"revoked_invitation"}]}`)
}

func TestJoiningTheWaitlist(t *testing.T) {
	apitest.Engines(t, emulator.Config{}, func(t *testing.T, s *apitest.Server) {
		b := s.Seeded(t, restricted("waitlist")).Browser()
		join := "POST /v1/waitlist email_address=Grace%40example.com"
		out := b.JSON(join)
		b.Set("wle", out["id"].(string))
		if len(out) != 2 {
			t.Errorf("%v tells more than it should", out)
		}
		mark := b.Mark()
		b.Check("POST /v1/waitlist email_address=grace%40EXAMPLE.com", `200 {"object":"waitlist_entry","id":"{wle}"}`)
		b.Stranger("").Check(join, `200 {"id":"{wle}"}`)
		b.Check("POST /v1/waitlist email_address=grace", `422 {"errors":[{"code":"form_param_format_invalid","meta":{"param_name":"email_address"}}]}`)
		b.Check("POST /v1/waitlist", `422 {"errors":[{"code":"form_param_missing","meta":{"param_name":"email_address"}}]}`)
		if events := b.Events(mark); len(events) > 0 {
			t.Errorf("%v", events)
		}
		s.Instance(t).Browser().Check(join, `403 {"errors":[{"code":"waitlist_not_accepting_entries"}]}`)

		b.Env.Check("POST /v1/waitlist_entries/{wle}/invite", `200 {"status":"invited"}`)
		link, err := url.Parse(mail(b.Env, "grace@example.com")["link"].(string))
		if err != nil {
			t.Fatal(err)
		}
		b.Set("ticket", link.Query().Get("ticket"))
		mark = b.Mark()
		b.Check(byTicket+"&"+right, `200 {"response":{"status":"complete"}}`)
		var types []string
		for _, event := range b.Events(mark) {
			types = append(types, event.Type)
		}
		if want := []string{"user.created", "waitlistEntry.updated", "session.created"}; !slices.Equal(types, want) {
			t.Errorf("%v, not %v", types, want)
		}
		b.Env.Check("GET /v1/waitlist_entries", `200 {"data":[{"id":"{wle}","status":"completed","invitation":{"status":"accepted"}}],"total_count":1}`)
		for _, line := range []string{"POST /v1/waitlist_entries/{wle}/invite", "POST /v1/waitlist_entries/{wle}/reject", "DELETE /v1/waitlist_entries/{wle}"} {
			b.Env.Check(line, `409 {"errors":[{"code":"waitlist_entry_already_completed"}]}`)
		}
	})
}
