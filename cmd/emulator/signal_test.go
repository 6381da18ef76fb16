package main

import (
	"bufio"
	"fmt"
	"net"
	"os"
	"strings"
	"syscall"
	"testing"
)

// Somebody who presses Ctrl-C twice does not want to wait for the requests that
// are under way.
func TestASecondSignalEndsItAtOnce(t *testing.T) {
	p, err := launch(t.TempDir(), []string{"PATH=" + os.Getenv("PATH")}, "--json", "--ephemeral", "--listen", "localhost:0")
	if err != nil {
		t.Fatal(err)
	}
	url, err := p.url()
	if err != nil {
		t.Fatal(err)
	}
	defer unfinished(t, strings.TrimPrefix(url, "http://")).Close()
	ended := make(chan error, 1)
	go func() { ended <- p.cmd.Wait() }()
	for { // the first is taken, any later one ends it
		select {
		case <-ended:
			if status := p.cmd.ProcessState.Sys().(syscall.WaitStatus); !status.Signaled() {
				t.Errorf("it ended with %s, after the request", p.cmd.ProcessState)
			}
			return
		default:
			p.cmd.Process.Signal(syscall.SIGTERM)
		}
	}
}

// unfinished makes a request whose body never comes; the server has begun to
// read it.
func unfinished(t *testing.T, addr string) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprintf(conn, "POST /_emulator/seed HTTP/1.1\r\nHost: %s\r\nContent-Length: 10\r\nExpect: 100-continue\r\n\r\n", addr)
	line, err := bufio.NewReader(conn).ReadString('\n')
	if err != nil || !strings.Contains(line, "100 Continue") {
		t.Fatalf("answered %q (%v)", line, err)
	}
	return conn
}
