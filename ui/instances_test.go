package ui

import (
	"net/http"
	"strings"
	"testing"
)

func TestInstancesAreMadeCopiedResetAndDeleted(t *testing.T) {
	e := newEnv(t)
	e.user("email_address", "grace@example.com")
	body, _ := e.follow("/instances", "slug", "fresh")
	e.says(body, "fresh", "The instance was made")
	body, _ = e.follow("/instances/default/copy", "slug", "twin")
	e.says(body, "twin", "The instance was copied")
	e.says(e.page("/i/twin/users"), "grace@example.com")
	for _, slug := range []string{"twin", "No Slug", "myclerk"} {
		a := e.post("/instances/default/copy", "slug", slug)
		if a.StatusCode != http.StatusUnprocessableEntity || errorOf(a.body, "copy-default") == "" {
			t.Errorf("copied to %q: %d", slug, a.StatusCode)
		}
		if a := e.post("/instances", "slug", slug); a.StatusCode != http.StatusUnprocessableEntity || errorOf(a.body, "slug") == "" {
			t.Errorf("made %q: %d", slug, a.StatusCode)
		}
	}
	e.follow("/instances/twin/reset")
	if page := e.page("/i/twin/users"); strings.Contains(page, "grace@example.com") {
		t.Error("a reset instance still has its users")
	}
	for slug, typed := range map[string]string{"twin": "twinn", "default": "default"} {
		if a := e.post("/instances/"+slug+"/delete", "confirm", typed); a.StatusCode != http.StatusUnprocessableEntity {
			t.Errorf("%s deleted by %q: %d", slug, typed, a.StatusCode)
		}
	}
	e.follow("/instances/twin/delete", "confirm", "twin")
	if a := e.get("/i/twin/users"); a.StatusCode != http.StatusNotFound {
		t.Errorf("a deleted instance answers %d", a.StatusCode)
	}
	e.prefix = "/i/fresh"
	if a := e.post("/instances/fresh/delete", "confirm", "fresh"); a.Header.Get("Location") != "/instances?done=instance-deleted" {
		t.Errorf("deleting the page's own instance leads to %q", a.Header.Get("Location"))
	}
}
