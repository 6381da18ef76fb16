package backendapi_test

import (
	"strings"
	"testing"

	"github.com/nightclerk/nightclerk/emulator"
	"github.com/nightclerk/nightclerk/emulator/apitest"
)

// waiting puts Grace on the waitlist and names her entry.
func waiting(e *apitest.Env) {
	e.T.Helper()
	e.Set("wle", e.JSON(`POST /v1/waitlist_entries {"email_address":"grace@example.com"}`)["id"].(string))
}

// after has something done to Grace's entry.
func after(lines ...string) func(*apitest.Env) {
	return func(e *apitest.Env) {
		e.T.Helper()
		waiting(e)
		for _, line := range lines {
			out := e.JSON(line)
			if i, ok := out["invitation"].(map[string]any); ok {
				e.Set("inv", i["id"].(string))
			}
		}
	}
}

const (
	inviteHer = `POST /v1/waitlist_entries/{wle}/invite`
	rejectHer = `POST /v1/waitlist_entries/{wle}/reject`
)

func TestWaitlist(t *testing.T) {
	cases := []apitest.Case{{
		Name: "create", Do: `POST /v1/waitlist_entries {"email_address":"Grace@example.com"}`,
		Want: `200 {"object":"waitlist_entry","id":"*","email_address":"Grace@example.com","status":"pending","is_locked":false,"invitation":null}`,
		Emit: []string{"waitlistEntry.created", "email.created"},
	}, {
		Name: "create quietly", Do: `POST /v1/waitlist_entries {"email_address":"grace@example.com","notify":false}`,
		Want: `200 {"status":"pending"}`, Emit: []string{"waitlistEntry.created"},
	}, {
		Name: "create again", Given: waiting, Do: `POST /v1/waitlist_entries {"email_address":"GRACE@example.com"}`, Want: `200 {"id":"{wle}","email_address":"grace@example.com"}`,
	}, {
		Name: "create without an address", Do: `POST /v1/waitlist_entries {}`,
		Want: `422 {"errors":[{"code":"form_param_missing","meta":{"param_name":"email_address"}}]}`,
	}, {
		Name: "in bulk", Given: waiting,
		Do:   `POST /v1/waitlist_entries/bulk [{"email_address":"ada@example.com","notify":false},{"email_address":"grace@example.com"}]`,
		Want: `200 [{"email_address":"ada@example.com"},{"id":"{wle}"}]`, Emit: []string{"waitlistEntry.created"},
	}, {
		Name: "in bulk, twice the same", Do: `POST /v1/waitlist_entries/bulk [{"email_address":"ada@example.com"},{"email_address":"ADA@example.com"},{"email_address":"ada"}]`,
		Want: `422 {"errors":[{"code":"form_param_duplicate","meta":{"param_name":"email_address","index":1}},{"code":"form_param_format_invalid","meta":{"index":2}}]}`,
	}, {
		Name: "in bulk, too many", Do: `POST /v1/waitlist_entries/bulk [` + strings.Repeat(`{},`, 50) + `{}]`,
		Want: `422 {"errors":[{"code":"form_param_array_size_exceeded"}]}`,
	}, {
		Name: "list", Given: after(inviteHer), Do: `GET /v1/waitlist_entries`,
		Want: `200 {"data":[{"id":"{wle}","status":"invited","invitation":{"id":"{inv}"}}],"total_count":1}`,
	}, {
		Name: "list by status", Given: after(inviteHer), Do: `GET /v1/waitlist_entries?status=pending`, Want: `200 {"data":[],"total_count":0}`,
	}, {
		Name: "list by a part of the address", Given: both, Do: `GET /v1/waitlist_entries?query=ada`, Want: `200 {"data":[{"email_address":"ada@example.com"}],"total_count":1}`,
	}, {
		Name: "list a page", Given: both, Do: `GET /v1/waitlist_entries?limit=1&offset=1&order_by=-email_address`,
		Want: `200 {"data":[{"email_address":"ada@example.com"}],"total_count":2}`,
	}, {
		Name: "the uninvited come last", Given: func(e *apitest.Env) { both(e); e.JSON(inviteHer) }, Do: `GET /v1/waitlist_entries?order_by=-invited_at`,
		Want: `200 {"data":[{"id":"{wle}"},{"email_address":"ada@example.com"}],"total_count":2}`,
	}, {
		Name: "list in no order", Do: `GET /v1/waitlist_entries?order_by=expires_at`, Want: `422 {"errors":[{"code":"form_param_value_invalid","meta":{"param_name":"order_by"}}]}`,
	}, {
		Name: "list of no status", Do: `GET /v1/waitlist_entries?status=expired`, Want: `422 {"errors":[{"code":"form_param_value_invalid","meta":{"param_name":"status"}}]}`,
	}, {
		Name: "delete", Given: waiting, Do: `DELETE /v1/waitlist_entries/{wle}`, Want: `200 {"object":"waitlist_entry","id":"{wle}","deleted":true}`,
	}, {
		Name: "delete who is invited", Given: after(inviteHer), Do: `DELETE /v1/waitlist_entries/{wle}`, Want: `409 {"errors":[{"code":"waitlist_entry_already_invited"}]}`,
	}, {
		Name: "delete who is rejected", Given: after(rejectHer), Do: `DELETE /v1/waitlist_entries/{wle}`, Want: `409 {"errors":[{"code":"waitlist_entry_already_rejected"}]}`,
	}, {
		Name: "invite", Given: waiting, Do: inviteHer,
		Want: `200 {"id":"{wle}","status":"invited","invitation":{"object":"invitation","status":"pending","email_address":"grace@example.com","url":"*"}}`,
		Emit: []string{"email.created", "waitlistEntry.updated"},
	}, {
		Name: "invite again", Given: after(inviteHer), Do: inviteHer, Want: `409 {"errors":[{"code":"waitlist_entry_already_invited"}]}`,
	}, {
		Name: "invite again on purpose", Given: after(inviteHer), Do: inviteHer + ` {"ignore_existing":true}`,
		Want: `200 {"status":"invited"}`, Emit: []string{"email.created", "waitlistEntry.updated"},
	}, {
		Name: "invite again who was uninvited", Given: after(inviteHer, `POST /v1/invitations/{inv}/revoke`), Do: inviteHer,
		Want: `200 {"status":"invited","invitation":{"status":"pending"}}`, Emit: []string{"email.created", "waitlistEntry.updated"},
	}, {
		Name: "invite who was rejected", Given: after(rejectHer), Do: inviteHer, Want: `200 {"status":"invited"}`, Emit: []string{"email.created", "waitlistEntry.updated"},
	}, {
		Name: "invite who has an invitation of another kind", Given: func(e *apitest.Env) { waiting(e); invited(e) }, Do: inviteHer,
		Want: `400 {"errors":[{"code":"duplicate_record"}]}`,
	}, {
		Name: "reject", Given: waiting, Do: rejectHer, Want: `200 {"id":"{wle}","status":"rejected","invitation":null}`, Emit: []string{"waitlistEntry.updated"},
	}, {
		Name: "reject who is invited", Given: after(inviteHer), Do: rejectHer,
		Want: `200 {"status":"rejected","invitation":{"id":"{inv}","status":"revoked","revoked":true}}`, Emit: []string{"waitlistEntry.updated"},
	}, {
		Name: "reject again", Given: after(rejectHer), Do: rejectHer, Want: `409 {"errors":[{"code":"waitlist_entry_already_rejected"}]}`,
	}, {
		Name: "reject who never waited", Do: `POST /v1/waitlist_entries/wle_1/reject`, Want: `404 {"errors":[{"code":"resource_not_found"}]}`,
	}}
	apitest.Engines(t, emulator.Config{}, func(t *testing.T, s *apitest.Server) { apitest.Run(t, s, cases) })
}

func both(e *apitest.Env) {
	waiting(e)
	e.JSON(`POST /v1/waitlist_entries {"email_address":"ada@example.com"}`)
}

func TestTheWaitlistsMails(t *testing.T) {
	e := apitest.Start(t, emulator.Config{}).Instance(t)
	mark := e.Mark()
	after(inviteHer)(e)
	var slugs []string
	for _, event := range e.Events(mark) {
		if event.Type != "email.created" {
			continue
		}
		for _, slug := range []string{"waitlist_confirmation", "waitlist_invitation"} {
			if apitest.Contains(string(event.Body), `{"data":{"slug":"`+slug+`","to_email_address":"grace@example.com"}}`) == "" {
				slugs = append(slugs, slug)
			}
		}
	}
	if got := strings.Join(slugs, " "); got != "waitlist_confirmation waitlist_invitation" {
		t.Errorf("she got %s", got)
	}
}
