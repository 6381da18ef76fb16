package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/nightclerk/nightclerk/scenario"
	"github.com/nightclerk/nightclerk/webhooks"
	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"nightclerk": main})
}

// The manual of the command line is its test: one script for each command, one
// for how flags, environment and file go together, one for mistakes.
//
// Beside testscript's own commands they have:
//
//	emulator [flags]   starts one on a free port, waits until it is ready, sets
//	                   NIGHTCLERK_URL and writes what it printed to ready.json
//	stop               ends it as Ctrl-C does; it must end with 0. Its log is in log
//	receiver [status]  starts a webhook endpoint that answers so, sets RECEIVER
//	received N         waits until the endpoint has had N requests
//	caught FILE        writes the newest of them into a file, as it came
//	taken              takes a port and sets TAKEN to its address
//	ask HOST METHOD PATH [BODY]
//	                   sends a request to it by that host name; stdout is the answer
//	code ADDRESS       has a sign-in code sent to it, as a browser would
//	private PATH       fails unless nobody else may look into the folder
func TestScripts(t *testing.T) { runScripts(t, "testdata") }

// Every trigger that the page on webhook events shows works as it stands there.
func TestTriggersOfThePage(t *testing.T) {
	page, err := os.ReadFile("../../docs/guides/webhook-events.md")
	if err != nil {
		t.Fatal(err)
	}
	lines := []string{"emulator --listen localhost:0 --ephemeral"}
	for _, line := range strings.Split(string(page), "\n") {
		if strings.HasPrefix(line, "nightclerk trigger ") {
			lines = append(lines, "exec "+line)
		}
	}
	if len(lines) < 5 {
		t.Fatalf("the page has %d commands", len(lines)-1)
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "page.txtar"), []byte(strings.Join(lines, "\n")+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	runScripts(t, dir)
}

// Every command that the page on faults shows works as it stands there, its
// files can be read, and no fault is left out.
func TestThePageOnFaults(t *testing.T) {
	page, err := os.ReadFile("../../docs/guides/webhook-faults.md")
	if err != nil {
		t.Fatal(err)
	}
	text := string(page)
	lines := []string{"emulator --listen localhost:0 --ephemeral"}
	for _, line := range strings.Split(text, "\n") {
		if strings.HasPrefix(line, "nightclerk webhooks ") {
			lines = append(lines, "exec "+line)
		}
	}
	for _, info := range webhooks.Faults {
		for _, want := range []string{"nightclerk webhooks faults add " + string(info.Action), "| `" + string(info.Action) + "` |", "{action: " + string(info.Action)} {
			if !strings.Contains(text, want) {
				t.Errorf("the page lacks %q", want)
			}
		}
	}
	for _, block := range strings.Split(text, "```yaml\n")[1:] {
		yaml, _, _ := strings.Cut(block, "```")
		if _, err := scenario.Parse("webhook-faults.md", []byte(yaml)); err != nil {
			t.Error(err)
		}
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "page.txtar"), []byte(strings.Join(lines, "\n")+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	runScripts(t, dir)
}

func runScripts(t *testing.T, dir string) {
	testscript.Run(t, testscript.Params{
		Dir:                 dir,
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(env *testscript.Env) error {
			env.Values["script"] = &script{}
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"emulator": startEmulator, "stop": stopEmulator, "receiver": startReceiver, "received": awaitReceived, "caught": writeCaught, "taken": takePort, "ask": ask, "code": haveCodeSent, "private": isPrivate,
		},
	})
}

// script is what a running script has.
type script struct {
	process  *process
	receiver *receiver
}

func of(ts *testscript.TestScript) *script { return ts.Value("script").(*script) }

// process is a running nightclerk.
type process struct {
	cmd    *exec.Cmd
	ready  string
	log    *strings.Builder
	logged sync.WaitGroup
}

// launch starts nightclerk and returns when it has printed its line.
func launch(dir string, env []string, args ...string) (*process, error) {
	path, err := exec.LookPath("nightclerk")
	if err != nil {
		return nil, err
	}
	p := &process{cmd: exec.Command(path, args...), log: &strings.Builder{}}
	p.cmd.Dir, p.cmd.Env = dir, env
	stdout, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	p.cmd.Stderr = p.log
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	line, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		p.cmd.Wait()
		return nil, fmt.Errorf("it was not ready: %v\n%s", err, p.log)
	}
	p.ready = line
	p.logged.Go(func() { io.Copy(io.Discard, stdout) })
	return p, nil
}

// url is where it answers.
func (p *process) url() (string, error) {
	var line struct{ URL string }
	err := json.Unmarshal([]byte(p.ready), &line)
	return line.URL, err
}

// stop asks it to end and waits.
func (p *process) stop() error {
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	p.logged.Wait()
	return p.cmd.Wait()
}

func startEmulator(ts *testscript.TestScript, neg bool, args []string) {
	if neg {
		ts.Fatalf("use ! exec nightclerk serve")
	}
	env := []string{"PATH=" + os.Getenv("PATH")}
	for _, name := range []string{"NIGHTCLERK_CONFIG", "NIGHTCLERK_CONFIG_YAML", "NIGHTCLERK_DATA", "NIGHTCLERK_ISSUER", "NIGHTCLERK_LISTEN", "NIGHTCLERK_ALLOW_HOST"} {
		if value := ts.Getenv(name); value != "" {
			env = append(env, name+"="+value)
		}
	}
	p, err := launch(ts.MkAbs("."), env, append([]string{"serve", "--json"}, args...)...)
	ts.Check(err)
	of(ts).process = p
	ts.Defer(func() {
		if of(ts).process == p {
			p.cmd.Process.Kill()
			p.cmd.Wait()
		}
	})
	url, err := p.url()
	ts.Check(err)
	ts.Setenv("NIGHTCLERK_URL", url)
	ts.Check(os.WriteFile(ts.MkAbs("ready.json"), []byte(p.ready), 0o600))
}

func stopEmulator(ts *testscript.TestScript, _ bool, _ []string) {
	p := of(ts).process
	of(ts).process = nil
	err := p.stop()
	ts.Check(os.WriteFile(ts.MkAbs("log"), []byte(p.log.String()), 0o600))
	if err != nil {
		ts.Fatalf("it ended with %v\n%s", err, p.log)
	}
}

// receiver is a webhook endpoint.
type receiver struct {
	mu   sync.Mutex
	more *sync.Cond
	n    int
	last []byte // the newest request as it came
}

func startReceiver(ts *testscript.TestScript, _ bool, args []string) {
	status := http.StatusOK
	if len(args) > 0 {
		var err error
		status, err = strconv.Atoi(args[0])
		ts.Check(err)
	}
	r := &receiver{}
	r.more = sync.NewCond(&r.mu)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		raw, _ := httputil.DumpRequest(req, true)
		w.WriteHeader(status)
		r.mu.Lock()
		defer r.mu.Unlock()
		r.n, r.last = r.n+1, raw
		r.more.Broadcast()
	}))
	ts.Defer(server.Close)
	of(ts).receiver = r
	ts.Setenv("RECEIVER", server.URL)
}

func awaitReceived(ts *testscript.TestScript, _ bool, args []string) {
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	r := of(ts).receiver
	r.mu.Lock()
	defer r.mu.Unlock()
	for r.n < want {
		r.more.Wait()
	}
	if r.n > want {
		ts.Fatalf("%d requests came, not %d", r.n, want)
	}
}

func writeCaught(ts *testscript.TestScript, _ bool, args []string) {
	r := of(ts).receiver
	r.mu.Lock()
	defer r.mu.Unlock()
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), r.last, 0o600))
}

func takePort(ts *testscript.TestScript, _ bool, _ []string) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	ts.Check(err)
	ts.Defer(func() { ln.Close() })
	ts.Setenv("TAKEN", ln.Addr().String())
}

func ask(ts *testscript.TestScript, _ bool, args []string) {
	req, err := http.NewRequest(args[1], ts.Getenv("NIGHTCLERK_URL")+args[2], strings.NewReader(strings.Join(args[3:], " ")))
	ts.Check(err)
	req.Host = args[0]
	res, err := http.DefaultClient.Do(req)
	ts.Check(err)
	defer res.Body.Close()
	_, err = io.Copy(ts.Stdout(), res.Body)
	ts.Check(err)
}

// haveCodeSent signs nobody in: it stops where the person would look into their
// mail.
func haveCodeSent(ts *testscript.TestScript, _ bool, args []string) {
	base := ts.Getenv("NIGHTCLERK_URL")
	var browser struct{ ID string }
	res, err := http.PostForm(base+"/v1/dev_browser", nil)
	ts.Check(err)
	defer res.Body.Close()
	ts.Check(json.NewDecoder(res.Body).Decode(&browser))
	form := url.Values{"strategy": {"email_code"}, "identifier": {args[0]}}
	res, err = http.PostForm(base+"/v1/client/sign_ins?__clerk_db_jwt="+browser.ID, form)
	ts.Check(err)
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		ts.Fatalf("no code was sent to %s: %s", args[0], res.Status)
	}
}

func isPrivate(ts *testscript.TestScript, _ bool, args []string) {
	info, err := os.Stat(ts.MkAbs(args[0]))
	ts.Check(err)
	if info.Mode().Perm()&0o077 != 0 {
		ts.Fatalf("%s has mode %s", args[0], info.Mode())
	}
}
