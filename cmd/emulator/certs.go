package main

import (
	"cmp"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"time"

	"github.com/smallstep/truststore"
)

// certsCmd is about the certificate authority that browsers need for the
// emulator's HTTPS.
type certsCmd struct {
	Path      certsPathCmd      `cmd:"" help:"Print where the CA certificate is, for NODE_EXTRA_CA_CERTS and the like."`
	Install   certsInstallCmd   `cmd:"" help:"Make this machine and its browsers trust the CA. It can sign for local names only."`
	Uninstall certsUninstallCmd `cmd:"" help:"Take the CA out of the trust stores again."`
}

// certsPathCmd prints a path and nothing else, so that it can be captured.
type certsPathCmd struct {
	Data string `env:"NIGHTCLERK_DATA" placeholder:"FOLDER" help:"Data folder of the emulator; ./.nightclerk by default."`
}

// Run prints the absolute path of a CA that exists.
func (c *certsPathCmd) Run(a *app) error {
	file, err := caFile(c.Data)
	if err != nil {
		return err
	}
	a.printf("%s\n", file)
	return nil
}

// caFile is the CA certificate in a data folder.
func caFile(data string) (string, error) {
	file, err := filepath.Abs(filepath.Join(cmp.Or(data, defaultData), "ca.pem"))
	if err != nil {
		return "", err
	}
	if _, err := os.Stat(file); errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("there is no %s: start `nightclerk serve` here once, which makes it, or name its data folder with --data", file)
	}
	return file, nil
}

// trust is what install and uninstall are told.
type trust struct {
	Data         string `env:"NIGHTCLERK_DATA" placeholder:"FOLDER" help:"Data folder of the emulator; ./.nightclerk by default."`
	URL          string `name:"url" placeholder:"URL" help:"Address of a running emulator to take the CA from, such as one in a container, instead of a data folder."`
	BrowsersOnly bool   `help:"Leave the system's store alone, which may ask for a password; only Chromium and Firefox will trust the CA."`
}

type certsInstallCmd struct{ trust }

type certsUninstallCmd struct{ trust }

// Run adds the CA to the stores.
func (c *certsInstallCmd) Run(a *app) error {
	return c.each(a, "trusted by", truststore.Install)
}

// Run removes the CA from the stores.
func (c *certsUninstallCmd) Run(a *app) error {
	return c.each(a, "no longer trusted by", truststore.Uninstall)
}

// each acts on one store after the other: those of the browsers do not need the
// system's, nor the other way round.
func (t *trust) each(a *app, done string, act func(*x509.Certificate, ...truststore.Option) error) error {
	cert, err := t.certificate()
	if err != nil {
		return err
	}
	var failed error
	report := func(store string, err error) {
		if err != nil {
			failed = errSaid
			fmt.Fprintf(a.errs, "nightclerk: %s: %v\n", store, err)
			return
		}
		a.printf("%s %s\n", done, store)
	}
	named := truststore.WithPrefix("Nightclerk ")
	if runtime.GOOS != "windows" {
		report("Chromium and Firefox", browsers(func(nss *truststore.NSSTrust) error {
			return act(cert, named, truststore.WithTrust(nss), truststore.WithNoSystem())
		}))
	}
	if !t.BrowsersOnly {
		report("the system", act(cert, named))
	}
	return failed
}

// browsers acts on the databases that browsers on Linux, and Firefox anywhere,
// keep. The library passes over those that it cannot open; here that is said.
func browsers(act func(*truststore.NSSTrust) error) error {
	nss, err := truststore.NewNSSTrust()
	if err != nil {
		return errors.New("the tool certutil is missing: install libnss3-tools (Debian), nss-tools (Fedora) or nss (Homebrew) and run this again")
	}
	if nss.PreCheck() == nil {
		return act(nss)
	}
	if nss, err = withDatabase(); err != nil {
		return err
	}
	return act(nss)
}

// withDatabase makes the database that Chromium on Linux reads: it makes none
// itself until somebody adds a certificate by hand.
func withDatabase() (*truststore.NSSTrust, error) {
	home, err := os.UserHomeDir()
	if err != nil || runtime.GOOS != "linux" {
		return nil, errors.New("no browser has a certificate database here: start Firefox once, which makes it, and run this again")
	}
	folder := filepath.Join(home, ".pki", "nssdb")
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, fmt.Errorf("cannot make the browsers' certificate database: %w", err)
	}
	if out, err := exec.Command("certutil", "-d", "sql:"+folder, "-N", "--empty-password").CombinedOutput(); err != nil {
		return nil, fmt.Errorf("cannot make the browsers' certificate database in %s: %w: %s", folder, err, out)
	}
	nss, err := truststore.NewNSSTrust()
	if err != nil {
		return nil, err
	}
	return nss, nss.PreCheck()
}

// certificate reads the CA and refuses one that could sign for the whole world.
func (t *trust) certificate() (*x509.Certificate, error) {
	raw, from, err := t.read()
	if err != nil {
		return nil, err
	}
	block, _ := pem.Decode(raw)
	if block == nil {
		return nil, fmt.Errorf("%s holds no certificate in PEM form: check --data or --url", from)
	}
	cert, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("%s: %w: check --data or --url", from, err)
	}
	if !cert.IsCA || !cert.PermittedDNSDomainsCritical {
		return nil, fmt.Errorf("%s is not a CA that is limited to local names, so nightclerk does not make a machine trust it: install it by hand if you know it", from)
	}
	return cert, nil
}

func (t *trust) read() (raw []byte, from string, err error) {
	if t.URL == "" {
		if from, err = caFile(t.Data); err != nil {
			return nil, "", err
		}
		raw, err = os.ReadFile(from)
		return raw, from, err
	}
	from = remote{URL: t.URL}.base() + "/_emulator/ca.pem"
	client := http.Client{Timeout: time.Minute}
	res, err := client.Get(from)
	if err != nil {
		return nil, "", &unreachable{t.URL, err}
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return nil, "", notOurs(res)
	}
	raw, err = io.ReadAll(io.LimitReader(res.Body, 1<<20))
	return raw, from, err
}
