//go:build unix

package listen

import "syscall"

var (
	addressInUse   = []syscall.Errno{syscall.EADDRINUSE}
	addressMissing = []syscall.Errno{syscall.EADDRNOTAVAIL, syscall.EAFNOSUPPORT, syscall.EPROTONOSUPPORT}
)
