package users_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/nightclerk/nightclerk/internal/store"
	"github.com/nightclerk/nightclerk/users"
)

// searched lists the usernames that a text finds, page by page; a / parts pages.
func (e *env) searched(text string, limit int64) string {
	e.t.Helper()
	var pages []string
	for after, more := users.Cursor(""), true; more; more = after != "" {
		_, err := in(e, func(tx *store.Tx) (any, error) {
			list, next, err := users.SearchPage(tx, e.rules, text, limit, after)
			var names []string
			for _, u := range list {
				names = append(names, *u.Username)
			}
			pages, after = append(pages, strings.Join(names, " ")), next
			return nil, err
		})
		if err != nil {
			e.t.Fatal(err)
		}
	}
	return strings.Join(pages, " / ")
}

func TestSearchPageFindsBeginningsAlone(t *testing.T) {
	each(t, func(e *env) {
		u := e.crowd()
		for text, want := range map[string]string{
			"anna": "carl anna", "ANNA öz": "anna", "hello@ex": "anna", "@two.example": "anna", "ora": "", "n@exam": "", "555-0100": "", "+1 (555) 555-01": "Bert", "4915123": "carl",
			"()": "", "%": "", "  ": "dora carl Bert anna", "anna nobody": "", "anna" + strings.Repeat(" anna", 20): "",
			u["carl"].ID: "carl", u["carl"].ID[:8]: "dora carl Bert anna", "user_nobody": "",
		} {
			if got := e.searched(text, 50); got != want {
				e.t.Errorf("%q finds %q, want %q", text, got, want)
			}
		}
	})
}

// Whatever way the users are found, the pages are the same.
func TestSearchPagesFollowEachOther(t *testing.T) {
	each(t, func(e *env) {
		for i := range 12 {
			p := users.CreateParams{Username: new(fmt.Sprintf("nr%02d", i)), FirstName: new("Common"), SkipUserRequirement: new(true)}
			if i < 4 {
				p.LastName = new("Early")
			}
			e.create(p)
			e.clock.Advance(time.Minute)
		}
		for _, bounds := range []struct {
			often       int
			batch, walk int64
		}{{1000, 250, 1000}, {2, 3, 1000}, {2, 4, 4}, {2, 1, 0}, {5, 3, 6}} {
			reset := users.SetSearchBounds(bounds.often, bounds.batch, bounds.walk)
			for text, want := range map[string]string{
				"com":          "nr11 nr10 nr09 nr08 nr07 / nr06 nr05 nr04 nr03 nr02 / nr01 nr00",
				"user_":        "nr11 nr10 nr09 nr08 nr07 / nr06 nr05 nr04 nr03 nr02 / nr01 nr00",
				"early c":      "nr03 nr02 nr01 nr00",
				"common nr0 e": "nr03 nr02 nr01 nr00",
				"nr1 common":   "nr11 nr10",
				"common zoe":   "",
				"":             "nr11 nr10 nr09 nr08 nr07 / nr06 nr05 nr04 nr03 nr02 / nr01 nr00",
			} {
				if got := e.searched(text, 5); got != want {
					e.t.Errorf("%+v: %q finds %q, want %q", bounds, text, got, want)
				}
			}
			if got := e.searched("early", 4); got != "nr03 nr02 nr01 nr00" {
				e.t.Errorf("%+v: a page that just fits is %q", bounds, got)
			}
			reset()
		}
		_, err := in(e, func(tx *store.Tx) (any, error) {
			_, _, err := users.SearchPage(tx, e.rules, "", 5, "nonsense")
			return nil, err
		})
		wantError(e.t, err, "form_param_format_invalid after")
	})
}
