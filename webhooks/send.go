package webhooks

import (
	"bytes"
	"cmp"
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

// instaRetry is how quickly a connection must have failed for the request to be
// sent once more at once, as svix-server does. It is one attempt.
const instaRetry = time.Second

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
	lost       bool // on purpose: it is not tried again
	ignored    bool // on purpose: the answer does not count
}

func (o *outcome) ok() bool { return o.code >= 200 && o.code < 300 && !o.ignored }

// begin sends a job, and those chained to it one after the other, on a worker
// that was reserved for it. The lock is held.
func (d *Dispatcher) begin(j *job) {
	d.attempts.Add(1)
	go func() {
		defer d.attempts.Done()
		for ; j != nil; j = d.after(j) {
			d.attempt(j)
		}
	}()
}

// after is the job chained to one that was sent.
func (d *Dispatcher) after(j *job) *job {
	d.mu.Lock()
	defer d.mu.Unlock()
	j.sent = true
	key := j.lane()
	if l := d.lanes[key]; l != nil && l.last == j {
		l.last = nil
	}
	if j.next != nil {
		d.reserve(key, 1) // the worker goes on; recording gives the other back
	}
	return j.next
}

// attempt makes one attempt and has it recorded.
func (d *Dispatcher) attempt(j *job) {
	if !d.inTime(j, d.opts.Clock.Now()) { // waited too long in memory
		d.giveBack(j)
		d.release(j.lane(), 1)
		d.wakeAt(j.lane(), d.opts.Clock.Now())
		return
	}
	outcomes := d.sendWith(j)
	f := &finished{job: j, outcome: outcomes[0]}
	for _, o := range outcomes {
		if o.cut {
			d.giveBack(j)
			d.release(j.lane(), 1)
			return
		}
		if o.ok() && !f.outcome.ok() {
			f.outcome = o
		}
		f.attempts, f.starts = append(f.attempts, d.newAttempt(j, o)), append(f.starts, o.startedAt)
	}
	d.recorder.add(f)
}

func (d *Dispatcher) newAttempt(j *job, o *outcome) *Attempt {
	a := &Attempt{
		ID: d.db.IDs().New("atmpt"), MessageID: j.messageID, EndpointID: j.endpointID, Status: StatusFail,
		Code: o.code, WallAt: o.startedAt.UnixMilli(), URL: j.target.rawURL,
		Duration: o.duration.Milliseconds(), Response: o.response, Failure: o.failure, Fault: j.fault.text(),
	}
	if o.ok() {
		a.Status = StatusSuccess
	}
	if o.code >= 300 && o.code < 400 {
		a.Location = o.location
	}
	if j.manual {
		a.Trigger = TriggerManual
	}
	return a
}

// send makes one request. A connection that fails at once is tried again at
// once, unless it is a fault's doing.
func (d *Dispatcher) send(j *job) *outcome {
	o := &outcome{startedAt: d.opts.Clock.Now()}
	ctx, cancel := context.WithTimeout(d.cut, d.timeout(j))
	defer cancel()
	s := d.outgoing(j, o.startedAt)
	err := d.exchange(ctx, j, s, o)
	if err != nil && j.fault == nil && again(err) && d.opts.Clock.Now().Sub(o.startedAt) < instaRetry {
		err = d.exchange(ctx, j, s, o)
	}
	if err != nil {
		o.code = 0
		o.failure, o.response = failure(err, d.timeout(j))
		o.cut = d.cut.Err() != nil
	}
	o.duration = d.opts.Clock.Now().Sub(o.startedAt)
	return o
}

// exchange sends a request and reads the answer. Redirects are answers like any
// other.
func (d *Dispatcher) exchange(ctx context.Context, j *job, s *outgoing, o *outcome) error {
	res, err := d.opts.Transport.RoundTrip(newRequest(ctx, j, s))
	if err != nil {
		return err
	}
	o.code = res.StatusCode
	o.location = res.Header.Get("Location")
	o.control = res.Header.Get("Webhook-Delivery")
	o.retryAfter = retryAfter(res.Header, o.startedAt)
	o.response, err = readResponse(res.Body)
	return err
}

// outgoing is what a request carries of a message.
type outgoing struct {
	header http.Header
	body   []byte
	reader func(body []byte) io.ReadCloser // nil for the body as it is
}

// outgoing signs the job's body at wall time now.
func (d *Dispatcher) outgoing(j *job, now time.Time) *outgoing {
	h := make(http.Header, 10)
	h["Accept"] = []string{"*/*"}
	h["Content-Type"] = []string{"application/json"}
	h["User-Agent"] = []string{userAgent}
	h[markerHeader] = []string{j.instance}
	// Empty, so it is not sent; it lets the transport repeat the request at once
	// when a kept connection turns out to be closed, as svix-server does.
	h["Idempotency-Key"] = []string{}
	s := &outgoing{header: h, body: j.body}
	set := cmp.Or(j.target.set, d.opts.Headers)
	if j.fault == nil {
		setSignature(h, set, j.keys, j.messageID, now, j.body)
	} else {
		s.spoil(j, set, now)
	}
	addCustomHeaders(h, j.target.headers)
	return s
}

func newRequest(ctx context.Context, j *job, s *outgoing) *http.Request {
	reader := func() (io.ReadCloser, error) {
		if s.reader != nil {
			return s.reader(s.body), nil
		}
		return io.NopCloser(bytes.NewReader(s.body)), nil
	}
	body, _ := reader()
	req := (&http.Request{
		Method: http.MethodPost, URL: j.target.url, Host: j.target.url.Host, Header: s.header,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		ContentLength: int64(len(s.body)), Body: body, GetBody: reader,
	}).WithContext(ctx)
	if user := j.target.url.User; user != nil && s.header.Get("Authorization") == "" {
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
