//go:build scale

package emulator_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/nightclerk/nightclerk/scenario"
)

// watchedPages are those that follow what happens; a new one is a line.
var watchedPages = map[string]string{"/": "counters", "/webhooks": "messages"}

// The live pages, each open in ten tabs, while a hundred users are made in each
// second: what they cost the process does not grow with the time.
// NIGHTCLERK_SCALE_SECONDS makes it shorter than a minute.
func TestScaleLivePages(t *testing.T) {
	const rate, tabs, limit = 100, 10, 150 << 20
	seconds := 60
	if n, err := strconv.Atoi(os.Getenv("NIGHTCLERK_SCALE_SECONDS")); err == nil {
		seconds = n
	}
	app := newTally(t)
	v := startVictim(t, scenario.Server{WebhookURL: app.URL, Data: t.TempDir()})
	defer v.kill()
	before := v.memory(t)
	ctx, cancel := context.WithCancel(t.Context())
	var open sync.WaitGroup
	for path, part := range watchedPages {
		for range tabs {
			open.Go(func() { watch(ctx, v.url, path, part) })
		}
	}
	var half memory
	each := time.NewTicker(time.Second)
	defer each.Stop()
	for n := range seconds {
		seedLoud(t, v.url, n*rate, rate)
		if <-each.C; n == seconds/2 {
			half = v.memory(t)
		}
	}
	after := v.memory(t)
	cancel()
	open.Wait()
	t.Logf("%d tabs, %d users made in %d s: %d MiB before, %d MiB half way, %d MiB at the end, %d MiB at most", tabs*len(watchedPages), rate*seconds, seconds, before.now>>20, half.now>>20, after.now>>20, after.peak>>20)
	if after.peak > limit {
		t.Errorf("the process took up to %d MiB, the limit is %d", after.peak>>20, limit>>20)
	}
}

// seedLoud makes n users that are told of, with the numbers from from on.
func seedLoud(t *testing.T, base string, from, n int) {
	t.Helper()
	body := `{"users":[`
	for i := range n {
		if i > 0 {
			body += ","
		}
		body += fmt.Sprintf(`{"first_name":"Live","email_addresses":["live%d@example.com"]}`, from+i)
	}
	ask(t, "POST", base+"/_emulator/seed", body+`]}`, nil)
}

// watch does what a tab does: it reads the stream, and looks at its part of the
// page anew when something has happened, at most once in 300 ms.
func watch(ctx context.Context, base, path, part string) {
	res, err := look(ctx, base+"/live", "")
	if err != nil {
		return
	}
	defer res.Body.Close()
	happened := make(chan struct{}, 1)
	go func() {
		for buf := make([]byte, 4096); ; {
			if _, err := res.Body.Read(buf); err != nil {
				return
			}
			select {
			case happened <- struct{}{}:
			default:
			}
		}
	}()
	for {
		select {
		case <-ctx.Done():
			return
		case <-happened:
		}
		if page, err := look(ctx, base+path, part); err == nil {
			io.Copy(io.Discard, page.Body)
			page.Body.Close()
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(300 * time.Millisecond):
		}
	}
}

func look(ctx context.Context, url, part string) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, "GET", url, nil)
	if err != nil {
		return nil, err
	}
	if part != "" {
		req.Header.Set("X-Part", part)
	}
	return http.DefaultClient.Do(req)
}
