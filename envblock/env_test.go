package envblock

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nightclerk/nightclerk/instance"
	"github.com/nightclerk/nightclerk/issuer"
)

func env(slug string) Env {
	l := &instance.Live{Slug: slug, SecretKey: "sk_test_secret", Addresses: instance.AddressesOf(slug, "localhost:4545", "http://localhost:4545")}
	l.Config.WebhookSecret = "whsec_secret"
	l.Issuer, l.Keys = l.Addresses.Backend, issuer.NewKeySet(issuer.DevelopmentKey())
	return Of(l, "")
}

// Every value that a block hands out must be the instance's own: a block that
// mixes two instances sends an app to the wrong tenant without an error.
func TestBlocksNameTheirInstanceAlone(t *testing.T) {
	for _, b := range env("w1").Blocks() {
		for line := range strings.Lines(b.Text) {
			if strings.Contains(line, "localhost:4545") && !strings.Contains(line, "w1") {
				t.Errorf("%s: %q is not instance w1's", b.Framework, line)
			}
		}
		if b.Framework != "convex" && !strings.Contains(b.Text, env("w1").PublishableKey) {
			t.Errorf("%s does not hand out the publishable key", b.Framework)
		}
	}
}

func TestComposeAppsAddressTheService(t *testing.T) {
	b, err := env("w1").Block("compose")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"CLERK_API_URL: http://emulator:4545/i/w1\n", "NIGHTCLERK_ISSUER: http://emulator:4545\n", "127.0.0.1:4545:4545"} {
		if !strings.Contains(b.Text, want) {
			t.Errorf("no %q in:\n%s", want, b.Text)
		}
	}
}

func TestNextBlockOfTheDefaultInstance(t *testing.T) {
	b, _ := env(instance.DefaultSlug).Block("next")
	want, err := os.ReadFile(filepath.Join("testdata", "next.env"))
	if err != nil || b.Text != string(want) {
		t.Errorf("%v, got:\n%s", err, b.Text)
	}
}

// A key that an app brought along holds Clerk's host: what else leads browsers to
// the emulator must then be in force, not on offer.
func TestBlocksForAKeyOfClerkLeadToTheEmulator(t *testing.T) {
	e := env("w1")
	e.PublishableKey = "pk_test_ZW11LWxhdGUtMDEuY2xlcmsuYWNjb3VudHMuZGV2JA" // emu-late-01.clerk.accounts.dev
	next, _ := e.Block("next")
	for _, want := range []string{"KEY=" + e.PublishableKey, "\nNEXT_PUBLIC_CLERK_PROXY_URL=http://localhost:4545/i/w1\n", "\nNEXT_PUBLIC_CLERK_UI_URL=http://localhost:4545/i/w1/npm/"} {
		if !strings.Contains(next.Text, want) {
			t.Errorf("no %q in:\n%s", want, next.Text)
		}
	}
	if express, _ := e.Block("express"); !strings.Contains(express.Text, "\nCLERK_PROXY_URL=http://localhost:4545/i/w1\n") {
		t.Errorf("handshakes go to Clerk:\n%s", express.Text)
	}
	vite, _ := e.Block("vite")
	if strings.Contains(vite.Text, "certificate") || !strings.Contains(vite.Text, `proxyUrl="http://localhost:4545/i/w1"`) {
		t.Errorf("the key alone is said to do:\n%s", vite.Text)
	}
}

// A PEM has line breaks, a dotenv value has not.
func TestTheKeyStaysOnItsLineAndComesBackWhole(t *testing.T) {
	b, _ := env("w1").Block("express")
	_, rest, _ := strings.Cut(b.Text, "CLERK_JWT_KEY=\"")
	value, _, ended := strings.Cut(rest, "\"\n")
	pem := strings.ReplaceAll(value, `\n`, "\n") + "\n"
	if !ended || strings.Contains(value, "\n") || pem != string(issuer.DevelopmentKey().PublicPEM()) {
		t.Errorf("CLERK_JWT_KEY is %q", value)
	}
}

func TestUnknownFrameworkListsTheKnown(t *testing.T) {
	_, err := env("w1").Block("rails")
	if err == nil || !strings.Contains(err.Error(), "express") || !strings.Contains(err.Error(), "vite") {
		t.Errorf("got %v", err)
	}
}

func TestCAFileIsNullUnlessOnDisk(t *testing.T) {
	l := &instance.Live{Addresses: instance.AddressesOf("w1", "localhost:4545", "http://localhost:4545")}
	if Of(l, "").CAFile != nil || *Of(l, "/ca.pem").CAFile != "/ca.pem" {
		t.Error("ca_file is wrong")
	}
}
