package webhooks

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"
	"unicode/utf8"
)

// text says on an attempt what went wrong on purpose.
func (r *FaultRule) text() string {
	if r == nil {
		return ""
	}
	return string(r.Action) + " (" + r.ID + ")"
}

// sendWith sends a job as often and in the way that its fault asks for. The first
// outcome is the delivery's own.
func (d *Dispatcher) sendWith(j *job) []*outcome {
	if j.fault == nil {
		return []*outcome{d.send(j)}
	}
	switch j.fault.Action {
	case FaultDrop:
		return []*outcome{{startedAt: d.opts.Clock.Now(), failure: FailureFault, response: "not sent: lost on purpose", lost: true}}
	case FaultForceStatus:
		return []*outcome{{startedAt: d.opts.Clock.Now(), code: j.fault.Status, response: fmt.Sprintf("not sent: answered %d on purpose", j.fault.Status)}}
	case FaultIgnoreResponse:
		return []*outcome{d.send(j).ignore()}
	case FaultDuplicate:
		return d.repeat(j)
	}
	return []*outcome{d.send(j)}
}

// ignore makes an answer count for nothing.
func (o *outcome) ignore() *outcome {
	if o.code > 0 {
		o.ignored, o.failure = true, FailureFault
		o.response = fmt.Sprintf("the answer %d was ignored on purpose: %s", o.code, o.response)
	}
	return o
}

// repeat sends a message several times under one id.
func (d *Dispatcher) repeat(j *job) []*outcome {
	outcomes := make([]*outcome, 1+j.fault.Times)
	if !j.fault.Concurrent {
		for i := range outcomes {
			if i > 0 && !d.pause(j.fault.Gap) {
				return outcomes[:i]
			}
			outcomes[i] = d.send(j)
		}
		return outcomes
	}
	var group sync.WaitGroup
	for i := range outcomes {
		group.Go(func() { outcomes[i] = d.send(j) })
	}
	group.Wait()
	return outcomes
}

// pause waits in wall time; false when the dispatcher ends.
func (d *Dispatcher) pause(wait time.Duration) bool {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-d.cut.Done():
		return false
	}
}

// wrongKey is nobody's secret.
var wrongKey = []byte("nightclerk signs wrongly!")

// spoil signs a request in the way that the job's fault asks for.
func (s *outgoing) spoil(j *job, set HeaderSet, now time.Time) {
	keys, fault := j.keys, j.fault
	switch fault.Action {
	case FaultWrongSecret:
		keys = [][]byte{wrongKey}
	case FaultBadSignatureFirst:
		keys = append([][]byte{wrongKey}, keys...)
	case FaultStaleTimestamp:
		now = now.Add(-fault.By)
	case FaultFutureTimestamp:
		now = now.Add(fault.By)
	case FaultNonCanonicalBody:
		s.body = nonCanonical(s.body)
	case FaultHugeBody:
		s.body = padded(s.body, fault.Size)
	case FaultSlowBody:
		s.reader = func(body []byte) io.ReadCloser { return &slowReader{body: body, wait: fault.By / slowParts} }
	case FaultHalfClose:
		s.reader = func(body []byte) io.ReadCloser { return io.NopCloser(&halfReader{body: body[:len(body)/2]}) }
	}
	setSignature(s.header, set, keys, j.messageID, now, s.body)
	switch fault.Action {
	case FaultTamper:
		s.body = tampered(s.body)
	case FaultUnknownVersion:
		eachSignature(s.header, func(v string) string { return strings.ReplaceAll(v, "v1,", "v1a,") })
	case FaultMissingHeader:
		s.header.Del(fault.Header)
		s.header.Del("webhook-" + strings.TrimPrefix(fault.Header, "svix-"))
	}
}

func eachSignature(h http.Header, change func(string) string) {
	for _, name := range []string{"Svix-Signature", "Webhook-Signature"} {
		if v := h.Get(name); v != "" {
			h[name] = []string{change(v)}
		}
	}
}

// tampered changes an envelope's event type, or adds a space to what is none: it
// stays valid JSON.
func tampered(body []byte) []byte {
	if changed := bytes.Replace(body, []byte(`"type":"`), []byte(`"type":"tampered.`), 1); len(changed) != len(body) {
		return changed
	}
	return append(bytes.Clone(body), ' ')
}

// padded adds a member of size bytes to an object.
func padded(body []byte, size int) []byte {
	end := bytes.LastIndexByte(body, '}')
	if end <= 1 {
		return body
	}
	out := append(bytes.Clone(body[:end]), `,"padding":"`...)
	out = append(out, bytes.Repeat([]byte("x"), size)...)
	return append(out, `"}`...)
}

// nonCanonical spells the same JSON with spaces, and with escapes for what
// JSON.stringify leaves as it is.
func nonCanonical(body []byte) []byte {
	var out bytes.Buffer
	if json.Indent(&out, body, "", "  ") != nil {
		return append(bytes.Clone(body), '\n')
	}
	var escaped []byte
	for _, r := range out.String() {
		switch {
		case r == '<' || r == '>' || r == '&' || r == '@' || r == '/':
			escaped = fmt.Appendf(escaped, `\u%04x`, r)
		case r >= utf8.RuneSelf && r <= 0xffff:
			escaped = fmt.Appendf(escaped, `\u%04x`, r)
		default:
			escaped = utf8.AppendRune(escaped, r)
		}
	}
	return escaped
}

// slowParts is in how many pieces a slow body comes.
const slowParts = 20

// slowReader gives a body away in pieces, with a wait before each.
type slowReader struct {
	body []byte
	wait time.Duration
	once sync.Once
	stop chan struct{}
	sent int
}

func (r *slowReader) init() { r.once.Do(func() { r.stop = make(chan struct{}) }) }

func (r *slowReader) Read(p []byte) (int, error) {
	r.init()
	if r.sent == len(r.body) {
		return 0, io.EOF
	}
	timer := time.NewTimer(r.wait)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-r.stop:
		return 0, io.ErrClosedPipe
	}
	n := copy(p, r.body[r.sent:min(r.sent+len(r.body)/slowParts+1, len(r.body))])
	r.sent += n
	return n, nil
}

// Close ends a wait: the transport closes the body of a request that is given
// up.
func (r *slowReader) Close() error {
	r.init()
	select {
	case <-r.stop:
	default:
		close(r.stop)
	}
	return nil
}

// halfReader ends a body too early, whereupon the transport closes the
// connection.
type halfReader struct{ body []byte }

func (r *halfReader) Read(p []byte) (int, error) {
	if len(r.body) == 0 {
		return 0, errHalf
	}
	n := copy(p, r.body)
	r.body = r.body[n:]
	return n, nil
}
