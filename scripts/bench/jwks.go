package main

import (
	"bytes"
	"fmt"

	"github.com/nightclerk/nightclerk/issuer"
)

// jwks compares the key set as the emulator serves it with the same bytes served
// by a bare net/http handler; both are processes of their own.
//
// The aim is about the CPU time of server and client together: where all cores
// are busy that is the ratio of the throughputs, and unlike those it is not moved
// by who else uses the machine. What the clock says stands beside it.
func jwks(b *bench) ([]row, error) {
	p, err := b.startEmulator("--ephemeral")
	if err != nil {
		return nil, err
	}
	defer p.stop()
	ours := &load{addr: p.addr, workers: b.workers(), request: request("GET", "/.well-known/jwks.json", p.addr, "")}
	keys := issuer.NewKeySet(issuer.DevelopmentKey()).JWKS()
	ours.check = func(body []byte) error {
		if !bytes.Equal(body, keys) {
			return fmt.Errorf("the key set is %s, not %s", body, keys)
		}
		return nil
	}
	hello, err := b.startHello(keys)
	if err != nil {
		return nil, err
	}
	defer hello.stop()
	bare := *ours
	bare.addr, bare.request = hello.addr, request("GET", "/.well-known/jwks.json", hello.addr, "")
	pairs, err := b.interleave(
		func() (sample, error) { return p.spent(func() (int, error) { return ours.run(b.round) }) },
		func() (sample, error) { return hello.spent(func() (int, error) { return bare.run(b.round) }) })
	if err != nil {
		return nil, err
	}
	return []row{
		byCPU("JWKS over HTTP / the same bytes from a bare `net/http` handler", 0.7, pairs),
		byThroughput("the same, by the clock", 0, pairs),
		byServing("the same, without the client", 0, pairs, sample.servingEach),
	}, nil
}
