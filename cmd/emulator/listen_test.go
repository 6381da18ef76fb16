package main

import (
	"bufio"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
)

// listening is a running `nightclerk webhooks listen`.
type listening struct {
	cmd    *exec.Cmd
	out    *bufio.Reader
	secret string
}

func nightclerk(t *testing.T, url string, args ...string) *exec.Cmd {
	t.Helper()
	path, err := exec.LookPath("nightclerk")
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(path, args...)
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "NIGHTCLERK_URL=" + url}
	return cmd
}

// listen starts it and returns once it is ready.
func listen(t *testing.T, url string, args ...string) *listening {
	t.Helper()
	l := &listening{cmd: nightclerk(t, url, append([]string{"webhooks", "listen"}, args...)...)}
	stdout, err := l.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	stderr, err := l.cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := l.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.cmd.Process.Kill() })
	l.out = bufio.NewReader(stdout)
	said := bufio.NewReader(stderr)
	if line, err := said.ReadString('\n'); err != nil || !strings.HasPrefix(line, "Ready.") {
		t.Fatalf("it said %q, %v", line, err)
	}
	if strings.Contains(strings.Join(args, " "), "--forward-to") {
		line, err := said.ReadString('\n')
		if err != nil {
			t.Fatal(err)
		}
		l.secret = strings.TrimSpace(line)
	}
	go io.Copy(io.Discard, said)
	return l
}

func (l *listening) line(t *testing.T) string {
	t.Helper()
	line, err := l.out.ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	return line
}

// interrupt ends it as Ctrl-C does.
func (l *listening) interrupt(t *testing.T) {
	t.Helper()
	l.cmd.Process.Signal(syscall.SIGINT)
	io.Copy(io.Discard, l.out)
	if err := l.cmd.Wait(); err != nil {
		t.Errorf("it ended with %v", err)
	}
}

// What happens is shown as it happens, and the temporary endpoint goes with it.
func TestListen(t *testing.T) {
	p, err := launch(t.TempDir(), []string{"PATH=" + os.Getenv("PATH")}, "--json", "--ephemeral", "--listen", "localhost:0", "--webhook-schedule", "manual")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.stop() })
	url, err := p.url()
	if err != nil {
		t.Fatal(err)
	}
	app := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(http.StatusUnauthorized) }))
	t.Cleanup(app.Close)
	do := func(args ...string) string {
		out, err := nightclerk(t, url, args...).CombinedOutput()
		if err != nil {
			t.Fatalf("%v: %v\n%s", args, err, out)
		}
		return string(out)
	}

	watching, forwarding := listen(t, url), listen(t, url, "--forward-to", app.URL+"/hook", "--events", "user.created,user.deleted", "--print-json")
	if want := "CLERK_WEBHOOK_SIGNING_SECRET=" + strings.TrimSpace(do("webhooks", "endpoints", "secret")); forwarding.secret != want {
		t.Errorf("it said %q, want %q", forwarding.secret, want)
	}
	do("trigger", "user.updated", "--user", "bob@example.com")
	if line := watching.line(t); !strings.Contains(line, "user.updated") || !strings.Contains(line, "not sent  No enabled endpoint subscribes") {
		t.Errorf("a message for nobody: %q", line)
	}
	do("trigger", "user.created")
	line := watching.line(t)
	for _, want := range []string{"  user.created  msg_", "  " + app.URL + "/hook  401  The route /hook is protected (401)"} {
		if !strings.Contains(line, want) {
			t.Errorf("an attempt: %q, want …%s…", line, want)
		}
	}
	var got heard
	if err := json.Unmarshal([]byte(forwarding.line(t)), &got); err != nil {
		t.Fatal(err)
	}
	if got.Type != "user.created" || got.Code != 401 || got.Status != "fail" || got.URL != app.URL+"/hook" || got.Diagnosis == "" || !strings.Contains(string(got.Payload), `"type":"user.created"`) {
		t.Errorf("as JSON: %+v", got)
	}
	forwarding.interrupt(t)
	if list := do("webhooks", "endpoints", "list"); !strings.Contains(list, "No endpoints") {
		t.Errorf("left behind: %s", list)
	}

	again := listen(t, url, "--forward-to", app.URL+"/hook") // killed, it leaves its endpoint to the next
	again.cmd.Process.Kill()
	again.cmd.Wait()
	listen(t, url, "--forward-to", app.URL+"/hook").interrupt(t)
	if list := do("webhooks", "endpoints", "list"); !strings.Contains(list, "No endpoints") {
		t.Errorf("left behind by the killed one: %s", list)
	}
	watching.interrupt(t)
}
