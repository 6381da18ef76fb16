package svixapi

import (
	"net/http"
	"time"

	"github.com/nightclerk/nightclerk/internal/httpapi"
	"github.com/nightclerk/nightclerk/internal/store"
	"github.com/nightclerk/nightclerk/webhooks"
)

// replayIn is Svix's RecoverIn and ReplayIn; BulkReplayIn adds filters.
type replayIn struct {
	Since           *string  `json:"since"`
	Until           *string  `json:"until"`
	EventTypes      []string `json:"eventTypes"`
	Channel         string   `json:"channel"`
	Tag             string   `json:"tag"`
	Status          *int     `json:"status"`
	StatusCodeClass *int     `json:"statusCodeClass"`
}

// recoverFailed implements v1.endpoint.recover.
func (c *call) recoverFailed() (any, error) { return c.replay(webhooks.TaskRecover) }

// replayMissing implements v1.endpoint.replay-missing.
func (c *call) replayMissing() (any, error) { return c.replay(webhooks.TaskReplay) }

// bulkReplay implements v1.endpoint.bulk-replay.
func (c *call) bulkReplay() (any, error) { return c.replay(webhooks.TaskBulkReplay) }

func (c *call) replay(typ webhooks.TaskType) (any, error) {
	var in replayIn
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	b := body{}
	p := webhooks.TaskParams{Since: b.required("since", in.Since), Until: b.time("until", in.Until)}
	if b.err == nil && !p.Until.IsZero() && p.Until.Before(p.Since) {
		b.fail("until", "until must not be before since")
	}
	if typ == webhooks.TaskBulkReplay {
		in.narrow(&b, &p)
	}
	if b.err != nil {
		return nil, b.err
	}
	return c.begin(typ, p)
}

// narrow reads the filters of a bulk replay.
func (in replayIn) narrow(b *body, p *webhooks.TaskParams) {
	p.Types, p.Channel, p.Tag, p.CodeClass = in.EventTypes, in.Channel, in.Tag, in.StatusCodeClass
	if in.Status != nil {
		only := webhooks.Status(*in.Status)
		p.Only = &only
		if only.String() == "" {
			b.fail("status", "must be 0 (success), 1 (pending), 2 (fail), 3 (sending) or 4 (canceled)")
		}
	}
	if class := in.StatusCodeClass; class != nil && (*class%100 != 0 || *class < 0 || *class > 500) {
		b.fail("statusCodeClass", "must be 0, 100, 200, 300, 400 or 500")
	}
}

// begin makes a task and tells who does it.
func (c *call) begin(typ webhooks.TaskType, p webhooks.TaskParams) (any, error) {
	return c.once(http.StatusAccepted, func(tx *store.Tx) (any, error) {
		t, err := webhooks.CreateTask(tx, typ, c.Vars["endpoint_id"], p)
		if err != nil {
			return nil, err
		}
		tx.AfterCommit(func() { c.api.Tasks.Wake(c.ID) })
		return t.Begun(), nil
	})
}

// expungeAll implements v1.message.expunge-all-contents.
func (c *call) expungeAll() (any, error) { return c.begin(webhooks.TaskPurge, webhooks.TaskParams{}) }

// listTasks implements v1.background-task.list.
func (c *call) listTasks() (any, error) {
	q := query{c: c}
	page, ascending := q.page(), q.ascending(false)
	if q.err != nil {
		return nil, q.err
	}
	status, typ := webhooks.TaskStatus(c.Query.Get("status")), webhooks.TaskType(c.Query.Get("task"))
	var list webhooks.List[*webhooks.Task]
	err := c.read(func(tx *store.Tx) (err error) {
		list, err = webhooks.ListTasks(tx, status, typ, page, ascending)
		return err
	})
	return webhooks.ListOut(list, (*webhooks.Task).Out), err
}

// getTask implements v1.background-task.get.
func (c *call) getTask() (any, error) {
	var t *webhooks.Task
	err := c.read(func(tx *store.Tx) (err error) {
		t, err = webhooks.GetTask(tx, c.Vars["task_id"])
		return err
	})
	if err != nil {
		return nil, err
	}
	return t.Out(), nil
}

// cancelMessages implements v1.endpoint.cancel-msgs, a piece at a time.
func (c *call) cancelMessages() (any, error) {
	var in struct {
		CreatedBefore *string `json:"createdBefore"`
	}
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	b := body{}
	before := b.required("createdBefore", in.CreatedBefore)
	err := b.err
	for n := webhooks.Piece; n == webhooks.Piece && err == nil; {
		err = c.write(func(tx *store.Tx) (err error) {
			n, err = webhooks.CancelPiece(tx, c.Vars["endpoint_id"], before)
			return err
		})
	}
	return httpapi.NoContent, err
}

// throttlingOut is Svix's EndpointThrottleRateStatusOut.
type throttlingOut struct {
	Status         string  `json:"status"`
	ThrottledSince *string `json:"throttledSince"`
}

// getThrottling implements v1.endpoint.get-throttling-status.
func (c *call) getThrottling() (any, error) {
	out := throttlingOut{Status: "Ok"}
	err := c.read(func(tx *store.Tx) error {
		e, err := webhooks.GetEndpoint(tx, c.Vars["endpoint_id"])
		if err != nil {
			return err
		}
		since, err := e.ThrottledSince(tx)
		if since != nil {
			at := since.Format(time.RFC3339)
			out = throttlingOut{"RateLimited", &at}
		}
		return err
	})
	return out, err
}
