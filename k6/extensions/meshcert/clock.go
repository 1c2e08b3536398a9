// SPDX-License-Identifier: AGPL-3.0-only

package meshcert

import (
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// nowMs is the host's monotonic clock in milliseconds: CLOCK_MONOTONIC, the clock behind Node's
// process.hrtime, so that instants of every process of one host can be subtracted.
func nowMs() float64 {
	var now unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_MONOTONIC, &now); err != nil {
		panic(err) // no Linux lacks this clock
	}
	return float64(now.Nano()) / 1e6
}

// One pair of readings for the whole process: a wall clock that is set in mid-run moves nothing.
var wallMinusMonotonicMs = float64(time.Now().UnixNano())/1e6 - nowMs()

// monotonicMs turns a wall-clock instant (ms since 1970) into the monotonic clock. k6 tells its
// scenarios' start in whole wall milliseconds, cut off: the result is early by less than 1 ms, and
// latencies counted from it are long by less than that, never short.
func monotonicMs(wallMs float64) float64 {
	return wallMs - wallMinusMonotonicMs
}

// cpuSeconds is user plus system time of this process so far.
func (i *instance) cpuSeconds() float64 {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		i.throw(err)
	}
	return float64(usage.Utime.Nano()+usage.Stime.Nano()) / 1e9
}
