package controlapi_test

import (
	"context"
	"log/slog"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/nightclerk/nightclerk/controlapi"
	"github.com/nightclerk/nightclerk/instance"
	"github.com/nightclerk/nightclerk/internal/ids"
	"github.com/nightclerk/nightclerk/internal/livelog"
	"github.com/nightclerk/nightclerk/internal/store"
	"github.com/nightclerk/nightclerk/internal/store/storetest"
	"github.com/nightclerk/nightclerk/issuer"
	"github.com/nightclerk/nightclerk/scenario"
	"github.com/nightclerk/nightclerk/webhooks"
)

// A probe must see that the database is gone, and so must whoever looks at the
// metrics; what needs no database goes on.
func TestReadyIsHonestWhileTheStoreIsAway(t *testing.T) {
	db := storetest.Open(t, storetest.SQLite(t, store.Options{Schemas: []store.Schema{instance.Schema}}))
	pool := issuer.NewPool(1, ids.Random)
	t.Cleanup(pool.Close)
	registry, err := instance.NewRegistry(context.Background(), db, pool, instance.Base{FrontendHost: "localhost:4545", Backend: "http://localhost:4545"})
	if err != nil {
		t.Fatal(err)
	}
	hub, log := &livelog.Hub{}, slog.New(slog.DiscardHandler)
	outbox := webhooks.NewOutbox(hub)
	api, err := controlapi.New(controlapi.Deps{DB: db, Instances: registry, Applier: scenario.NewApplier(db, registry, outbox, scenario.Default(), log),
		Tasks: &webhooks.Tasks{}, Outbox: outbox, Hub: hub, Metrics: controlapi.NewMetrics(), Version: "test", Log: log})
	if err != nil {
		t.Fatal(err)
	}
	db.Close()
	for path, want := range map[string]struct {
		status int
		text   string
	}{
		"/_emulator/ready":      {503, "service_unavailable"},
		"/_emulator/clock":      {404, "resource_not_found"}, // nothing was ever made here
		"/_emulator/metrics":    {200, "nightclerk_store_up 0"},
		"/_emulator/operations": {200, `"supported":0`},
		"/_emulator/ca.pem":     {404, "resource_not_found"},
	} {
		w := httptest.NewRecorder()
		api.ServeHTTP(w, httptest.NewRequest("GET", path, nil))
		if w.Code != want.status || !strings.Contains(w.Body.String(), want.text) {
			t.Errorf("%s answers %d %s", path, w.Code, w.Body)
		}
	}
}
