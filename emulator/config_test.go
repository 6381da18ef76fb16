package emulator

import (
	"testing"

	"github.com/nightclerk/nightclerk/scenario"
)

func TestTheJitterIsTheServers(t *testing.T) {
	for name, c := range map[string]struct {
		server scenario.Server
		want   float64
	}{
		"by default": {scenario.Server{}, 0},
		"given":      {scenario.Server{WebhookSchedule: "svix", WebhookJitter: new(scenario.Share(0.2))}, 0.2},
	} {
		if s, err := (Config{Server: c.server}).schedule(); err != nil || s.Jitter != c.want {
			t.Errorf("%s: the jitter is %v, %v", name, s.Jitter, err)
		}
	}
}
