package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"strconv"
	"sync"
	"time"

	"github.com/nightclerk/nightclerk/internal/clock"
)

// load sends one request over and over on kept connections, one for each worker,
// and counts the answers. It is as cheap as a client can be: the request's bytes
// are made once, and of an answer only the status and the length are read. What
// is left of its cost is that of the sockets.
type load struct {
	addr    string
	request []byte
	workers int
	// check sees the first body on each connection.
	check func(body []byte) error
}

// request spells an HTTP/1.1 request.
func request(method, path, host, header string) []byte {
	return fmt.Appendf(nil, "%s %s HTTP/1.1\r\nHost: %s\r\n%s\r\n", method, path, host, header)
}

// run sends for a while and returns how many answers came.
func (l *load) run(d time.Duration) (int, error) {
	end := clock.Wall.Now().Add(d)
	counts, errs := make([]int, l.workers), make([]error, l.workers)
	var workers sync.WaitGroup
	for i := range l.workers {
		workers.Go(func() { counts[i], errs[i] = l.work(end) })
	}
	workers.Wait()
	total := 0
	for i := range l.workers {
		if errs[i] != nil {
			return 0, errs[i]
		}
		total += counts[i]
	}
	return total, nil
}

func (l *load) work(end time.Time) (n int, err error) {
	conn, err := net.Dial("tcp", l.addr)
	if err != nil {
		return 0, err
	}
	defer conn.Close()
	in := bufio.NewReaderSize(conn, 16<<10)
	for clock.Wall.Now().Before(end) {
		if _, err := conn.Write(l.request); err != nil {
			return n, err
		}
		body, err := answer(in)
		if err != nil {
			return n, err
		}
		if n == 0 {
			if err := l.check(body); err != nil {
				return n, err
			}
		}
		n++
	}
	return n, nil
}

var (
	status200     = []byte("HTTP/1.1 200 ")
	contentLength = []byte("Content-Length: ")
)

// answer reads one answer with a Content-Length; the body is valid until the
// next.
func answer(in *bufio.Reader) ([]byte, error) {
	length, first := -1, true
	for {
		line, err := in.ReadSlice('\n')
		if err != nil {
			return nil, err
		}
		if first && !bytes.HasPrefix(line, status200) {
			return nil, fmt.Errorf("answered %q, not 200", bytes.TrimSpace(line))
		}
		first = false
		if value, ok := bytes.CutPrefix(line, contentLength); ok {
			if length, err = strconv.Atoi(string(bytes.TrimSpace(value))); err != nil {
				return nil, err
			}
		}
		if len(line) <= 2 {
			break
		}
	}
	if length < 0 || length > in.Size() {
		return nil, fmt.Errorf("an answer of %d bytes: the client reads between 0 and %d", length, in.Size())
	}
	body, err := in.Peek(length)
	if err != nil {
		return nil, io.ErrUnexpectedEOF
	}
	_, err = in.Discard(length)
	return body, err
}
