// Command emulator is nightclerk: a local Clerk for development and tests. This
// package knows the command line: flags, files, environment, terminals and
// signals. What a running emulator does it asks over HTTP, like anybody else; it
// must not know how.
package main

import (
	"os"
	"runtime/debug"
)

// version is set by the release build: -ldflags "-X main.version=1.2.3".
var version = "dev"

// gcPercent lets the heap grow to five times what is in use before it is
// collected. A few megabytes are in use, so Go's default would collect every few
// hundred requests, at a tenth of their cost.
const gcPercent = 400

func main() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
	os.Exit(run(os.Args[1:], &app{in: os.Stdin, out: os.Stdout, errs: os.Stderr}))
}
