// Command emulator is nightclerk: a local Clerk for development and tests. This
// package knows the command line: flags, files, environment, terminals and
// signals. What a running emulator does it asks over HTTP, like anybody else; it
// must not know how.
package main

import "os"

// version is set by the release build: -ldflags "-X main.version=1.2.3".
var version = "dev"

func main() {
	os.Exit(run(os.Args[1:], &app{in: os.Stdin, out: os.Stdout, errs: os.Stderr}))
}
