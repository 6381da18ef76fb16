package ui

import (
	"net/http"
	"strings"
	"testing"

	"github.com/nightclerk/nightclerk/internal/clock"
	"github.com/nightclerk/nightclerk/internal/store"
	"github.com/nightclerk/nightclerk/sessions"
)

func (e *env) clock() (v clock.Virtual) {
	e.Helper()
	e.read(func(tx *store.Tx) error {
		v = tx.Clock()
		return nil
	})
	return v
}

func TestTheClockIsFrozenAdvancedSetAndReset(t *testing.T) {
	e := newEnv(t)
	e.follow("/clock/set", "at", "2027-01-31T08:00:00Z", "frozen", "yes")
	const at = 1_801_382_400_000
	if v := e.clock(); v.FrozenAtMS == nil || *v.FrozenAtMS != at {
		t.Errorf("set and frozen: %+v", v)
	}
	e.follow("/clock/advance", "duration", "1h30m")
	if v := e.clock(); *v.FrozenAtMS != at+5_400_000 {
		t.Errorf("advanced: %d", *v.FrozenAtMS)
	}
	e.says(e.page("/clock"), "Frozen", "2027-01-31 09:30:00 UTC")
	for _, c := range []struct{ action, field, value string }{
		{"advance", "duration", ""}, {"advance", "duration", "-1h"}, {"advance", "duration", "soon"}, {"advance", "duration", "999999h"},
		{"set", "at", "tomorrow"}, {"set", "at", "-1"}, {"set", "at", ""},
	} {
		a := e.post("/clock/"+c.action, c.field, c.value)
		if a.StatusCode != http.StatusUnprocessableEntity || errorOf(a.body, c.field) == "" || *e.clock().FrozenAtMS != at+5_400_000 {
			t.Errorf("%s %q: %d %q", c.action, c.value, a.StatusCode, errorOf(a.body, c.field))
		}
	}
	e.follow("/clock/resume")
	if v := e.clock(); v.FrozenAtMS != nil || v.OffsetMS == 0 {
		t.Errorf("resumed: %+v", v)
	}
	e.follow("/clock/reset", "back", "/clock")
	if v := e.clock(); v != (clock.Virtual{}) {
		t.Errorf("reset: %+v", v)
	}
	if a := e.post("/clock/smash"); a.StatusCode != http.StatusNotFound {
		t.Errorf("an unknown action: %d", a.StatusCode)
	}
}

// What time brings is listed, and one click goes there.
func TestTheClockLeadsToWhatComesNext(t *testing.T) {
	e := newEnv(t)
	id := e.user("email_address", "ada@example.com", "first_name", "Ada")
	e.says(e.page("/clock"), "Nothing is waiting")
	e.post("/tokens", "user", id, "template", "", "sign_in", "yes")
	var s *sessions.Session
	e.read(func(tx *store.Tx) error {
		list, err := sessions.NextToEnd(tx, 10)
		if len(list) != 1 {
			t.Fatalf("%d sessions end", len(list))
		}
		s = list[0]
		return err
	})
	page := e.page("/clock")
	e.says(page, "Session Ada expires")
	_, rest, _ := strings.Cut(page, `<input type="hidden" name="at" value="`)
	to, _, _ := strings.Cut(rest, `"`)
	e.follow("/clock/set", "at", to)
	e.read(func(tx *store.Tx) error {
		now, err := sessions.Get(tx, s.ID)
		if now.Status != sessions.Expired {
			t.Errorf("the session is %s", now.Status)
		}
		return err
	})
	e.says(e.page("/clock"), "Nothing is waiting")
}
