package controlapi_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// form posts a form as a browser does.
func (k *kit) form(path, token string, values url.Values) map[string]any {
	k.Helper()
	res, err := http.PostForm(k.base+path+"?__clerk_db_jwt="+token, values)
	if err != nil {
		k.Fatal(err)
	}
	defer res.Body.Close()
	var out map[string]any
	if err := json.NewDecoder(res.Body).Decode(&out); err != nil || res.StatusCode != 200 {
		k.Fatalf("%s: %d %v %v", path, res.StatusCode, out, err)
	}
	return out
}

func TestTheInboxShowsWhatWasSentAndWaitsForIt(t *testing.T) {
	k := start(t, nil)
	if a := k.do("GET /inbox?to=alice@example.com&wait=1ms"); a.status != 408 || !strings.Contains(string(a.body), "alice@example.com") {
		t.Errorf("nothing in time: %d %s", a.status, a.body)
	}
	browser := k.form("/v1/dev_browser", "", nil)["id"].(string)
	waited := make(chan answer, 1)
	go func() { waited <- k.do("GET /inbox?to=ALICE@example.com&wait=1m") }()
	k.form("/v1/client/sign_ins", browser, url.Values{"strategy": {"email_code"}, "identifier": {"alice@example.com"}})
	got := <-waited
	var list struct {
		Data []struct {
			ID, Kind, Slug string
			Code, Link     *string
			UserID         *string `json:"user_id"`
		}
		Seq int64
	}
	if err := json.Unmarshal(got.body, &list); err != nil || got.status != 200 || len(list.Data) != 1 {
		t.Fatalf("%d %s", got.status, got.body)
	}
	m := list.Data[0]
	if m.Kind != "email" || m.Slug != "verification_code" || m.Code == nil || m.Link != nil || m.UserID == nil {
		t.Errorf("%s", got.body)
	}
	if a := k.do("GET /inbox/" + m.ID); a.status != 200 || !strings.Contains(string(a.body), *m.Code) {
		t.Errorf("one message: %d %s", a.status, a.body)
	}
	for line, want := range map[string]int{"GET /inbox?wait=x": 422, "GET /inbox?limit=0": 422, "GET /inbox?since=x": 422, "GET /inbox/ema_x": 404, "DELETE /inbox/ema_x": 404} {
		if a := k.do(line); a.status != want {
			t.Errorf("%s: %d %s", line, a.status, a.body)
		}
	}
	if a := k.do("DELETE /inbox/" + m.ID); a.status != 200 {
		t.Errorf("delete: %d %s", a.status, a.body)
	}
	if a := k.do("DELETE /inbox"); a.status != 200 {
		t.Errorf("clear: %d %s", a.status, a.body)
	}
	if a := k.do("GET /inbox"); !strings.Contains(string(a.body), `"data":[]`) {
		t.Errorf("after all: %s", a.body)
	}
}
