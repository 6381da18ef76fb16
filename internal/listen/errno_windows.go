package listen

import "syscall"

// Winsock's own numbers: package syscall maps the POSIX names to invented ones.
var (
	addressInUse   = []syscall.Errno{10048}
	addressMissing = []syscall.Errno{10043, 10047, 10049}
)
