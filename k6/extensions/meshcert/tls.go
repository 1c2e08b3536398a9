// SPDX-License-Identifier: AGPL-3.0-only

package meshcert

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"strings"
	"time"
)

// tlsFacts is what one handshake negotiated. k6 itself never tells the key-exchange group.
type tlsFacts struct {
	Group              string  `js:"group" json:"group"`
	PostQuantum        bool    `js:"postQuantum" json:"postQuantum"`
	Version            string  `js:"version" json:"version"`
	CipherSuite        string  `js:"cipherSuite" json:"cipherSuite"`
	SignatureAlgorithm string  `js:"signatureAlgorithm" json:"signatureAlgorithm"`
	HandshakeMs        float64 `js:"handshakeMs" json:"handshakeMs"`
}

// tlsProbe makes one TLS handshake with address (host:port) and hangs up. It offers what Go offers
// by default and does not check the certificate: it asks what was negotiated, it trusts nobody.
func (i *instance) tlsProbe(address string, timeoutMs float64) *tlsFacts {
	facts, err := probe(i.vu.Context(), address, milliseconds(timeoutMs))
	if err != nil {
		i.throw(fmt.Errorf("tlsProbe %s: %w", address, err))
	}
	return facts
}

func probe(parent context.Context, address string, timeout time.Duration) (*tlsFacts, error) {
	ctx, cancel := context.WithTimeout(parent, timeout)
	defer cancel()
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	plain, err := (&net.Dialer{}).DialContext(ctx, "tcp", address)
	if err != nil {
		return nil, err
	}
	defer func() { _ = plain.Close() }()
	secure := tls.Client(plain, &tls.Config{ServerName: host, InsecureSkipVerify: true}) //nolint:gosec // see above
	start := time.Now()
	if err := secure.HandshakeContext(ctx); err != nil {
		return nil, err
	}
	took := time.Since(start)
	state := secure.ConnectionState()
	facts := &tlsFacts{
		Group:       state.CurveID.String(),
		PostQuantum: strings.Contains(state.CurveID.String(), "MLKEM"),
		Version:     tls.VersionName(state.Version),
		CipherSuite: tls.CipherSuiteName(state.CipherSuite),
		HandshakeMs: float64(took.Nanoseconds()) / 1e6,
	}
	if len(state.PeerCertificates) > 0 {
		facts.SignatureAlgorithm = state.PeerCertificates[0].SignatureAlgorithm.String()
	}
	return facts, nil
}
