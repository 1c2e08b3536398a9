package main

import (
	"encoding/binary"
	"net/netip"
)

const (
	protocolTCP = 6
	protocolUDP = 17
	udpHeader   = 8
)

// An IPv4 packet from its header on.
type packet []byte

func (p packet) headerBytes() int { return int(p[0]&0x0f) * 4 }

// Whether it is a whole IPv4 packet; anything else passes untouched.
func (p packet) isWhole() bool {
	return len(p) >= 20 && p[0]>>4 == 4 && p.headerBytes() >= 20 && len(p) >= p.headerBytes()
}

func (p packet) source() string { return netip.AddrFrom4([4]byte(p[12:16])).String() }

// What it carries behind its headers: the payload of a datagram or a segment; nothing of other protocols.
func (p packet) carried() []byte {
	body := p[p.headerBytes():]
	switch {
	case p[9] == protocolUDP && len(body) >= udpHeader:
		return body[udpHeader:]
	case p[9] == protocolTCP && len(body) >= 20 && int(body[12]>>4)*4 <= len(body):
		return body[int(body[12]>>4)*4:]
	}
	return nil
}

// A copy whose named bits are flipped, counted from the lowest of the first byte, with checksums that fit.
func (p packet) flipped(bits []int) packet {
	if len(bits) == 0 {
		return p
	}
	damaged := append(packet(nil), p...)
	carried := damaged.carried()
	for _, bit := range bits {
		carried[bit/8] ^= 1 << (bit % 8)
	}
	body := damaged[damaged.headerBytes():]
	if damaged[9] == protocolUDP {
		// 0 is a datagram without a checksum (RFC 768).
		binary.BigEndian.PutUint16(body[6:8], 0)
		return damaged
	}
	binary.BigEndian.PutUint16(body[16:18], 0)
	binary.BigEndian.PutUint16(body[16:18], damaged.checksum(body))
	return damaged
}

// The Internet checksum (RFC 1071) over a segment and its pseudo header (RFC 9293, 3.1).
func (p packet) checksum(segment []byte) uint16 {
	sum := uint32(p[9]) + uint32(len(segment))
	add := func(bytes []byte) {
		for place, value := range bytes {
			if place%2 == 0 {
				sum += uint32(value) << 8
			} else {
				sum += uint32(value)
			}
		}
	}
	add(p[12:20])
	add(segment)
	for sum > 0xffff {
		sum = sum>>16 + sum&0xffff
	}
	return ^uint16(sum)
}
