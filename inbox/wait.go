package inbox

import (
	"context"
	"time"

	"github.com/nightclerk/nightclerk/internal/livelog"
	"github.com/nightclerk/nightclerk/internal/store"
)

// otherProcesses is how often a wait looks at a database that other processes
// write to: their messages are not in this process's live log.
const otherProcesses = time.Second

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
		if !awaitMessage(ctx, reader, db.Postgres()) && ctx.Err() == nil {
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

// awaitMessage blocks until it is worth another look; false means that the
// reader fell behind or that ctx has ended.
func awaitMessage(ctx context.Context, reader *livelog.Reader, shared bool) bool {
	var poll <-chan time.Time
	if shared {
		timer := time.NewTimer(otherProcesses)
		defer timer.Stop()
		poll = timer.C
	}
	for {
		select {
		case <-ctx.Done():
			return false
		case <-poll:
			return true
		case e, ok := <-reader.C:
			// Every mail and text message is also told as an event.
			if !ok || e.Kind == "message" {
				return ok
			}
		}
	}
}
