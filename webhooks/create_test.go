package webhooks

import (
	"testing"
	"time"

	"github.com/nightclerk/nightclerk/internal/store"
)

func TestChannels(t *testing.T) {
	each(t, func(e *env) {
		e.endpoint(EndpointParams{URL: "http://127.0.0.1:1", Disabled: true})
		one := e.endpoint(EndpointParams{URL: "http://127.0.0.1:1", Channels: []string{"one", "two"}})
		create := func(p MessageParams) (m *Message) {
			p.Type, p.Payload = "user.created", []byte(`{}`)
			e.write(func(tx *store.Tx) (err error) { m, err = e.outbox.Create(tx, p); return err })
			return m
		}
		if m := create(MessageParams{}); m.Unsent != UnsentFiltered {
			e.t.Errorf("a message without channels is %q", m.Unsent)
		}
		if m := create(MessageParams{Channels: []string{"on"}}); m.Unsent != UnsentFiltered || len(e.deliveries(m.ID)) != 0 {
			e.t.Errorf("a message of another channel is %q", m.Unsent)
		}
		m := create(MessageParams{Channels: []string{"three", "two"}, Tags: []string{"a/b"}})
		if d := e.deliveries(m.ID); m.Unsent != "" || len(d) != 1 || d[0].EndpointID != one.ID {
			e.t.Errorf("a message of its channel went to %+v, %q", d, m.Unsent)
		}
		for f, want := range map[*MessageFilter]int{{Channel: "two"}: 1, {Channel: "on"}: 1, {Tag: "a/b"}: 1, {Tag: "a"}: 0} {
			e.read(func(tx *store.Tx) error {
				list, err := ListMessages(tx, *f, Page{})
				if err == nil && len(list.Data) != want {
					e.t.Errorf("%+v finds %d messages, want %d", *f, len(list.Data), want)
				}
				return err
			})
		}
		for _, c := range []struct {
			channels []string
			want     bool
		}{{nil, false}, {[]string{"one"}, true}, {[]string{"on"}, false}} {
			e.read(func(tx *store.Tx) error {
				got, err := AnyoneListens(tx, "user.created", c.channels)
				if err == nil && got != c.want {
					e.t.Errorf("anyone listens to %v: %v", c.channels, got)
				}
				return err
			})
		}
	})
}

func TestDeliverAt(t *testing.T) {
	each(t, func(e *env) {
		e.endpoint(EndpointParams{URL: "http://127.0.0.1:1"})
		e.write(func(tx *store.Tx) error {
			at := tx.Now().Add(time.Hour)
			m, err := e.outbox.Create(tx, MessageParams{Type: "user.created", Payload: []byte(`{}`), DeliverAt: at})
			if err != nil {
				return err
			}
			d, err := DeliveriesOf(tx, m.ID)
			if err == nil && !d[m.ID][0].NextAt.Equal(at) {
				e.t.Errorf("the delivery is due at %v, not at %v", d[m.ID][0].NextAt, at)
			}
			return err
		})
	})
}
