package main

// versionCmd prints the version.
type versionCmd struct{}

// Run prints it.
func (versionCmd) Run(a *app) error {
	a.printf("nightclerk %s\n", version)
	return nil
}
