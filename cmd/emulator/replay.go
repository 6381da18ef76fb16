package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"
)

// window is the time that a replay looks at.
type window struct {
	Since string `required:"" placeholder:"1h" help:"How long ago it begins, by the instance's clock, or a time such as 2026-01-02T15:04:05Z."`
	Until string `placeholder:"10m" help:"How long ago it ends, or a time; now by default."`
}

// body is the window as Svix's API takes it.
func (w window) body(r remote) (map[string]any, error) {
	var clock struct {
		Now int64 `json:"now"`
	}
	if err := r.control(http.MethodGet, "/clock", nil, &clock); err != nil {
		return nil, err
	}
	body := map[string]any{}
	for name, text := range map[string]string{"since": w.Since, "until": w.Until} {
		if text == "" {
			continue
		}
		at, err := ago(text, time.UnixMilli(clock.Now))
		if err != nil {
			return nil, fmt.Errorf("--%s %s: %w", name, text, err)
		}
		body[name] = at.UTC().Format(time.RFC3339Nano)
	}
	return body, nil
}

// ago reads a duration before now, or a time.
func ago(text string, now time.Time) (time.Time, error) {
	if at, err := time.Parse(time.RFC3339, text); err == nil {
		return at, nil
	}
	d, err := time.ParseDuration(text)
	if err != nil || d < 0 {
		return time.Time{}, fmt.Errorf("write how long ago, such as 1h or 90s, or a time such as 2026-01-02T15:04:05Z")
	}
	return now.Add(-d), nil
}

type recoverCmd struct {
	remote
	chosen
	window
}

// Run recovers.
func (c *recoverCmd) Run(a *app) error { return replay(a, c.remote, c.chosen, c.window, "recover") }

type replayMissingCmd struct {
	remote
	chosen
	window
}

// Run replays.
func (c *replayMissingCmd) Run(a *app) error {
	return replay(a, c.remote, c.chosen, c.window, "replay-missing")
}

// task is a background task of Svix's API.
type task struct {
	ID     string         `json:"id"`
	Status string         `json:"status"`
	Data   map[string]any `json:"data"`
}

// replay begins a task and waits for it.
func replay(a *app, r remote, endpoint chosen, w window, call string) error {
	body, err := w.body(r)
	if err != nil {
		return err
	}
	path, err := endpoint.path(r)
	if err != nil {
		return err
	}
	var t task
	for err = r.backend(http.MethodPost, path+"/"+call, body, &t); err == nil && t.Status == "running"; time.Sleep(taskPoll) {
		err = r.backend(http.MethodGet, "/api/v1/background-task/"+url.PathEscape(t.ID), nil, &t)
	}
	if err != nil {
		return err
	}
	if t.Status != "finished" {
		return fmt.Errorf("the task %s %s: %v", t.ID, t.Status, t.Data["error"])
	}
	a.printf("%v messages are sent; `nightclerk webhooks list` shows what becomes of them\n", t.Data["messagesSent"])
	return nil
}

// taskPoll is how often a running task is looked at.
const taskPoll = 50 * time.Millisecond

type sendExampleCmd struct {
	remote
	chosen
	Type string `arg:"" help:"Event type, such as user.created, or svix.ping."`
}

// Run sends.
func (c *sendExampleCmd) Run(a *app) error {
	path, err := c.path(c.remote)
	if err != nil {
		return err
	}
	var m struct {
		ID string `json:"id"`
	}
	if err := c.backend(http.MethodPost, path+"/send-example", map[string]any{"eventType": c.Type}, &m); err != nil {
		return err
	}
	a.printf("%s  %s\n", m.ID, c.Type)
	return nil
}

type exportCmd struct {
	remote
	Since string `placeholder:"SEQ" help:"Only messages after this number, or after the message of this id; all by default."`
}

// Run copies the export as it comes.
func (c *exportCmd) Run(a *app) error {
	res, err := c.stream(context.Background(), "/_emulator/webhooks/export?since="+url.QueryEscape(c.Since))
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if _, err = io.Copy(a.out, res.Body); err != nil {
		return &unreachable{c.base(), err}
	}
	return nil
}
