// Package envblock words what an app must be told to use an instance instead of
// Clerk: one block per framework, ready to paste, under the variable names that
// each SDK reads. It is pure: the command line prints the same texts that the
// console shows. It must not know where they end up.
package envblock

import (
	"fmt"
	"strings"

	"github.com/nightclerk/nightclerk/instance"
)

// Env is what an app needs to know of an instance. Its JSON is that of
// `nightclerk env --format json`.
type Env struct {
	PublishableKey string `json:"publishable_key"`
	SecretKey      string `json:"secret_key"`
	FrontendAPIURL string `json:"frontend_api_url"`
	BackendAPIURL  string `json:"backend_api_url"`
	Issuer         string `json:"issuer"`
	JWKSURL        string `json:"jwks_url"`
	WebhookSecret  string `json:"webhook_secret"`
	ConsoleURL     string `json:"console_url"`
	// CAFile is the certificate authority to trust, null when it is not on disk.
	CAFile *string `json:"ca_file"`
	// JWTKey is the public key in PEM, for servers that verify without asking; ""
	// leaves it out of the blocks.
	JWTKey string `json:"-"`
}

// Of returns the values of an instance; caFile is "" when the authority is not
// on disk.
func Of(l *instance.Live, caFile string) Env {
	e := Env{
		PublishableKey: l.PublishableKey(), SecretKey: l.SecretKey,
		FrontendAPIURL: l.Addresses.Frontend, BackendAPIURL: l.Addresses.Backend,
		Issuer: l.Issuer, JWKSURL: strings.TrimRight(l.Issuer, "/") + "/.well-known/jwks.json",
		WebhookSecret: l.Config.WebhookSecret, ConsoleURL: l.Addresses.Backend + "/",
	}
	if caFile != "" {
		e.CAFile = &caFile
	}
	if l.Keys != nil {
		e.JWTKey = string(l.Keys.Current().PublicPEM())
	}
	return e
}

// Block is a text to paste for one framework.
type Block struct {
	// Framework is the name to ask for, such as next.
	Framework string
	Title     string
	// Where says what the text is pasted into: a file, a shell.
	Where string
	Text  string
}

// blocks in the order in which a reader meets the parts of an app.
var blocks = []struct {
	framework, title, where string
	text                    func(Env) string
}{
	{"vite", "Vite", ".env.local", Env.vite},
	{"next", "Next.js", ".env.local", Env.next},
	{"express", "Express", ".env", Env.express},
	{"convex", "Convex", "a shell in your project", Env.convex},
	{"compose", "Compose", "docker-compose.yml", Env.compose},
}

// Blocks returns the block of every framework.
func (e Env) Blocks() []Block {
	out := make([]Block, len(blocks))
	for i, b := range blocks {
		out[i] = Block{b.framework, b.title, b.where, b.text(e)}
	}
	return out
}

// Block returns the block of one framework; an unknown name is an error that
// lists the known ones.
func (e Env) Block(framework string) (Block, error) {
	for _, b := range e.Blocks() {
		if b.Framework == framework {
			return b, nil
		}
	}
	return Block{}, fmt.Errorf("unknown framework %q: use one of %s", framework, strings.Join(Frameworks(), ", "))
}

// Frameworks lists the names that Block takes.
func Frameworks() []string {
	names := make([]string, len(blocks))
	for i, b := range blocks {
		names[i] = b.framework
	}
	return names
}
