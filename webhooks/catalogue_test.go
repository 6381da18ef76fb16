package webhooks

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/nightclerk/nightclerk/internal/contract"
	"github.com/nightclerk/nightclerk/internal/spec/spectest"
)

// TestCatalogueIsClerks compares the table with Clerk's webhook document: every
// event, and the schema of its data.
func TestCatalogueIsClerks(t *testing.T) {
	var names []string
	for _, e := range EventTypes {
		names = append(names, e.Name)
	}
	if diff := cmp.Diff(contract.Webhooks(t).Events(), distinct(names)); diff != "" || len(names) != len(distinct(names)) {
		t.Errorf("%d events (-Clerk +ours):\n%s", len(names), diff)
	}
	_, events, _ := strings.Cut(string(spectest.Read(t, "webhooks", contract.WebhooksVersion)), "x-webhooks:")
	for _, e := range EventTypes {
		_, block, _ := strings.Cut(events, "\n  "+e.Name+":")
		block, _, _ = strings.Cut(block, "\n  "+nextOf(e.Name)+":")
		if !strings.Contains(block, "/schemas/"+e.Data+"'") {
			t.Errorf("the document does not describe the data of %s as %s", e.Name, e.Data)
		}
	}
}

// nextOf is the event after another in the document's order, which is ours.
func nextOf(name string) string {
	for i, e := range EventTypes[:len(EventTypes)-1] {
		if e.Name == name {
			return EventTypes[i+1].Name
		}
	}
	return "none"
}
