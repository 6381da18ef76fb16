package issuer

import (
	"context"
	"errors"
	"io"
	"sync"
)

// ErrPoolClosed is what Get answers once the pool is closed.
var ErrPoolClosed = errors.New("signing keys: the key pool is closed because the emulator is stopping; start it again")

// Pool generates keys ahead of need, so that a new instance is ready in milliseconds. It holds at most its size.
type Pool struct {
	made   chan made
	closed chan struct{}
	done   chan struct{}
	once   sync.Once
}

type made struct {
	key *Key
	err error
}

// NewPool starts generating keys in the background until size of them are waiting. Close it.
func NewPool(size int, random io.Reader) *Pool {
	p := &Pool{made: make(chan made, max(size-1, 0)), closed: make(chan struct{}), done: make(chan struct{})}
	go p.fill(random)
	return p
}

// Get returns a key nobody else has got, waiting for one to be made if need be. It answers ctx's error or
// ErrPoolClosed when that comes first.
func (p *Pool) Get(ctx context.Context) (*Key, error) {
	select {
	case m := <-p.made:
		return m.key, m.err
	case <-p.closed:
		return nil, ErrPoolClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// Close stops the pool. It does not wait for a key that is just being made; that one is dropped.
func (p *Pool) Close() { p.once.Do(func() { close(p.closed) }) }

// fill keeps the channel full. One finished key waits outside the channel, hence its capacity of size-1.
func (p *Pool) fill(random io.Reader) {
	defer close(p.done)
	for {
		key, err := Generate(random)
		select {
		case p.made <- made{key, err}:
		case <-p.closed:
			return
		}
	}
}
