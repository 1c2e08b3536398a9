// SPDX-License-Identifier: AGPL-3.0-only

package meshcert

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/asn1"
	"math/big"
	"net"
	"net/url"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"filippo.io/mldsa"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protowire"
)

const id = "spiffe://suite.example/w"

type authority struct {
	key         *ecdsa.PrivateKey
	certificate *x509.Certificate
}

func newKey(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	return key
}

func newAuthority(t *testing.T) authority {
	t.Helper()
	key := newKey(t)
	template := &x509.Certificate{
		SerialNumber:          big.NewInt(1),
		IsCA:                  true,
		BasicConstraintsValid: true,
		KeyUsage:              x509.KeyUsageCertSign,
		NotBefore:             time.Now().Add(-time.Hour),
		NotAfter:              time.Now().Add(time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	require.NoError(t, err)
	certificate, err := x509.ParseCertificate(der)
	require.NoError(t, err)
	return authority{key: key, certificate: certificate}
}

func (a authority) issue(t *testing.T, uri string, ends time.Time) svid {
	t.Helper()
	key := newKey(t)
	parsed, err := url.Parse(uri)
	require.NoError(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(2),
		URIs:         []*url.URL{parsed},
		NotBefore:    time.Now().Add(-time.Minute),
		NotAfter:     ends,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.certificate, key.Public(), a.key)
	require.NoError(t, err)
	pkcs8, err := x509.MarshalPKCS8PrivateKey(key)
	require.NoError(t, err)
	return svid{id: uri, chain: der, key: pkcs8, anchors: a.certificate.Raw}
}

func TestAnSvidIsUsableOrSaysWhyNot(t *testing.T) {
	now := time.Now()
	own := newAuthority(t)
	good := own.issue(t, id, now.Add(time.Hour))
	require.NoError(t, usable(good, id, now))
	require.ErrorContains(t, usable(good, id+"/other", now), "URI SANs")
	require.ErrorContains(t, usable(own.issue(t, id, now.Add(-time.Second)), id, now), "in force")
	foreign := good
	foreign.anchors = newAuthority(t).certificate.Raw
	require.ErrorContains(t, usable(foreign, id, now), "no authority")
	stolen := good
	stolen.key = own.issue(t, id, now.Add(time.Hour)).key
	require.ErrorContains(t, usable(stolen, id, now), "not the certificate's")
	cut := good
	cut.chain = good.chain[:40]
	require.ErrorContains(t, usable(cut, id, now), "does not parse")
	empty := good
	empty.chain = nil
	require.ErrorContains(t, usable(empty, id, now), "empty")
}

// mldsaSigned signs what a certificate says with a new ML-DSA-65 key, which crypto/x509 can't, and
// answers with the issuer too: a key that may not sign certificates yet.
func mldsaSigned(t *testing.T, certificate *x509.Certificate) (*x509.Certificate, *x509.Certificate) {
	t.Helper()
	private, err := mldsa.GenerateKey(mldsa.MLDSA65())
	require.NoError(t, err)
	signature, err := private.Sign(rand.Reader, certificate.RawTBSCertificate, nil)
	require.NoError(t, err)
	public := private.PublicKey().Bytes()
	spki, err := asn1.Marshal(publicKeyInfo{
		Algorithm: algorithm{Algorithm: oidMldsa65},
		Key:       asn1.BitString{Bytes: public, BitLength: 8 * len(public)},
	})
	require.NoError(t, err)
	subject := &x509.Certificate{RawTBSCertificate: certificate.RawTBSCertificate, Signature: signature}
	return subject, &x509.Certificate{RawSubjectPublicKeyInfo: spki}
}

func TestEveryLinkOfAChainIsSignedByACA(t *testing.T) {
	now := time.Now()
	own, rogue := newAuthority(t), newAuthority(t)
	root := own.certificate.Raw
	whole := own.issue(t, id, now.Add(time.Hour))
	whole.chain = append(whole.chain, root...)
	require.NoError(t, usable(whole, id, now))
	forged := rogue.issue(t, id, now.Add(time.Hour))
	forged.chain, forged.anchors = append(forged.chain, root...), root
	require.ErrorContains(t, usable(forged, id, now), "certificate 1 of the chain")
	leaf := own.issue(t, id, now.Add(time.Hour))
	certificate, err := x509.ParseCertificate(leaf.chain)
	require.NoError(t, err)
	key, err := x509.ParsePKCS8PrivateKey(leaf.key)
	require.NoError(t, err)
	private, ok := key.(*ecdsa.PrivateKey)
	require.True(t, ok)
	below := authority{key: private, certificate: certificate}.issue(t, id, now.Add(time.Hour))
	below.chain, below.anchors = append(below.chain, leaf.chain...), root
	require.ErrorContains(t, usable(below, id, now), "certificate 1 of the chain")
}

func TestAnMldsaIssuerIsACA(t *testing.T) {
	leaf, err := x509.ParseCertificate(newAuthority(t).issue(t, id, time.Now().Add(time.Hour)).chain)
	require.NoError(t, err)
	signed, issuer := mldsaSigned(t, leaf)
	require.False(t, signedBy(signed, issuer))
	issuer.BasicConstraintsValid, issuer.IsCA = true, true
	require.False(t, signedBy(signed, issuer))
	issuer.KeyUsage = x509.KeyUsageCertSign
	require.True(t, signedBy(signed, issuer))
	require.False(t, signedBy(leaf, issuer))
}

func field(number protowire.Number, value []byte) []byte {
	return protowire.AppendBytes(protowire.AppendTag(nil, number, protowire.BytesType), value)
}

func encode(one svid) []byte {
	fields := append(field(1, []byte(one.id)), field(2, one.chain)...)
	return field(1, append(append(fields, field(3, one.key)...), field(4, one.anchors)...))
}

func TestAMessageMayHaveSeveralSvids(t *testing.T) {
	one, two := svid{id: "a", chain: []byte("c"), key: []byte("k"), anchors: []byte("b")}, svid{id: "b"}
	all, err := readSvids(append(append(encode(one), field(3, nil)...), encode(two)...))
	require.NoError(t, err)
	require.Len(t, all, 2)
	require.Equal(t, "c", string(all[0].chain))
	require.Equal(t, "b", all[1].id)
	_, err = readSvids([]byte{0x0a, 0x05, 0x01})
	require.Error(t, err)
}

// serveSvids answers calls that carry the security header with one message after the other, and with
// the last one again when there are no more, on a Unix socket; without any it refuses.
func serveSvids(t *testing.T, messages ...[]byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "w.sock")
	listener, err := net.Listen("unix", path)
	require.NoError(t, err)
	var calls atomic.Int64
	server := grpc.NewServer(grpc.ForceServerCodec(rawCodec{}), grpc.UnknownServiceHandler(func(_ any, stream grpc.ServerStream) error {
		headers, _ := metadata.FromIncomingContext(stream.Context())
		if len(headers.Get("workload.spiffe.io")) == 0 || len(messages) == 0 {
			return status.Error(codes.PermissionDenied, "nobody")
		}
		next := min(int(calls.Add(1)), len(messages)) - 1
		if err := stream.SendMsg(&messages[next]); err != nil {
			return err
		}
		<-stream.Context().Done()
		return nil
	}))
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(server.Stop)
	return "unix://" + path
}

func TestManyFetchesOverRenewedConnections(t *testing.T) {
	own := newAuthority(t)
	messages := make([][]byte, fetchesPerConnection+10)
	for index := range messages {
		messages[index] = encode(own.issue(t, id, time.Now().Add(time.Hour)))
	}
	endpoint := serveSvids(t, messages...)
	for range messages {
		result := fetchOne(context.Background(), workload{Endpoint: endpoint, SpiffeID: id}, 5*time.Second)
		require.Empty(t, result.Problem)
		require.Positive(t, result.TookMs)
	}
	require.Equal(t, 10, channels.open[endpoint].started)
	other := fetchOne(context.Background(), workload{Endpoint: endpoint, SpiffeID: id + "/other"}, 5*time.Second)
	require.Contains(t, other.Problem, "no SVID of")
	require.True(t, other.Answered)
}

func TestAnSvidThatIsHandedOutAgainWasNotIssued(t *testing.T) {
	endpoint := serveSvids(t, encode(newAuthority(t).issue(t, id, time.Now().Add(time.Hour))))
	first := fetchOne(context.Background(), workload{Endpoint: endpoint, SpiffeID: id}, 5*time.Second)
	require.Empty(t, first.Problem)
	again := fetchOne(context.Background(), workload{Endpoint: endpoint, SpiffeID: id}, 5*time.Second)
	require.Contains(t, again.Problem, "handed out before")
	require.True(t, again.Answered)
}

func TestARefusalAndASilentEndpointAreProblems(t *testing.T) {
	refused := fetchOne(context.Background(), workload{Endpoint: serveSvids(t), SpiffeID: id}, 5*time.Second)
	require.Contains(t, refused.Problem, "PermissionDenied")
	absent := workload{Endpoint: "unix://" + filepath.Join(t.TempDir(), "absent.sock"), SpiffeID: id}
	late := fetchOne(context.Background(), absent, 200*time.Millisecond)
	require.NotEmpty(t, late.Problem)
	require.False(t, late.Answered)
	require.Less(t, late.TookMs, 2_000.0)
}
