package controlapi

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/nightclerk/nightclerk/internal/apierr"
	"github.com/nightclerk/nightclerk/internal/store"
	"github.com/nightclerk/nightclerk/webhooks"
)

// Limits of a wait.
const (
	defaultWait = 10 * time.Second
	maxWait     = 5 * time.Minute
)

type waitParams struct {
	Type     string `query:"type"`
	User     string `query:"user"`
	Endpoint string `query:"endpoint"`
	// Since is a seq, or the id of a message: only later messages count.
	Since   string `query:"since"`
	Timeout string `query:"timeout"`
	// Status is how far the message must have come; delivered by default.
	Status string `query:"status"`
}

// deliveredJSON is the message that was waited for.
type deliveredJSON struct {
	Object    string          `json:"object"`
	ID        string          `json:"id"`
	Seq       int64           `json:"seq"`
	Type      string          `json:"type"`
	SubjectID string          `json:"subject_id"`
	CreatedAt int64           `json:"created_at"`
	Payload   json.RawMessage `json:"payload"`
	// LastAttempt is null before the first one.
	LastAttempt *attemptJSON `json:"last_attempt"`
}

// wait blocks until a matching message has come as far as is asked for: by
// default, until an endpoint has accepted it. When time is up it answers 408 with
// what happened instead.
func (a *API) wait(c *call, in waitParams) (deliveredJSON, error) {
	timeout, err := waitTime(in.Timeout)
	if err != nil {
		return deliveredJSON{}, err
	}
	want, err := a.want(c, in)
	if err != nil {
		return deliveredJSON{}, err
	}
	ctx, cancel := context.WithTimeout(c.Context(), timeout)
	defer cancel()
	m, err := webhooks.WaitDelivered(ctx, a.DB, a.Hub, c.Live.ID, want)
	var late *webhooks.NotDelivered
	if errors.As(err, &late) {
		return deliveredJSON{}, refusal(http.StatusRequestTimeout, "emulator_wait_timeout", "Not "+string(want.Stage)+" in time", late.Reason)
	}
	if err != nil {
		return deliveredJSON{}, err
	}
	out := deliveredJSON{Object: "message", ID: m.ID, Seq: m.Seq, Type: m.Type, SubjectID: m.SubjectID,
		CreatedAt: m.CreatedAt.UnixMilli(), Payload: m.Body}
	err = a.read(c, func(tx *store.Tx) error {
		last, err := webhooks.LastAttempt(tx, m.ID)
		out.LastAttempt = newAttempt(last)
		return err
	})
	return out, err
}

// want resolves what the parameters name. A user who does not exist any more, or
// not yet, can be waited for by id.
func (a *API) want(c *call, in waitParams) (want webhooks.Want, err error) {
	if err := checkType("type", in.Type); err != nil {
		return want, err
	}
	stage := webhooks.Stage(cmp.Or(in.Status, string(webhooks.StageDelivered)))
	if !slices.Contains(webhooks.Stages, stage) {
		return want, apierr.FormInvalidParameterFormat("status", "It must be attempted, delivered, emitted or failed.")
	}
	want = webhooks.Want{Type: in.Type, SubjectID: in.User, EndpointID: in.Endpoint, Stage: stage}
	err = a.read(c, func(tx *store.Tx) (err error) {
		if in.User != "" && !strings.HasPrefix(in.User, "user_") {
			u, err := find(tx, c.Live, in.User)
			if err != nil {
				return err
			}
			want.SubjectID = u.ID
		}
		want.SinceSeq, err = seqOf(tx, in.Since)
		return err
	})
	return want, err
}

// checkType refuses a type that no message can have; "" stands for any.
func checkType(param, name string) error {
	if _, ok := webhooks.EventTypeNamed(name); !ok && name != "" {
		return unprocessable(param, name+" is not one of Clerk's event types. See GET /api/v1/event-type.")
	}
	return nil
}

func seqOf(tx *store.Tx, since string) (int64, error) {
	if since == "" {
		return 0, nil
	}
	if n, err := strconv.ParseInt(since, 10, 64); err == nil && n >= 0 {
		return n, nil
	}
	m, err := webhooks.GetMessage(tx, since)
	var unknown *webhooks.Error
	if errors.As(err, &unknown) {
		return 0, apierr.FormInvalidParameterFormat("since", "It must be a seq, or the id of a message of this instance.")
	}
	if err != nil {
		return 0, err
	}
	return m.Seq, nil
}

func waitTime(text string) (time.Duration, error) {
	if text == "" {
		return defaultWait, nil
	}
	d, err := time.ParseDuration(text)
	if err != nil || d < 0 || d > maxWait {
		return 0, apierr.FormInvalidParameterFormat("timeout", "It must be a duration of at most 5m, such as 10s.")
	}
	return d, nil
}
