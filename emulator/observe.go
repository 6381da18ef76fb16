package emulator

import (
	"github.com/nightclerk/nightclerk/internal/activity"
	"github.com/nightclerk/nightclerk/internal/livelog"
	"github.com/nightclerk/nightclerk/webhooks"
)

// note returns what counts, of the live log, what happens without a request.
func note(log *activity.Log) func(livelog.Event) {
	return func(e livelog.Event) {
		switch data := e.Data.(type) {
		case webhooks.MessageEvent:
			if data.Type == "session.created" {
				log.Mark(e.Instance, "signed-in", data.ID)
			}
		case webhooks.AttemptEvent:
			log.Count(e.Instance, activity.Deliveries)
			if data.Fault != "" {
				log.Count(e.Instance, activity.Faults)
			}
			if data.Status == webhooks.StatusSuccess {
				log.Mark(e.Instance, "webhook", data.MessageID)
			}
		}
	}
}
