package main

import (
	"errors"
	"fmt"
	"io"

	"github.com/alecthomas/kong"
)

// cli is the command line, in the order in which help lists it.
type cli struct {
	Serve    serveCmd      `cmd:"" default:"withargs" aliases:"start" help:"Start the emulator. This is what happens without a command."`
	Env      envCmd        `cmd:"" help:"Print keys and addresses, ready to paste."`
	Token    tokenCmd      `cmd:"" help:"Print a token for a user, or explain one."`
	SignIn   signInCmd     `cmd:"" name:"sign-in" help:"Print an address that signs a user in when a browser opens it."`
	Users    usersCmd      `cmd:"" help:"Create, list, show and delete users."`
	Trigger  triggerCmd    `cmd:"" help:"Have a webhook event happen: a real change, or a sample."`
	Inbox    inboxCmd      `cmd:"" help:"Show codes, links and messages that were sent."`
	Webhooks webhooksCmd   `cmd:"" help:"Watch, verify, send again and export webhooks; manage endpoints."`
	Seed     seedCmd       `cmd:"" help:"Add users from a file, or made-up ones."`
	Export   exportFileCmd `cmd:"" help:"Print the instance as it is, as a nightclerk.yaml to start with."`
	SDK      sdkCmd        `cmd:"" name:"sdk" help:"Fetch the Clerk scripts that browsers load."`
	Certs    certsCmd      `cmd:"" help:"Let browsers trust the emulator's HTTPS."`
	Ready    readyCmd      `cmd:"" help:"Tell whether the emulator can be used, by exit code."`
	Schema   schemaCmd     `cmd:"" help:"Print the JSON Schema of nightclerk.yaml, for editors."`
	Version  versionCmd    `cmd:"" help:"Print the version."`
}

// app is what commands read from and write to.
type app struct {
	in        io.Reader
	out, errs io.Writer
}

// Exit codes. A command line that cannot be understood is told apart from a
// command that failed.
const (
	exitFailed = 1
	exitUsage  = 2
)

// errSaid makes a command fail whose output has said everything already.
var errSaid = errors.New("the output says why")

func run(args []string, a *app) int {
	var c cli
	parser, err := kong.New(&c, kong.Name("nightclerk"), kong.Description("A local Clerk: users, sessions, tokens and webhooks, without an account."),
		kong.Writers(a.out, a.errs), kong.Bind(a), kong.Vars{"default_url": defaultURL}, kong.ConfigureHelp(kong.HelpOptions{Compact: true, WrapUpperBound: 100}))
	if err != nil {
		panic(err) // a mistake in the struct above
	}
	ctx, err := parser.Parse(args)
	if err != nil {
		fmt.Fprintf(a.errs, "nightclerk: %v\nRun `nightclerk --help` for the commands and `nightclerk <command> --help` for their flags.\n", err)
		return exitUsage
	}
	if err := ctx.Run(); err != nil {
		if !errors.Is(err, errSaid) {
			fmt.Fprintf(a.errs, "nightclerk: %v\n", err)
		}
		return exitFailed
	}
	return 0
}

// printf writes to standard output.
func (a *app) printf(format string, args ...any) { fmt.Fprintf(a.out, format, args...) }
