package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/nightclerk/nightclerk/envblock"
)

const defaultURL = "http://localhost:4545"

// remote is the running emulator that a command talks to.
type remote struct {
	URL      string `name:"url" env:"NIGHTCLERK_URL" placeholder:"URL" help:"Address of the emulator, ${default_url} by default."`
	Instance string `env:"NIGHTCLERK_INSTANCE" placeholder:"SLUG" help:"Instance to act on, default by default."`
	// Timeout bounds one request; a minute by default.
	Timeout time.Duration `kong:"-"`
}

// base is the address with the instance's prefix, without closing slash. Inside
// the emulator's own container, NIGHTCLERK_LISTEN tells the port.
func (r remote) base() string {
	base := strings.TrimRight(r.URL, "/")
	if base == "" {
		base = defaultURL
		if _, port, err := net.SplitHostPort(os.Getenv("NIGHTCLERK_LISTEN")); err == nil && port != "0" {
			base = "http://localhost:" + port
		}
	}
	if r.Instance != "" && r.Instance != "default" {
		base += "/i/" + url.PathEscape(r.Instance)
	}
	return base
}

// unreachable is an emulator that does not answer.
type unreachable struct {
	base string
	err  error
}

func (e *unreachable) Error() string {
	return fmt.Sprintf("no emulator answers at %s (%v): start it with `nightclerk serve`, or point --url at it", e.base, e.err)
}

func (e *unreachable) Unwrap() error { return e.err }

// control calls the control API: in is sent as JSON unless it is nil, and out is
// filled unless it is nil.
func (r remote) control(method, path string, in, out any) error {
	return r.call(method, "/_emulator"+path, "", in, out)
}

// backend calls Clerk's Backend API, or Svix's, with the instance's secret key.
func (r remote) backend(method, path string, in, out any) error {
	env, err := r.env()
	if err != nil {
		return err
	}
	return r.call(method, path, env.SecretKey, in, out)
}

func (r remote) env() (env envblock.Env, err error) {
	err = r.control(http.MethodGet, "/env", nil, &env)
	return env, err
}

func (r remote) call(method, path, key string, in, out any) error {
	req, err := r.request(method, path, key, in)
	if err != nil {
		return err
	}
	client := http.Client{Timeout: cmp.Or(r.Timeout, time.Minute)}
	res, err := client.Do(req)
	if err != nil {
		var whole *url.Error // repeats method and address
		if errors.As(err, &whole) {
			err = whole.Err
		}
		return &unreachable{r.base(), err}
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		return &unreachable{r.base(), err}
	}
	if res.StatusCode >= 300 {
		return refusalOf(res, body)
	}
	switch out := out.(type) {
	case nil:
		return nil
	case *[]byte: // no JSON: as it is
		*out = body
		return nil
	}
	if err := json.Unmarshal(body, out); err != nil {
		return notOurs(res)
	}
	return nil
}

// request makes a request; bytes are sent as they are.
func (r remote) request(method, path, key string, in any) (*http.Request, error) {
	var body io.Reader
	switch in := in.(type) {
	case nil:
	case []byte:
		body = bytes.NewReader(in)
	default:
		raw, err := json.Marshal(in)
		if err != nil {
			return nil, err
		}
		body = bytes.NewReader(raw)
	}
	req, err := http.NewRequest(method, r.base()+path, body)
	if err != nil {
		return nil, fmt.Errorf("%s is no address: write it like %s", r.base(), defaultURL)
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if key != "" {
		req.Header.Set("Authorization", "Bearer "+key)
	}
	return req, nil
}

// refused is an answer with an error: Clerk's envelope, or Svix's.
type refused struct {
	status int
	Errors []struct {
		Code        string `json:"code"`
		Message     string `json:"message"`
		LongMessage string `json:"long_message"`
	} `json:"errors"`
	Detail json.RawMessage `json:"detail"`
}

func (e *refused) Error() string {
	var lines []string
	for _, one := range e.Errors {
		text := one.LongMessage
		if text == "" {
			text = one.Message
		}
		lines = append(lines, text)
	}
	if len(lines) == 0 {
		lines = []string{strings.Trim(string(e.Detail), `"`)}
	}
	return strings.Join(lines, "\n")
}

func refusalOf(res *http.Response, body []byte) error {
	e := &refused{status: res.StatusCode}
	if err := json.Unmarshal(body, e); err != nil || len(e.Errors) == 0 && len(e.Detail) == 0 {
		return notOurs(res)
	}
	return e
}

func notOurs(res *http.Response) error {
	return fmt.Errorf("%s answered %s with %s, as no nightclerk of this version does: check --url", res.Request.URL, res.Status, res.Header.Get("Content-Type"))
}
