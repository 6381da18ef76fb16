package controlapi

import (
	_ "embed"
	"net/http"

	"github.com/nightclerk/nightclerk/internal/apierr"
	"github.com/nightclerk/nightclerk/internal/httpapi"
)

//go:embed openapi.json
var openAPI []byte

// getOpenAPI is the description of this very door.
func (a *API) getOpenAPI(*httpapi.Call, none) (httpapi.Raw, error) { return httpapi.Raw(openAPI), nil }

// getCA is the certificate to trust, for machines that do not see the file: a
// browser in a container, a colleague's phone.
func (a *API) getCA(w http.ResponseWriter, r *http.Request) {
	if a.Authority == nil {
		httpapi.WriteClerkError(a.Log)(w, &httpapi.Call{R: r, Record: httpapi.RecordOf(r.Context())}, apierr.ResourceNotFound())
		return
	}
	w.Header().Set("Content-Type", "application/x-pem-file")
	w.Header().Set("Content-Disposition", `attachment; filename="nightclerk-ca.pem"`)
	w.Write(a.Authority.CAPEM())
}
