package inbox_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/nightclerk/nightclerk/inbox"
	"github.com/nightclerk/nightclerk/instance"
	"github.com/nightclerk/nightclerk/internal/apierr"
	"github.com/nightclerk/nightclerk/internal/livelog"
	"github.com/nightclerk/nightclerk/internal/store"
	"github.com/nightclerk/nightclerk/internal/store/storetest"
	"github.com/nightclerk/nightclerk/webhooks"
)

var live = &instance.Live{ID: "ins_test", Slug: "default", Addresses: instance.AddressesOf("default", "localhost:4545", "http://localhost:4545")}

// each runs fn over stores whose events go out as they really do.
func each(t *testing.T, fn func(t *testing.T, db *store.Store, hub *livelog.Hub)) {
	t.Helper()
	hub := &livelog.Hub{}
	opts := store.Options{Schemas: []store.Schema{webhooks.Schema, inbox.Schema}, Emit: webhooks.NewOutbox(hub).Emit}
	storetest.Each(t, opts, func(t *testing.T, db *store.Store) {
		write(t, db, func(tx *store.Tx) error { return tx.InitState("") })
		fn(t, db, hub)
	})
}

func write(t *testing.T, db *store.Store, fn func(*store.Tx) error) {
	t.Helper()
	if err := db.Write(context.Background(), live.ID, fn); err != nil {
		t.Error(err)
	}
}

func send(t *testing.T, db *store.Store, m inbox.Message) (sent *inbox.Message) {
	t.Helper()
	write(t, db, func(tx *store.Tx) (err error) {
		sent, err = inbox.Send(tx, live, m)
		return err
	})
	return sent
}

func code(to, code string) inbox.Message {
	return inbox.Message{Kind: inbox.Email, Slug: inbox.VerificationCode, To: to, Code: code}
}

func TestMessagesAreFoundByWhomTheyAreTo(t *testing.T) {
	each(t, func(t *testing.T, db *store.Store, _ *livelog.Hub) {
		first := send(t, db, code("Ada@example.com", "111111"))
		send(t, db, code("bob@example.com", "222222"))
		text := send(t, db, inbox.Message{Kind: inbox.SMS, Slug: inbox.VerificationCode, To: "+12015550100", Code: "444444"})
		last := send(t, db, code("ada@EXAMPLE.com", "333333"))
		write(t, db, func(tx *store.Tx) error {
			for name, c := range map[string]struct {
				filter inbox.Filter
				want   string
			}{
				"all":          {inbox.Filter{}, "333333 444444 222222 111111"},
				"one's":        {inbox.Filter{To: " ADA@example.com"}, "333333 111111"},
				"since":        {inbox.Filter{SinceSeq: first.Seq}, "333333 444444 222222"},
				"before":       {inbox.Filter{BeforeSeq: text.Seq}, "222222 111111"},
				"newest":       {inbox.Filter{Limit: 1}, "333333"},
				"nobody's":     {inbox.Filter{To: "eve@example.com"}, ""},
				"several":      {inbox.Filter{ToAny: []string{"BOB@example.com", "+12015550100", "eve@example.com"}}, "444444 222222"},
				"no address's": {inbox.Filter{ToAny: []string{}}, ""},
				"a beginning":  {inbox.Filter{Prefix: "ADA@"}, "333333 111111"},
				"no wildcard":  {inbox.Filter{Prefix: "%"}, ""},
				"e-mail":       {inbox.Filter{Kind: inbox.Email, Prefix: "bob"}, "222222"},
				"sms":          {inbox.Filter{Kind: inbox.SMS}, "444444"},
			} {
				list, err := inbox.List(tx, c.filter)
				if err != nil {
					return err
				}
				var codes []string
				for _, m := range list {
					codes = append(codes, m.Code)
				}
				if got := strings.Join(codes, " "); got != c.want {
					t.Errorf("%s: %s", name, got)
				}
			}
			if err := inbox.Delete(tx, last.ID); err != nil {
				return err
			}
			if _, err := inbox.Get(tx, last.ID); !apierr.HasCode(err, "resource_not_found") {
				t.Errorf("a deleted message: %v", err)
			}
			if err := inbox.Delete(tx, last.ID); !apierr.HasCode(err, "resource_not_found") {
				t.Errorf("deleted again: %v", err)
			}
			return inbox.Clear(tx)
		})
	})
}

func TestEveryTemplateSaysItsCodeOrLink(t *testing.T) {
	each(t, func(t *testing.T, db *store.Store, _ *livelog.Hub) {
		for _, m := range []inbox.Message{
			{Kind: inbox.Email, Slug: inbox.VerificationCode, Code: "123456"}, {Kind: inbox.Email, Slug: inbox.ResetPasswordCode, Code: "123456"},
			{Kind: inbox.Email, Slug: inbox.MagicLinkSignIn, Link: "https://localhost/v1/verify?a=1&b=2"}, {Kind: inbox.Email, Slug: inbox.MagicLinkSignUp, Link: "https://localhost/v1/verify"},
			{Kind: inbox.SMS, Slug: inbox.VerificationCode, Code: "123456"}, {Kind: inbox.SMS, Slug: inbox.ResetPasswordCode, Code: "123456"},
		} {
			m.To = "somebody"
			sent := send(t, db, m)
			if !strings.Contains(sent.BodyPlain, m.Code+m.Link) || strings.Contains(sent.BodyPlain+sent.Subject+sent.Body, "%s") {
				t.Errorf("%s %s reads %q", m.Kind, m.Slug, sent.BodyPlain)
			}
			if link := strings.ReplaceAll(m.Link, "&", "&amp;"); m.Kind == inbox.Email && !strings.Contains(sent.Body, m.Code+link) {
				t.Errorf("%s reads %s", m.Slug, sent.Body)
			}
		}
		err := db.Write(context.Background(), live.ID, func(tx *store.Tx) error {
			_, err := inbox.Send(tx, live, inbox.Message{Slug: "unheard_of"})
			return err
		})
		if err == nil {
			t.Error("a message without wording was sent")
		}
	})
}

func TestAMessageIsToldAsAnEventAboutItsUser(t *testing.T) {
	each(t, func(t *testing.T, db *store.Store, _ *livelog.Hub) {
		user := "user_1"
		m := code("ada@example.com", "123456")
		m.UserID = &user
		send(t, db, m)
		write(t, db, func(tx *store.Tx) error {
			page, err := webhooks.ListMessages(tx, webhooks.MessageFilter{SubjectID: user, WithBody: true}, webhooks.Page{})
			if err != nil || len(page.Data) != 1 {
				t.Errorf("%d messages about the user, %v", len(page.Data), err)
				return err
			}
			var body struct {
				Type string
				Data struct {
					Data struct {
						Code string `json:"otp_code"`
					}
				}
			}
			if err := json.Unmarshal(page.Data[0].Body, &body); err != nil || body.Type != "email.created" || body.Data.Data.Code != "123456" {
				t.Errorf("%s", page.Data[0].Body)
			}
			return nil
		})
	})
}

func TestAWaitEndsWithTheMessageOrWithItsTime(t *testing.T) {
	each(t, func(t *testing.T, db *store.Store, hub *livelog.Hub) {
		over, cancel := context.WithCancel(context.Background())
		cancel()
		if list, err := inbox.Wait(over, db, hub, live.ID, inbox.Filter{To: "ada@example.com"}); err != nil || len(list) != 0 {
			t.Errorf("a wait whose time was over: %v, %v", list, err)
		}
		found := make(chan []*inbox.Message, 1)
		go func() {
			ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
			defer cancel()
			list, err := inbox.Wait(ctx, db, hub, live.ID, inbox.Filter{To: "ada@example.com"})
			if err != nil || ctx.Err() != nil { // its last look would find the message too
				t.Errorf("the wait was not ended by the message: %v, %v", err, ctx.Err())
			}
			found <- list
		}()
		send(t, db, code("bob@example.com", "222222"))
		send(t, db, code("ada@example.com", "111111"))
		if list := <-found; len(list) != 1 || list[0].Code != "111111" {
			t.Errorf("waited for %v", list)
		}
	})
}
