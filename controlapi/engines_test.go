package controlapi_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/nightclerk/nightclerk/emulator"
	"github.com/nightclerk/nightclerk/emulator/apitest"
)

// The day of a test suite, from making an instance to deleting it, on both
// databases.
func TestADayOnBothEngines(t *testing.T) {
	receiver := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	t.Cleanup(receiver.Close)
	apitest.Engines(t, emulator.Config{}, func(t *testing.T, s *apitest.Server) {
		k := on(t, s.URL)
		k.do("GET /ready").want(k, 200)
		k.do(`POST /instances {"slug":"w1","seed":{"users":[],"webhook_endpoints":[{"url":"`+receiver.URL+`"}]}}`).want(k, 201)
		w1 := k.in("w1")
		w1.do(`POST /seed {"users":[{"email_addresses":["zoe@example.com"]},{"email_addresses":["max@example.com"]}]}`).want(w1, 200)
		w1.do(`POST /clock/advance {"duration":"1h"}`).want(w1, 200)
		w1.claims(`{"user":"zoe@example.com"}`)
		out := w1.do(`POST /trigger {"type":"user.deleted","user":"zoe@example.com"}`).want(w1, 200)
		w1.do(fmt.Sprintf("GET /wait?type=user.deleted&user=%s&since=%v&timeout=30s", out["user_id"], out["since"])).want(w1, 200)
		if n := w1.do("POST /webhooks/sync-users").want(w1, 200)["count"]; n != 1.0 {
			t.Errorf("%v users are left", n)
		}
		w1.do("POST /reset").want(w1, 200)
		k.do("DELETE /instances/w1").want(k, 200)
		k.do(`POST /instances {"slug":"w1"}`).want(k, 201)
	})
}
