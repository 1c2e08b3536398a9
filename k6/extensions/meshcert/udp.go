// SPDX-License-Identifier: AGPL-3.0-only

package meshcert

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"os"
	"time"

	"go.k6.io/k6/v2/js/common"
)

const largestDatagram = 65_535

// socketTo is this VU's socket to address (host:port): dialled once, kept.
func (i *instance) socketTo(address string) (*net.UDPConn, error) {
	if socket, ok := i.sockets[address]; ok {
		return socket, nil
	}
	remote, err := net.ResolveUDPAddr("udp", address)
	if err != nil {
		return nil, fmt.Errorf("udp: %w; an address is host:port", err)
	}
	socket, err := net.DialUDP("udp", nil, remote)
	if err != nil {
		return nil, fmt.Errorf("udp: %w", err)
	}
	i.sockets[address] = socket
	return socket, nil
}

// udpSend sends payload (string or ArrayBuffer) as one datagram; it says nothing about arrival.
func (i *instance) udpSend(address string, payload any) {
	if _, err := i.send(address, payload); err != nil {
		i.throw(err)
	}
}

func (i *instance) send(address string, payload any) ([]byte, error) {
	data, err := common.ToBytes(payload)
	if err != nil {
		return nil, fmt.Errorf("udp: %w", err)
	}
	socket, err := i.socketTo(address)
	if err != nil {
		return nil, err
	}
	if _, err := socket.Write(data); err != nil {
		return nil, fmt.Errorf("udp: %w", err)
	}
	return data, nil
}

// udpEcho sends payload and waits for the same bytes to come back: round-trip ms, or null when
// they did not within timeoutMs. Other datagrams are late echoes and are skipped.
func (i *instance) udpEcho(address string, payload any, timeoutMs float64) *float64 {
	start := time.Now()
	data, err := i.send(address, payload)
	if err != nil {
		i.throw(err)
	}
	socket := i.sockets[address]
	if err := socket.SetReadDeadline(start.Add(milliseconds(timeoutMs))); err != nil {
		i.throw(err)
	}
	buffer := make([]byte, largestDatagram)
	for {
		n, err := socket.Read(buffer)
		if errors.Is(err, os.ErrDeadlineExceeded) {
			return nil
		}
		if err != nil {
			i.throw(fmt.Errorf("udp: %w", err))
		}
		if bytes.Equal(buffer[:n], data) {
			took := float64(time.Since(start).Nanoseconds()) / 1e6
			return &took
		}
	}
}

func milliseconds(ms float64) time.Duration {
	return time.Duration(ms * float64(time.Millisecond))
}
