package backendapi_test

import (
	"encoding/base64"
	"net/url"
	"strings"
	"testing"

	"github.com/nightclerk/nightclerk/emulator"
	"github.com/nightclerk/nightclerk/emulator/apitest"
	"github.com/nightclerk/nightclerk/scenario"
)

// invited invites Grace and names the invitation and its ticket.
func invited(e *apitest.Env) { invite(e, `{"email_address":"grace@example.com"}`) }

func invite(e *apitest.Env, params string) {
	e.T.Helper()
	out := e.JSON("POST /v1/invitations " + params)
	e.Set("inv", out["id"].(string))
	link, err := url.Parse(out["url"].(string))
	if err != nil {
		e.T.Fatal(err)
	}
	e.Set("ticket", link.Query().Get("ticket"))
}

// later turns the instance's clock past the end of what was given no other.
func later(e *apitest.Env) {
	e.T.Helper()
	e.JSON(`POST /_emulator/clock/advance {"duration":"744h"}`)
}

func TestInvitations(t *testing.T) {
	cases := []apitest.Case{{
		Name: "invite",
		Do:   `POST /v1/invitations {"email_address":" Grace@example.com ","public_metadata":{"role":"admin"},"redirect_url":"http://localhost:3000/join?a=b"}`,
		Want: `200 {"object":"invitation","id":"*","email_address":"Grace@example.com","public_metadata":{"role":"admin"},"status":"pending","url":"*","expires_at":"*"}`,
		Emit: []string{"email.created"},
	}, {
		Name: "invite quietly",
		Do:   `POST /v1/invitations {"email_address":"grace@example.com","notify":false,"expires_in_days":1,"template_slug":"waitlist_invitation"}`,
		Want: `200 {"public_metadata":{},"url":"*"}`,
	}, {
		Name: "without an address", Do: `POST /v1/invitations {}`,
		Want: `422 {"errors":[{"code":"form_param_missing","meta":{"param_name":"email_address"}}]}`,
	}, {
		Name: "all that is wrong at once",
		Do:   `POST /v1/invitations {"email_address":"grace","public_metadata":[],"redirect_url":"/join","expires_in_days":366,"template_slug":"sign_up"}`,
		Want: `422 {"errors":[{"code":"form_param_format_invalid","meta":{"param_name":"email_address"}},{"code":"form_param_value_invalid","meta":{"param_name":"public_metadata"}},
			{"meta":{"param_name":"redirect_url"}},{"meta":{"param_name":"expires_in_days"}},{"code":"form_param_value_invalid","meta":{"param_name":"template_slug"}}]}`,
	}, {
		Name: "who is invited already", Given: invited,
		Do:   `POST /v1/invitations {"email_address":"GRACE@example.com"}`,
		Want: `400 {"errors":[{"code":"duplicate_record","meta":{"email_addresses":["GRACE@example.com"]}}]}`,
	}, {
		Name: "who is invited already, on purpose", Given: invited,
		Do:   `POST /v1/invitations {"email_address":"grace@example.com","ignore_existing":true}`,
		Want: `200 {"status":"pending"}`, Emit: []string{"email.created"},
	}, {
		Name: "who was invited too long ago", Given: func(e *apitest.Env) { invited(e); later(e) },
		Do: `POST /v1/invitations {"email_address":"grace@example.com"}`, Want: `200 {"status":"pending"}`, Emit: []string{"email.created"},
	}, {
		Name: "who has an account", Given: func(e *apitest.Env) { e.User("grace@example.com") },
		Do:   `POST /v1/invitations {"email_address":"grace@example.com"}`,
		Want: `422 {"errors":[{"code":"form_identifier_exists","meta":{"param_name":"email_address"}}]}`,
	}, {
		Name: "who has an account, on purpose", Given: func(e *apitest.Env) { e.User("grace@example.com") },
		Do:   `POST /v1/invitations {"email_address":"grace@example.com","ignore_existing":true}`,
		Want: `200 {"status":"pending"}`, Emit: []string{"email.created"},
	}, {
		Name: "in bulk",
		Do:   `POST /v1/invitations/bulk [{"email_address":"grace@example.com"},{"email_address":"ada@example.com","notify":false}]`,
		Want: `200 [{"email_address":"grace@example.com","status":"pending"},{"email_address":"ada@example.com"}]`,
		Emit: []string{"email.created"},
	}, {
		Name: "in bulk, one of them wrong",
		Do:   `POST /v1/invitations/bulk [{"email_address":"grace@example.com"},{"email_address":"GRACE@example.com"},{}]`,
		Want: `422 {"errors":[{"code":"form_param_duplicate","meta":{"param_name":"email_address","index":1}},{"code":"form_param_missing","meta":{"index":2}}]}`,
	}, {
		Name: "in bulk, of a wrong type",
		Do:   `POST /v1/invitations/bulk [{"email_address":"grace@example.com"},{"email_address":7,"name":"x"}]`,
		Want: `422 {"errors":[{"code":"form_param_value_invalid","meta":{"param_name":"email_address","index":1}},{"code":"form_param_unknown","meta":{"param_name":"name","index":1}}]}`,
	}, {
		Name: "in bulk, who is invited already", Given: invited,
		Do:   `POST /v1/invitations/bulk [{"email_address":"ada@example.com"},{"email_address":"grace@example.com"}]`,
		Want: `400 {"errors":[{"code":"duplicate_record","meta":{"email_addresses":["grace@example.com"]}}]}`,
	}, {
		Name: "in bulk, who has an account", Given: func(e *apitest.Env) { e.User("grace@example.com") },
		Do:   `POST /v1/invitations/bulk [{"email_address":"grace@example.com","ignore_existing":true}]`,
		Want: `422 {"errors":[{"code":"form_identifier_exists","meta":{"param_name":"email_address","index":0}}]}`,
	}, {
		Name: "in bulk, nobody", Do: `POST /v1/invitations/bulk []`, Want: `422 {"errors":[{"code":"form_param_missing"}]}`,
	}, {
		Name: "in bulk, no list", Do: `POST /v1/invitations/bulk {}`, Want: `400 {"errors":[{"code":"request_body_invalid"}]}`,
	}, {
		Name: "in bulk, too many", Do: `POST /v1/invitations/bulk [` + strings.Repeat(`{},`, 10) + `{}]`,
		Want: `422 {"errors":[{"code":"form_param_array_size_exceeded"}]}`,
	}, {
		Name: "revoke", Given: invited, Do: `POST /v1/invitations/{inv}/revoke`,
		Want: `200 {"id":"{inv}","revoked":true,"status":"revoked"}`,
	}, {
		Name: "revoke again", Given: func(e *apitest.Env) { invited(e); e.JSON(`POST /v1/invitations/{inv}/revoke`) },
		Do: `POST /v1/invitations/{inv}/revoke`, Want: `400 {"errors":[{"code":"invitation_already_revoked"}]}`,
	}, {
		Name: "revoke what never was", Do: `POST /v1/invitations/inv_1/revoke`, Want: `404 {"errors":[{"code":"resource_not_found"}]}`,
	}, {
		Name: "list", Given: invited, Do: `GET /v1/invitations`, Want: `200 [{"id":"{inv}","url":"*"}]`,
	}, {
		Name: "list with a total", Given: invited, Do: `GET /v1/invitations?paginated=true&limit=1&offset=1`, Want: `200 {"data":[],"total_count":1}`,
	}, {
		Name: "list leaves the revoked out", Given: func(e *apitest.Env) { invited(e); e.JSON(`POST /v1/invitations/{inv}/revoke`) },
		Do: `GET /v1/invitations`, Want: `200 []`,
	}, {
		Name: "list the revoked", Given: func(e *apitest.Env) { invited(e); e.JSON(`POST /v1/invitations/{inv}/revoke`) },
		Do: `GET /v1/invitations?status=revoked`, Want: `200 [{"id":"{inv}","revoked":true}]`,
	}, {
		Name: "list the expired", Given: func(e *apitest.Env) { invited(e); later(e) },
		Do: `GET /v1/invitations?status=expired`, Want: `200 [{"id":"{inv}","status":"expired"}]`,
	}, {
		Name: "none is pending any more", Given: func(e *apitest.Env) { invited(e); later(e) },
		Do: `GET /v1/invitations?status=pending`, Want: `200 []`,
	}, {
		Name: "list by a part of the address", Given: two,
		Do: `GET /v1/invitations?query=ADA@&paginated=true`, Want: `200 {"data":[{"email_address":"ada@example.com"}],"total_count":1}`,
	}, {
		Name: "list by id", Given: invited, Do: `GET /v1/invitations?query={inv}`, Want: `200 [{"id":"{inv}"}]`,
	}, {
		Name: "a wildcard is a letter", Given: invited, Do: `GET /v1/invitations?query=%25`, Want: `200 []`,
	}, {
		Name: "list in order", Given: two, Do: `GET /v1/invitations?order_by=%2Bemail_address`,
		Want: `200 [{"email_address":"ada@example.com"},{"email_address":"grace@example.com"}]`,
	}, {
		Name: "list the other way round", Given: two, Do: `GET /v1/invitations?order_by=-email_address&limit=1`,
		Want: `200 [{"email_address":"grace@example.com"}]`,
	}, {
		Name: "list in no order", Do: `GET /v1/invitations?order_by=mood`, Want: `422 {"errors":[{"code":"form_param_value_invalid","meta":{"param_name":"order_by"}}]}`,
	}, {
		Name: "list of no status", Do: `GET /v1/invitations?status=open`, Want: `422 {"errors":[{"code":"form_param_value_invalid","meta":{"param_name":"status"}}]}`,
	}}
	apitest.Engines(t, emulator.Config{}, func(t *testing.T, s *apitest.Server) { apitest.Run(t, s, cases) })
}

func two(e *apitest.Env) {
	invited(e)
	invite(e, `{"email_address":"ada@example.com"}`)
}

func TestAnInvitationIsSentWithItsLink(t *testing.T) {
	e := apitest.Start(t, emulator.Config{}).Instance(t)
	mark := e.Mark()
	invite(e, `{"email_address":"grace@example.com","public_metadata":{"role":"admin"},"expires_in_days":7}`)
	events := e.Events(mark)
	link := e.Base + "/v1/tickets/accept?ticket=" + e.Get("ticket")
	diff := apitest.Contains(string(events[0].Body), `{"type":"email.created","data":{"slug":"invitation","to_email_address":"grace@example.com","user_id":null,
		"data":{"action_url":"`+link+`","invitation":{"expires_in_days":7,"public_metadata":{"role":"admin"}}}}}`)
	if diff != "" || !strings.Contains(string(events[0].Body), "Open this link") {
		t.Errorf("%s in %s", diff, events[0].Body)
	}
	payload, err := base64.RawURLEncoding.DecodeString(strings.Split(e.Get("ticket"), ".")[1])
	if diff := apitest.Contains(string(payload), `{"eis":604800,"exp":"*","iid":"`+e.Live.ID+`","sid":"`+e.Get("inv")+`","st":"invitation"}`); err != nil || diff != "" {
		t.Errorf("the ticket says %s: %s", payload, diff)
	}
}

func TestInvitationsNeedAddresses(t *testing.T) {
	no := false
	seed := &scenario.Instance{Users: []scenario.User{}}
	seed.Settings.Attributes.EmailAddress.Enabled = &no
	seed.Settings.Attributes.EmailAddress.Required = &no
	status, body := apitest.Start(t, emulator.Config{}).Seeded(t, seed).Do(`POST /v1/invitations {"email_address":"grace@example.com"}`)
	if diff := apitest.Contains(body, `{"errors":[{"code":"invitations_not_supported"}]}`); status != 400 || diff != "" {
		t.Errorf("%d %s", status, body)
	}
}

func TestAnotherInstanceKnowsNothingOfInvitations(t *testing.T) {
	s := apitest.Start(t, emulator.Config{})
	e, other := s.Instance(t), s.Instance(t)
	invited(e)
	waiting(e)
	for _, name := range []string{"inv", "wle", "ticket"} {
		other.Set(name, e.Get(name))
	}
	for line, want := range map[string]string{
		"POST /v1/invitations/{inv}/revoke":      `404 {"errors":[{"code":"resource_not_found"}]}`,
		"GET /v1/invitations":                    `200 []`,
		"GET /v1/waitlist_entries":               `200 {"data":[],"total_count":0}`,
		"DELETE /v1/waitlist_entries/{wle}":      `404 {"errors":[{"code":"resource_not_found"}]}`,
		"POST /v1/waitlist_entries/{wle}/invite": `404 {"errors":[{"code":"resource_not_found"}]}`,
		"POST /v1/waitlist_entries/{wle}/reject": `404 {"errors":[{"code":"resource_not_found"}]}`,
		"GET /v1/tickets/accept?ticket={ticket}": `400 {"errors":[{"code":"ticket_invalid_code"}]}`,
	} {
		other.Check(line, want)
	}
	e.Check("GET /v1/invitations?status=pending", `200 [{"id":"{inv}"}]`)
	e.Check("GET /v1/waitlist_entries?status=pending", `200 {"data":[{"id":"{wle}"}],"total_count":1}`)
}

func TestSeedsInvite(t *testing.T) {
	apitest.Engines(t, emulator.Config{}, func(t *testing.T, s *apitest.Server) {
		quiet := false
		seed := &scenario.Instance{
			Users: []scenario.User{{EmailAddresses: []scenario.EmailAddress{{EmailAddress: "ada@example.com"}}}},
			Invitations: []scenario.Invitation{{EmailAddress: "grace@example.com", PublicMetadata: []byte(`{"role":"admin"}`), RedirectURL: "http://localhost:3000/join"},
				{EmailAddress: "hedy@example.com", Notify: &quiet}, {EmailAddress: "Ada@example.com"}},
			Waitlist: []scenario.WaitlistEntry{{EmailAddress: "ida@example.com"}},
		}
		e := s.Seeded(t, seed)
		e.Check("GET /v1/invitations?order_by=email_address", `200 [{"email_address":"grace@example.com","public_metadata":{"role":"admin"},"status":"pending"},{"email_address":"hedy@example.com"}]`)
		e.Check("GET /v1/waitlist_entries", `200 {"data":[{"email_address":"ida@example.com","status":"pending"}],"total_count":1}`)
		var types []string
		for _, event := range e.Events(0) {
			types = append(types, event.Type)
		}
		if got := strings.Join(types, " "); got != "user.created email.created waitlistEntry.created email.created" {
			t.Errorf("the seed left %s", got)
		}
		e.JSON("POST /v1/invitations/" + e.JSON("GET /v1/invitations?query=grace&paginated=true")["data"].([]any)[0].(map[string]any)["id"].(string) + "/revoke")
		mark := e.Mark()
		if _, err := s.Applier().Apply(t.Context(), e.Live, seed, nil); err != nil {
			t.Fatal(err)
		}
		if events := e.Events(mark); len(events) > 0 {
			t.Errorf("the next start made %v", events)
		}
		e.Check("GET /v1/invitations?status=pending", `200 [{"email_address":"hedy@example.com"}]`)
	})
}
