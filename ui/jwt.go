package ui

import (
	"encoding/base64"
	"encoding/json"
	"html/template"
	"strings"
)

// decoded is a token taken apart for reading; nothing of it is verified here.
type decoded struct {
	JWT             string
	Header, Payload template.HTML
	Times           []claimTime
	// Wrong says why a part could not be read, "" when all could.
	Wrong string
}

// claimTime is a claim that holds Unix seconds, with what they mean.
type claimTime struct {
	Name, Full, Relative string
	Past                 bool
}

// decode takes a token apart. wallMS is what its times are compared with: any
// verifier has a wall clock.
func decode(jwt string, wallMS int64) *decoded {
	d := &decoded{JWT: jwt}
	parts := strings.Split(jwt, ".")
	if len(parts) != 3 {
		d.Wrong = "A JWT has three parts with dots between them; this has " + plural(len(parts), "part", "parts") + ". Copy the whole token, without “Bearer”."
		return d
	}
	header, err := base64.RawURLEncoding.DecodeString(parts[0])
	payload, err2 := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil || err2 != nil || !json.Valid(header) || !json.Valid(payload) {
		d.Wrong = "Its header or payload is not base64url of JSON: part of the token is missing or was changed."
		return d
	}
	d.Header, d.Payload, d.Times = prettyJSON(header), prettyJSON(payload), timesOf(payload, wallMS)
	return d
}

// timesOf explains the registered times, in the order in which they matter.
func timesOf(payload []byte, wallMS int64) (out []claimTime) {
	var claims map[string]any
	if json.Unmarshal(payload, &claims) != nil {
		return nil
	}
	for _, name := range []string{"iat", "nbf", "exp"} {
		seconds, ok := claims[name].(float64)
		if !ok || seconds < 0 || seconds > 1e11 {
			continue
		}
		m := moment{int64(seconds) * 1000, wallMS}
		out = append(out, claimTime{name, fullTime(m.MS), m.Relative(), m.MS <= wallMS})
	}
	return out
}
