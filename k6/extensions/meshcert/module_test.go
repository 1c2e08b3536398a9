// SPDX-License-Identifier: AGPL-3.0-only

package meshcert

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.k6.io/k6/v2/js/modulestest"
	"go.k6.io/k6/v2/lib"
)

// script runs JavaScript in a VU that has the extension as `meshcert`.
func script(t *testing.T, code string) any {
	t.Helper()
	runtime := modulestest.NewRuntime(t)
	exports := new(rootModule).NewModuleInstance(runtime.VU).Exports().Named
	require.NoError(t, runtime.VU.Runtime().Set("meshcert", exports))
	value, err := runtime.VU.Runtime().RunString(code)
	require.NoError(t, err)
	return value.Export()
}

func TestSignaturesFromJavaScript(t *testing.T) {
	require.Equal(t, "true,false,false,false,1952", script(t, `
		const signer = meshcert.newSigner()
		const signature = signer.sign('grüße', 'meshcert/beacons/v1')
		const key = signer.publicKey
		;[
			meshcert.verify(key, 'grüße', signature, 'meshcert/beacons/v1'),
			meshcert.verify(key, 'grüsse', signature, 'meshcert/beacons/v1'),
			meshcert.verify(key, 'grüße', signature, 'meshcert/join/v1'),
			meshcert.verify(key, 'grüße', 'no base64!', 'meshcert/beacons/v1'),
			key.length / 4 * 3 - (key.match(/=/g) ?? []).length,
		].join()`))
}

func TestASeedMakesTheSameSignerAgain(t *testing.T) {
	require.Equal(t, true, script(t, `
		const signer = meshcert.newSigner()
		const again = meshcert.signerOf(signer.seed)
		again.publicKey === signer.publicKey && again.publicKey !== meshcert.newSigner().publicKey`))
}

func TestAWrongSeedIsAnExceptionThatSaysWhy(t *testing.T) {
	require.Contains(t, script(t, `try { meshcert.signerOf('AAAA') } catch (error) { String(error) }`), "32 bytes")
}

func TestScenarioStartIsOnTheHostClock(t *testing.T) {
	runtime := modulestest.NewRuntime(t)
	before := nowMs()
	start := time.Now()
	after := nowMs()
	runtime.VU.CtxField = lib.WithScenarioState(runtime.VU.CtxField, &lib.ScenarioState{StartTime: start})
	at := (&instance{vu: runtime.VU}).scenarioStartMs()
	// Two clocks are read one after the other, each time: microseconds, or more when the machine is busy.
	require.Greater(t, at, before-5)
	require.Less(t, at, after+5)
}

func TestWithoutAScenarioThereIsNoStart(t *testing.T) {
	require.Contains(t, script(t, `try { meshcert.scenarioStartMs() } catch (error) { String(error) }`), "no")
	require.Equal(t, true, script(t, `const before = meshcert.nowMs(); meshcert.nowMs() >= before`))
}

func TestCPUSecondsGrowWithWork(t *testing.T) {
	require.Equal(t, true, script(t, `
		const before = meshcert.cpuSeconds()
		for (let i = 0; i < 20; i++) meshcert.newSigner()
		meshcert.cpuSeconds() > before`))
}
