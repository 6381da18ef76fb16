package main

import (
	"bufio"
	"crypto/rsa"
	"encoding/json"
	"fmt"
	"net"
	"net/url"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/nightclerk/nightclerk/internal/clock"
	"github.com/nightclerk/nightclerk/scenario"
)

// wholeSignIn compares everything that a browser asks for from its first visit
// to a token for Convex with one bare RSA signature: the unit in which the cost
// of tokens is told.
func wholeSignIn(b *bench) ([]row, error) {
	return b.browsers(func(p *process, key *rsa.PrivateKey) (side, error) {
		return func() (sample, error) {
			return p.spent(func() (int, error) { return signInsFor(p.addr, key, b.workers(), b.round) })
		}, nil
	}, "Sign-in by password, all 7 requests / one RSA signature")
}

// clientOfBrowser does the same with what every page load asks.
func clientOfBrowser(b *bench) ([]row, error) {
	return b.browsers(func(p *process, key *rsa.PrivateKey) (side, error) {
		v, err := newVisitor(p.addr)
		if err != nil {
			return nil, err
		}
		defer v.conn.Close()
		if err := v.signIn(key); err != nil {
			return nil, err
		}
		l := &load{addr: p.addr, workers: b.workers(), request: v.request("GET", "/v1/client", nil),
			check: func(body []byte) error { return verifyClient(body, key) }}
		return func() (sample, error) {
			return p.spent(func() (int, error) { return l.run(b.round) })
		}, nil
	}, "`GET /v1/client` of a signed-in browser / one RSA signature")
}

// browsers measures a side against signatures, on an emulator with a data folder.
func (b *bench) browsers(ours func(*process, *rsa.PrivateKey) (side, error), what string) ([]row, error) {
	data, err := os.MkdirTemp(b.temp, "browsers")
	if err != nil {
		return nil, err
	}
	p, err := b.startEmulator("--data", data)
	if err != nil {
		return nil, err
	}
	defer p.stop()
	key, err := developmentKey()
	if err != nil {
		return nil, err
	}
	measured, err := ours(p, key)
	if err != nil {
		return nil, err
	}
	pairs, err := b.interleave(measured,
		func() (sample, error) { return here(func() (int, error) { return sign(key, b.workers(), b.round) }) })
	if err != nil {
		return nil, err
	}
	return []row{byServing(what, 0, pairs, sample.cpuEach)}, nil
}

// signInsFor signs in over and over, each time as a browser that was never there,
// and returns how often.
func signInsFor(addr string, key *rsa.PrivateKey, workers int, d time.Duration) (int, error) {
	end := clock.Wall.Now().Add(d)
	counts, errs := make([]int, workers), make([]error, workers)
	var group sync.WaitGroup
	for i := range workers {
		group.Go(func() {
			var v *visitor
			if v, errs[i] = newVisitor(addr); errs[i] != nil {
				return
			}
			defer v.conn.Close()
			for errs[i] == nil && clock.Wall.Now().Before(end) {
				errs[i] = v.signIn(key)
				counts[i]++
			}
		})
	}
	group.Wait()
	total := 0
	for i := range workers {
		if errs[i] != nil {
			return 0, errs[i]
		}
		total += counts[i]
	}
	return total, nil
}

// visitor is a browser at one kept connection.
type visitor struct {
	addr  string
	conn  net.Conn
	in    *bufio.Reader
	token string
}

func newVisitor(addr string) (*visitor, error) {
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		return nil, err
	}
	return &visitor{addr: addr, conn: conn, in: bufio.NewReaderSize(conn, 64<<10)}, nil
}

// request spells a request as clerk-js does.
func (v *visitor) request(method, path string, form url.Values) []byte {
	target, err := url.Parse(path)
	if err != nil {
		panic(err)
	}
	query := target.Query()
	query.Set("__clerk_api_version", "2025-11-10")
	query.Set("_clerk_js_version", "5.128.0")
	if v.token != "" {
		query.Set("__clerk_db_jwt", v.token)
	}
	target.RawQuery = query.Encode()
	body := form.Encode()
	header := fmt.Sprintf("Origin: http://localhost:3000\r\nContent-Length: %d\r\n", len(body))
	if body != "" {
		header += "Content-Type: application/x-www-form-urlencoded\r\n"
	}
	return append(request(method, target.String(), v.addr, header), body...)
}

// ask sends a request and reads the answer into dst.
func (v *visitor) ask(method, path string, form url.Values, dst any) error {
	if _, err := v.conn.Write(v.request(method, path, form)); err != nil {
		return err
	}
	body, err := answer(v.in)
	if err != nil || dst == nil {
		return err
	}
	return json.Unmarshal(body, dst)
}

// attempt is what is read of a sign-in.
type attempt struct {
	Response struct {
		ID      string `json:"id"`
		Session string `json:"created_session_id"`
	} `json:"response"`
}

// signIn does what a page does: opens a browser, reads the environment and the
// client, proves a password, activates the session and asks for a token.
func (v *visitor) signIn(key *rsa.PrivateKey) error {
	var browser struct{ ID string }
	var in attempt
	var token json.RawMessage
	v.token = ""
	if err := v.ask("POST", "/v1/dev_browser", nil, &browser); err != nil {
		return err
	}
	v.token = browser.ID
	for _, step := range []struct {
		method, path string
		form         url.Values
		dst          any
	}{
		{"POST", "/v1/environment?_method=PATCH", nil, nil},
		{"GET", "/v1/client", nil, nil},
		{"POST", "/v1/client/sign_ins", url.Values{"identifier": {"alice@example.com"}, "locale": {"en-US"}}, &in},
		{"POST", "/v1/client/sign_ins/{id}/attempt_first_factor", url.Values{"strategy": {"password"}, "password": {scenario.DefaultPassword}}, &in},
		{"POST", "/v1/client/sessions/{session}/touch", url.Values{"active_organization_id": {""}, "intent": {"select_session"}}, nil},
		{"POST", "/v1/client/sessions/{session}/tokens/" + scenario.ConvexTemplate, nil, &token},
	} {
		if err := v.ask(step.method, in.fill(step.path), step.form, step.dst); err != nil {
			return fmt.Errorf("%s %s: %w", step.method, step.path, err)
		}
	}
	return verifyToken(token, &key.PublicKey)
}

// fill puts the ids into a path.
func (a *attempt) fill(path string) string {
	return strings.NewReplacer("{id}", a.Response.ID, "{session}", a.Response.Session).Replace(path)
}

// verifyClient checks that the answer holds a session with a good token.
func verifyClient(body []byte, key *rsa.PrivateKey) error {
	var client struct {
		Response struct {
			Sessions []struct {
				Token json.RawMessage `json:"last_active_token"`
			} `json:"sessions"`
		} `json:"response"`
	}
	if err := json.Unmarshal(body, &client); err != nil {
		return err
	}
	if len(client.Response.Sessions) != 1 {
		return fmt.Errorf("the client has %d sessions, not one", len(client.Response.Sessions))
	}
	return verifyToken(client.Response.Sessions[0].Token, &key.PublicKey)
}
