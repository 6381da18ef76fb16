package main

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"net/http"
	"path/filepath"
	"sync"
	"time"

	"github.com/nightclerk/nightclerk/internal/clock"
	"github.com/nightclerk/nightclerk/internal/ids"
	"github.com/nightclerk/nightclerk/webhooks"

	_ "modernc.org/sqlite" // driver "sqlite"
)

// outbox is the least that a durable webhook can be made of: four prepared
// statements, two shared commits, one signed POST. It has no leases, sequence
// numbers, canonical bodies, retries, search or clock; what ours costs beside it is
// the price of those, and what it costs beside a bare POST is the price of
// durability with this driver on this machine.
type outbox struct {
	db       *sql.DB
	ids      ids.Source
	receiver *receiver
	client   *http.Client
	body     []byte
	jobs     chan outboxWrite
	done     sync.WaitGroup
}

type outboxWrite struct {
	do   func(*outboxTx) error
	done chan error
}

// outboxTx is the writer's prepared statements.
type outboxTx struct{ message, delivery, attempt, settle *sql.Stmt }

// deliveryOutbox measures the smallest outbox as delivery measures ours.
func deliveryOutbox(b *bench) ([]row, error) {
	folder, err := b.folder()
	if err != nil {
		return nil, err
	}
	o, err := newOutbox(filepath.Join(folder, "outbox.db"))
	if err != nil {
		return nil, err
	}
	defer o.close()
	bare := func() (sample, error) {
		return here(func() (int, error) { return postAll(o.receiver.url+"/bare", o.body) })
	}
	signed, err := b.interleave(func() (sample, error) { return here(o.all(o.postSigned)) }, bare)
	if err != nil {
		return nil, err
	}
	durable, err := b.interleave(func() (sample, error) { return here(o.all(o.deliver)) }, bare)
	if err != nil {
		return nil, err
	}
	return []row{byCPU("A signed and verified POST / bare POST", 0, signed), byCPU("The smallest durable outbox on SQLite / bare POST", 0, durable)}, nil
}

func newOutbox(path string) (o *outbox, err error) {
	o = &outbox{ids: ids.Source{Rand: ids.Random, Clock: clock.Wall}, jobs: make(chan outboxWrite, 1024),
		client: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: senders, DisableCompression: true}}}
	o.body = fmt.Appendf(nil, `{"data":{"id":"user_ada","bio":%q},"object":"event","type":"user.created"}`, bytes.Repeat([]byte("lorem ipsum "), 150))
	if o.receiver, err = listen(); err != nil {
		return nil, err
	}
	o.db, err = sql.Open("sqlite", "file:"+path+"?_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=temp_store(memory)")
	if err != nil {
		return nil, err
	}
	_, err = o.db.Exec(`CREATE TABLE message (id TEXT PRIMARY KEY, type TEXT, created BIGINT, body BLOB);
		CREATE TABLE delivery (message TEXT, endpoint TEXT, state BIGINT, attempts BIGINT, next BIGINT, PRIMARY KEY (message, endpoint));
		CREATE INDEX due ON delivery (next) WHERE next IS NOT NULL;
		CREATE TABLE attempt (id TEXT PRIMARY KEY, message TEXT, status BIGINT, code BIGINT, at BIGINT, response TEXT)`)
	if err != nil {
		return nil, err
	}
	conn, err := o.db.Conn(context.Background())
	if err != nil {
		return nil, err
	}
	o.done.Go(func() { o.write(conn) })
	return o, nil
}

func (o *outbox) close() {
	close(o.jobs)
	o.done.Wait()
	o.db.Close()
	o.client.CloseIdleConnections()
	o.receiver.server.Close()
}

// write commits what waits together.
func (o *outbox) write(conn *sql.Conn) {
	defer conn.Close()
	ctx := context.Background()
	prepare := func(query string) *sql.Stmt {
		stmt, err := conn.PrepareContext(ctx, query)
		if err != nil {
			panic(err) // a mistake in this file
		}
		return stmt
	}
	begin, commit := prepare("BEGIN IMMEDIATE"), prepare("COMMIT")
	tx := &outboxTx{
		message:  prepare(`INSERT INTO message VALUES (?, 'user.created', ?, ?)`),
		delivery: prepare(`INSERT INTO delivery VALUES (?, 'ep', 3, 0, ?)`),
		attempt:  prepare(`INSERT INTO attempt VALUES (?, ?, 0, ?, ?, '')`),
		settle:   prepare(`UPDATE delivery SET state = 0, attempts = attempts + 1, next = NULL WHERE message = ? AND endpoint = 'ep'`),
	}
	for first := range o.jobs {
		batch := []outboxWrite{first}
		for more := true; more && len(batch) < 256; {
			select {
			case j, ok := <-o.jobs:
				if more = ok; ok {
					batch = append(batch, j)
				}
			default:
				more = false
			}
		}
		_, err := begin.Exec()
		for i := 0; i < len(batch) && err == nil; i++ {
			err = batch[i].do(tx)
		}
		if err == nil {
			_, err = commit.Exec()
		}
		for _, j := range batch {
			j.done <- err
		}
	}
}

func (o *outbox) commit(do func(*outboxTx) error) error {
	w := outboxWrite{do, make(chan error, 1)}
	o.jobs <- w
	return <-w.done
}

// all does it for every message and checks that each arrived.
func (o *outbox) all(do func() error) func() (int, error) {
	return func() (int, error) {
		o.receiver.arrived.Store(0)
		if err := inParallel(messages, do); err != nil {
			return 0, err
		}
		if n := o.receiver.arrived.Load(); n != messages {
			return 0, fmt.Errorf("%d of %d arrived with a right signature", n, messages)
		}
		return messages, nil
	}
}

// postSigned sends without keeping anything.
func (o *outbox) postSigned() error {
	_, err := o.post(o.ids.New("msg"), clock.Wall.Now())
	return err
}

// deliver commits a message, sends it and commits what came of it.
func (o *outbox) deliver() error {
	id, now := o.ids.New("msg"), clock.Wall.Now()
	err := o.commit(func(tx *outboxTx) error {
		if _, err := tx.message.Exec(id, now.UnixMilli(), o.body); err != nil {
			return err
		}
		_, err := tx.delivery.Exec(id, now.UnixMilli())
		return err
	})
	if err != nil {
		return err
	}
	code, err := o.post(id, now)
	if err != nil {
		return err
	}
	return o.commit(func(tx *outboxTx) error {
		if _, err := tx.attempt.Exec(o.ids.New("atmpt"), id, code, now.UnixMilli()); err != nil {
			return err
		}
		_, err := tx.settle.Exec(id)
		return err
	})
}

func (o *outbox) post(id string, now time.Time) (int, error) {
	req, err := http.NewRequest("POST", o.receiver.url+"/verified", bytes.NewReader(o.body))
	if err != nil {
		return 0, err
	}
	req.Header.Set("Svix-Id", id)
	req.Header.Set("Svix-Timestamp", fmt.Sprint(now.Unix()))
	req.Header.Set("Svix-Signature", webhooks.Sign([][]byte{o.receiver.key}, id, now.Unix(), o.body))
	res, err := o.client.Do(req)
	if err != nil {
		return 0, err
	}
	return res.StatusCode, res.Body.Close()
}
