// SPDX-License-Identifier: AGPL-3.0-only

package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// The supervised command is this test binary: one of the roles below, chosen by an environment variable.
func TestMain(m *testing.M) {
	switch os.Getenv("SUPERVISED_ROLE") {
	case "exit-3":
		os.Exit(3)
	case "hang":
		time.Sleep(time.Minute)
		os.Exit(0)
	case "owner":
		os.Setenv("SUPERVISED_ROLE", "hang")
		os.Exit(supervise([]string{"-deadline", "50s", "--", "x"}, os.Stdin, os.Stdout, os.Stderr))
	}
	os.Exit(m.Run())
}

func superviseRole(t *testing.T, role, deadline string) ended {
	t.Helper()
	t.Setenv("SUPERVISED_ROLE", role)
	null, err := os.Open(os.DevNull)
	require.NoError(t, err)
	var out strings.Builder
	require.Zero(t, supervise([]string{"-deadline", deadline, "--", "x"}, null, &out, os.Stderr))
	_, report, found := strings.Cut(out.String(), "\nended ")
	require.True(t, found, out.String())
	var end ended
	require.NoError(t, json.Unmarshal([]byte(report), &end))
	return end
}

func TestSuperviseReportsTheExitCode(t *testing.T) {
	end := superviseRole(t, "exit-3", "20s")
	require.Equal(t, 3, end.ExitCode)
	require.False(t, end.TimedOut)
	require.Positive(t, end.MaxRSSKiB)
}

func TestSuperviseKillsAtTheDeadline(t *testing.T) {
	end := superviseRole(t, "hang", "300ms")
	require.True(t, end.TimedOut)
	require.Equal(t, "killed", end.Signal)
	require.Less(t, end.WallS, 5.0)
}

func TestSettingsOfTheUserDoNotReachK6(t *testing.T) {
	require.ElementsMatch(t,
		[]string{"K6_AUTO_EXTENSION_RESOLUTION=false", "K6_NO_USAGE_REPORT=true", "HOME=/root"},
		childEnvironment([]string{"K6_VUS=1000", "HOME=/root", "K6_AUTO_EXTENSION_RESOLUTION=true"}))
}

func TestSuperviseRefusesARunWithoutDeadline(t *testing.T) {
	require.Equal(t, 64, supervise([]string{"--", "run"}, os.Stdin, os.Stdout, os.Stderr))
}

func TestSuperviseStopsTheChildWhenItsOwnerIsGone(t *testing.T) {
	self, err := os.Executable()
	require.NoError(t, err)
	owned := exec.Command(self)
	owned.Env = append(os.Environ(), "SUPERVISED_ROLE=owner")
	stdin, err := owned.StdinPipe()
	require.NoError(t, err)
	var out strings.Builder
	owned.Stdout = &out
	start := time.Now()
	require.NoError(t, owned.Start())
	require.NoError(t, stdin.Close())
	require.NoError(t, owned.Wait())
	require.Contains(t, out.String(), `"signal":"terminated"`)
	require.Less(t, time.Since(start), 5*time.Second)
}
