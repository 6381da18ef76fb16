package webhooks

import (
	"bytes"
	"context"
	"encoding/base64"
	"io"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"
)

// userAgent has the shape of a captured Clerk delivery
// ("Svix-Webhooks/1.84.0 (sender-9YMgn; +https://www.svix.com/http-sender/)").
const userAgent = "Svix-Webhooks/1.84.0 (sender-nightclerk; +https://github.com/nightclerk/nightclerk)"

// markerHeader tells a receiver that the delivery is not Clerk's, and whose it
// is: several instances may share one receiver.
const markerHeader = "X-Nightclerk-Instance"

// maxResponse is RESPONSE_MAX_SIZE of svix-server; maxDrain is how much more is
// read so that the connection can be used again.
const (
	maxResponse = 20_000
	maxDrain    = 1 << 20
)

// outcome is what came of one request.
type outcome struct {
	startedAt time.Time // wall
	duration  time.Duration
	code      int // 0 without an answer
	failure   FailureKind
	response  string
	location  string
	// control is the webhook-delivery header: "disable" or "abort-message"
	// (Svix Cloud's delivery control).
	control    string
	retryAfter *time.Duration
	cut        bool // the dispatcher ended, the attempt does not count
}

func (o *outcome) ok() bool { return o.code >= 200 && o.code < 300 }

// work is one worker: it sends job after job until the dispatcher ends.
func (d *Dispatcher) work() {
	defer d.workers.Done()
	for j := range d.jobs {
		o := d.send(j)
		d.record(j, o)
		d.release(j.instance, 1)
	}
}

// send makes one request. Redirects are answers like any other.
func (d *Dispatcher) send(j *job) *outcome {
	o := &outcome{startedAt: d.opts.Clock.Now()}
	ctx, cancel := context.WithTimeout(d.cut, d.opts.Timeout)
	defer cancel()
	res, err := d.opts.Transport.RoundTrip(d.request(ctx, j, o.startedAt))
	if err == nil {
		o.code = res.StatusCode
		o.location = res.Header.Get("Location")
		o.control = res.Header.Get("Webhook-Delivery")
		o.retryAfter = retryAfter(res.Header, o.startedAt)
		o.response, err = readResponse(res.Body)
	}
	if err != nil {
		o.code = 0
		o.failure, o.response = failure(err, d.opts.Timeout)
		o.cut = d.cut.Err() != nil
	}
	o.duration = d.opts.Clock.Now().Sub(o.startedAt)
	return o
}

func (d *Dispatcher) request(ctx context.Context, j *job, now time.Time) *http.Request {
	h := make(http.Header, 10)
	h["Accept"] = []string{"*/*"}
	h["Content-Type"] = []string{"application/json"}
	h["User-Agent"] = []string{userAgent}
	h[markerHeader] = []string{j.instance}
	// Empty, so it is not sent; it lets the transport repeat the request at once
	// when a kept connection turns out to be closed, as svix-server does.
	h["Idempotency-Key"] = []string{}
	setSignature(h, j.target.set, j.target.keys, j.messageID, now, j.body)
	addCustomHeaders(h, j.target.headers)
	req := (&http.Request{
		Method: http.MethodPost, URL: j.target.url, Host: j.target.url.Host, Header: h,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		ContentLength: int64(len(j.body)), Body: io.NopCloser(bytes.NewReader(j.body)),
		GetBody: func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(j.body)), nil },
	}).WithContext(ctx)
	if user := j.target.url.User; user != nil && h.Get("Authorization") == "" {
		password, _ := user.Password()
		req.SetBasicAuth(user.Username(), password)
	}
	return req
}

// readResponse keeps the beginning of a body as text.
func readResponse(body io.ReadCloser) (string, error) {
	defer body.Close()
	kept, err := io.ReadAll(io.LimitReader(body, maxResponse))
	if err == nil && len(kept) == maxResponse {
		_, err = io.CopyN(io.Discard, body, maxDrain)
	}
	if err != nil && err != io.EOF {
		return "", err
	}
	return responseText(kept), nil
}

// responseText is the body as it is when it is UTF-8, else its base64.
func responseText(b []byte) string {
	if utf8.Valid(b) {
		return string(b)
	}
	if len(b) == maxResponse { // a character may have been cut in two
		for cut := 1; cut < utf8.UTFMax; cut++ {
			if utf8.Valid(b[:len(b)-cut]) {
				return string(b[:len(b)-cut])
			}
		}
	}
	return base64.StdEncoding.EncodeToString(b)
}

// controls tells whether the webhook-delivery header asks for action.
func (o *outcome) controls(action string) bool { return strings.EqualFold(o.control, action) }
