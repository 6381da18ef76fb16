package controlapi_test

import (
	"os"
	"strings"
	"testing"

	"github.com/nightclerk/nightclerk/webhooks"
)

// The page of events says of each what the catalogue and the control API say.
// What makes an event happen is the page's own; it must be there for each that
// the emulator emits, and for no other.
func TestPageOfEventsIsTheCatalogue(t *testing.T) {
	page, err := os.ReadFile("../docs/guides/webhook-events.md")
	if err != nil {
		t.Fatal(err)
	}
	_, table, _ := strings.Cut(string(page), "| event | data |")
	table, _, _ = strings.Cut(table, "\n\n")
	lines := strings.Split(table, "\n")[2:]
	triggers := start(t, nil).do("GET /trigger").want(&kit{T: t}, 200)["data"].([]any)
	if len(lines) != len(webhooks.EventTypes) {
		t.Errorf("the page has %d events", len(lines))
	}
	for i, e := range webhooks.EventTypes {
		if i >= len(lines) {
			break
		}
		cells := strings.Split(lines[i], " | ")
		if len(cells) != 5 {
			t.Errorf("%s: %d cells", lines[i], len(cells))
			continue
		}
		kind := "real"
		if triggers[i].(map[string]any)["sample"] == true {
			kind = "sample"
		}
		want := "| `" + e.Name + "` | " + e.Data + " | " + e.About + " | " + cells[3] + " | " + kind + " |"
		if lines[i] != want {
			t.Errorf("the page says\n%s\nwhere it should say\n%s", lines[i], want)
		}
		if (cells[3] != "–") != e.Emitted {
			t.Errorf("%s: the catalogue says %t of whether it is emitted, the page says it happens when %q", e.Name, e.Emitted, cells[3])
		}
	}
}
