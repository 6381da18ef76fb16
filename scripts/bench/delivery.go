package main

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"database/sql"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/nightclerk/nightclerk/internal/clock"
	"github.com/nightclerk/nightclerk/internal/ids"
	"github.com/nightclerk/nightclerk/internal/livelog"
	"github.com/nightclerk/nightclerk/internal/store"
	"github.com/nightclerk/nightclerk/scenario"
	"github.com/nightclerk/nightclerk/users"
	"github.com/nightclerk/nightclerk/webhooks"
)

const (
	// senders is how many POSTs are under way on both sides, and how many
	// transactions emit.
	senders = 64
	// messages is how many one side of a round sends.
	messages = 5000
	// postgresEnv names a PostgreSQL server, as for the tests.
	postgresEnv = "NIGHTCLERK_TEST_POSTGRES"
	// tenant is the instance that emits.
	tenant = scenario.DefaultInstanceID
)

// delivery compares webhooks (emit in a transaction, commit, claim, sign, POST,
// verify, record in a transaction) with bare POSTs of the same body, as CPU time
// of a process that holds both ends: wall time would measure the disk and, on
// few cores, the neighbours.
func delivery(b *bench) ([]row, error) {
	folder, err := b.folder()
	if err != nil {
		return nil, err
	}
	return b.deliver("Webhook from SQLite, synchronous=FULL / bare POST of the same body", 0.38, store.Options{Path: filepath.Join(folder, "bench.db")})
}

// deliveryInMemory is what `--ephemeral` does.
func deliveryInMemory(b *bench) ([]row, error) {
	return b.deliver("Webhook from memory (`--ephemeral`) / bare POST", 0, store.Options{Memory: true, Path: "bench"})
}

// deliveryOnPostgres counts this process alone, not PostgreSQL's.
func deliveryOnPostgres(b *bench) ([]row, error) {
	server := os.Getenv(postgresEnv)
	if server == "" {
		fmt.Fprintln(os.Stderr, "SKIPPED: deliveries on PostgreSQL; scripts/with-postgres gives one")
		return nil, nil
	}
	dsn, drop, err := schemaOf(server)
	if err != nil {
		return nil, err
	}
	defer drop()
	return b.deliver("Webhook from PostgreSQL, its server's CPU not counted / bare POST", 0, store.Options{DSN: dsn})
}

// deliver measures one store.
func (b *bench) deliver(what string, aim float64, opts store.Options) ([]row, error) {
	s, err := newSender(opts)
	if err != nil {
		return nil, err
	}
	defer s.close()
	body, err := s.body()
	if err != nil {
		return nil, err
	}
	pairs, err := b.interleave(
		func() (sample, error) { return here(s.emitAll) },
		func() (sample, error) {
			return here(func() (int, error) { return postAll(s.receiver.url+"/bare", body) })
		})
	if err != nil {
		return nil, err
	}
	return []row{byCPU(what, aim, pairs), byThroughput("the same, by the clock", 0, pairs)}, nil
}

// sender is a store with its outbox and dispatcher, and the receiver of what they
// send.
type sender struct {
	db         *store.Store
	outbox     *webhooks.Outbox
	dispatcher *webhooks.Dispatcher
	receiver   *receiver
	user       users.JSON
	// recorded gets one value for each attempt that is recorded.
	recorded chan webhooks.Status
}

func newSender(opts store.Options) (s *sender, err error) {
	hub := &livelog.Hub{}
	s = &sender{outbox: webhooks.NewOutbox(hub), recorded: make(chan webhooks.Status, messages)}
	if s.receiver, err = listen(); err != nil {
		return nil, err
	}
	opts.Schemas, opts.Emit = []store.Schema{users.Schema, webhooks.Schema}, s.outbox.Emit
	if s.db, err = store.Open(context.Background(), opts); err != nil {
		return nil, err
	}
	if err := s.prepare(); err != nil {
		return nil, err
	}
	hub.Observe(func(e livelog.Event) {
		if a, ok := e.Data.(webhooks.AttemptEvent); ok {
			s.recorded <- a.Status
		}
	})
	s.dispatcher = webhooks.NewDispatcher(s.db, s.outbox, webhooks.Options{PerEndpoint: senders})
	go s.dispatcher.Run(context.Background())
	return s, nil
}

// prepare makes the instance, its endpoint and the user that the events tell of.
// The user is made before the endpoint, so that its own event goes nowhere.
func (s *sender) prepare() error {
	return s.write(func(tx *store.Tx) error {
		if err := tx.InitState(""); err != nil {
			return err
		}
		u, err := users.Create(tx, users.DefaultRules(), users.CreateParams{FirstName: new("Ada"), LastName: new("Lovelace"),
			EmailAddress: []string{"ada@example.com"}, Username: new("adalovelace"), PublicMetadata: json.RawMessage(`{"plan":"pro"}`),
			SkipPasswordRequirement: new(true)})
		if err != nil {
			return err
		}
		s.user = u.Backend()
		_, err = webhooks.CreateEndpoint(tx, webhooks.EndpointParams{URL: s.receiver.url + "/verified", Secret: scenario.DefaultWebhookSecret})
		return err
	})
}

func (s *sender) write(fn func(*store.Tx) error) error {
	return s.db.Write(context.Background(), tenant, fn)
}

func (s *sender) close() {
	s.dispatcher.Close()
	s.db.Close()
	s.receiver.server.Close()
}

// body is what the webhooks carry.
func (s *sender) body() (body []byte, err error) {
	err = s.db.Read(context.Background(), tenant, func(tx *store.Tx) error {
		list, err := webhooks.ListMessages(tx, webhooks.MessageFilter{WithBody: true}, webhooks.Page{Limit: 1})
		if err == nil {
			body = list.Data[0].Body
		}
		return err
	})
	return body, err
}

// emitAll emits as many concurrent requests would, and returns when every
// delivery has arrived and is recorded.
func (s *sender) emitAll() (int, error) {
	s.receiver.arrived.Store(0)
	err := inParallel(messages, func() error {
		return s.write(func(tx *store.Tx) error { return tx.Emit("user.created", s.user) })
	})
	if err != nil {
		return 0, err
	}
	for range messages {
		if status := <-s.recorded; status != webhooks.StatusSuccess {
			return 0, fmt.Errorf("a delivery ended with %v: the receiver refused its signature", status)
		}
	}
	if n := s.receiver.arrived.Load(); n != messages {
		return 0, fmt.Errorf("%d of %d deliveries arrived with a right signature", n, messages)
	}
	return messages, nil
}

// postAll sends the body without any of what webhooks need.
func postAll(url string, body []byte) (int, error) {
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: senders, DisableCompression: true}}
	defer client.CloseIdleConnections()
	return messages, inParallel(messages, func() error {
		res, err := client.Post(url, "application/json", bytes.NewReader(body))
		if err != nil {
			return err
		}
		defer res.Body.Close()
		if res.StatusCode != http.StatusNoContent {
			return fmt.Errorf("a bare POST was answered %s", res.Status)
		}
		_, err = io.Copy(io.Discard, res.Body)
		return err
	})
}

// inParallel does something n times, senders at a time.
func inParallel(n int, do func() error) error {
	var left atomic.Int64
	left.Store(int64(n))
	errs := make([]error, senders)
	var group sync.WaitGroup
	for i := range senders {
		group.Go(func() {
			for errs[i] == nil && left.Add(-1) >= 0 {
				errs[i] = do()
			}
		})
	}
	group.Wait()
	return errors.Join(errs...)
}

// receiver is an app's endpoint: /verified checks signatures as Svix's libraries
// do, /bare only reads.
type receiver struct {
	url     string
	server  *http.Server
	key     []byte
	arrived atomic.Int64
}

func listen() (*receiver, error) {
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(scenario.DefaultWebhookSecret, "whsec_"))
	if err != nil {
		return nil, err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	r := &receiver{url: "http://" + l.Addr().String(), key: key}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /bare", func(w http.ResponseWriter, req *http.Request) {
		io.ReadAll(req.Body)
		w.WriteHeader(http.StatusNoContent)
	})
	mux.HandleFunc("POST /verified", r.verified)
	r.server = &http.Server{Handler: mux}
	go r.server.Serve(l)
	return r, nil
}

func (r *receiver) verified(w http.ResponseWriter, req *http.Request) {
	body, err := io.ReadAll(req.Body)
	if err != nil {
		return
	}
	mac := hmac.New(sha256.New, r.key)
	io.WriteString(mac, req.Header.Get("Svix-Id")+"."+req.Header.Get("Svix-Timestamp")+".")
	mac.Write(body)
	want := "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
	if !hmac.Equal([]byte(want), []byte(req.Header.Get("Svix-Signature"))) {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	r.arrived.Add(1)
	w.WriteHeader(http.StatusNoContent)
}

// schemaOf makes a schema of its own on a PostgreSQL server.
func schemaOf(server string) (dsn string, drop func(), err error) {
	db, err := sql.Open("pgx", server)
	if err != nil {
		return "", nil, err
	}
	name := "bench_" + ids.Source{Rand: ids.Random, Clock: clock.Wall}.Hex(8)
	if _, err := db.Exec("CREATE SCHEMA " + name); err != nil {
		return "", nil, errors.Join(err, db.Close())
	}
	u, err := url.Parse(server)
	if err != nil {
		return "", nil, err
	}
	query := u.Query()
	query.Set("search_path", name)
	u.RawQuery = query.Encode()
	return u.String(), func() {
		db.Exec("DROP SCHEMA " + name + " CASCADE")
		db.Close()
	}, nil
}
