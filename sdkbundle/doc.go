// Package sdkbundle finds the scripts that browsers load from a Clerk instance,
// @clerk/clerk-js and @clerk/ui, in folders of this machine, and unpacks their
// published packages. The files are served as they are: nothing in here knows
// what they say, who asks for them, or any server they could come from.
package sdkbundle
