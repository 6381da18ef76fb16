package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"syscall"
)

// process is a server that this program started.
type process struct {
	cmd *exec.Cmd
	// url is where it answers over plain HTTP, addr the host and port in it.
	url, addr string
}

// start runs a server until it has printed the line that says where it answers.
// What it logs goes to /dev/null: a terminal would cost what a terminal costs.
func start(program string, args ...string) (*process, error) {
	cmd := exec.Command(program, args...)
	cmd.Env, cmd.Dir = cleanEnvironment(), os.TempDir()
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	p := &process{cmd: cmd}
	line, err := bufio.NewReader(out).ReadBytes('\n')
	if err == nil {
		err = p.read(line)
	}
	if err != nil {
		p.stop()
		return nil, fmt.Errorf("%s %s did not become ready (%w): run it by hand to see why", program, strings.Join(args, " "), err)
	}
	return p, nil
}

func (p *process) read(line []byte) error {
	var ready struct {
		URL string `json:"backend_api_url"`
	}
	if err := json.Unmarshal(line, &ready); err != nil {
		return fmt.Errorf("it printed %q, which is not JSON: %w", line, err)
	}
	u, err := url.Parse(ready.URL)
	if err != nil {
		return err
	}
	p.url, p.addr = ready.URL, u.Host
	return nil
}

// cleanEnvironment is the caller's without anything that configures us.
func cleanEnvironment() (list []string) {
	for _, entry := range os.Environ() {
		if !strings.HasPrefix(entry, "NIGHTCLERK_") {
			list = append(list, entry)
		}
	}
	return list
}

// stop ends the process as Ctrl-C does and waits for it. That a process without
// a handler dies of the signal is no error.
func (p *process) stop() error {
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	err := p.cmd.Wait()
	if status, ok := p.cmd.ProcessState.Sys().(syscall.WaitStatus); ok && status.Signaled() && status.Signal() == syscall.SIGTERM {
		return nil
	}
	return err
}

// spent measures what this process and that one spend on work between them.
func (p *process) spent(work func() (n int, err error)) (sample, error) {
	before, err := cpuOf(p.cmd.Process.Pid)
	if err != nil {
		return sample{}, err
	}
	s, err := here(work)
	if err != nil {
		return sample{}, err
	}
	after, err := cpuOf(p.cmd.Process.Pid)
	s.serving = after - before
	s.cpu += s.serving
	return s, err
}
