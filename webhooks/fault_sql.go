package webhooks

import (
	"encoding/json"

	"github.com/nightclerk/nightclerk/internal/store"
)

// ListFaults lists an instance's rules in the order in which they are tried.
func ListFaults(tx *store.Tx) ([]*FaultRule, error) {
	rows, err := tx.Query(`SELECT id, seen, applied, doc FROM webhook_fault WHERE instance_id = $1 ORDER BY position`, tx.Instance())
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := []*FaultRule{}
	for rows.Next() {
		var r FaultRule
		var id, doc string
		var seen, applied int64
		if err := rows.Scan(&id, &seen, &applied, &doc); err != nil {
			return nil, err
		}
		if err := json.Unmarshal([]byte(doc), &r); err != nil {
			return nil, err
		}
		r.ID, r.Seen, r.Applied = id, seen, applied
		out = append(out, &r)
	}
	return out, rows.Err()
}

func insertFault(tx *store.Tx, r *FaultRule, position int64) error {
	doc, err := json.Marshal(r)
	if err != nil {
		return err
	}
	tx.Forget(rosterNote)
	_, err = tx.Exec(`INSERT INTO webhook_fault (instance_id, id, position, seen, applied, doc) VALUES ($1, $2, $3, 0, 0, $4)`,
		tx.Instance(), r.ID, position, string(doc))
	return err
}

// DeleteFault takes a rule back. What it has put aside goes out when its wait is
// over.
func DeleteFault(tx *store.Tx, id string) error {
	tx.Forget(rosterNote)
	found, err := affects(tx, `DELETE FROM webhook_fault WHERE instance_id = $1 AND id = $2`, tx.Instance(), id)
	if err == nil && !found {
		return NotFound()
	}
	return err
}

// ClearFaults takes all rules back and returns how many there were.
func ClearFaults(tx *store.Tx) (int64, error) {
	tx.Forget(rosterNote)
	res, err := tx.Exec(`DELETE FROM webhook_fault WHERE instance_id = $1`, tx.Instance())
	if err != nil {
		return 0, err
	}
	return res.RowsAffected()
}

// SetFaults replaces all rules.
func SetFaults(tx *store.Tx, rules []FaultRule) ([]*FaultRule, error) {
	if _, err := ClearFaults(tx); err != nil {
		return nil, err
	}
	out := []*FaultRule{}
	for _, r := range rules {
		made, err := CreateFault(tx, r)
		if err != nil {
			return nil, err
		}
		out = append(out, made)
	}
	return out, nil
}

// countFault writes the counters of a rule.
func countFault(tx *store.Tx, r *FaultRule) error {
	_, err := tx.Exec(`UPDATE webhook_fault SET seen = $3, applied = $4 WHERE instance_id = $1 AND id = $2`, tx.Instance(), r.ID, r.Seen, r.Applied)
	return err
}
