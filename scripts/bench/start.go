package main

import (
	"fmt"
	"net/http"
	"os"
	"time"

	"github.com/nightclerk/nightclerk/issuer"
)

// coldStart measures from starting a program to its first answer, and the memory
// it then holds, against a bare Go server of the same build flags.
func coldStart(b *bench) (rows []row, err error) {
	bare := func() (*process, error) { return b.startHello(issuer.NewKeySet(issuer.DevelopmentKey()).JWKS()) }
	kept, err := b.folder()
	if err != nil {
		return nil, err
	}
	for _, start := range []struct {
		what  string
		start func() (*process, error)
	}{
		{"Cold start to first answer, in memory / a bare Go server", func() (*process, error) { return b.startEmulator("--ephemeral") }},
		{"Cold start with a fresh data folder / a bare Go server", b.startFresh},
		{"Start with the data folder of the last time / a bare Go server", func() (*process, error) { return b.startEmulator("--data", kept) }},
	} {
		pairs, err := b.interleave(untilAnswer(start.start), untilAnswer(bare))
		if err != nil {
			return nil, err
		}
		rows = append(rows, byTime(start.what, pairs))
	}
	memory, err := b.idleMemory(bare)
	return append(rows, memory), err
}

func (b *bench) folder() (string, error) { return os.MkdirTemp(b.temp, "data") }

func (b *bench) startFresh() (*process, error) {
	data, err := b.folder()
	if err != nil {
		return nil, err
	}
	return b.startEmulator("--data", data)
}

// untilAnswer is a round: start, one answer, stop. Stopping does not count.
func untilAnswer(start func() (*process, error)) side {
	return func() (sample, error) {
		var p *process
		s, err := here(func() (n int, err error) {
			if p, err = start(); err != nil {
				return 0, err
			}
			return 1, p.get("/.well-known/jwks.json")
		})
		if p == nil {
			return s, err
		}
		if stopped := p.stop(); err == nil && stopped != nil {
			err = fmt.Errorf("it did not end well: %w", stopped)
		}
		return s, err
	}
}

// get asks for a path on a connection of its own, which must answer 200.
func (p *process) get(path string) error {
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	res, err := client.Get(p.url + path)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("GET %s: %s", path, res.Status)
	}
	return nil
}

// settle is how long a process is left alone before its memory is read: the Go
// runtime gives back what start-up needed.
const settle = 5 * time.Second

// idleMemory compares what two processes hold that have answered once.
func (b *bench) idleMemory(bare func() (*process, error)) (row, error) {
	ours, err := idle(b.startFresh)
	if err != nil {
		return row{}, err
	}
	theirs, err := idle(bare)
	r := ratio(theirs / ours)
	return row{what: "Idle memory (RSS) / a bare Go server", unit: "MiB", ours: ours, bare: theirs, ratio: r}, err
}

// idle is in MiB.
func idle(start func() (*process, error)) (float64, error) {
	p, err := start()
	if err != nil {
		return 0, err
	}
	defer p.stop()
	if err := p.get("/.well-known/jwks.json"); err != nil {
		return 0, err
	}
	time.Sleep(settle)
	bytes, err := residentOf(p.cmd.Process.Pid)
	return float64(bytes) / (1 << 20), err
}

func ratio(f float64) spread { return spread{f, f, f} }
