package main

import (
	"encoding/binary"
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// Of linux/netfilter/nfnetlink_queue.h.
const (
	messagePacket  = unix.NFNL_SUBSYS_QUEUE<<8 | 0
	messageVerdict = unix.NFNL_SUBSYS_QUEUE<<8 | 1
	messageConfig  = unix.NFNL_SUBSYS_QUEUE<<8 | 2

	attributePacketHeader  = 1
	attributeVerdictHeader = 2
	attributePayload       = 10

	configCommand   = 1
	configParams    = 2
	configMaxLength = 3
	configMask      = 4
	configFlags     = 5

	commandBind    = 1
	copyPacket     = 2
	flagFailOpen   = 1
	verdictDrop    = 0
	verdictAccept  = 1
	attributeTypes = 0x3fff
)

const (
	// Packets that may be under way at a time, to one container: a second of 10,000 a second.
	queueLength  = 10_000
	receiveBytes = 8 << 20
	largest      = 0xffff
)

// The packets that arrive in one network namespace, each of which waits for a verdict. When its process ends, however, the
// kernel lets them pass.
type queue struct {
	number uint16
	file   *os.File
	// Injects copies of packets in the same namespace.
	raw int
}

// openQueue opens it in the namespace of the calling thread.
func openQueue(number uint16) (*queue, error) {
	socket, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW|unix.SOCK_CLOEXEC, unix.NETLINK_NETFILTER)
	if err != nil {
		return nil, fmt.Errorf("no netfilter socket: %w", err)
	}
	if err := unix.Bind(socket, &unix.SockaddrNetlink{Family: unix.AF_NETLINK}); err != nil {
		return nil, fmt.Errorf("no netfilter socket: %w", err)
	}
	// What overruns the buffer is let pass by the kernel as what overruns the queue is; an error would say no more.
	_ = unix.SetsockoptInt(socket, unix.SOL_SOCKET, unix.SO_RCVBUFFORCE, receiveBytes)
	_ = unix.SetsockoptInt(socket, unix.SOL_NETLINK, unix.NETLINK_NO_ENOBUFS, 1)
	raw, err := unix.Socket(unix.AF_INET, unix.SOCK_RAW|unix.SOCK_CLOEXEC, unix.IPPROTO_RAW)
	if err != nil {
		return nil, fmt.Errorf("no raw socket: %w", err)
	}
	made := &queue{number: number, raw: raw}
	if err := made.configure(socket); err != nil {
		return nil, fmt.Errorf("the kernel queues no packets (NFQUEUE): %w", err)
	}
	if err := unix.SetNonblock(socket, true); err != nil {
		return nil, err
	}
	made.file = os.NewFile(uintptr(socket), "nfqueue")
	return made, nil
}

func attribute(kind uint16, value []byte) []byte {
	bytes := binary.NativeEndian.AppendUint16(nil, uint16(4+len(value)))
	bytes = binary.NativeEndian.AppendUint16(bytes, kind)
	bytes = append(bytes, value...)
	return append(bytes, make([]byte, (4-len(value)%4)%4)...)
}

func (q *queue) message(kind uint16, flags uint16, attributes ...[]byte) []byte {
	var body []byte
	for _, one := range attributes {
		body = append(body, one...)
	}
	bytes := binary.NativeEndian.AppendUint32(nil, uint32(20+len(body)))
	bytes = binary.NativeEndian.AppendUint16(bytes, kind)
	bytes = binary.NativeEndian.AppendUint16(bytes, unix.NLM_F_REQUEST|flags)
	bytes = append(bytes, make([]byte, 8)...)
	bytes = append(bytes, unix.AF_UNSPEC, unix.NFNETLINK_V0)
	bytes = binary.BigEndian.AppendUint16(bytes, q.number)
	return append(bytes, body...)
}

func word(value uint32) []byte { return binary.BigEndian.AppendUint32(nil, value) }

func (q *queue) configure(socket int) error {
	steps := [][]byte{
		attribute(configCommand, []byte{commandBind, 0, 0, unix.AF_INET}),
		attribute(configParams, append(word(largest), copyPacket)),
		attribute(configMaxLength, word(queueLength)),
		append(attribute(configFlags, word(flagFailOpen)), attribute(configMask, word(flagFailOpen))...),
	}
	for _, step := range steps {
		kernel := &unix.SockaddrNetlink{Family: unix.AF_NETLINK}
		if err := unix.Sendto(socket, q.message(messageConfig, unix.NLM_F_ACK, step), 0, kernel); err != nil {
			return err
		}
		answer := make([]byte, 4096)
		count, _, err := unix.Recvfrom(socket, answer, 0)
		if err != nil {
			return err
		}
		if count >= 20 && binary.NativeEndian.Uint16(answer[4:6]) == unix.NLMSG_ERROR {
			if code := int32(binary.NativeEndian.Uint32(answer[16:20])); code != 0 {
				return unix.Errno(-code)
			}
		}
	}
	return nil
}

// A packet that waits; its bytes are its own.
type waiting struct {
	id    uint32
	bytes packet
}

// read answers the packets that have come; it waits for the first.
func (q *queue) read(buffer []byte) ([]waiting, error) {
	count, err := q.file.Read(buffer)
	if err != nil {
		return nil, err
	}
	var come []waiting
	for rest := buffer[:count]; len(rest) >= 20; {
		length := int(binary.NativeEndian.Uint32(rest[:4]))
		if length < 20 || length > len(rest) {
			break
		}
		if binary.NativeEndian.Uint16(rest[4:6]) == messagePacket {
			come = append(come, waitingIn(rest[20:length]))
		}
		rest = rest[min((length+3)&^3, len(rest)):]
	}
	return come, nil
}

func waitingIn(attributes []byte) waiting {
	var one waiting
	for rest := attributes; len(rest) >= 4; {
		length := int(binary.NativeEndian.Uint16(rest[:2]))
		if length < 4 || length > len(rest) {
			break
		}
		switch binary.NativeEndian.Uint16(rest[2:4]) & attributeTypes {
		case attributePacketHeader:
			one.id = binary.BigEndian.Uint32(rest[4:8])
		case attributePayload:
			one.bytes = append(packet(nil), rest[4:length]...)
		}
		rest = rest[min((length+3)&^3, len(rest)):]
	}
	return one
}

func (q *queue) drop(id uint32) { q.judge(id, verdictDrop, nil) }

// accept lets it pass, with these bytes in its place where there are any.
func (q *queue) accept(id uint32, instead packet) { q.judge(id, verdictAccept, instead) }

func (q *queue) judge(id, verdict uint32, instead packet) {
	attributes := [][]byte{attribute(attributeVerdictHeader, append(word(verdict), word(id)...))}
	if instead != nil {
		attributes = append(attributes, attribute(attributePayload, instead))
	}
	// A packet that the kernel has let go of meanwhile needs no verdict.
	_, _ = q.file.Write(q.message(messageVerdict, 0, attributes...))
}

// inject brings one more packet into the namespace, to itself.
func (q *queue) inject(p packet) {
	_ = unix.Sendto(q.raw, p, 0, &unix.SockaddrInet4{Addr: [4]byte(p[16:20])})
}

func (q *queue) close() {
	_ = q.file.Close()
	_ = unix.Close(q.raw)
}
