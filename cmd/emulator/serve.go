package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/nightclerk/nightclerk/emulator"
	"github.com/nightclerk/nightclerk/envblock"
	"github.com/nightclerk/nightclerk/instance"
	"github.com/nightclerk/nightclerk/issuer"
	"github.com/nightclerk/nightclerk/sdkbundle"
)

// serveCmd starts an emulator. A flag beats its environment variable, that beats
// the file, and the file beats the default; so no flag has a default here.
type serveCmd struct {
	Listen          string   `env:"NIGHTCLERK_LISTEN" placeholder:"HOST:PORT" help:"Where to listen, for TLS and plain HTTP alike; localhost:4545 by default, port 0 takes a free one."`
	Config          string   `env:"NIGHTCLERK_CONFIG" placeholder:"FILE" help:"Scenario to start with; ./nightclerk.yaml by default, if there is one. NIGHTCLERK_CONFIG_YAML may hold its text instead."`
	ConfigYAML      string   `name:"config-yaml" env:"NIGHTCLERK_CONFIG_YAML" hidden:""`
	Data            string   `env:"NIGHTCLERK_DATA" placeholder:"FOLDER" help:"Folder for the database and the local CA; ./.nightclerk by default."`
	Ephemeral       bool     `env:"NIGHTCLERK_EPHEMERAL" help:"Keep everything in memory and write nothing to disk."`
	DatabaseURL     string   `name:"database-url" env:"NIGHTCLERK_DATABASE_URL" placeholder:"URL" help:"PostgreSQL to use instead of SQLite: postgres://…"`
	Issuer          string   `env:"NIGHTCLERK_ISSUER" placeholder:"URL" help:"Base of all issuers, such as http://emulator:4545 when verifiers reach it by that name."`
	PublicHost      string   `env:"NIGHTCLERK_PUBLIC_HOST" placeholder:"HOST:PORT" help:"Name to put into publishable keys and certificates instead of localhost."`
	AllowHost       []string `env:"NIGHTCLERK_ALLOW_HOST" placeholder:"HOST" help:"Further host name that the console and the control API answer to; may be repeated."`
	WebhookURL      string   `name:"webhook-url" env:"NIGHTCLERK_WEBHOOK_URL" placeholder:"URL" help:"Endpoint that receives every webhook of the default instance."`
	WebhookSchedule string   `env:"NIGHTCLERK_WEBHOOK_SCHEDULE" placeholder:"NAME" help:"When failed webhooks go again: fast (seconds), svix (as Svix does) or manual."`
	WebhookJitter   string   `env:"NIGHTCLERK_WEBHOOK_JITTER" placeholder:"0…1" help:"Spread retry delays by this part of each; 0 by default, Svix's is 0.2."`
	WebhookTimeout  string   `env:"NIGHTCLERK_WEBHOOK_TIMEOUT" placeholder:"DURATION" help:"How long a webhook's receiver may take; 15s by default."`
	SDKDir          string   `name:"sdk-dir" env:"NIGHTCLERK_SDK_DIR" placeholder:"FOLDER" help:"Folder that holds @clerk/clerk-js and @clerk/ui; without it they come from node_modules, or from what nightclerk sdk pull fetched."`
	JSON            bool     `env:"NIGHTCLERK_JSON" help:"Print one line of JSON when ready, instead of the banner."`
	LogLevel        string   `env:"NIGHTCLERK_LOG_LEVEL" default:"info" enum:"debug,info,warn,error" help:"What to log on standard error: ${enum}."`
	LogFormat       string   `env:"NIGHTCLERK_LOG_FORMAT" default:"text" enum:"text,json" help:"How to log: ${enum}."`
}

// Run serves until Ctrl-C or SIGTERM, then lets requests and deliveries under way
// finish. A second signal ends the process at once.
func (c *serveCmd) Run(a *app) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop)
	cfg, err := c.config(newBarProgress(a.errs))
	if err != nil {
		return err
	}
	cfg.Log = c.logger(a.errs)
	e, err := emulator.New(ctx, cfg)
	if err != nil {
		return stopped(ctx, err)
	}
	defer e.Close()
	if err := c.announce(ctx, a, e, cfg); err != nil {
		return err
	}
	return e.Run(ctx)
}

// stopped is the error of a start that somebody interrupted.
func stopped(ctx context.Context, err error) error {
	if ctx.Err() != nil && errors.Is(err, context.Canceled) {
		return errors.New("stopped before it was ready")
	}
	return err
}

func (c *serveCmd) logger(to io.Writer) *slog.Logger {
	var level slog.Level
	if err := level.UnmarshalText([]byte(c.LogLevel)); err != nil {
		panic(err) // the parser knows the levels
	}
	opts := &slog.HandlerOptions{Level: level}
	if c.LogFormat == "json" {
		return slog.New(slog.NewJSONHandler(to, opts))
	}
	return slog.New(slog.NewTextHandler(to, opts))
}

// readyLine is the line of JSON for programs that start an emulator.
type readyLine struct {
	envblock.Env
	URL     string `json:"url"`
	Version string `json:"version"`
}

// announce says that the port answers, and what to paste where.
func (c *serveCmd) announce(ctx context.Context, a *app, e *emulator.Emulator, cfg emulator.Config) error {
	live, err := e.Instances().BySlug(ctx, instance.DefaultSlug)
	if err != nil {
		return err
	}
	env := envblock.Of(live, e.Authority().CAFile())
	if !e.LoopbackOnly() && live.Keys.Current() == issuer.DevelopmentKey() {
		cfg.Log.Warn("whoever reaches this port can be anyone: it listens beyond this machine and signs with the published development key. " +
			"Listen on localhost, publish a container's port on 127.0.0.1 only, or set signing_key: generated")
	}
	if c.JSON {
		line, err := json.Marshal(readyLine{env, e.URL(), version})
		if err != nil {
			return err
		}
		a.printf("%s\n", line)
		return nil
	}
	a.printf("%s", banner(env, cfg))
	return nil
}

// banner is what a person needs first.
func banner(env envblock.Env, cfg emulator.Config) string {
	var b strings.Builder
	row := func(name, value string) { fmt.Fprintf(&b, "  %-16s %s\n", name, value) }
	fmt.Fprintf(&b, "nightclerk %s is ready\n\n", version)
	row("console", env.ConsoleURL)
	row("frontend API", env.FrontendAPIURL)
	row("backend API", env.BackendAPIURL)
	row("issuer", env.Issuer)
	row("publishable key", env.PublishableKey)
	row("secret key", env.SecretKey)
	row("webhook secret", env.WebhookSecret)
	row("data", dataOf(cfg))
	if env.CAFile != nil {
		row("certificate", *env.CAFile+" (nightclerk certs install makes browsers trust it)")
	}
	row("browser scripts", scriptsOf(cfg))
	fmt.Fprintf(&b, "\nnext: nightclerk env --framework %s prints what to paste into your app\n", strings.Join(envblock.Frameworks(), "|"))
	return b.String()
}

// scriptsOf names the Clerk scripts that apps will be given.
func scriptsOf(cfg emulator.Config) string {
	var have []string
	for _, pkg := range sdkbundle.Packages() {
		for _, version := range cfg.Scripts().Versions(pkg) {
			have = append(have, "@clerk/"+pkg+" "+version)
		}
	}
	if len(have) == 0 {
		return "none yet (nightclerk sdk pull fetches them; sign-in in a browser needs them)"
	}
	return strings.Join(have, ", ")
}

func dataOf(cfg emulator.Config) string {
	switch {
	case cfg.Server.DatabaseURL != "":
		return "PostgreSQL"
	case cfg.Ephemeral:
		return "in memory: gone when this process ends"
	}
	return cfg.Server.Data
}
