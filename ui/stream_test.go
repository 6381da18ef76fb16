package ui

import (
	"bufio"
	"encoding/base64"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// listener is a server that tells of every request, and its address.
func listener(t *testing.T, asked func()) string {
	s := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked() }))
	t.Cleanup(s.Close)
	return s.URL
}

// unsigned is a token that nobody signed.
func unsigned(claims string) string {
	part := base64.RawURLEncoding.EncodeToString
	return part([]byte(`{"alg":"RS256","typ":"JWT","kid":"k"}`)) + "." + part([]byte(claims)) + "."
}

// sse is one event as a browser reads it.
type sse struct{ id, event, data string }

// open starts a stream and returns its events; the channel is closed when the
// stream ends.
func (e *env) open(path string, header ...string) <-chan sse {
	e.Helper()
	req, err := http.NewRequestWithContext(e.Context(), "GET", e.server.URL+e.prefix+path, nil)
	if err != nil {
		e.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	res, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		e.Fatal(err)
	}
	if typ := res.Header.Get("Content-Type"); typ != "text/event-stream" {
		e.Fatalf("%d %s", res.StatusCode, typ)
	}
	out := make(chan sse, 100)
	go func() {
		defer close(out)
		defer res.Body.Close()
		var one sse
		for lines := bufio.NewScanner(res.Body); lines.Scan(); {
			name, value, _ := strings.Cut(lines.Text(), ": ")
			switch name {
			case "id":
				one.id = value
			case "event":
				one.event = value
			case "data":
				one.data = value
			case "":
				if one.event != "" {
					out <- one
				}
				one = sse{}
			}
		}
	}()
	return out
}

func (e *env) next(events <-chan sse) sse {
	e.Helper()
	select {
	case one, ok := <-events:
		if !ok {
			e.Fatal("the stream ended")
		}
		return one
	case <-time.After(patience):
		e.Fatalf("no event within %v", patience)
	}
	return sse{}
}

func TestTheStreamTellsAndResumes(t *testing.T) {
	e := newEnv(t)
	events := e.open("/live")
	first := e.user("email_address", "ada@example.com")
	got := e.next(events)
	if got.event != "message" || !strings.Contains(got.data, `"user.created"`) || !strings.Contains(got.data, first) {
		t.Fatalf("got %+v", got)
	}
	second := e.user("email_address", "bob@example.com")
	e.next(events)
	for _, again := range []<-chan sse{e.open("/live", "Last-Event-ID", got.id), e.open("/live?after=" + got.id)} {
		if missed := e.next(again); !strings.Contains(missed.data, second) {
			t.Errorf("resumed with %+v", missed)
		}
	}
	// What happens is what the page then fetches of itself.
	req, err := http.NewRequestWithContext(t.Context(), "GET", e.server.URL+"/webhooks", nil)
	if err == nil {
		req.Header.Set(partHeader, "messages")
	}
	part := e.do(req, err).body
	if strings.Contains(part, "<html") || !strings.Contains(part, `id="messages"`) || !strings.Contains(part, "bob@example.com") {
		t.Errorf("the part is:\n%s", part)
	}
}

func TestAStreamTellsOfItsInstanceOnly(t *testing.T) {
	e := newEnv(t)
	e.prefix = "/i/w1"
	events := e.open("/live")
	e.prefix = ""
	e.user("email_address", "default@example.com")
	e.prefix = "/i/w1"
	own := e.user("email_address", "w1@example.com")
	if got := e.next(events); !strings.Contains(got.data, own) {
		t.Errorf("told of %+v", got)
	}
}

// Streams must not hold a shutdown up.
func TestStreamsEndWithTheProcess(t *testing.T) {
	e := newEnv(t)
	events := e.open("/live")
	close(e.done)
	select {
	case got, open := <-events:
		if open {
			t.Errorf("told %+v", got)
		}
	case <-time.After(patience):
		t.Error("the stream goes on")
	}
}

func TestTheStreamOfAnUnknownInstance(t *testing.T) {
	e := newEnv(t)
	if a := e.get("/i/nobody/live"); a.StatusCode != http.StatusNotFound {
		t.Errorf("answered %d", a.StatusCode)
	}
}
