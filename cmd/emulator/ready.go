package main

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"time"
)

// readyCmd is for health checks and scripts.
type readyCmd struct {
	remote
	Wait time.Duration `placeholder:"30s" help:"How long to go on asking."`
}

const (
	// askEvery is the pause between two questions.
	askEvery = 100 * time.Millisecond
	// patience is how long one answer may take when nobody says how long to wait.
	patience = 5 * time.Second
)

// Run asks until the emulator is ready or time is up. Only what may pass is
// asked again: an answer that makes no sense will not get better.
func (c *readyCmd) Run() error {
	deadline := time.After(c.Wait)
	c.Timeout = cmp.Or(c.Wait, patience)
	for {
		var out struct {
			Status string `json:"status"`
		}
		err := c.control(http.MethodGet, "/ready", nil, &out)
		var away *unreachable
		var not *refused
		if err == nil && out.Status != "ready" {
			return fmt.Errorf("%s is no nightclerk of this version: check --url", c.base())
		}
		if err == nil || !errors.As(err, &away) && !errors.As(err, &not) {
			return err
		}
		select {
		case <-deadline:
			return err
		case <-time.After(askEvery):
		}
	}
}
