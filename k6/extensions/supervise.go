// SPDX-License-Identifier: AGPL-3.0-only

package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// How long a child that was asked to stop may take before it is killed.
const stopGrace = 5 * time.Second

// ended is the last line of a supervised run. Times are seconds; CPU is user plus system of the
// whole child, as the kernel accounted it.
type ended struct {
	ExitCode  int     `json:"exitCode"`
	Signal    string  `json:"signal"`
	TimedOut  bool    `json:"timedOut"`
	CPUS      float64 `json:"cpuS"`
	WallS     float64 `json:"wallS"`
	MaxRSSKiB int64   `json:"maxRssKiB"`
	// RealTime: the child ran with real-time priority.
	RealTime bool `json:"realTime"`
}

// supervise runs `supervise -deadline 60s -- run script.ts`: the child dies with this process
// (PDEATHSIG), at the deadline, on a signal, and when standard input ends, which is the sign that
// the owner is gone. It returns 0 once the end is reported: the child's code is in the report.
func supervise(args []string, stdin *os.File, stdout, stderr io.Writer) int {
	flags := flag.NewFlagSet("supervise", flag.ContinueOnError)
	flags.SetOutput(stderr)
	deadline := flags.Duration("deadline", 0, "kill the command after this time; required")
	if err := flags.Parse(args); err != nil {
		return 64
	}
	if *deadline <= 0 || flags.NArg() == 0 {
		fmt.Fprintln(stderr, "supervise: use `supervise -deadline 60s -- run script.ts`; a run without a deadline is refused")
		return 64
	}
	report, err := runChild(flags.Args(), *deadline, ownerGone(stdin), stdout, stderr)
	if err != nil {
		fmt.Fprintf(stderr, "supervise: %v\n", err)
		return 70
	}
	line, err := json.Marshal(report)
	if err != nil {
		fmt.Fprintf(stderr, "supervise: %v\n", err)
		return 70
	}
	fmt.Fprintf(stdout, "\nended %s\n", line)
	return 0
}

// ownerGone is closed when standard input ends. Only a pipe or a socket has an owner at its other
// end: /dev/null ends at once and says nothing, so does a file.
func ownerGone(stdin *os.File) <-chan struct{} {
	gone := make(chan struct{})
	info, err := stdin.Stat()
	if err != nil || info.Mode()&(os.ModeNamedPipe|os.ModeSocket) == 0 {
		return gone
	}
	go func() {
		defer close(gone)
		_, _ = io.Copy(io.Discard, stdin)
	}()
	return gone
}

func runChild(args []string, deadline time.Duration, gone <-chan struct{}, stdout, stderr io.Writer) (ended, error) {
	// PDEATHSIG is bound to the thread that forked: it must live as long as the child.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	self, err := os.Executable()
	if err != nil {
		return ended{}, err
	}
	child := exec.Command(self, args...)
	child.Stdout, child.Stderr = stdout, stderr
	child.Env = childEnvironment(os.Environ())
	child.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	realTime := preferGenerator()
	start := time.Now()
	if err := child.Start(); err != nil {
		return ended{}, err
	}
	signals := make(chan os.Signal, 4)
	signal.Notify(signals, syscall.SIGTERM, syscall.SIGINT)
	defer signal.Stop(signals)
	done := make(chan error, 1)
	go func() { done <- child.Wait() }()
	timedOut, err := awaitEnd(child.Process, done, signals, gone, time.After(deadline))
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		return ended{}, err
	}
	report := reportOf(child.ProcessState, timedOut, time.Since(start))
	report.RealTime = realTime
	return report, nil
}

// preferGenerator gives this thread, and the child that it starts, the lowest real-time priority: what
// measures must not queue behind what it measures. Niceness does not do it: it shares out time but does
// not say who runs first. An unprivileged user may not do it; then the premise on schedule lag tells
// whether that mattered. Linux keeps 5 % of each second from real-time threads, come what may.
func preferGenerator() bool {
	attributes := unix.SchedAttr{Size: unix.SizeofSchedAttr, Policy: unix.SCHED_RR, Priority: 1}
	return unix.SchedSetAttr(0, &attributes, 0) == nil
}

// childEnvironment drops the user's own K6_… settings, which would change the load that is asked
// for (K6_VUS overrides scenarios), and keeps k6 from fetching extensions and from reporting usage.
func childEnvironment(environment []string) []string {
	kept := []string{"K6_AUTO_EXTENSION_RESOLUTION=false", "K6_NO_USAGE_REPORT=true"}
	for _, setting := range environment {
		if !strings.HasPrefix(setting, "K6_") {
			kept = append(kept, setting)
		}
	}
	return kept
}

// awaitEnd asks the child to stop when it is told to, kills it when it does not listen, and kills
// it at once at the deadline: a hanging k6 answers no signal.
func awaitEnd(
	process *os.Process, done <-chan error, signals <-chan os.Signal, gone <-chan struct{}, deadline <-chan time.Time,
) (timedOut bool, err error) {
	var kill <-chan time.Time
	for {
		select {
		case err := <-done:
			return timedOut, err
		case <-signals:
			_ = process.Signal(syscall.SIGTERM)
			kill = time.After(stopGrace)
		case <-gone:
			gone = nil
			_ = process.Signal(syscall.SIGTERM)
			kill = time.After(stopGrace)
		case <-deadline:
			timedOut = true
			_ = process.Kill()
		case <-kill:
			_ = process.Kill()
		}
	}
}

func reportOf(state *os.ProcessState, timedOut bool, wall time.Duration) ended {
	report := ended{
		ExitCode: state.ExitCode(),
		TimedOut: timedOut,
		CPUS:     (state.UserTime() + state.SystemTime()).Seconds(),
		WallS:    wall.Seconds(),
	}
	if status, ok := state.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		report.Signal = status.Signal().String()
	}
	if usage, ok := state.SysUsage().(*syscall.Rusage); ok {
		report.MaxRSSKiB = usage.Maxrss
	}
	return report
}
