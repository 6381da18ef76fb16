package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	"github.com/nightclerk/nightclerk/emulator"
	"github.com/nightclerk/nightclerk/scenario"
)

// Where things are when nobody says otherwise.
const (
	defaultConfig = "nightclerk.yaml"
	defaultData   = ".nightclerk"
)

// config puts flags, environment and file together.
func (c *serveCmd) config(progress scenario.Progress) (emulator.Config, error) {
	file, err := c.file()
	if err != nil {
		return emulator.Config{}, err
	}
	server, err := c.over(file.Server)
	if err != nil {
		return emulator.Config{}, err
	}
	if server.Data == "" && !c.Ephemeral {
		server.Data = defaultData
	}
	return emulator.Config{Server: server, Ephemeral: c.Ephemeral, File: file, Version: version, Progress: progress,
		SDK: sdkFolders(server.Data)}, nil
}

// file reads the scenario. Only the file that nobody asked for may be missing.
func (c *serveCmd) file() (*scenario.File, error) {
	name := c.Config
	switch {
	case name != "" && c.ConfigYAML != "":
		return nil, errors.New("NIGHTCLERK_CONFIG_YAML holds a scenario and --config or NIGHTCLERK_CONFIG names another: give one of them")
	case c.ConfigYAML != "":
		return scenario.Parse("NIGHTCLERK_CONFIG_YAML", []byte(c.ConfigYAML))
	case name == "":
		name = defaultConfig
	}
	raw, err := os.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) && c.Config == "" {
		return &scenario.File{}, nil
	}
	if err != nil {
		return nil, fmt.Errorf("cannot read the scenario: %w: give another file with --config", err)
	}
	return scenario.Parse(name, raw)
}

// over lays flags and environment, which the parser has put in order, over what
// the file says.
func (c *serveCmd) over(server scenario.Server) (scenario.Server, error) {
	given, err := c.given()
	if err != nil {
		return server, err
	}
	for _, f := range []struct{ from, to *string }{
		{&given.Listen, &server.Listen}, {&given.Data, &server.Data}, {&given.DatabaseURL, &server.DatabaseURL}, {&given.Issuer, &server.Issuer},
		{&given.PublicHost, &server.PublicHost}, {&given.WebhookURL, &server.WebhookURL}, {&given.WebhookSchedule, &server.WebhookSchedule},
		{&given.WebhookTimeout, &server.WebhookTimeout}, {&given.SDKDir, &server.SDKDir},
	} {
		if *f.from != "" {
			*f.to = *f.from
		}
	}
	if given.WebhookJitter != nil {
		server.WebhookJitter = given.WebhookJitter
	}
	if len(given.AllowHosts) > 0 {
		server.AllowHosts = given.AllowHosts
	}
	return server, nil
}

// given is what flags and environment say, checked by the very rules of the file.
func (c *serveCmd) given() (scenario.Server, error) {
	named := map[string]any{}
	for name, value := range map[string]string{"listen": c.Listen, "data": c.Data, "database_url": c.DatabaseURL, "issuer": c.Issuer,
		"public_host": c.PublicHost, "webhook_url": c.WebhookURL, "webhook_schedule": c.WebhookSchedule,
		"webhook_timeout": c.WebhookTimeout, "sdk_dir": c.SDKDir} {
		if value != "" {
			named[name] = value
		}
	}
	if c.WebhookJitter != "" { // a number, or whatever it is: the file's rules say what is wrong
		named["webhook_jitter"] = jsonOf(c.WebhookJitter)
	}
	if len(c.AllowHost) > 0 {
		named["allow_hosts"] = c.AllowHost
	}
	raw, err := json.Marshal(map[string]any{"server": named})
	if err != nil {
		return scenario.Server{}, err
	}
	file, err := scenario.Parse("", raw)
	if err != nil {
		return scenario.Server{}, asFlag(err)
	}
	return file.Server, nil
}

// jsonOf is a text as JSON where it is JSON, else as the text.
func jsonOf(text string) any {
	if json.Valid([]byte(text)) {
		return json.RawMessage(text)
	}
	return text
}

// asFlag words the first mistake as one of a flag: there is no line to show.
func asFlag(err error) error {
	var mistakes scenario.Errors
	if !errors.As(err, &mistakes) {
		return err
	}
	m := mistakes[0]
	field, _, _ := strings.Cut(strings.TrimPrefix(m.Path, "server."), "[")
	flag := strings.ReplaceAll(strings.TrimSuffix(field, "s"), "_", "-")
	text := fmt.Sprintf("--%s (or NIGHTCLERK_%s): %s", flag, strings.ToUpper(strings.ReplaceAll(flag, "-", "_")), m.Message)
	if m.Expected != "" {
		text += "; expected " + m.Expected
	}
	if m.Hint != "" {
		text += "; " + m.Hint
	}
	return errors.New(text)
}

// newBarProgress shows the seeding of a start where somebody watches. An
// instance's users are one bar.
func newBarProgress(to io.Writer) scenario.Progress {
	bar := newBar(to, 0)
	return func(done, total int) {
		if total > batch {
			bar.ChangeMax(total)
			_ = bar.Set(done) // a terminal that went away must not stop the start
		}
	}
}
