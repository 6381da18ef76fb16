package main

import (
	"net/http"
	"time"
)

// exportFileCmd prints an instance as a scenario file.
type exportFileCmd struct {
	remote
	Users   int  `placeholder:"N" help:"Add at most this many users, the oldest first; none by default, 10000 at most."`
	Secrets bool `help:"Add keys, signing secrets, custom headers and password digests."`
}

// Run prints the file. What it leaves out stands in its comments.
func (c *exportFileCmd) Run(a *app) error {
	c.Timeout = 5 * time.Minute
	raw, err := c.text(http.MethodPost, "/_emulator/export", map[string]any{"users": c.Users, "secrets": c.Secrets})
	if err != nil {
		return err
	}
	a.printf("%s", raw)
	return nil
}

// text calls what does not answer in JSON.
func (r remote) text(method, path string, in any) (raw []byte, err error) {
	err = r.call(method, path, "", in, &raw)
	return raw, err
}
