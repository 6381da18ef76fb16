package apitest

import (
	"context"

	"github.com/nightclerk/nightclerk/internal/contract"
	"github.com/nightclerk/nightclerk/internal/spec/spectest"
	"github.com/nightclerk/nightclerk/internal/store"
	"github.com/nightclerk/nightclerk/webhooks"
)

// Events returns the instance's events after a mark, oldest first, each body
// checked against Clerk's webhook document.
func (e *Env) Events(since int64) []Event {
	e.T.Helper()
	var list []Event
	err := e.server.Store().Read(context.Background(), e.Live.ID, func(tx *store.Tx) error {
		list = nil
		page, err := webhooks.ListMessages(tx, webhooks.MessageFilter{SinceSeq: since, WithBody: true}, webhooks.Page{Limit: webhooks.MaxLimit})
		if err != nil {
			return err
		}
		for i := len(page.Data) - 1; i >= 0; i-- {
			m := page.Data[i]
			list = append(list, Event{Seq: m.Seq, Type: m.Type, Body: m.Body})
		}
		return nil
	})
	if err != nil {
		e.T.Fatal(err)
	}
	e.checkEvents(list)
	return list
}

// Attempts counts the recorded attempts of all the instance's deliveries. The
// receiver has seen an attempt before it is recorded.
func (e *Env) Attempts() (n int) {
	e.T.Helper()
	err := e.server.Store().Read(context.Background(), e.Live.ID, func(tx *store.Tx) error {
		list, err := webhooks.ListAttempts(tx, webhooks.AttemptFilter{}, webhooks.Page{Limit: webhooks.MaxLimit})
		n = len(list.Data)
		return err
	})
	if err != nil {
		e.T.Fatal(err)
	}
	return n
}

func (e *Env) checkEvents(list []Event) {
	if !spectest.Available(e.T, "webhooks", contract.WebhooksVersion) {
		return
	}
	checker := contract.Webhooks(e.T)
	for _, event := range list {
		checker.CheckEvent(e.T, event.Body)
	}
}
