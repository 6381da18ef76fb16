package inbox

import (
	"context"

	"github.com/nightclerk/nightclerk/internal/livelog"
	"github.com/nightclerk/nightclerk/internal/store"
)

// Wait returns the messages that a filter chooses as soon as there is one, at
// once if there is one already; none when ctx ends first.
func Wait(ctx context.Context, db *store.Store, hub *livelog.Hub, instance string, f Filter) ([]*Message, error) {
	reader := hub.Subscribe(instance, 0)
	defer func() { reader.Close() }()
	for {
		// A look is short: even a wait whose time is up has one.
		list, err := look(context.WithoutCancel(ctx), db, instance, f)
		if len(list) > 0 || err != nil || ctx.Err() != nil {
			return list, err
		}
		// Every mail and text message is also told as an event.
		if !reader.Await(ctx, "message", db.Postgres()) && ctx.Err() == nil {
			reader = hub.Subscribe(instance, 0) // fell behind: start over with a look
		}
	}
}

func look(ctx context.Context, db *store.Store, instance string, f Filter) (list []*Message, err error) {
	err = db.Read(ctx, instance, func(tx *store.Tx) (err error) {
		list, err = List(tx, f)
		return err
	})
	return list, err
}
