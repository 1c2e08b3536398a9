package main

import (
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"runtime"
	"strings"

	"golang.org/x/sys/unix"
)

// inNetworkOf runs in the network namespace of a process; what is started there belongs to it.
func inNetworkOf(pid int, act func() error) error {
	ended := make(chan error, 1)
	go func() {
		// The thread ends with this: it is in a namespace that nothing else is to run in.
		runtime.LockOSThread()
		namespace, err := os.Open(fmt.Sprintf("/proc/%d/ns/net", pid))
		if err != nil {
			ended <- err
			return
		}
		defer namespace.Close()
		if err := unix.Setns(int(namespace.Fd()), unix.CLONE_NEWNET); err != nil {
			ended <- fmt.Errorf("the network of process %d can't be entered: %w", pid, err)
			return
		}
		ended <- act()
	}()
	return <-ended
}

// filter runs iptables in the namespace of the calling thread.
func filter(arguments ...string) (string, error) {
	said, err := exec.Command("iptables", append([]string{"-w"}, arguments...)...).CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("iptables %s: %w: %s", strings.Join(arguments, " "), err, strings.TrimSpace(string(said)))
	}
	return string(said), nil
}

// Everything that arrives from elsewhere is queued, as long as somebody is there to judge it.
func queueing(action string, number uint16) []string {
	target := []string{"-j", "NFQUEUE", "--queue-num", fmt.Sprint(number), "--queue-bypass"}
	return append([]string{action, "INPUT", "!", "-i", "lo"}, target...)
}

// A table that filters nothing, as iptables has made it for the rule of ours that was its only one.
var nothingFiltered = regexp.MustCompile(
	`^table ip filter \{\s+chain INPUT \{\s+type filter hook input priority (filter|0); policy accept;\s+\}\s+\}\s*$`)

// clear removes that table from the namespace of the calling thread. iptables can't, and where there is no nft it stays: it
// lets everything pass.
func clear() error {
	table, err := exec.Command("nft", "list", "table", "ip", "filter").Output()
	if err != nil || !nothingFiltered.Match(table) {
		return nil
	}
	_ = exec.Command("nft", "delete", "table", "ip", "filter").Run()
	return nil
}
