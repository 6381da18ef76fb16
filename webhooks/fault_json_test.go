package webhooks

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"
)

func params(t *testing.T, raw string) FaultParams {
	t.Helper()
	var p FaultParams
	if err := json.Unmarshal([]byte(raw), &p); err != nil {
		t.Fatal(err)
	}
	return p
}

// What a rule shows can be given back, and means the same.
func TestARuleIsShownAsItIsWritten(t *testing.T) {
	for _, raw := range []string{
		`{"action":"drop"}`,
		`{"action":"duplicate","types":["user.*"],"endpoint":"ep_1","user":"user_1","attempt":2,"nth":3,"times":2,"gap":"500ms"}`,
		`{"action":"duplicate","concurrent":true,"count":4,"probability":0,"seed":"s"}`,
		`{"action":"reorder","size":3,"wait":"10m30s"}`,
		`{"action":"stale_timestamp"}`, `{"action":"force_status","status":503}`, `{"action":"missing_header","header":"SVIX-ID"}`,
	} {
		rule, err := params(t, raw).Rule()
		if err != nil {
			t.Fatalf("%s: %v", raw, err)
		}
		shown, err := json.Marshal(rule.JSON())
		if err != nil {
			t.Fatal(err)
		}
		again, err := params(t, string(shown)).Rule()
		if err != nil {
			t.Fatalf("%s: %v", shown, err)
		}
		one, _ := json.Marshal(rule)
		two, _ := json.Marshal(again)
		if string(one) != string(two) && strings.ReplaceAll(string(two), `"types":[],`, "") != string(one) {
			t.Errorf("%s became %s, and that %s", raw, one, two)
		}
	}
}

func TestWrongRulesNameTheirField(t *testing.T) {
	for _, c := range []struct{ raw, field, says string }{
		{`{}`, "action", "duplicate"},
		{`{"action":"drops"}`, "action", "There is no fault"},
		{`{"action":"drop","times":2}`, "times", "means nothing to drop"},
		{`{"action":"delay","by":"5"}`, "by", "such as 5s"},
		{`{"action":"delay","by":"0s"}`, "by", "such as 5s"},
		{`{"action":"delay","by":"-1s"}`, "by", "such as 5s"},
		{`{"action":"duplicate","times":0}`, "times", "counts from 1"},
		{`{"action":"drop","count":0}`, "count", "counts from 1"},
		{`{"action":"drop","nth":-1}`, "nth", "from 1"},
		{`{"action":"drop","probability":1.5}`, "probability", "between 0 and 1"},
		{`{"action":"drop","types":["users.*"]}`, "types", "user.created"},
		{`{"action":"reorder","size":1}`, "size", "between 2"},
	} {
		_, err := params(t, c.raw).Rule()
		var refusal *Error
		if !errors.As(err, &refusal) || refusal.Fields[0].Loc[1] != c.field || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v", c.raw, err)
		}
	}
}

func TestDurationsAreSpeltShort(t *testing.T) {
	for d, want := range map[time.Duration]string{5 * time.Second: "5s", 6 * time.Minute: "6m", time.Hour: "1h", 90 * time.Minute: "1h30m",
		100 * time.Millisecond: "100ms", 61 * time.Second: "1m1s", time.Hour + time.Second: "1h0m1s", 10 * time.Minute: "10m", 30 * time.Hour: "30h"} {
		if got := DurationText(d); got != want {
			t.Errorf("%v is spelt %s", d, got)
		}
	}
}

// Nobody must take what a rule did for a mistake of the app's, nor what the app
// did for the rule's.
func TestTheDiagnosisOfAFaultSaysSoFirst(t *testing.T) {
	for _, c := range []struct {
		a    Attempt
		want []string
		not  string
	}{
		{Attempt{Fault: "wrong_secret (fault_1)", Status: StatusFail, Code: 400}, []string{"On purpose, by the fault rule fault_1 (wrong_secret)", "another secret"}, "CLERK_WEBHOOK"},
		{Attempt{Fault: "wrong_secret (fault_1)", Status: StatusSuccess, Code: 200}, []string{"On purpose", "does not verify"}, "400"},
		{Attempt{Fault: "force_status (fault_1)", Status: StatusFail, Code: 500}, []string{"On purpose", "Nothing is sent"}, "handler failed"},
		{Attempt{Fault: "duplicate (fault_1)", Status: StatusFail, Code: 404, URL: "http://localhost/hook"}, []string{"On purpose", "There is no route at /hook"}, "verify"},
	} {
		got := c.a.Diagnosis()
		for _, want := range c.want {
			if !strings.Contains(got, want) {
				t.Errorf("%s: %q does not say %q", c.a.Fault, got, want)
			}
		}
		if strings.Contains(got, c.not) {
			t.Errorf("%s: %q says %q", c.a.Fault, got, c.not)
		}
	}
	if got := (&Attempt{Fault: "duplicate (fault_1)", Status: StatusSuccess, Code: 200}).Diagnosis(); got != "" {
		t.Errorf("a duplicate that was accepted needs no diagnosis: %q", got)
	}
}
