package main

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"os"
	"sync/atomic"
	"time"

	"github.com/nightclerk/nightclerk/internal/clock"
	"github.com/nightclerk/nightclerk/scenario"
)

// createdUsers is how many users a side of a round creates.
const createdUsers = 2000

// created compares users that are made through the Backend API of the built
// binary, each with its message and its delivery verified by the receiver, with
// bare POSTs of what is delivered. CPU is of all who take part.
func created(b *bench) ([]row, error) {
	data, err := os.MkdirTemp(b.temp, "created")
	if err != nil {
		return nil, err
	}
	r, err := listen()
	if err != nil {
		return nil, err
	}
	defer r.server.Close()
	p, err := b.startEmulator("--data", data, "--webhook-url", r.url+"/verified")
	if err != nil {
		return nil, err
	}
	defer p.stop()
	c := &creator{process: p, receiver: r, client: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: senders}}}
	defer c.client.CloseIdleConnections()
	body := bytes.Repeat([]byte("x"), 2000)
	pairs, err := b.interleave(
		func() (sample, error) { return p.spent(c.createAll) },
		func() (sample, error) {
			return here(func() (int, error) { return postAll(r.url+"/bare", body) })
		})
	if err != nil {
		return nil, err
	}
	return []row{byCPU("User created over HTTP, its webhook delivered and recorded / bare POST", 0, pairs), byThroughput("the same, by the clock", 0, pairs)}, nil
}

// creator makes users and waits for what they cause.
type creator struct {
	process  *process
	receiver *receiver
	client   *http.Client
	made     atomic.Int64
}

func (c *creator) createAll() (int, error) {
	before := c.receiver.arrived.Load()
	if err := inParallel(createdUsers, c.create); err != nil {
		return 0, err
	}
	for end := clock.Wall.Now().Add(time.Minute); c.receiver.arrived.Load() < before+createdUsers; time.Sleep(time.Millisecond) {
		if clock.Wall.Now().After(end) {
			return 0, fmt.Errorf("%d of %d webhooks arrived within a minute", c.receiver.arrived.Load()-before, createdUsers)
		}
	}
	return createdUsers, nil
}

func (c *creator) create() error {
	body := fmt.Appendf(nil, `{"email_address":["bench%d@example.com"],"first_name":"Ada","last_name":"Lovelace","skip_password_requirement":true}`, c.made.Add(1))
	req, err := http.NewRequest(http.MethodPost, c.process.url+"/v1/users", bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+scenario.DefaultSecretKey)
	req.Header.Set("Content-Type", "application/json")
	res, err := c.client.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if _, err := io.Copy(io.Discard, res.Body); err != nil || res.StatusCode != http.StatusOK {
		return fmt.Errorf("a user was answered %s (%v)", res.Status, err)
	}
	return nil
}
