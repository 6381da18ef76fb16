package controlapi_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"

	"github.com/nightclerk/nightclerk/scenario"
)

func TestClockMovesAsTold(t *testing.T) {
	k := start(t, nil)
	k.do(`POST /clock/advance {"duration":"1h30m"}`).want(k, 200)
	moved := k.do(`POST /clock/advance {"ms":500}`).want(k, 200)
	if moved["offset_ms"] != 5_400_500.0 || moved["now"].(float64)-moved["wall_now"].(float64) != 5_400_500 {
		t.Errorf("after 1h30m and 500 ms it is %v", moved)
	}
	frozen := k.do(`POST /clock/freeze {"at":"2030-01-01T00:00:00Z"}`).want(k, 200)
	if frozen["now"] != 1893456000000.0 || frozen["frozen_at"] != frozen["now"] {
		t.Errorf("frozen as %v", frozen)
	}
	if later := k.do(`POST /clock/advance {"ms":1000}`).want(k, 200); later["frozen_at"] != 1893456001000.0 {
		t.Errorf("a frozen clock advanced to %v", later)
	}
	if resumed := k.do("POST /clock/resume").want(k, 200); resumed["frozen_at"] != nil || resumed["now"].(float64) < 1893456001000 {
		t.Errorf("resumed as %v", resumed)
	}
	if reset := k.do("POST /clock/reset").want(k, 200); reset["now"] != reset["wall_now"] {
		t.Errorf("reset to %v", reset)
	}
	here := k.do("POST /clock/freeze").want(k, 200)
	if here["now"] != here["wall_now"] {
		t.Errorf("frozen where it was as %v", here)
	}
}

func TestClockRefusals(t *testing.T) {
	k := start(t, nil)
	for line, text := range map[string]string{
		`POST /clock/advance {"duration":"-5h"}`:         "does not go back",
		`POST /clock/advance {"ms":-1}`:                  "does not go back",
		`POST /clock/advance {"ms":99999999999999999}`:   "100 years",
		`POST /clock/advance {"duration":"5 hours"}`:     "5h",
		`POST /clock/advance {"duration":"1h","ms":1}`:   "isn't allowed",
		`POST /clock/advance {}`:                         "duration",
		`POST /clock/freeze {"at":"yesterday"}`:          "RFC3339",
		`POST /clock/freeze {"at":-1}`:                   "milliseconds",
		`POST /clock/freeze {"at":9999999999999999}`:     "milliseconds",
		`POST /clock/freeze {"at":"12000-01-01T00:00Z"}`: "RFC3339",
	} {
		if out := k.do(line); out.status != 422 || !contains(out, text) {
			t.Errorf("%s answers %d %s", line, out.status, out.body)
		}
	}
	if clock := k.do("GET /clock").want(k, 200); clock["offset_ms"] != 0.0 || clock["frozen_at"] != nil {
		t.Errorf("a refused request moved the clock: %v", clock)
	}
}

// Retries are due in instance time: moving the clock sends them at once, however
// long the schedule is.
func TestAdvancingTheClockSendsWhatBecameDue(t *testing.T) {
	var calls atomic.Int64
	receiver := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if calls.Add(1) == 1 {
			w.WriteHeader(http.StatusInternalServerError)
		}
	}))
	t.Cleanup(receiver.Close)
	file := &scenario.File{Server: scenario.Server{WebhookSchedule: "svix"}}
	file.Default.WebhookEndpoints = []scenario.WebhookEndpoint{{URL: receiver.URL, EventTypes: []string{"user.deleted"}}}
	k := start(t, file)
	since := k.do(`POST /trigger {"type":"user.deleted"}`).want(k, 200)["since"]
	wait := fmt.Sprintf("GET /wait?type=user.deleted&since=%v&timeout=", since)
	k.awaitAttempts(1)
	k.do(wait+"0s").refused(k, 408, "emulator_wait_timeout", "500")
	k.do(`POST /clock/advance {"duration":"5s"}`).want(k, 200)
	k.do(wait+"30s").want(k, 200)
	if calls.Load() != 2 {
		t.Errorf("%d requests were made", calls.Load())
	}
}
