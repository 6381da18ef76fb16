package main

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/nightclerk/nightclerk/sdkbundle"
)

// imageSDK is where a container image may keep the scripts.
const imageSDK = "/usr/share/nightclerk/sdk"

// sdkFolders are where the scripts that browsers load are looked for: the app's
// own packages, what was pulled, and what an image brings.
func sdkFolders(data string) []string {
	var folders []string
	if here, err := os.Getwd(); err == nil {
		folders = sdkbundle.NodeModules(here)
	}
	return append(folders, pulledSDK(data), imageSDK)
}

// pulledSDK is where pulled scripts are kept. An emulator that writes nothing
// still reads them.
func pulledSDK(data string) string { return filepath.Join(cmp.Or(data, defaultData), "sdk") }

// sdkCmd is about the scripts that browsers load.
type sdkCmd struct {
	Pull sdkPullCmd `cmd:"" help:"Fetch @clerk/clerk-js and @clerk/ui with your npm and keep their scripts in the data folder."`
}

// sdkPullCmd fetches the published packages. It is the only command that asks
// for something from elsewhere, and it asks npm to.
type sdkPullCmd struct {
	Packages []string `arg:"" optional:"" name:"package" help:"Packages such as @clerk/clerk-js@6.40.0, or tarballs that npm pack made (./x.tgz); by default the majors that current SDKs load."`
	Data     string   `env:"NIGHTCLERK_DATA" placeholder:"FOLDER" help:"Data folder of the emulator; ./.nightclerk by default."`
}

// currentSDK are the majors that SDKs in use load: clerk-js 6 and ui 1 those of
// today, clerk-js 5 the generation before.
var currentSDK = []string{"@clerk/clerk-js@6", "@clerk/clerk-js@5", "@clerk/ui@1"}

// Run fetches what is no file, then unpacks everything.
func (c *sdkPullCmd) Run(a *app) error {
	var tarballs, names []string
	for _, p := range c.Packages {
		if strings.HasSuffix(p, ".tgz") {
			tarballs = append(tarballs, p)
		} else {
			names = append(names, p)
		}
	}
	if len(c.Packages) == 0 {
		names = currentSDK
	}
	if len(names) > 0 {
		dir, err := os.MkdirTemp("", "nightclerk-sdk-")
		if err != nil {
			return fmt.Errorf("cannot make a folder for the downloads: %w: set TMPDIR to one that can be written to", err)
		}
		defer os.RemoveAll(dir)
		packed, err := npmPack(a, dir, names)
		if err != nil {
			return err
		}
		tarballs = append(tarballs, packed...)
	}
	for _, t := range tarballs {
		if err := c.unpack(a, t); err != nil {
			return err
		}
	}
	return nil
}

// npmPack downloads packages with the npm of this machine, so that its registry,
// proxy and credentials hold.
func npmPack(a *app, dir string, names []string) ([]string, error) {
	for _, name := range names {
		if !strings.HasPrefix(name, "@clerk/") {
			return nil, fmt.Errorf("%q is none of Clerk's packages: name them like @clerk/clerk-js@6", name)
		}
	}
	npm := exec.Command("npm", append([]string{"pack", "--loglevel=error", "--pack-destination", dir}, names...)...)
	npm.Stderr = a.errs
	if err := npm.Run(); errors.Is(err, exec.ErrNotFound) {
		return nil, errors.New("npm is not on this machine: install Node.js, or hand over tarballs that `npm pack` made elsewhere: nightclerk sdk pull ./clerk-clerk-js-6.x.tgz")
	} else if err != nil {
		return nil, fmt.Errorf("npm pack %s failed (%w): see what npm says above; without a network, hand over tarballs that `npm pack` made elsewhere", strings.Join(names, " "), err)
	}
	return filepath.Glob(filepath.Join(dir, "*.tgz"))
}

func (c *sdkPullCmd) unpack(a *app, tarball string) error {
	f, err := os.Open(tarball)
	if err != nil {
		return fmt.Errorf("cannot read the package: %w", err)
	}
	defer f.Close()
	u, err := sdkbundle.Unpack(f, pulledSDK(c.Data))
	if err != nil {
		return fmt.Errorf("%s: %w: give tarballs that `npm pack @clerk/clerk-js @clerk/ui` makes", tarball, err)
	}
	a.printf("%s@%s  %d scripts, %.1f MB in %s\n", u.Name, u.Version, u.Scripts, float64(u.Bytes)/(1<<20), pulledSDK(c.Data))
	return nil
}
