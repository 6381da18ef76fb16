//go:build !linux

package main

import (
	"errors"
	"time"
)

var errLinux = errors.New("CPU time and memory of processes are read from /proc: run the benchmarks on Linux")

func cpuOfSelf() (time.Duration, error)    { return 0, errLinux }
func cpuOf(pid int) (time.Duration, error) { return 0, errLinux }
func residentOf(pid int) (int64, error)    { return 0, errLinux }
