package sessions

import "github.com/nightclerk/nightclerk/internal/store"

// BackendClientJSON is the Backend API's Client. The unfinished attempts are no
// sessions; whoever knows them fills them in.
type BackendClientJSON struct {
	Object                     string   `json:"object"`
	ID                         string   `json:"id"`
	SessionIDs                 []string `json:"session_ids"`
	Sessions                   []JSON   `json:"sessions"`
	SignInID                   *string  `json:"sign_in_id"`
	SignUpID                   *string  `json:"sign_up_id"`
	LastActiveSessionID        *string  `json:"last_active_session_id"`
	LastAuthenticationStrategy *string  `json:"last_authentication_strategy"`
	UpdatedAt                  int64    `json:"updated_at"`
	CreatedAt                  int64    `json:"created_at"`
}

// BackendClient returns a client as the Backend API spells it, with the sessions
// that can act.
func BackendClient(tx *store.Tx, id string) (out BackendClientJSON, err error) {
	c, err := GetClient(tx, id)
	if err != nil {
		return out, err
	}
	list, err := usableOf(tx, id)
	if err != nil {
		return out, err
	}
	out = BackendClientJSON{Object: "client", ID: id, SessionIDs: []string{}, Sessions: []JSON{},
		LastAuthenticationStrategy: c.LastAuthenticationStrategy, UpdatedAt: c.UpdatedAt, CreatedAt: c.CreatedAt}
	for _, s := range list {
		if c.LastActiveSessionID != nil && *c.LastActiveSessionID == s.ID {
			out.LastActiveSessionID = c.LastActiveSessionID
		}
		out.SessionIDs = append(out.SessionIDs, s.ID)
		out.Sessions = append(out.Sessions, s.Backend())
	}
	return out, nil
}

// ListClients returns the ids of a page of clients, newest first.
func ListClients(tx *store.Tx, limit, offset int) ([]string, error) {
	rows, err := tx.Query(`SELECT id FROM client WHERE instance_id = $1 ORDER BY created_at DESC, id DESC LIMIT $2 OFFSET $3`, tx.Instance(), limit, offset)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var list []string
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			return nil, err
		}
		list = append(list, id)
	}
	return list, rows.Err()
}

// CountClients returns how many clients there are.
func CountClients(tx *store.Tx) (n int64, err error) {
	err = tx.QueryRow(`SELECT count(*) FROM client WHERE instance_id = $1`, tx.Instance()).Scan(&n)
	return n, err
}
