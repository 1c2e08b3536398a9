// SPDX-License-Identifier: AGPL-3.0-only

package main

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// What one capture keeps at most; what comes beyond it is counted as dropped, for a search of half the
// traffic proves nothing.
const captureMax = 256 << 20

// How long the reader waits for a packet before it looks whether it should end.
const readWait = 100 * time.Millisecond

const largestPacket = 1 << 17

// recording holds every packet of the loopback interface since it was started, each behind its length
// in four bytes (little-endian), as the network layer sees it: from the IP header on.
type recording struct {
	socket  int
	stop    chan struct{}
	done    chan struct{}
	packets []byte
	count   int
	dropped int
}

// capture runs `capture`: a service on loopback that records the interface `lo` between POST /start
// and POST /stop, and answers the latter with the packets. It prints "ready URL", and ends when
// standard input does. Where a packet socket can't be had, /start answers 501 with the reason.
func capture(args []string, stdin *os.File, stdout, stderr io.Writer) int {
	flags := flag.NewFlagSet("capture", flag.ContinueOnError)
	flags.SetOutput(stderr)
	if err := flags.Parse(args); err != nil || flags.NArg() > 0 {
		fmt.Fprintln(stderr, "capture: takes no arguments")
		return 64
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		fmt.Fprintf(stderr, "capture: %v\n", err)
		return 70
	}
	fmt.Fprintf(stdout, "ready http://%s\n", listener.Addr())
	server := &http.Server{Handler: newCaptureHandler(), ReadHeaderTimeout: 5 * time.Second}
	go func() {
		<-ownerGone(stdin)
		_ = server.Close()
	}()
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		fmt.Fprintf(stderr, "capture: %v\n", err)
		return 70
	}
	return 0
}

func newCaptureHandler() http.Handler {
	var lock sync.Mutex
	var running *recording
	handler := http.NewServeMux()
	handler.HandleFunc("POST /start", func(answer http.ResponseWriter, _ *http.Request) {
		lock.Lock()
		defer lock.Unlock()
		if running != nil {
			http.Error(answer, "a capture is running: stop it first", http.StatusConflict)
			return
		}
		started, err := startRecording()
		if err != nil {
			http.Error(answer, err.Error(), http.StatusNotImplemented)
			return
		}
		running = started
		answer.WriteHeader(http.StatusNoContent)
	})
	handler.HandleFunc("POST /stop", func(answer http.ResponseWriter, _ *http.Request) {
		lock.Lock()
		defer lock.Unlock()
		if running == nil {
			http.Error(answer, "no capture is running: start one first", http.StatusConflict)
			return
		}
		ended := running
		running = nil
		ended.end()
		figures, _ := json.Marshal(map[string]int{"packets": ended.count, "dropped": ended.dropped})
		answer.Header().Set("X-Capture", string(figures))
		answer.Header().Set("Content-Type", "application/octet-stream")
		_, _ = answer.Write(ended.packets)
	})
	return handler
}

// startRecording opens a packet socket on loopback. It needs CAP_NET_RAW.
func startRecording() (*recording, error) {
	loopback, err := net.InterfaceByName("lo")
	if err != nil {
		return nil, fmt.Errorf("no loopback interface: %w", err)
	}
	// SOCK_DGRAM leaves the link header out. Protocol 0 until bound: nothing of other interfaces gets in.
	socket, err := unix.Socket(unix.AF_PACKET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("no packet socket: %w; run as root, or give the binary CAP_NET_RAW", err)
	}
	if err := prepare(socket, loopback.Index); err != nil {
		_ = unix.Close(socket)
		return nil, err
	}
	started := &recording{socket: socket, stop: make(chan struct{}), done: make(chan struct{})}
	go started.read()
	return started, nil
}

func prepare(socket, index int) error {
	// A burst of large datagrams must fit until the reader gets its turn. Without CAP_NET_ADMIN the
	// system's own limit holds.
	const buffer = 64 << 20
	if err := unix.SetsockoptInt(socket, unix.SOL_SOCKET, unix.SO_RCVBUFFORCE, buffer); err != nil {
		_ = unix.SetsockoptInt(socket, unix.SOL_SOCKET, unix.SO_RCVBUF, buffer)
	}
	wait := unix.NsecToTimeval(readWait.Nanoseconds())
	if err := unix.SetsockoptTimeval(socket, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &wait); err != nil {
		return fmt.Errorf("packet socket: %w", err)
	}
	address := &unix.SockaddrLinklayer{Protocol: networkOrder(unix.ETH_P_ALL), Ifindex: index}
	if err := unix.Bind(socket, address); err != nil {
		return fmt.Errorf("packet socket: %w", err)
	}
	return nil
}

func networkOrder(value uint16) uint16 {
	var bytes [2]byte
	binary.BigEndian.PutUint16(bytes[:], value)
	return binary.NativeEndian.Uint16(bytes[:])
}

func (r *recording) read() {
	defer close(r.done)
	buffer := make([]byte, largestPacket)
	for {
		size, from, err := unix.Recvfrom(r.socket, buffer, unix.MSG_TRUNC)
		switch {
		case errors.Is(err, unix.EINTR):
		case errors.Is(err, unix.EAGAIN):
			select {
			case <-r.stop:
				return
			default:
			}
		case err != nil:
			r.dropped++
			return
		default:
			r.keep(buffer, size, from)
		}
		select {
		case <-r.stop:
			// What is already in the buffer belongs to the time before the end.
			_ = unix.SetNonblock(r.socket, true)
		default:
		}
	}
}

func (r *recording) keep(buffer []byte, size int, from unix.Sockaddr) {
	link, ok := from.(*unix.SockaddrLinklayer)
	// On loopback every packet is seen as it leaves and as it arrives.
	if !ok || link.Pkttype == unix.PACKET_OUTGOING {
		return
	}
	if size > len(buffer) || len(r.packets)+size+4 > captureMax {
		r.dropped++
		return
	}
	r.packets = binary.LittleEndian.AppendUint32(r.packets, uint32(size))
	r.packets = append(r.packets, buffer[:size]...)
	r.count++
}

// end waits until everything that came before was read, and adds what the kernel had to drop.
func (r *recording) end() {
	close(r.stop)
	<-r.done
	if statistics, err := unix.GetsockoptTpacketStats(r.socket, unix.SOL_PACKET, unix.PACKET_STATISTICS); err == nil {
		r.dropped += int(statistics.Drops)
	}
	_ = unix.Close(r.socket)
}
