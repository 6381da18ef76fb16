package webhooks

import (
	"database/sql"
	"encoding/json"
	"errors"
	"time"

	"github.com/nightclerk/nightclerk/internal/store"
)

// TaskType is Svix's BackgroundTaskType.
type TaskType string

// Svix's names of the tasks that exist here.
const (
	TaskBulkReplay TaskType = "endpoint.bulk-replay"
	TaskPurge      TaskType = "application.purge_content"
	TaskRecover    TaskType = "endpoint.recover"
	TaskReplay     TaskType = "endpoint.replay"
)

// TaskStatus is Svix's BackgroundTaskStatus.
type TaskStatus string

// Svix's names.
const (
	TaskFailed   TaskStatus = "failed"
	TaskFinished TaskStatus = "finished"
	TaskRunning  TaskStatus = "running"
)

// Task is a job over many messages. It is done in pieces, each its own
// transaction together with how far it came, so that a crash neither loses nor
// repeats one.
type Task struct {
	ID        string
	Seq       int64
	Type      TaskType
	Status    TaskStatus
	UpdatedAt time.Time // instance time
	TaskParams
	// Cursor is the seq of the last message that was looked at, Last that of the
	// last one to look at: what is made later is none of the task's business.
	Cursor, Last int64
	// Count is how many messages were sent or purged so far.
	Count int64
	// Error says why it failed.
	Error string
}

// TaskParams is what a task is asked to do.
type TaskParams struct {
	EndpointID string `json:"endpoint_id,omitempty"`
	// Since and Until bound it, Until exclusively, in instance time.
	Since time.Time `json:"since"`
	Until time.Time `json:"until"`
	// Types, Channel, Tag, Only and CodeClass narrow a bulk replay.
	Types     []string `json:"types,omitempty"`
	Channel   string   `json:"channel,omitempty"`
	Tag       string   `json:"tag,omitempty"`
	Only      *Status  `json:"only,omitempty"`
	CodeClass *int     `json:"code_class,omitempty"`
}

// taskDoc is the doc column.
type taskDoc struct {
	TaskParams
	Cursor int64  `json:"cursor"`
	Last   int64  `json:"last"`
	Count  int64  `json:"count"`
	Error  string `json:"error,omitempty"`
}

// recoverWindow is svix-server's limit, with the five minutes it gives for
// clocks that differ.
const recoverWindow = 14*24*time.Hour + 5*time.Minute

// CreateTask begins a task. ref names its endpoint by id or uid, unless it is a
// purge. A zero Until is now. The Tasks of a process do it.
func CreateTask(tx *store.Tx, typ TaskType, ref string, p TaskParams) (*Task, error) {
	if p.Until.IsZero() {
		p.Until = tx.Now().Add(time.Millisecond)
	}
	if typ == TaskRecover && p.Since.Before(p.Until.Add(-recoverWindow)) {
		return nil, invalid("since", "Cannot recover more than 14 days of messages")
	}
	if typ != TaskPurge {
		e, err := GetEndpoint(tx, ref)
		if err != nil {
			return nil, err
		}
		if e.Disabled {
			return nil, BadRequest("endpoint_disabled", "The endpoint is disabled: enable it, then replay.")
		}
		p.EndpointID = e.ID
	}
	seq, err := tx.NextSeq()
	if err != nil {
		return nil, err
	}
	t := &Task{ID: tx.NewID("qtask"), Seq: seq, Type: typ, Status: TaskRunning, UpdatedAt: tx.Now(), TaskParams: p, Last: seq}
	doc, err := t.doc()
	if err != nil {
		return nil, err
	}
	_, err = tx.Exec(`INSERT INTO webhook_task (instance_id, id, seq, type, status, updated_at, doc) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
		tx.Instance(), t.ID, t.Seq, string(t.Type), string(t.Status), t.UpdatedAt.UnixMilli(), doc)
	return t, err
}

func (t *Task) doc() (string, error) {
	doc, err := json.Marshal(taskDoc{t.TaskParams, t.Cursor, t.Last, t.Count, t.Error})
	return string(doc), err
}

func (t *Task) save(tx *store.Tx) error {
	doc, err := t.doc()
	if err != nil {
		return err
	}
	t.UpdatedAt = tx.Now()
	_, err = tx.Exec(`UPDATE webhook_task SET status = $3, updated_at = $4, doc = $5 WHERE instance_id = $1 AND id = $2`,
		tx.Instance(), t.ID, string(t.Status), t.UpdatedAt.UnixMilli(), doc)
	return err
}

const taskColumns = `t.id, t.seq, t.type, t.status, t.updated_at, t.doc`

func scanTask(row scanner) (*Task, error) {
	var t Task
	var updated int64
	var raw string
	err := row.Scan(&t.ID, &t.Seq, &t.Type, &t.Status, &updated, &raw)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, NotFound()
	}
	if err != nil {
		return nil, err
	}
	var doc taskDoc
	err = json.Unmarshal([]byte(raw), &doc)
	t.TaskParams, t.Cursor, t.Last, t.Count, t.Error, t.UpdatedAt = doc.TaskParams, doc.Cursor, doc.Last, doc.Count, doc.Error, fromMS(updated)
	return &t, err
}

// GetTask finds a task.
func GetTask(tx *store.Tx, id string) (*Task, error) {
	return scanTask(tx.QueryRow(`SELECT `+taskColumns+` FROM webhook_task t WHERE t.instance_id = $1 AND t.id = $2`, tx.Instance(), id))
}

// ListTasks lists tasks, the newest first unless ascending; an empty status or
// type does not narrow it.
func ListTasks(tx *store.Tx, status TaskStatus, typ TaskType, p Page, ascending bool) (List[*Task], error) {
	q := newQuery(tx.Instance(), "t.instance_id")
	if status != "" {
		q.and("t.status = ?", string(status))
	}
	if typ != "" {
		q.and("t.type = ?", string(typ))
	}
	tail := q.page(p, ascending, "t.seq", `(SELECT seq FROM webhook_task WHERE instance_id = $1 AND id = ?)`)
	rows, err := tx.Query(`SELECT `+taskColumns+` FROM webhook_task t`+q.clause()+tail, q.args...)
	return collect(rows, err, p, scanTask, func(t *Task) string { return t.ID })
}

// TaskBegunOut is Svix's RecoverOut, ReplayOut and ExpungeAllContentsOut.
type TaskBegunOut struct {
	ID        string     `json:"id"`
	Status    TaskStatus `json:"status"`
	Task      TaskType   `json:"task"`
	UpdatedAt string     `json:"updatedAt"`
}

// Begun is the task in the shape that the call which began it answers with.
func (t *Task) Begun() TaskBegunOut {
	return TaskBegunOut{t.ID, t.Status, t.Type, timestamp(t.UpdatedAt)}
}

// TaskOut is Svix's BackgroundTaskOut. Data holds messagesSent or
// messagesPurged, and error for a task that failed.
type TaskOut struct {
	Data map[string]any `json:"data"`
	TaskBegunOut
}

// Out is the task in Svix's shape.
func (t *Task) Out() TaskOut {
	what := "messagesSent"
	if t.Type == TaskPurge {
		what = "messagesPurged"
	}
	data := map[string]any{what: t.Count}
	if t.Error != "" {
		data["error"] = t.Error
	}
	return TaskOut{data, t.Begun()}
}

// texts reads rows of one text.
func texts(rows *sql.Rows, err error) (list []string, _ error) {
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var one string
		if err := rows.Scan(&one); err != nil {
			return nil, err
		}
		list = append(list, one)
	}
	return list, rows.Err()
}
