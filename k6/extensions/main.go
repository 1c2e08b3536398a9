// SPDX-License-Identifier: AGPL-3.0-only

// The load generator of meshcert: k6 v2 with the extension k6/x/meshcert.
//
// `supervise` runs any other k6 command in a child and reports how it ended, because k6's own exit
// code is an observation for the evidence, and because a k6 that hangs must never outlive its run.
// `capture` records the loopback interface for the requirement that nothing travels in clear.
package main

import (
	"os"

	"go.k6.io/k6/v2/cmd"

	_ "meshcert.dev/k6/meshcert"
)

func main() {
	if len(os.Args) > 1 && os.Args[1] == "supervise" {
		os.Exit(supervise(os.Args[2:], os.Stdin, os.Stdout, os.Stderr))
	}
	if len(os.Args) > 1 && os.Args[1] == "capture" {
		os.Exit(capture(os.Args[2:], os.Stdin, os.Stdout, os.Stderr))
	}
	cmd.Execute()
}
