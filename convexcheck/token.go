package convexcheck

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// registered are the claims biscuit types, before any routing and for both kinds of provider. Times are Unix seconds.
type registered struct {
	issuer, subject *string
	audience        []string
	expiry          *int64
	notBefore       *int64
	issuedAt        *int64
}

var registeredNames = []string{"iss", "sub", "aud", "exp", "nbf", "iat", "jti"}

func isRegistered(name string) bool { return slices.Contains(registeredNames, name) }

// strictBase64 decodes like biscuit: unpadded, and trailing bits must be zero.
func strictBase64(s string) ([]byte, error) { return decodeBase64(base64.RawURLEncoding.Strict(), s) }

// laxBase64 decodes like openidconnect: unpadded, trailing bits are ignored.
func laxBase64(s string) ([]byte, error) { return decodeBase64(base64.RawURLEncoding, s) }

func decodeBase64(e *base64.Encoding, s string) ([]byte, error) {
	if strings.ContainsAny(s, "\r\n") { // which Go's decoder would skip
		return nil, errors.New("line break inside base64url")
	}
	return e.DecodeString(s)
}

// parsePayload reads the middle part of a token. Two parts are enough here; the verifiers count them later.
func parsePayload(token string) (registered, []field, error) {
	parts := strings.Split(token, ".")
	if len(parts) < 2 {
		return registered{}, nil, errors.New("there is no dot in it, so no payload")
	}
	data, err := strictBase64(parts[1])
	if err != nil {
		return registered{}, nil, fmt.Errorf("the payload is not base64url: %w", err)
	}
	fields, err := parseObject(data)
	if err != nil {
		return registered{}, nil, fmt.Errorf("the payload is %w", err)
	}
	r, err := parseRegistered(fields)
	return r, fields, err
}

func parseRegistered(fields []field) (r registered, err error) {
	if name := repeated(fields, isRegistered); name != "" {
		return r, fmt.Errorf("claim %q occurs twice", name)
	}
	r.issuer, err = textClaim("iss", fields, nil)
	r.subject, err = textClaim("sub", fields, err)
	_, err = textClaim("jti", fields, err)
	r.expiry, err = timestamp("exp", fields, err)
	r.notBefore, err = timestamp("nbf", fields, err)
	r.issuedAt, err = timestamp("iat", fields, err)
	if err == nil {
		r.audience, err = audience(find(fields, "aud"))
	}
	return r, err
}

// textClaim reads a claim that is a string, null or absent, unless an earlier claim was already wrong.
func textClaim(name string, fields []field, before error) (*string, error) {
	value := find(fields, name)
	switch {
	case before != nil || isNull(value):
		return nil, before
	case !isText(value):
		return nil, fmt.Errorf("claim %q must be a string, not %s", name, describeRaw(value))
	}
	s := text(value)
	return &s, nil
}

func audience(value json.RawMessage) ([]string, error) {
	switch {
	case isNull(value):
		return nil, nil
	case isText(value):
		return []string{text(value)}, nil
	}
	list, ok := texts(value)
	if !ok {
		return nil, fmt.Errorf("claim \"aud\" must be a string or a list of strings, not %s", describeRaw(value))
	}
	return list, nil
}

// maxTimestamp is the last second chrono can represent, in the year 262142.
const maxTimestamp = 8210266876799

// timestamp takes a JSON number of seconds that is not negative; fractions are rounded.
func timestamp(name string, fields []field, before error) (*int64, error) {
	value := find(fields, name)
	if before != nil || isNull(value) {
		return nil, before
	}
	f, err := strconv.ParseFloat(string(value), 64)
	if !isNumber(value) || err != nil || f < 0 || f > maxTimestamp {
		return nil, fmt.Errorf("claim %q must be a number of seconds, not negative, not %s", name, describeRaw(value))
	}
	seconds := int64(math.Round(f))
	return &seconds, nil
}
