// SPDX-License-Identifier: AGPL-3.0-only

// Package meshcert is the k6 extension k6/x/meshcert: what a load script of meshcert needs and
// plain k6 lacks. Everything here measures or speaks for the suite; nothing judges.
package meshcert

import (
	"net"

	"go.k6.io/k6/v2/js/common"
	"go.k6.io/k6/v2/js/modules"
)

func init() {
	modules.Register("k6/x/meshcert", new(rootModule))
}

// rootModule is one per process, instance one per VU.
type rootModule struct{}

type instance struct {
	vu modules.VU
	// UDP sockets of this VU by address; they live until the process ends.
	sockets map[string]*net.UDPConn
}

var (
	_ modules.Module   = (*rootModule)(nil)
	_ modules.Instance = (*instance)(nil)
)

func (*rootModule) NewModuleInstance(vu modules.VU) modules.Instance {
	return &instance{vu: vu, sockets: map[string]*net.UDPConn{}}
}

func (i *instance) Exports() modules.Exports {
	return modules.Exports{Named: map[string]any{
		"nowMs":           nowMs,
		"scenarioStartMs": i.scenarioStartMs,
		"cpuSeconds":      i.cpuSeconds,
		"newSigner":       i.newSigner,
		"signerOf":        i.signerOf,
		"verify":          i.verify,
		"udpSend":         i.udpSend,
		"udpEcho":         i.udpEcho,
		"tlsProbe":        i.tlsProbe,
		"alertUrl":        i.alertURL,
		"awaitAlert":      i.awaitAlert,
		"alertCount":      i.alertCount,
		"overdueAlerts":   i.overdueAlerts,
		"fetchSvids":      i.fetchSvids,
	}}
}

// throw ends the script's iteration with this error, as a JavaScript exception.
func (i *instance) throw(err error) {
	common.Throw(i.vu.Runtime(), err)
}
