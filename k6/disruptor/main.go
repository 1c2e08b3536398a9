// SPDX-License-Identifier: AGPL-3.0-only

// A second k6 of meshcert: k6 v2 with the extension k6/x/disruptor, which brings faults into the pods
// of a cluster. It is a binary of its own, because the client for Kubernetes is as large as k6 itself
// and no load scenario needs it.
package main

import (
	"os"

	"go.k6.io/k6/v2/cmd"
)

func main() {
	// Nothing is fetched and nothing is reported while a script runs, unless somebody asks for it.
	for name, value := range map[string]string{"K6_AUTO_EXTENSION_RESOLUTION": "false", "K6_NO_USAGE_REPORT": "true"} {
		if _, told := os.LookupEnv(name); !told {
			_ = os.Setenv(name, value)
		}
	}
	cmd.Execute()
}
