package controlapi

import (
	"github.com/nightclerk/nightclerk/internal/apierr"
	"github.com/nightclerk/nightclerk/internal/httpapi"
	"github.com/nightclerk/nightclerk/internal/spec"
)

// readyJSON says that the process answers and its store does.
type readyJSON struct {
	Status  string `json:"status"`
	Version string `json:"version"`
}

// getReady answers 503 while the store does not answer; a probe that asks often
// leaves no errors in the log.
func (a *API) getReady(c *httpapi.Call, _ none) (readyJSON, error) {
	if err := a.DB.Ping(c.Context()); err != nil {
		return readyJSON{}, apierr.ServiceUnavailable()
	}
	return readyJSON{Status: "ready", Version: a.Version}, nil
}

// operationJSON is one operation of Clerk's and whether the emulator has it.
type operationJSON struct {
	API         spec.API `json:"api"`
	OperationID string   `json:"operation_id"`
	Method      string   `json:"method"`
	Path        string   `json:"path"`
	Supported   bool     `json:"supported"`
	// Emits are the webhook events that the operation can cause, in order.
	Emits []string `json:"emits"`
}

type operationsJSON struct {
	Data       []operationJSON `json:"data"`
	Supported  int             `json:"supported"`
	TotalCount int             `json:"total_count"`
}

// listOperations is the honest list: what answers, and what answers 501.
func (a *API) listOperations(*httpapi.Call, none) (operationsJSON, error) {
	out := operationsJSON{Data: append(operations(a.Backend, spec.BackendAPI), operations(a.Frontend, spec.FrontendAPI)...)}
	out.TotalCount = len(out.Data)
	for _, op := range out.Data {
		if op.Supported {
			out.Supported++
		}
	}
	return out, nil
}

// operations lists an API in the order of Clerk's document, then what only the
// SDKs know of.
func operations(table *httpapi.Table, api spec.API) []operationJSON {
	list := table.Operations(api)
	out := make([]operationJSON, len(list))
	for i, op := range list {
		out[i] = operationJSON{API: api, OperationID: op.ID, Method: op.Method, Path: op.Path, Supported: op.Built, Emits: op.Emits}
	}
	return out
}
