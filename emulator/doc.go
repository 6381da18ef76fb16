// Package emulator puts the parts together: it opens the store, makes the nouns
// known to each other, sends each request to its door and starts and stops in
// order. It knows everyone; nobody but cmd may know it.
package emulator
