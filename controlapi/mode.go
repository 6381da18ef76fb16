package controlapi

import (
	"encoding/json"
	"time"

	"github.com/nightclerk/nightclerk/internal/apierr"
	"github.com/nightclerk/nightclerk/internal/store"
	"github.com/nightclerk/nightclerk/webhooks"
)

// modeJSON is how an instance's deliveries relate to what causes them.
type modeJSON struct {
	Object string `json:"object"`
	Held   bool   `json:"held"`
	// AnswerAfter is null when requests wait for nothing.
	AnswerAfter *string `json:"answer_after"`
	// HeldCount is how many deliveries are kept back now.
	HeldCount int64 `json:"held_count"`
}

func modeOf(tx *store.Tx) (modeJSON, error) {
	m, err := webhooks.GetMode(tx)
	out := modeJSON{Object: "webhook_mode", Held: m.Held}
	if m.AnswerAfter > 0 {
		text := webhooks.DurationText(m.AnswerAfter)
		out.AnswerAfter = &text
	}
	if err == nil && m.Held {
		out.HeldCount, err = webhooks.Held(tx)
	}
	return out, err
}

func (a *API) getMode(c *call, _ none) (out modeJSON, err error) {
	err = a.read(c, func(tx *store.Tx) (err error) {
		out, err = modeOf(tx)
		return err
	})
	return out, err
}

type setModeParams struct {
	Held *bool `json:"held"`
	// AnswerAfter is a duration; null or 0s means that requests do not wait.
	AnswerAfter json.RawMessage `json:"answer_after"`
}

// setMode changes what the request names.
func (a *API) setMode(c *call, in setModeParams) (modeJSON, error) {
	after, err := answerAfter(in.AnswerAfter)
	if err != nil {
		return modeJSON{}, err
	}
	return a.changeMode(c, func(m *webhooks.Mode) {
		if in.Held != nil {
			m.Held = *in.Held
		}
		if in.AnswerAfter != nil {
			m.AnswerAfter = after
		}
	})
}

func answerAfter(raw json.RawMessage) (time.Duration, error) {
	if raw == nil || string(raw) == "null" {
		return 0, nil
	}
	var text string
	err := json.Unmarshal(raw, &text)
	d, bad := time.ParseDuration(text)
	if err != nil || bad != nil || d < 0 || d > webhooks.MaxAnswerAfter {
		return 0, apierr.FormInvalidParameterFormat("answer_after", `It must be a duration of at most `+
			webhooks.DurationText(webhooks.MaxAnswerAfter)+` such as "10s", or null for not waiting.`)
	}
	return d, nil
}

func (a *API) changeMode(c *call, change func(*webhooks.Mode)) (out modeJSON, err error) {
	err = a.write(c, func(tx *store.Tx) error {
		m, err := webhooks.GetMode(tx)
		if err != nil {
			return err
		}
		change(&m)
		if err := a.Outbox.SetMode(tx, m); err != nil {
			return err
		}
		out, err = modeOf(tx)
		return err
	})
	return out, faultRefused("", err)
}

func (a *API) hold(c *call, _ none) (modeJSON, error) {
	return a.changeMode(c, func(m *webhooks.Mode) { m.Held = true })
}

type releaseParams struct {
	// Count is how many deliveries go out; all, and the hold ends, when absent.
	Count *int `json:"count"`
}

// releasedJSON is the mode with how many deliveries were let go.
type releasedJSON struct {
	modeJSON
	Released int64 `json:"released"`
}

// maxRelease bounds one release; there is no need for more, all go without a
// count.
const maxRelease = 100_000

func (a *API) release(c *call, in releaseParams) (out releasedJSON, err error) {
	if in.Count != nil && (*in.Count < 1 || *in.Count > maxRelease) {
		return out, apierr.FormInvalidParameterFormat("count", "It must be between 1 and 100000. Without it everything goes out and nothing is held any more.")
	}
	err = a.write(c, func(tx *store.Tx) error {
		before, err := modeOf(tx)
		if err != nil {
			return err
		}
		out.Released = before.HeldCount
		if in.Count == nil {
			m, err := webhooks.GetMode(tx)
			if err != nil {
				return err
			}
			m.Held = false
			if err := a.Outbox.SetMode(tx, m); err != nil {
				return err
			}
		} else if before.Held {
			if out.Released, err = a.Outbox.Release(tx, *in.Count); err != nil {
				return err
			}
		}
		out.modeJSON, err = modeOf(tx)
		return err
	})
	return out, err
}
