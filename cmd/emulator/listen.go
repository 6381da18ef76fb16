package main

import (
	"bufio"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/nightclerk/nightclerk/internal/clock"
	"github.com/nightclerk/nightclerk/webhooks"
)

// listenCmd shows deliveries as they happen.
type listenCmd struct {
	remote
	Events    []string `placeholder:"TYPE" help:"Only these event types; all by default."`
	ForwardTo string   `placeholder:"URL" help:"Send events there meanwhile: an endpoint is made, and removed at the end."`
	PrintJSON bool     `name:"print-json" help:"Print one JSON object a line, with the payload."`
}

// Run listens until it is interrupted or the emulator ends.
func (c *listenCmd) Run(a *app) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	path, err := c.svixApp()
	if err != nil {
		return err
	}
	l := &listener{listenCmd: c, app: a, path: path, urls: map[string]string{}}
	if c.ForwardTo != "" {
		if err := l.forward(); err != nil {
			return err
		}
		defer l.unforward()
	}
	res, err := c.stream(ctx, "/live")
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if err := l.ready(); err != nil {
		return err
	}
	err = l.read(res.Body)
	if ctx.Err() != nil {
		return nil
	}
	return err
}

// stream asks for an answer that may have no end.
func (r remote) stream(ctx context.Context, path string) (*http.Response, error) {
	req, err := r.request(http.MethodGet, path, "", nil)
	if err != nil {
		return nil, err
	}
	res, err := http.DefaultClient.Do(req.WithContext(ctx))
	if err != nil {
		var whole *url.Error
		if errors.As(err, &whole) {
			err = whole.Err
		}
		return nil, &unreachable{r.base(), err}
	}
	if res.StatusCode >= 300 {
		defer res.Body.Close()
		body, _ := io.ReadAll(res.Body)
		return nil, refusalOf(res, body)
	}
	return res, nil
}

// listener is a running listen.
type listener struct {
	*listenCmd
	app      *app
	path     string            // of the application
	endpoint string            // id of the temporary endpoint, or ""
	urls     map[string]string // of endpoints, by id
}

// forward makes the temporary endpoint. Its uid follows from the URL, so that
// one which a killed listen left behind is used again, not joined by another.
func (l *listener) forward() error {
	sum := sha256.Sum256([]byte(l.ForwardTo))
	uid := "listen-" + hex.EncodeToString(sum[:6])
	body := map[string]any{"url": l.ForwardTo, "uid": uid, "description": "nightclerk webhooks listen"}
	if len(l.Events) > 0 {
		body["eventTypes"] = l.Events
	}
	var e endpoint
	if err := l.backend(http.MethodPut, l.path+"/endpoint/"+uid, body, &e); err != nil {
		return err
	}
	l.endpoint, l.urls[e.ID] = e.ID, e.URL
	return nil
}

// unforward removes it. An emulator that has ended meanwhile, in memory, has
// removed it already.
func (l *listener) unforward() {
	err := l.backend(http.MethodDelete, l.path+"/endpoint/"+url.PathEscape(l.endpoint), nil, nil)
	var away *unreachable
	if err != nil && !errors.As(err, &away) {
		fmt.Fprintf(l.app.errs, "nightclerk: the temporary endpoint %s is still there: %v\n", l.endpoint, err)
	}
}

// ready says on standard error what is going on, apart from the deliveries.
func (l *listener) ready() error {
	if l.endpoint == "" {
		fmt.Fprintf(l.app.errs, "Ready. Deliveries appear here; Ctrl-C ends it.\n")
		return nil
	}
	var secret struct {
		Key string `json:"key"`
	}
	if err := l.backend(http.MethodGet, l.path+"/endpoint/"+url.PathEscape(l.endpoint)+"/secret", nil, &secret); err != nil {
		return err
	}
	fmt.Fprintf(l.app.errs, "Ready. Events go to %s; Ctrl-C ends it.\nCLERK_WEBHOOK_SIGNING_SECRET=%s\n", l.ForwardTo, secret.Key)
	return nil
}

// read reads server-sent events until they end.
func (l *listener) read(body io.Reader) error {
	lines := bufio.NewScanner(body)
	lines.Buffer(nil, 1<<20)
	kind := ""
	for lines.Scan() {
		name, value, _ := strings.Cut(lines.Text(), ": ")
		switch name {
		case "event":
			kind = value
		case "data":
			if err := l.event(kind, []byte(value)); err != nil {
				return err
			}
		}
	}
	if err := lines.Err(); err != nil {
		return &unreachable{l.base(), err}
	}
	return errors.New("the emulator has ended, or this terminal could not keep up: listen again")
}

func (l *listener) event(kind string, data []byte) error {
	switch kind {
	case "attempt":
		var e webhooks.AttemptEvent
		if err := json.Unmarshal(data, &e); err != nil {
			return err
		}
		if l.wants(e.Type) && (l.endpoint == "" || l.endpoint == e.EndpointID) {
			return l.attempt(e)
		}
	case "message":
		var m webhooks.MessageEvent
		if err := json.Unmarshal(data, &m); err != nil {
			return err
		}
		if l.wants(m.Type) && m.Unsent != "" && !l.PrintJSON {
			l.app.printf("%s  %s  %s  not sent  %s\n", l.now().Format(time.TimeOnly), m.Type, m.ID, m.Unsent.Reason())
		}
	}
	return nil
}

func (l *listener) wants(typ string) bool {
	return len(l.Events) == 0 || slices.Contains(l.Events, typ)
}

func (l *listener) now() time.Time { return clock.Wall.Now() }

// heard is a delivery as --print-json prints it.
type heard struct {
	Time       int64           `json:"time"` // Unix ms
	Type       string          `json:"type"`
	ID         string          `json:"id"`
	Seq        int64           `json:"seq"`
	EndpointID string          `json:"endpoint_id"`
	URL        string          `json:"url"`
	Status     string          `json:"status"`
	Code       int             `json:"code"` // 0 without an answer
	Diagnosis  string          `json:"diagnosis,omitempty"`
	Payload    json.RawMessage `json:"payload"`
}

func (l *listener) attempt(e webhooks.AttemptEvent) error {
	at := l.now()
	if l.PrintJSON {
		out := heard{Time: at.UnixMilli(), Type: e.Type, ID: e.MessageID, Seq: e.Seq, EndpointID: e.EndpointID, URL: l.urlOf(e.EndpointID),
			Status: e.Status.String(), Code: e.Code, Diagnosis: e.Diagnosis, Payload: l.payload(e.MessageID)}
		enc := json.NewEncoder(l.app.out)
		enc.SetEscapeHTML(false)
		return enc.Encode(out)
	}
	answer := "no answer"
	if e.Code > 0 {
		answer = fmt.Sprint(e.Code)
	}
	line := strings.Join([]string{at.Format(time.TimeOnly), e.Type, e.MessageID, l.urlOf(e.EndpointID), answer, e.Diagnosis}, "  ")
	l.app.printf("%s\n", strings.TrimRight(line, " "))
	return nil
}

// urlOf is where an endpoint is, or its id when it is gone.
func (l *listener) urlOf(id string) string {
	if _, known := l.urls[id]; !known {
		var e endpoint
		l.backend(http.MethodGet, l.path+"/endpoint/"+url.PathEscape(id), nil, &e)
		l.urls[id] = cmp.Or(e.URL, id)
	}
	return l.urls[id]
}

// payload is a message's body, null when it is gone.
func (l *listener) payload(id string) json.RawMessage {
	m := struct {
		Payload json.RawMessage `json:"payload"`
	}{json.RawMessage("null")}
	l.backend(http.MethodGet, l.path+"/msg/"+url.PathEscape(id), nil, &m)
	return m.Payload
}
