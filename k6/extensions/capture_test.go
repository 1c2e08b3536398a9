// SPDX-License-Identifier: AGPL-3.0-only

package main

import (
	"bytes"
	"encoding/binary"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"
)

func post(t *testing.T, url string) (*http.Response, []byte) {
	t.Helper()
	answer, err := http.Post(url, "", nil)
	require.NoError(t, err)
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	require.NoError(t, err)
	return answer, body
}

func TestCaptureSeesADatagramOnceAndNothingAfterItsEnd(t *testing.T) {
	server := httptest.NewServer(newCaptureHandler())
	defer server.Close()
	started, why := post(t, server.URL+"/start")
	if started.StatusCode == http.StatusNotImplemented {
		t.Skipf("no capture on this machine: %s", why)
	}
	receiver, err := net.ListenPacket("udp", "127.0.0.1:0")
	require.NoError(t, err)
	defer receiver.Close()
	sender, err := net.Dial("udp", receiver.LocalAddr().String())
	require.NoError(t, err)
	defer sender.Close()
	canary := bytes.Repeat([]byte("canary in clear "), 1_000)
	_, err = sender.Write(canary)
	require.NoError(t, err)
	again, _ := post(t, server.URL+"/start")
	require.Equal(t, http.StatusConflict, again.StatusCode)
	ended, packets := post(t, server.URL+"/stop")
	require.Equal(t, http.StatusOK, ended.StatusCode)
	require.Equal(t, 1, bytes.Count(packets, canary))
	require.Contains(t, ended.Header.Get("X-Capture"), `"dropped":0`)
	for at := 0; at < len(packets); {
		size := int(binary.LittleEndian.Uint32(packets[at:]))
		require.LessOrEqual(t, at+4+size, len(packets))
		at += 4 + size
	}
	_, err = sender.Write([]byte("later"))
	require.NoError(t, err)
	idle, _ := post(t, server.URL+"/stop")
	require.Equal(t, http.StatusConflict, idle.StatusCode)
}
