// SPDX-License-Identifier: AGPL-3.0-only

package meshcert

import (
	"crypto/tls"
	"fmt"
	"net"
	"net/http/httptest"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
)

func echoServer(t *testing.T, answer func([]byte) []byte) (address string, peers func() int) {
	t.Helper()
	socket, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	require.NoError(t, err)
	t.Cleanup(func() { _ = socket.Close() })
	seen := map[string]bool{}
	var count atomic.Int64
	go func() {
		buffer := make([]byte, largestDatagram)
		for {
			n, from, err := socket.ReadFromUDP(buffer)
			if err != nil {
				return
			}
			seen[from.String()] = true
			count.Store(int64(len(seen)))
			_, _ = socket.WriteToUDP(answer(buffer[:n]), from)
		}
	}()
	return socket.LocalAddr().String(), func() int { return int(count.Load()) }
}

func TestUDPEchoKeepsOneSocketPerVU(t *testing.T) {
	address, peers := echoServer(t, func(data []byte) []byte { return data })
	require.Equal(t, true, script(t, fmt.Sprintf(`
		const times = [1, 2, 3].map((n) => meshcert.udpEcho('%s', 'beacon ' + n, 5000))
		times.every((ms) => ms > 0 && ms < 5000)`, address)))
	require.Equal(t, 1, peers())
}

func TestUDPEchoOfOtherBytesIsNoEcho(t *testing.T) {
	address, _ := echoServer(t, func([]byte) []byte { return []byte("something else") })
	require.Nil(t, script(t, fmt.Sprintf(`meshcert.udpEcho('%s', 'beacon', 100)`, address)))
}

func probeOf(t *testing.T, config *tls.Config) *tlsFacts {
	t.Helper()
	server := httptest.NewUnstartedServer(nil)
	server.TLS = config
	server.StartTLS()
	t.Cleanup(server.Close)
	facts, err := probe(t.Context(), server.Listener.Addr().String(), milliseconds(5_000))
	require.NoError(t, err)
	return facts
}

func TestProbeTellsTheGroup(t *testing.T) {
	hybrid := probeOf(t, &tls.Config{})
	require.Equal(t, "X25519MLKEM768", hybrid.Group)
	require.True(t, hybrid.PostQuantum)
	require.Equal(t, "TLS 1.3", hybrid.Version)
	classical := probeOf(t, &tls.Config{CurvePreferences: []tls.CurveID{tls.X25519}})
	require.Equal(t, "X25519", classical.Group)
	require.False(t, classical.PostQuantum)
}

// Go takes its TLS defaults from the `go` line of the main module: below 1.26 the last two would be missing.
func TestAllHybridGroupsAreOffered(t *testing.T) {
	var offered []tls.CurveID
	probeOf(t, &tls.Config{GetConfigForClient: func(hello *tls.ClientHelloInfo) (*tls.Config, error) {
		offered = hello.SupportedCurves
		return nil, nil
	}})
	require.Subset(t, offered, []tls.CurveID{tls.X25519MLKEM768, tls.SecP256r1MLKEM768, tls.SecP384r1MLKEM1024})
}
