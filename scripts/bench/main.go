// Command bench measures what the emulator costs beyond what it cannot do
// without, in one run, and tells it as ratios: the same machine, the same
// minute, rounds of both sides in turn. A number of requests per second would be
// about the machine.
//
//	make bench
//	go run ./scripts/bench -binary bin/nightclerk -only mint,jwks
//
// It knows the emulator as a binary and webhooks as a package. It must not know
// how either is made fast.
package main

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"runtime/pprof"
	"slices"
	"strings"
	"time"
)

// bench is what the measurements are told.
type bench struct {
	binary string        // nightclerk
	hello  string        // the bare server
	temp   string        // a folder that is gone afterwards
	rounds int           // that count
	round  time.Duration // of one side
	users  int           // in the seed
}

// measurements stand in the order of the table.
var measurements = []struct {
	name string
	run  func(*bench) ([]row, error)
}{
	{"mint", mint},
	{"client", clientOfBrowser},
	{"sign-in", wholeSignIn},
	{"jwks", jwks},
	{"delivery", delivery},
	{"created", created},
	{"delivery-floor", deliveryOutbox},
	{"delivery-memory", deliveryInMemory},
	{"delivery-postgres", deliveryOnPostgres},
	{"start", coldStart},
	{"seed", seed},
}

// gcPercent is cmd/emulator's: deliveries are measured in this process.
const gcPercent = 400

func main() {
	debug.SetGCPercent(gcPercent)
	b := &bench{}
	flag.StringVar(&b.binary, "binary", "bin/nightclerk", "the built emulator")
	flag.IntVar(&b.rounds, "rounds", 7, "rounds of each measurement")
	flag.DurationVar(&b.round, "round", 2*time.Second, "length of one side of a round")
	flag.IntVar(&b.users, "users", 100_000, "users in the seed")
	only := flag.String("only", "", "measure only these, such as mint,jwks")
	write := flag.String("write", "docs/benchmarks.md", "document to put the table into when everything was measured")
	profile := flag.String("cpuprofile", "", "write this process's CPU profile to a file")
	flag.Parse()
	rows, err := b.run(*only, *profile)
	if err == nil {
		fmt.Print(table(rows))
		if *write != "" && *only == "" {
			err = replace(*write, table(rows))
		}
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func (b *bench) run(only, profile string) (rows []row, err error) {
	if b.temp, err = os.MkdirTemp("", "nightclerk-bench"); err != nil {
		return nil, err
	}
	defer os.RemoveAll(b.temp)
	if err := b.build(); err != nil {
		return nil, err
	}
	if profile != "" {
		f, err := os.Create(profile)
		if err != nil {
			return nil, err
		}
		defer f.Close()
		if err := pprof.StartCPUProfile(f); err != nil {
			return nil, err
		}
		defer pprof.StopCPUProfile()
	}
	for _, m := range measurements {
		if only != "" && !slices.Contains(strings.Split(only, ","), m.name) {
			continue
		}
		fmt.Fprintf(os.Stderr, "%s …\n", m.name)
		more, err := m.run(b)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", m.name, err)
		}
		rows = append(rows, more...)
	}
	return rows, nil
}

// build makes the bare server, with the flags that the emulator is built with.
func (b *bench) build() (err error) {
	if b.binary, err = filepath.Abs(b.binary); err != nil {
		return err
	}
	b.hello = filepath.Join(b.temp, "hello")
	cmd := exec.Command("go", "build", "-trimpath", "-buildvcs=false", "-ldflags", "-s -w", "-o", b.hello, "./scripts/bench/hello")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	cmd.Stderr = os.Stderr
	return cmd.Run()
}

// startEmulator starts the emulator on a free port.
func (b *bench) startEmulator(args ...string) (*process, error) {
	return start(b.binary, append([]string{"start", "--listen", "localhost:0", "--json"}, args...)...)
}

// startHello starts the bare server.
func (b *bench) startHello(body []byte) (*process, error) {
	file := filepath.Join(b.temp, "body")
	if err := os.WriteFile(file, body, 0o600); err != nil {
		return nil, err
	}
	return start(b.hello, "-body", file)
}
