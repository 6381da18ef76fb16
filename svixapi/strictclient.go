package svixapi

import (
	"bytes"
	"encoding/json"
	"regexp"

	"github.com/nightclerk/nightclerk/internal/httpapi"
)

// strictClient is the User-Agent of Svix's generated Go clients (v1.44.0 and
// before). They refuse an answer with a member that they do not know, so that
// today's Svix, which has more, cannot be used with them at all. Later ones add
// go/<version> and ignore what they do not know.
var strictClient = regexp.MustCompile(`^svix-libs/[0-9.]+/go$`)

// laterMembers came to Svix's answers after v1.44.0 of its Go client.
var laterMembers = []string{"canceled", "eventTypes", "featureFlags", "statusText", "throttleRate"}

// opaqueMembers hold what is the user's.
var opaqueMembers = map[string]bool{"headers": true, "metadata": true, "payload": true, "schemas": true}

// forStrictClient takes the later members out of an answer.
func forStrictClient(out any) (any, error) {
	status, isStatus := out.(httpapi.Status)
	body := out
	if isStatus {
		body = status.Body
	}
	raw, isRaw := body.(httpapi.Raw)
	if !isRaw {
		var err error
		if raw, err = json.Marshal(body); err != nil {
			return nil, err
		}
	}
	if len(raw) == 0 || string(raw) == "null" {
		return out, nil
	}
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	var value any
	if err := dec.Decode(&value); err != nil {
		return nil, err
	}
	takeOut(value)
	if !isStatus {
		return value, nil
	}
	return httpapi.Status{Code: status.Code, Body: value}, nil
}

func takeOut(value any) {
	switch value := value.(type) {
	case []any:
		for _, one := range value {
			takeOut(one)
		}
	case map[string]any:
		for _, name := range laterMembers {
			delete(value, name)
		}
		if value["task"] != nil {
			delete(value, "updatedAt")
		}
		for name, one := range value {
			if !opaqueMembers[name] {
				takeOut(one)
			}
		}
	}
}
