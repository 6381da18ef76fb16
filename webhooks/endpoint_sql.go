package webhooks

import (
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/nightclerk/nightclerk/internal/store"
)

// endpointDoc is the doc column: everything that is not queried by.
type endpointDoc struct {
	EndpointParams
	OldSecrets []OldSecret `json:"old_secrets,omitempty"`
	CreatedAt  int64       `json:"created_at"`
	UpdatedAt  int64       `json:"updated_at"`
}

const endpointColumns = `e.id, e.seq, e.uid, e.disabled, e.deleted, e.event_filter, e.channel_filter, e.first_failure_at, e.doc`

func insertEndpoint(tx *store.Tx, e *Endpoint) error {
	doc, err := e.doc()
	if err != nil {
		return err
	}
	tx.Forget(rosterNote)
	_, err = tx.Exec(`INSERT INTO webhook_endpoint (instance_id, id, seq, uid, disabled, deleted, event_filter, channel_filter, first_failure_at, doc)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
		tx.Instance(), e.ID, e.Seq, nullable(e.UID), e.Disabled, e.Deleted, filter(e.EventTypes), filter(e.Channels), msOrNil(e.FirstFailureAt), doc)
	return err
}

func updateEndpoint(tx *store.Tx, e *Endpoint) error {
	doc, err := e.doc()
	if err != nil {
		return err
	}
	tx.Forget(rosterNote)
	_, err = tx.Exec(`UPDATE webhook_endpoint SET uid = $3, disabled = $4, deleted = $5, event_filter = $6, channel_filter = $7,
		first_failure_at = $8, doc = $9 WHERE instance_id = $1 AND id = $2`,
		tx.Instance(), e.ID, nullable(e.UID), e.Disabled, e.Deleted, filter(e.EventTypes), filter(e.Channels), msOrNil(e.FirstFailureAt), doc)
	return err
}

func (e *Endpoint) doc() (string, error) {
	doc, err := json.Marshal(endpointDoc{
		EndpointParams: e.EndpointParams, OldSecrets: e.OldSecrets,
		CreatedAt: e.CreatedAt.UnixMilli(), UpdatedAt: e.UpdatedAt.UnixMilli(),
	})
	return string(doc), err
}

// GetEndpoint finds an endpoint by id or uid; deleted ones are not found.
func GetEndpoint(tx *store.Tx, ref string) (*Endpoint, error) {
	return scanEndpoint(tx.QueryRow(`SELECT `+endpointColumns+` FROM webhook_endpoint e
		WHERE e.instance_id = $1 AND (e.id = $2 OR e.uid = $2) AND NOT e.deleted`, tx.Instance(), ref))
}

// getEndpointByID finds deleted endpoints too.
func getEndpointByID(tx *store.Tx, id string) (*Endpoint, error) {
	return scanEndpoint(tx.QueryRow(`SELECT `+endpointColumns+` FROM webhook_endpoint e WHERE e.instance_id = $1 AND e.id = $2`, tx.Instance(), id))
}

// ListEndpoints lists endpoints, the newest first unless ascending.
func ListEndpoints(tx *store.Tx, p Page, ascending bool) (List[*Endpoint], error) {
	q := newQuery(tx.Instance(), "e.instance_id")
	q.and("NOT e.deleted")
	byID := `(SELECT seq FROM webhook_endpoint WHERE instance_id = $1 AND id = ?)`
	tail := q.page(p, ascending, "e.seq", byID)
	rows, err := tx.Query(`SELECT `+endpointColumns+` FROM webhook_endpoint e`+q.clause()+tail, q.args...)
	return collect(rows, err, p, scanEndpoint, func(e *Endpoint) string { return e.ID })
}

type scanner interface{ Scan(dest ...any) error }

func scanEndpoint(row scanner) (*Endpoint, error) {
	var e Endpoint
	var uid sql.NullString
	var events, channels, raw string
	var failure sql.NullInt64
	err := row.Scan(&e.ID, &e.Seq, &uid, &e.Disabled, &e.Deleted, &events, &channels, &failure, &raw)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, NotFound()
	}
	if err != nil {
		return nil, err
	}
	var doc endpointDoc
	if err := json.Unmarshal([]byte(raw), &doc); err != nil {
		return nil, fmt.Errorf("webhooks: endpoint %s: %w", e.ID, err)
	}
	doc.UID, doc.Disabled, doc.EventTypes, doc.Channels = uid.String, e.Disabled, names(events), names(channels)
	e.EndpointParams, e.OldSecrets = doc.EndpointParams, doc.OldSecrets
	e.CreatedAt, e.UpdatedAt = fromMS(doc.CreatedAt), fromMS(doc.UpdatedAt)
	if failure.Valid {
		at := fromMS(failure.Int64)
		e.FirstFailureAt = &at
	}
	return &e, nil
}

// filter spells names as a filter column; names reads one.
func filter(names []string) string {
	if len(names) == 0 {
		return ""
	}
	return "," + strings.Join(names, ",") + ","
}

func names(filter string) []string {
	if filter == "" {
		return nil
	}
	return strings.Split(strings.Trim(filter, ","), ",")
}

func nullable(s string) any {
	if s == "" {
		return nil
	}
	return s
}

func msOrNil(t *time.Time) any {
	if t == nil {
		return nil
	}
	return t.UnixMilli()
}

func fromMS(ms int64) time.Time { return time.UnixMilli(ms).UTC() }
