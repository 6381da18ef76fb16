package convexcheck

import (
	"encoding/base64"
	"errors"
	"fmt"
	"mime"
	"net/url"
	"strings"
)

// Answer is what an issuer answered to one GET, after redirects.
type Answer struct {
	Status      int
	ContentType string // the header verbatim, "" when absent
	Body        []byte
}

// Fetcher gets discovery documents and key sets for Check. It follows up to ten redirects, sends the given Accept
// header, and returns an error when there was no answer at all: refused, timed out, unknown host, bad certificate.
type Fetcher interface {
	Fetch(url, accept string) (Answer, error)
}

// Answers is a Fetcher of recorded answers by URL. A URL that is not there cannot be reached.
type Answers map[string]Answer

// Fetch implements Fetcher.
func (a Answers) Fetch(url, _ string) (Answer, error) {
	answer, ok := a[url]
	if !ok {
		return Answer{}, fmt.Errorf("error sending request for url (%s)", url)
	}
	return answer, nil
}

const acceptJSON = "application/json"

// statusLine prints a status as Rust's http crate does.
func statusLine(status int) string {
	if reason := reasonPhrases[status]; reason != "" {
		return fmt.Sprintf("%d %s", status, reason)
	}
	return fmt.Sprintf("%d <unknown status code>", status)
}

// hasEssence compares the part of a Content-Type before ';' with the wanted type, without trimming: openidconnect
// refuses "application/json ; charset=utf-8". An absent header is accepted.
func hasEssence(contentType string, wanted ...string) bool {
	if contentType == "" {
		return true
	}
	essence, _, _ := strings.Cut(contentType, ";")
	for _, w := range wanted {
		if strings.EqualFold(essence, w) {
			return true
		}
	}
	return false
}

// isJWKSType is the stricter rule of customJwt: the header must be there, and a charset must be utf-8.
func isJWKSType(contentType string) bool {
	essence, params, err := mime.ParseMediaType(contentType)
	if err != nil || (essence != "application/json" && essence != "application/jwk-set+json") {
		return false
	}
	charset, given := params["charset"]
	return !given || strings.EqualFold(charset, "utf-8")
}

// dataURL decodes a data: URI whatever its MIME type. ok is false when s is not one at all.
func dataURL(s string) (data []byte, ok bool, err error) {
	s = strings.Trim(s, " \t\r\n")
	if len(s) < len("data:") || !strings.EqualFold(s[:len("data:")], "data:") {
		return nil, false, nil
	}
	header, body, found := strings.Cut(s[len("data:"):], ",")
	if !found {
		return nil, false, nil
	}
	body, _, _ = strings.Cut(body, "#")
	plain, err := url.PathUnescape(body)
	if err != nil { // a bare % stands for itself
		plain = body
	}
	if !isBase64Header(header) {
		return []byte(plain), true, nil
	}
	data, err = forgivingBase64(plain)
	return data, true, err
}

func isBase64Header(header string) bool {
	semicolon := strings.LastIndexByte(header, ';')
	return semicolon >= 0 && strings.EqualFold(strings.Trim(header[semicolon+1:], " "), "base64")
}

// forgivingBase64 is the WHATWG algorithm: white space is dropped and padding optional.
func forgivingBase64(s string) ([]byte, error) {
	s = strings.Map(func(r rune) rune {
		if strings.ContainsRune(" \t\n\f\r", r) {
			return -1
		}
		return r
	}, s)
	if len(s)%4 == 0 {
		s = strings.TrimSuffix(strings.TrimSuffix(s, "="), "=")
	}
	data, err := base64.RawStdEncoding.DecodeString(s)
	if err != nil {
		return nil, errors.New("the data: URI is not valid base64")
	}
	return data, nil
}
