package webhooks

import (
	"cmp"
	"slices"
	"time"

	"github.com/nightclerk/nightclerk/internal/store"
)

// Due is a delivery that time alone sends.
type Due struct {
	MessageID, EndpointID, Type, URL string
	Attempts                         int64
	// At is instance time.
	At time.Time
}

// dueEndpoints bounds how many endpoints NextDue looks at.
const dueEndpoints = MaxLimit

// NextDue returns the deliveries that become due next, the first one first. Those
// that are due already, or held, are not among them.
func NextDue(tx *store.Tx, n int) ([]Due, error) {
	endpoints, err := ListEndpoints(tx, Page{Limit: dueEndpoints}, true)
	if err != nil {
		return nil, err
	}
	var list []Due
	for _, e := range endpoints.Data {
		if list, err = e.due(tx, n, list); err != nil {
			return nil, err
		}
	}
	slices.SortStableFunc(list, func(a, b Due) int { return cmp.Compare(a.At.UnixMilli(), b.At.UnixMilli()) })
	list = list[:min(n, len(list))]
	return list, nameDue(tx, list)
}

// due asks by endpoint, which is how the index of planned deliveries goes.
func (e *Endpoint) due(tx *store.Tx, n int, list []Due) ([]Due, error) {
	rows, err := tx.Query(`SELECT message_id, attempts, next_at FROM webhook_delivery
		WHERE instance_id = $1 AND endpoint_id = $2 AND next_at IS NOT NULL AND next_at > $3 ORDER BY next_at, seq LIMIT $4`,
		tx.Instance(), e.ID, tx.NowMS(), n)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		d := Due{EndpointID: e.ID, URL: e.URL}
		var at int64
		if err := rows.Scan(&d.MessageID, &d.Attempts, &at); err != nil {
			return nil, err
		}
		d.At = time.UnixMilli(at).UTC()
		list = append(list, d)
	}
	return list, rows.Err()
}

func nameDue(tx *store.Tx, list []Due) error {
	ids := make([]string, len(list))
	for i := range list {
		ids[i] = list[i].MessageID
	}
	found, err := MessagesByID(tx, ids)
	for i := range list {
		if m := found[list[i].MessageID]; m != nil {
			list[i].Type = m.Type
		}
	}
	return err
}
