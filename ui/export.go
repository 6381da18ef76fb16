package ui

import (
	"net/http"

	"github.com/nightclerk/nightclerk/internal/store"
	"github.com/nightclerk/nightclerk/scenario"
)

// download is a file that the browser saves.
type download struct {
	name, typ string
	body      []byte
}

func (d download) write(_ *call, w http.ResponseWriter) error {
	h := w.Header()
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Type", d.typ)
	h.Set("Content-Disposition", `attachment; filename="`+d.name+`"`)
	_, err := w.Write(d.body)
	return err
}

// export implements GET and POST /settings/export: the instance as a scenario
// file. Secrets go by POST alone, so that no address is enough to get them.
func (c *console) export(call *call) (reply, error) {
	var o scenario.ExportOptions
	if call.Method == http.MethodPost {
		o.Secrets = call.PostForm.Get("secrets") != ""
		if call.PostForm.Get("users") != "" {
			o.Users = scenario.MaxExportedUsers
		}
	} else if call.URL.Query().Get("users") != "" {
		o.Users = scenario.MaxExportedUsers
	}
	var e *scenario.Exported
	err := call.read(func(tx *store.Tx) (err error) {
		e, err = scenario.Export(tx, call.live, o)
		return err
	})
	if err != nil {
		return nil, err
	}
	return download{"nightclerk.yaml", "application/yaml; charset=utf-8", e.YAML()}, nil
}
