package controlapi

import (
	"strings"

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
	out := operationsJSON{Data: append(operations(spec.BackendAPI, a.Backend), operations(spec.FrontendAPI, a.Frontend)...)}
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
func operations(api spec.API, table *httpapi.Table) []operationJSON {
	ops := spec.Operations(api)
	for _, call := range spec.Undocumented() {
		if call.API == api {
			ops = append(ops, call.Operation)
		}
	}
	emits := emitted(table)
	out := make([]operationJSON, len(ops))
	for i, op := range ops {
		out[i] = operationJSON{API: api, OperationID: op.ID, Method: op.Method, Path: op.Path,
			Supported: table != nil && table.Built(op.ID), Emits: strings.FieldsFunc(emits[op.Method+" "+op.Path], isSeparator)}
	}
	return out
}

func isSeparator(r rune) bool { return r == ' ' || r == ',' }

// emitted maps the rows of a table to their events.
func emitted(table *httpapi.Table) map[string]string {
	out := map[string]string{}
	if table == nil {
		return out
	}
	for _, r := range table.Routes() {
		out[r.Method+" "+r.Path] = r.Emits
	}
	return out
}
