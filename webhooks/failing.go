package webhooks

import "github.com/nightclerk/nightclerk/internal/store"

// forgive is how long a noted failure counts when nothing follows it (twice
// endpoint_failure_disable_after in svix-server).
const forgive = 2 * DisableAfter

// noteExhausted is svix-server's rule for endpoints that never answer: the
// first delivery that runs out of attempts starts a clock, one that does so
// more than DisableAfter later disables the endpoint. A success clears it.
func noteExhausted(tx *store.Tx, endpointID string) error {
	e, err := getEndpointByID(tx, endpointID)
	if err != nil {
		return err
	}
	if e.KeepEnabled {
		return nil
	}
	now := tx.Now()
	switch first := e.FirstFailureAt; {
	case first == nil || now.Sub(*first) > forgive:
		e.FirstFailureAt = &now
	case now.Sub(*first) > DisableAfter:
		e.Disabled = true
	default:
		return nil
	}
	return updateEndpoint(tx, e)
}

func clearFailure(tx *store.Tx, endpointID string) error {
	tx.Forget(rosterNote)
	_, err := tx.Exec(`UPDATE webhook_endpoint SET first_failure_at = NULL WHERE instance_id = $1 AND id = $2`, tx.Instance(), endpointID)
	return err
}

func disableEndpoint(tx *store.Tx, endpointID string) error {
	tx.Forget(rosterNote)
	_, err := tx.Exec(`UPDATE webhook_endpoint SET disabled = $3 WHERE instance_id = $1 AND id = $2`, tx.Instance(), endpointID, true)
	return err
}
