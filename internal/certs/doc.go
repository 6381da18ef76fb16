// Package certs knows the local certificate authority (CA) and the certificates
// that the emulator shows to TLS clients: one is minted per server name, when a
// client first asks for it, and lives in memory only.
//
// Trusting the CA is meant to be harmless: critical name constraints limit it to
// localhost with its subdomains, to loopback addresses and to the names that were
// configured when it was made, and its extended key usage limits it to servers.
// The constraints are part of what a user trusts, so they are never widened
// silently: when the configuration asks for a name that the stored CA does not
// permit, Open says which files to delete to have a new CA made.
//
// Every time in this package is wall time, because the clients check it by their
// own clocks. The package must not know what is served under the names, nor how
// connections are accepted.
package certs
