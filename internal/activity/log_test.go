package activity

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/nightclerk/nightclerk/internal/clock"
	"github.com/nightclerk/nightclerk/internal/livelog"
)

var start = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

func entry(n int, at time.Time) *Entry {
	return &Entry{TraceID: fmt.Sprintf("%032x", n), Door: "backend", Operation: "GetUser", Method: "GET", Path: "/v1/users/user_2ada0000000000", Status: 200, At: at}
}

func newLog() (*Log, *clock.Manual, *livelog.Hub) {
	wall, hub := clock.NewManual(start), &livelog.Hub{}
	return New(hub, wall), wall, hub
}

func TestInstancesNeverSeeEachOthersRequests(t *testing.T) {
	l, _, _ := newLog()
	l.Add("a", entry(1, start))
	l.Mark("a", "jwks", "x")
	if list, _ := l.List("b", Filter{}, 0, 10); len(list) != 0 || l.Find("b", entry(1, start).TraceID) != nil || l.Timeline("b").Totals[Requests] != 0 {
		t.Error("b sees what a did")
	}
	if _, ok := l.Marked("b", "jwks"); ok {
		t.Error("b has a's mark")
	}
	l.Forget("a")
	if _, ok := l.Marked("a", "jwks"); ok || l.Find("a", entry(1, start).TraceID) != nil || l.Timeline("a").Totals[Requests] != 0 {
		t.Error("a is not forgotten")
	}
	if l.total.Load() != 0 {
		t.Errorf("%d bytes are left", l.total.Load())
	}
}

func TestTheOldestRequestsGo(t *testing.T) {
	l, _, _ := newLog()
	for n := range MaxEntries + 5 {
		l.Add("a", entry(n, start))
	}
	list, more := l.List("a", Filter{}, 0, MaxEntries)
	if len(list) != MaxEntries || more || list[0].Seq != MaxEntries+5 || list[MaxEntries-1].Seq != 6 {
		t.Fatalf("%d requests from %d to %d", len(list), list[0].Seq, list[len(list)-1].Seq)
	}
	page, more := l.List("a", Filter{}, list[9].Seq, 10)
	if !more || page[0] != list[10] || page[9] != list[19] {
		t.Errorf("the second page begins with %d", page[0].Seq)
	}
}

func large(n int) *Entry {
	e := entry(n, start)
	e.Detail = &Detail{Answer: Body{JSON: []byte(`"` + strings.Repeat("x", maxBody) + `"`)}}
	return e
}

func TestTheMemoryIsBounded(t *testing.T) {
	l, _, _ := newLog()
	for i := range 20 { // more than all may take together
		for n := range MaxEntries {
			l.Add(fmt.Sprint("i", i), large(n))
		}
	}
	sum := 0
	for _, m := range l.instances {
		if m.size > MaxBytes {
			t.Errorf("an instance takes %d bytes", m.size)
		}
		sum += m.size
	}
	if sum > maxTotal || int64(sum) != l.total.Load() {
		t.Errorf("all take %d bytes, counted as %d", sum, l.total.Load())
	}
	if list, _ := l.List("i19", Filter{}, 0, MaxEntries); len(list) < 100 {
		t.Errorf("the instance that speaks has %d requests left", len(list))
	}
}

func TestFilters(t *testing.T) {
	l, _, _ := newLog()
	with := func(n int, change func(e *Entry)) *Entry {
		e := entry(n, start)
		e.Detail = &Detail{}
		change(e)
		l.Add("a", e)
		return e
	}
	user := with(1, func(e *Entry) {
		e.Detail.Answer = AnswerBody("application/json", []byte(`{"user_id":"user_2grace000000000"}`))
	})
	missing := with(2, func(e *Entry) { e.Status, e.Operation, e.ErrorCode = 501, "CreateRole", "emulator_not_implemented" })
	browser := with(3, func(e *Entry) { e.Door, e.Client, e.Status = "frontend", "client_1", 303 })
	for name, c := range map[string]struct {
		f    Filter
		want *Entry
	}{
		"by user": {Filter{User: "user_2grace000000000"}, user}, "not built": {Filter{Status: "unsupported"}, missing},
		"errors": {Filter{Status: "error"}, missing}, "by class": {Filter{Status: "3xx"}, browser}, "by door": {Filter{Door: "frontend"}, browser},
		"by client": {Filter{Client: "client_1"}, browser}, "by code": {Filter{Text: "NOT_impl"}, missing}, "by operation": {Filter{Text: "createrole"}, missing},
		"by trace": {Filter{Text: browser.TraceID}, browser},
	} {
		if list, _ := l.List("a", c.f, 0, 10); len(list) != 1 || list[0] != c.want {
			t.Errorf("%s: %d requests", name, len(list))
		}
	}
	for _, nonsense := range []string{"7xx", "x", "2xxx"} {
		if list, _ := l.List("a", Filter{Status: nonsense}, 0, 10); len(list) != 0 {
			t.Errorf("the class %s finds %d", nonsense, len(list))
		}
	}
}

// What nobody could look at before it is gone is not taken over, by instance.
func TestDetailsAreRationed(t *testing.T) {
	l, _, _ := newLog()
	count := func(instance string, at time.Time) (n int) {
		for range 3 * MaxDetails {
			if l.Detailed(instance, at) {
				n++
			}
		}
		return n
	}
	if n := count("a", start); n != MaxDetails {
		t.Errorf("%d at once", n)
	}
	if n := count("a", start.Add(time.Second)); n != DetailsPerSecond {
		t.Errorf("%d a second later", n)
	}
	if n := count("b", start.Add(time.Second)); n != MaxDetails {
		t.Errorf("%d of another instance", n)
	}
	if n := count("a", start.Add(time.Hour)); n != MaxDetails {
		t.Errorf("%d after an hour", n)
	}
}

func TestTheTimelineMovesOn(t *testing.T) {
	l, wall, _ := newLog()
	l.Count("a", Tokens)
	wall.Advance(Step)
	l.Count("a", Tokens)
	l.Count("a", Tokens)
	if got := l.Timeline("a").Steps[Tokens]; got[Steps-1] != 2 || got[Steps-2] != 1 {
		t.Errorf("%v", got)
	}
	wall.Advance((Steps - 1) * Step)
	got := l.Timeline("a")
	if got.Steps[Tokens][0] != 2 || got.Totals[Tokens] != 3 {
		t.Errorf("%v", got)
	}
	wall.Advance(Step)
	if got := l.Timeline("a").Steps[Tokens]; got != [Steps]int64{} {
		t.Errorf("what is older than the timeline shows in it: %v", got)
	}
}

func TestWhatIsWantedIsCounted(t *testing.T) {
	l, _, _ := newLog()
	for n := range 3 {
		e := entry(n, start.Add(time.Duration(n)))
		e.Status, e.Operation = 501, "CreateRole"
		l.Add("a", e)
	}
	last := entry(9, start.Add(time.Minute))
	last.Status, last.Operation = 501, "ListRoles"
	l.Add("a", last)
	got := l.Wanted("a")
	if len(got) != 2 || got[0].Operation != "ListRoles" || got[1].Times != 3 || got[1].LastTrace != entry(2, start).TraceID {
		t.Errorf("%+v", got)
	}
}

// Readers are told of a burst once.
func TestABurstIsToldOnce(t *testing.T) {
	l, _, hub := newLog()
	r := hub.Subscribe("a", 0)
	defer r.Close()
	for n := range 100 {
		l.Add("a", entry(n, start))
	}
	if e := <-r.C; e.Kind != "request" {
		t.Errorf("told of %s", e.Kind)
	}
	select {
	case e := <-r.C:
		t.Errorf("told again: %+v", e)
	default:
	}
}

// BenchmarkAdd is what a request costs that goes on and on.
func BenchmarkAdd(b *testing.B) {
	l, _, _ := newLog()
	b.ReportAllocs()
	for n := 0; b.Loop(); n++ {
		e := &Entry{TraceID: "0123456789abcdef0123456789abcdef", Door: "issuer", Operation: "getJWKS", Method: "GET", Path: Text("/.well-known/jwks.json"), Status: 200, At: start}
		if l.Detailed("a", start) {
			continue
		}
		l.Add("a", e)
	}
}
