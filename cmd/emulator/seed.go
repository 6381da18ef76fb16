package main

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"reflect"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"

	"github.com/nightclerk/nightclerk/scenario"
)

// seedCmd adds users to a running emulator.
type seedCmd struct {
	remote
	File     string `arg:"" optional:"" help:"YAML or JSON with the fields of an instance in nightclerk.yaml, - for standard input."`
	Count    int    `placeholder:"N" help:"Instead of a file: this many made-up users."`
	Password string `placeholder:"TEXT" help:"With --count: the password of them all."`
	JSON     bool   `help:"Print the counts as JSON."`
}

// batch is how many users go into one request: progress shows, and other
// requests get their turn in between.
const batch = 1000

// counts is what the emulator did.
type counts struct {
	Created   int `json:"users_created"`
	Updated   int `json:"users_updated"`
	Unchanged int `json:"users_unchanged"`
}

// Run seeds a batch at a time. A seed that stopped half way can be run again: who
// is there already is found again.
func (c *seedCmd) Run(a *app) error {
	switch {
	case c.Count < 0, (c.File == "") == (c.Count == 0):
		return errors.New("seed what? Give a file, or --count for made-up users")
	case c.Count > 0:
		return c.send(a, &scenario.Instance{}, c.Count, c.madeUp)
	case c.Password != "":
		return errors.New("--password is for --count: in a file each user has its own")
	}
	in, err := readSeed(a, c.File)
	if err != nil {
		return err
	}
	return c.send(a, in, len(in.Users), func(from, to int) []scenario.User { return in.Users[from:to] })
}

// madeUp makes people with the numbers from+1 to to.
func (c *seedCmd) madeUp(from, to int) []scenario.User {
	people := make([]scenario.User, 0, to-from)
	for n := from + 1; n <= to; n++ {
		person := scenario.Person(n)
		person.Password = c.Password
		people = append(people, person)
	}
	return people
}

// readSeed checks the file here, so that a mistake in its last line is found
// before its first user is made.
func readSeed(a *app, name string) (*scenario.Instance, error) {
	raw, name, err := readInput(a.in, name)
	if err != nil {
		return nil, err
	}
	file, err := scenario.Parse(name, raw)
	switch {
	case err != nil:
		return nil, err
	case len(file.Instances) > 0:
		return nil, fmt.Errorf("%s describes several instances: seed one at a time, with --instance", name)
	case !reflect.ValueOf(file.Server).IsZero():
		return nil, fmt.Errorf("%s has settings of the process under `server`: they take effect when the emulator starts with --config %s; take them out to seed the rest", name, name)
	}
	return &file.Default, nil
}

func readInput(in io.Reader, name string) (raw []byte, label string, err error) {
	if name != "-" {
		raw, err = os.ReadFile(name)
		return raw, name, err
	}
	raw, err = io.ReadAll(in)
	return raw, "standard input", err
}

// send posts the first batch of users with all else that the seed names, then
// the other users.
func (c *seedCmd) send(a *app, in *scenario.Instance, total int, people func(from, to int) []scenario.User) error {
	bar := newBar(a.errs, total)
	part, done := *in, counts{}
	for from := 0; from == 0 || from < total; from += batch {
		to := min(from+batch, total)
		if part.Users = people(from, to); total == 0 {
			part.Users = nil
		}
		var n counts
		if err := c.control(http.MethodPost, "/seed", scenario.SeedJSON(&part), &n); err != nil {
			return fmt.Errorf("%w (%d of %d users were seeded; it can be run again)", err, from, total)
		}
		done = counts{done.Created + n.Created, done.Updated + n.Updated, done.Unchanged + n.Unchanged}
		_ = bar.Add(to - from) // a terminal that went away must not stop the seed
		part = scenario.Instance{}
	}
	return done.print(a, c.JSON)
}

func (n counts) print(a *app, asJSON bool) error {
	if asJSON {
		a.printf(`{"users_created":%d,"users_updated":%d,"users_unchanged":%d}`+"\n", n.Created, n.Updated, n.Unchanged)
		return nil
	}
	a.printf("%d users created, %d updated, %d unchanged\n", n.Created, n.Updated, n.Unchanged)
	return nil
}

// newBar shows progress where somebody watches.
func newBar(to io.Writer, total int) *progressbar.ProgressBar {
	file, ok := to.(*os.File)
	if !ok || !term.IsTerminal(int(file.Fd())) {
		to = io.Discard
	}
	return progressbar.NewOptions(total, progressbar.OptionSetWriter(to), progressbar.OptionSetDescription("users"),
		progressbar.OptionShowCount(), progressbar.OptionShowIts(), progressbar.OptionClearOnFinish(), progressbar.OptionSetWidth(30))
}
