package main

import (
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"net/http"
	"strings"

	"github.com/go-jose/go-jose/v4"

	"github.com/nightclerk/nightclerk/convexcheck"
	"github.com/nightclerk/nightclerk/envblock"
)

// envCmd prints what an app must be told.
type envCmd struct {
	remote
	Format    string `default:"dotenv" enum:"json,dotenv,shell" help:"How to print: ${enum}."`
	Framework string `placeholder:"NAME" help:"Print the block of a framework: vite, next, express, convex or compose."`
}

// Run prints the instance's values, or a framework's block.
func (c *envCmd) Run(a *app) error {
	env, err := c.env()
	if err != nil {
		return err
	}
	switch {
	case c.Framework != "":
		return c.block(a, env)
	case c.Format == "json":
		raw, err := json.Marshal(env)
		if err != nil {
			return err
		}
		a.printf("%s\n", raw)
		return nil
	}
	for _, v := range variables(env) {
		if c.Format == "shell" {
			a.printf("export %s='%s'\n", v.name, strings.ReplaceAll(v.value, "'", `'\''`))
			continue
		}
		a.printf("%s=%s\n", v.name, v.value)
	}
	return nil
}

type variable struct{ name, value string }

// variables are the names that Clerk's server SDKs and Convex's documentation
// use.
func variables(env envblock.Env) []variable {
	return []variable{
		{"CLERK_PUBLISHABLE_KEY", env.PublishableKey},
		{"CLERK_SECRET_KEY", env.SecretKey},
		{"CLERK_API_URL", env.BackendAPIURL},
		{"CLERK_JWT_ISSUER_DOMAIN", env.Issuer},
		{"CLERK_WEBHOOK_SIGNING_SECRET", env.WebhookSecret},
		{"CLERK_TELEMETRY_DISABLED", "1"},
	}
}

// block prints what a framework reads. Servers get the public key too, Convex the
// ways to write auth.config.ts.
func (c *envCmd) block(a *app, env envblock.Env) error {
	var jwks json.RawMessage
	if err := c.call(http.MethodGet, "/.well-known/jwks.json", "", nil, &jwks); err != nil {
		return err
	}
	var err error
	if env.JWTKey, err = publicPEM(jwks); err != nil {
		return err
	}
	block, err := env.Block(c.Framework)
	if err != nil {
		return err
	}
	a.printf("%s", block.Text)
	if c.Framework != "convex" {
		return nil
	}
	for i, config := range convexcheck.AuthConfigs(env.Issuer, env.JWKSURL, jwks) {
		a.printf("\n# convex/auth.config.ts, way %d of 3\n%s", i+1, config.TypeScript)
	}
	return nil
}

// publicPEM is the key that signs now, the first of a key set.
func publicPEM(jwks []byte) (string, error) {
	var set jose.JSONWebKeySet
	if err := json.Unmarshal(jwks, &set); err != nil || len(set.Keys) == 0 {
		return "", errors.New("the emulator publishes no signing key: reset the instance with POST /_emulator/reset")
	}
	der, err := x509.MarshalPKIXPublicKey(set.Keys[0].Key)
	if err != nil {
		return "", err
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})), nil
}
