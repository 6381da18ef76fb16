package controlapi

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/nightclerk/nightclerk/inbox"
	"github.com/nightclerk/nightclerk/internal/apierr"
	"github.com/nightclerk/nightclerk/internal/store"
)

type inboxParams struct {
	To string `query:"to"`
	// Since is a seq, or the id of a webhook message: only later mail counts.
	Since string `query:"since"`
	// Wait is for how long to wait for the first; empty for not at all.
	Wait  string `query:"wait"`
	Limit *int   `query:"limit"`
}

type inboxJSON struct {
	Data []inbox.JSON `json:"data"`
	// Seq is the instance's mark at this moment, for since.
	Seq int64 `json:"seq"`
}

// listInbox lists e-mail and text messages, the newest first. With wait it
// answers as soon as there is one, and 408 when there was none in time.
func (a *API) listInbox(c *call, in inboxParams) (out inboxJSON, err error) {
	f, err := a.inboxFilter(c, in)
	if err != nil {
		return out, err
	}
	if in.Wait != "" {
		if err := a.awaitMail(c, in.Wait, f); err != nil {
			return out, err
		}
	}
	err = a.read(c, func(tx *store.Tx) error {
		if out.Seq, err = tx.Seq(); err != nil {
			return err
		}
		list, err := inbox.List(tx, f)
		out.Data = make([]inbox.JSON, len(list))
		for i, m := range list {
			out.Data[i] = m.JSON()
		}
		return err
	})
	return out, err
}

func (a *API) inboxFilter(c *call, in inboxParams) (f inbox.Filter, err error) {
	f = inbox.Filter{To: in.To, Limit: inbox.MaxLimit}
	if in.Limit != nil {
		f.Limit = *in.Limit
	}
	if f.Limit < 1 || f.Limit > inbox.MaxLimit {
		return f, apierr.FormInvalidParameterFormat("limit", "It must be between 1 and 500.")
	}
	err = a.read(c, func(tx *store.Tx) (err error) {
		f.SinceSeq, err = seqOf(tx, in.Since)
		return err
	})
	return f, err
}

func (a *API) awaitMail(c *call, wait string, f inbox.Filter) error {
	d, err := time.ParseDuration(wait)
	if err != nil || d < 0 || d > maxWait {
		return apierr.FormInvalidParameterFormat("wait", "It must be a duration of at most 5m, such as 10s.")
	}
	ctx, cancel := context.WithTimeout(c.Context(), d)
	defer cancel()
	list, err := inbox.Wait(ctx, a.DB, a.Hub, c.Live.ID, f)
	if err != nil || len(list) > 0 {
		return err
	}
	return refusal(http.StatusRequestTimeout, "emulator_wait_timeout", "No message in time", fmt.Sprintf(
		"Nothing was sent to %s after seq %d. Nothing is sent to +clerk_test addresses and fictional numbers: their code is 424242.", orAnybody(f.To), f.SinceSeq))
}

func orAnybody(to string) string {
	if to == "" {
		return "anybody"
	}
	return to
}

type inboxPath struct {
	ID string `path:"id"`
}

// getInboxMessage returns one message.
func (a *API) getInboxMessage(c *call, in inboxPath) (out inbox.JSON, err error) {
	err = a.read(c, func(tx *store.Tx) error {
		m, err := inbox.Get(tx, in.ID)
		if err == nil {
			out = m.JSON()
		}
		return err
	})
	return out, err
}

// deletedMessageJSON is what is left of something that was removed.
type deletedMessageJSON struct {
	Object  string `json:"object"`
	ID      string `json:"id"`
	Deleted bool   `json:"deleted"`
}

// deleteInboxMessage removes one message.
func (a *API) deleteInboxMessage(c *call, in inboxPath) (deletedMessageJSON, error) {
	err := a.write(c, func(tx *store.Tx) error { return inbox.Delete(tx, in.ID) })
	return deletedMessageJSON{Object: "inbox_message", ID: in.ID, Deleted: true}, err
}

// clearInbox removes all messages.
func (a *API) clearInbox(c *call, _ none) (inboxJSON, error) {
	out := inboxJSON{Data: []inbox.JSON{}}
	err := a.write(c, func(tx *store.Tx) (err error) {
		if err := inbox.Clear(tx); err != nil {
			return err
		}
		out.Seq, err = tx.Seq()
		return err
	})
	return out, err
}
