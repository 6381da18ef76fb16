package sessions_test

import (
	"encoding/json"
	"testing"

	"github.com/nightclerk/nightclerk/sessions"
	"github.com/nightclerk/nightclerk/users"
)

// The message of an event is found by the user that its body names.
func TestEventsKnowTheirUser(t *testing.T) {
	event := sessions.EventJSON{User: users.JSON{ID: "user_1"}}
	event.ID, event.UserID = "sess_1", "user_1"
	raw, err := json.Marshal(event)
	if err != nil {
		t.Fatal(err)
	}
	var body struct {
		UserID string `json:"user_id"`
	}
	if err := json.Unmarshal(raw, &body); err != nil || body.UserID != event.SubjectID() {
		t.Errorf("%s is about %q (%v)", raw, event.SubjectID(), err)
	}
}
