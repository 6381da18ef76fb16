package contract

import (
	"bytes"
	"io"
	"net/http"
	"testing"

	"github.com/nightclerk/nightclerk/internal/spec"
)

// RoundTripper returns a transport that lets every request pass through base
// (http.DefaultTransport when nil) and checks the exchange against the API's
// document, as [Checker.Check] does. Requests that are no operation of the API
// are not buffered, so event streams pass.
func (c *Checker) RoundTripper(t testing.TB, base http.RoundTripper, api spec.API) http.RoundTripper {
	if base == nil {
		base = http.DefaultTransport
	}
	return &transport{t: t, checker: c, base: base, api: api}
}

type transport struct {
	t       testing.TB
	checker *Checker
	base    http.RoundTripper
	api     spec.API
}

func (tr *transport) RoundTrip(req *http.Request) (*http.Response, error) {
	tr.t.Helper()
	if r, _ := tr.checker.apis[tr.api].find(req); r == nil {
		tr.checker.Check(tr.t, tr.api, Exchange{Request: req})
		return tr.base.RoundTrip(req)
	}
	sent := req.Clone(req.Context())
	requestBody, err := buffer(&sent.Body)
	if err != nil {
		return nil, err
	}
	res, err := tr.base.RoundTrip(sent)
	if err != nil {
		return nil, err
	}
	body, err := buffer(&res.Body)
	if err != nil {
		return nil, err
	}
	tr.checker.Check(tr.t, tr.api, Exchange{
		Request: req, RequestBody: requestBody,
		Status: res.StatusCode, Header: res.Header, Body: body,
	})
	return res, nil
}

// buffer reads a body to the end and puts a copy in its place.
func buffer(body *io.ReadCloser) ([]byte, error) {
	if *body == nil || *body == http.NoBody {
		return nil, nil
	}
	data, err := io.ReadAll(*body)
	closeErr := (*body).Close()
	*body = io.NopCloser(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	return data, closeErr
}
