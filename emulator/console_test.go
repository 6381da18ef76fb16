package emulator_test

import (
	"bufio"
	"net/http"
	"testing"
	"time"

	"github.com/nightclerk/nightclerk/emulator"
	"github.com/nightclerk/nightclerk/emulator/apitest"
)

// Somebody nearly always has the console open: its stream has no end of its own
// and must not hold a stop up until requests are cut.
func TestAnOpenConsoleDoesNotHoldUpAStop(t *testing.T) {
	s := apitest.Start(t, emulator.Config{})
	res, err := http.Get(s.URL + "/live")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if line, err := bufio.NewReader(res.Body).ReadString('\n'); err != nil || line != "retry: 1000\n" {
		t.Fatalf("the stream begins with %q (%v)", line, err)
	}
	stopped := make(chan error, 1)
	go func() { stopped <- s.Stop() }()
	select {
	case err := <-stopped:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(4 * time.Second): // requests are cut after five
		t.Error("the open stream holds the stop up")
	}
}
