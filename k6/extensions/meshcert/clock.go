// SPDX-License-Identifier: AGPL-3.0-only

package meshcert

import (
	"errors"
	"syscall"
	"time"

	"go.k6.io/k6/v2/lib"
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

// scenarioStartMs is the instant from which k6 counts the arrivals of this VU's scenario. k6 tells
// scripts whole wall-clock milliseconds; its own value has the monotonic clock in it.
func (i *instance) scenarioStartMs() float64 {
	state := lib.GetScenarioState(i.vu.Context())
	if state == nil {
		i.throw(errors.New("scenarioStartMs: only an iteration of a scenario has a start; setup and teardown have none"))
	}
	return nowMs() - float64(time.Since(state.StartTime).Nanoseconds())/1e6
}

// cpuSeconds is user plus system time of this process so far.
func (i *instance) cpuSeconds() float64 {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		i.throw(err)
	}
	return float64(usage.Utime.Nano()+usage.Stime.Nano()) / 1e9
}
