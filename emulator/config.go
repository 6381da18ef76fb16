package emulator

import (
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/nightclerk/nightclerk/instance"
	"github.com/nightclerk/nightclerk/internal/certs"
	"github.com/nightclerk/nightclerk/internal/clock"
	"github.com/nightclerk/nightclerk/internal/ids"
	"github.com/nightclerk/nightclerk/internal/store"
	"github.com/nightclerk/nightclerk/scenario"
	"github.com/nightclerk/nightclerk/sdkbundle"
	"github.com/nightclerk/nightclerk/webhooks"
)

// DefaultListen is the address that everything is documented with.
const DefaultListen = "localhost:4545"

// Config is everything that one process is told. The zero value serves the
// default scenario on the default address and writes nothing to disk.
type Config struct {
	// Server is what flags, environment and file say together.
	Server scenario.Server
	// Ephemeral keeps data and certificates in memory.
	Ephemeral bool
	// File is the scenario that starts and resets return to; nil for the default.
	File    *scenario.File
	Version string
	// SDK are the folders in which the scripts that browsers load are looked for,
	// after that of Server.
	SDK []string

	// Clock is wall time; Rand is where ids and secrets come from.
	Clock clock.Clock
	Rand  io.Reader
	Log   *slog.Logger
	// Progress is told of long seeding.
	Progress scenario.Progress
}

func (c Config) withDefaults() Config {
	if c.Server.Listen == "" {
		c.Server.Listen = DefaultListen
	}
	if c.Server.CacheControl == "" {
		c.Server.CacheControl = "no-store"
	}
	if c.File == nil {
		c.File = scenario.Default()
	}
	if c.Clock == nil {
		c.Clock = clock.Wall
	}
	if c.Rand == nil {
		c.Rand = ids.Random
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Server.Data == "" {
		c.Ephemeral = c.Ephemeral || c.Server.DatabaseURL == ""
	}
	return c
}

// dataFolder makes the folder for data and certificates and returns it, "" when
// nothing is to be written.
func (c Config) dataFolder() (string, error) {
	if c.Ephemeral || c.Server.Data == "" {
		return "", nil
	}
	if err := os.MkdirAll(c.Server.Data, 0o700); err != nil {
		return "", fmt.Errorf("cannot make the data folder: %w: choose another with --data, or use --ephemeral", err)
	}
	// Absolute, because ca_file is pasted into settings of programs elsewhere.
	return filepath.Abs(c.Server.Data)
}

// certs opens the local certificate authority.
func (c Config) certs(folder string) (*certs.Authority, error) {
	names := c.hosts()
	return certs.Open(certs.Options{Dir: folder, Names: names, Clock: c.Clock, Rand: c.Rand, Log: c.Log})
}

// hosts are the names beyond those of the machine itself that the process is
// reached by. Names below localhost need no permission and no word in the CA.
func (c Config) hosts() []string {
	return slices.DeleteFunc(c.names(), func(host string) bool { return strings.HasSuffix(host, ".localhost") })
}

// names are those of the issuer and of the publishable key, with those below
// localhost: there a first label would otherwise name an instance.
func (c Config) names() []string {
	var names []string
	for _, candidate := range []string{c.Server.PublicHost, instance.IssuerHost(c.Server.Issuer)} {
		if host := bareHost(candidate); host != "" && host != "localhost" && !isLoopbackIP(host) {
			names = append(names, host)
		}
	}
	return names
}

func isLoopbackIP(host string) bool {
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}

// store says where the data is.
func (c Config) store(folder string, emit func(*store.Tx, store.Event) error) store.Options {
	opts := store.Options{DSN: c.Server.DatabaseURL, Schemas: schemas, Emit: emit, Clock: c.Clock, Rand: c.Rand, Log: c.Log}
	if opts.DSN == "" && folder == "" {
		opts.Memory, opts.Path = true, ids.Source{Rand: c.Rand, Clock: c.Clock}.Hex(8)
		return opts
	}
	opts.Path = filepath.Join(folder, "nightclerk.db")
	return opts
}

// Scripts are the folders of the scripts that browsers load, in order.
func (c Config) Scripts() sdkbundle.Library {
	if c.Server.SDKDir == "" {
		return c.SDK
	}
	return append(sdkbundle.Library{c.Server.SDKDir}, c.SDK...)
}

// addresses are the host:port that browsers use and the base URL over plain
// HTTP, for the port that was bound.
func (c Config) addresses(port int) (frontendHost, backend string) {
	host := c.Server.PublicHost
	if host == "" {
		host = fmt.Sprintf("localhost:%d", port)
	}
	return host, "http://" + host
}

// schedule is the retry schedule that endpoints have by default.
func (c Config) schedule() (webhooks.Schedule, error) {
	s, err := webhooks.ScheduleNamed(c.Server.WebhookSchedule)
	if c.Server.WebhookJitter != nil {
		s.Jitter = float64(*c.Server.WebhookJitter)
	}
	return s, err
}

// timeout is how long an attempt may take by default, 0 for the dispatcher's
// own limit.
func (c Config) timeout() (time.Duration, error) {
	if c.Server.WebhookTimeout == "" {
		return 0, nil
	}
	return time.ParseDuration(c.Server.WebhookTimeout)
}

// scenario is the file, completed, with what the flags say of it laid over.
func (c Config) scenario() *scenario.File {
	file := c.File.WithDefaults()
	if c.Server.Seed != "" {
		file.Server.Seed = c.Server.Seed
	}
	if c.Server.WebhookURL != "" {
		file.Default.WebhookEndpoints = append(file.Default.WebhookEndpoints, scenario.WebhookEndpoint{URL: c.Server.WebhookURL})
	}
	return file
}
