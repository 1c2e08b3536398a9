// SPDX-License-Identifier: AGPL-3.0-only

package meshcert

import (
	"context"
	"crypto/ecdsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/asn1"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"filippo.io/mldsa"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/encoding/protowire"
)

const fetchMethod = "/SpiffeWorkloadAPI/FetchX509SVID"

// A Workload API stream never ends by itself, so each fetch ends with a reset, and Node's HTTP/2
// servers cut a connection after about 1,000 of them: it is replaced well before.
const fetchesPerConnection = 250

// workload is who a fetch is made as: scripts pass what a registration answered.
type workload struct {
	Endpoint string `js:"endpoint"`
	SpiffeID string `js:"spiffeId"`
}

// fetched is one fetch. Problem is empty for a usable identity that was issued for it; answered tells
// whether the target said anything at all.
type fetched struct {
	EndedAtMs float64 `js:"endedAtMs"`
	TookMs    float64 `js:"tookMs"`
	Problem   string  `js:"problem"`
	Answered  bool    `js:"answered"`
}

// rawCodec hands messages through as bytes: one message type of three fields needs no generated code.
type rawCodec struct{}

func (rawCodec) Marshal(value any) ([]byte, error) {
	if bytes, ok := value.(*[]byte); ok {
		return *bytes, nil
	}
	return nil, fmt.Errorf("a message is bytes here, not %T", value)
}

func (rawCodec) Unmarshal(data []byte, value any) error {
	bytes, ok := value.(*[]byte)
	if !ok {
		return fmt.Errorf("a message is bytes here, not %T", value)
	}
	*bytes = append([]byte(nil), data...)
	return nil
}

func (rawCodec) Name() string { return "proto" }

// channel is one connection of the process to an endpoint; all VUs share it.
type channel struct {
	connection      *grpc.ClientConn
	started, active int
}

// close does not wait: gRPC says goodbye for up to 5 s to a peer that is too busy to listen.
func (c *channel) close() {
	go func() { _ = c.connection.Close() }()
}

var channels = struct {
	sync.Mutex
	open map[string]*channel
}{open: map[string]*channel{}}

// addressOf turns SPIFFE_ENDPOINT_SOCKET's tcp://IP:port into what gRPC calls it; unix:// is the same in both.
func addressOf(endpoint string) string {
	return strings.Replace(endpoint, "tcp://", "passthrough:///", 1)
}

func acquire(endpoint string) (*channel, error) {
	channels.Lock()
	defer channels.Unlock()
	current := channels.open[endpoint]
	if current == nil || current.started >= fetchesPerConnection {
		if current != nil && current.active == 0 {
			current.close()
		}
		connection, err := grpc.NewClient(
			addressOf(endpoint),
			grpc.WithTransportCredentials(insecure.NewCredentials()),
			grpc.WithNoProxy(),
			grpc.WithAuthority("localhost"),
		)
		if err != nil {
			return nil, err
		}
		current = &channel{connection: connection}
		channels.open[endpoint] = current
	}
	current.started++
	current.active++
	return current, nil
}

func release(endpoint string, used *channel) {
	channels.Lock()
	defer channels.Unlock()
	used.active--
	if used.active == 0 && channels.open[endpoint] != used {
		used.close()
	}
}

// firstMessage opens FetchX509SVID, waits for its first message and leaves the stream.
func firstMessage(ctx context.Context, endpoint string) ([]byte, error) {
	used, err := acquire(endpoint)
	if err != nil {
		return nil, err
	}
	defer release(endpoint, used)
	ctx, leave := context.WithCancel(metadata.AppendToOutgoingContext(ctx, "workload.spiffe.io", "true"))
	defer leave()
	stream, err := used.connection.NewStream(ctx, &grpc.StreamDesc{ServerStreams: true}, fetchMethod, grpc.ForceCodec(rawCodec{}))
	if err != nil {
		return nil, err
	}
	if err := stream.SendMsg(&[]byte{}); err != nil {
		return nil, err
	}
	if err := stream.CloseSend(); err != nil {
		return nil, err
	}
	var message []byte
	err = stream.RecvMsg(&message)
	return message, err
}

// svid is one entry of X509SVIDResponse: DER of certificates, leaf first, key (PKCS#8) and CA certificates.
type svid struct {
	id                  string
	chain, key, anchors []byte
}

// eachField calls back for the length-delimited fields of a message; the Workload API has no others.
func eachField(message []byte, seen func(number protowire.Number, value []byte)) error {
	for len(message) > 0 {
		number, kind, size := protowire.ConsumeTag(message)
		if size < 0 {
			return protowire.ParseError(size)
		}
		message = message[size:]
		if kind != protowire.BytesType {
			return fmt.Errorf("field %d is not length-delimited", number)
		}
		value, size := protowire.ConsumeBytes(message)
		if size < 0 {
			return protowire.ParseError(size)
		}
		seen(number, value)
		message = message[size:]
	}
	return nil
}

func readSvids(message []byte) ([]svid, error) {
	var all []svid
	var inner error
	err := eachField(message, func(number protowire.Number, value []byte) {
		if number != 1 {
			return
		}
		var one svid
		inner = errors.Join(inner, eachField(value, func(number protowire.Number, value []byte) {
			switch number {
			case 1:
				one.id = string(value)
			case 2:
				one.chain = value
			case 3:
				one.key = value
			case 4:
				one.anchors = value
			}
		}))
		all = append(all, one)
	})
	return all, errors.Join(err, inner)
}

// usable tells what keeps an SVID from being used as id: nil if it parses, is in force, carries
// that one SPIFFE ID and its own private key, and leads to an authority of its bundle, link by link.
func usable(one svid, id string, now time.Time) error {
	chain, err := x509.ParseCertificates(one.chain)
	if err != nil {
		return fmt.Errorf("the chain does not parse: %w", err)
	}
	if len(chain) == 0 {
		return errors.New("the chain is empty")
	}
	anchors, err := x509.ParseCertificates(one.anchors)
	if err != nil {
		return fmt.Errorf("the bundle does not parse: %w", err)
	}
	leaf := chain[0]
	if len(leaf.URIs) != 1 || leaf.URIs[0].String() != id {
		return fmt.Errorf("the URI SANs are %v, not %s", leaf.URIs, id)
	}
	if now.Before(leaf.NotBefore) || now.After(leaf.NotAfter) {
		return fmt.Errorf("in force from %v to %v", leaf.NotBefore, leaf.NotAfter)
	}
	if err := ownsKey(leaf, one.key); err != nil {
		return err
	}
	for index, issuer := range chain[1:] {
		if !signedBy(chain[index], issuer) {
			return fmt.Errorf("certificate %d of the chain has not signed the one before it", index+1)
		}
	}
	for _, anchor := range anchors {
		if signedBy(chain[len(chain)-1], anchor) {
			return nil
		}
	}
	return errors.New("no authority of the bundle has signed it")
}

// handedOut holds what the leaf certificates say that this process was handed, by its digests.
var handedOut = struct {
	sync.Mutex
	digests map[[sha256.Size]byte]struct{}
}{digests: map[[sha256.Size]byte]struct{}{}}

// isNew tells whether no certificate that says the same was handed out before, whatever the signature under
// it: who hands one out again has issued none.
func isNew(one svid) bool {
	var leaf struct{ Says, Algorithm, Signature asn1.RawValue }
	if _, err := asn1.Unmarshal(one.chain, &leaf); err != nil {
		return false
	}
	digest := sha256.Sum256(leaf.Says.FullBytes)
	handedOut.Lock()
	defer handedOut.Unlock()
	_, isKnown := handedOut.digests[digest]
	handedOut.digests[digest] = struct{}{}
	return !isKnown
}

var oidMldsa65 = asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 3, 18}

type algorithm struct{ Algorithm asn1.ObjectIdentifier }

type publicKeyInfo struct {
	Algorithm algorithm
	Key       asn1.BitString
}

// mldsaKey reads the ML-DSA-65 public key of a certificate, which crypto/x509 leaves to others.
func mldsaKey(certificate *x509.Certificate) (*mldsa.PublicKey, error) {
	var info publicKeyInfo
	if _, err := asn1.Unmarshal(certificate.RawSubjectPublicKeyInfo, &info); err != nil {
		return nil, err
	}
	if !info.Algorithm.Algorithm.Equal(oidMldsa65) {
		return nil, fmt.Errorf("public key algorithm %v is unknown here", info.Algorithm.Algorithm)
	}
	return mldsa.NewPublicKey(mldsa.MLDSA65(), info.Key.RightAlign())
}

type privateKeyInfo struct {
	Version   int
	Algorithm algorithm
	Key       []byte
}

// seedOf reads the seed of an ML-DSA private key in the two forms of RFC 9881, section 6, that have one.
func seedOf(key []byte) ([]byte, error) {
	var both struct{ Seed, Expanded []byte }
	if _, err := asn1.Unmarshal(key, &both); err == nil {
		return both.Seed, nil
	}
	var seed asn1.RawValue
	if _, err := asn1.Unmarshal(key, &seed); err != nil {
		return nil, err
	}
	if seed.Class != asn1.ClassContextSpecific || seed.Tag != 0 {
		return nil, errors.New("it has no seed")
	}
	return seed.Bytes, nil
}

func ownsKey(leaf *x509.Certificate, pkcs8 []byte) error {
	if public, ok := leaf.PublicKey.(*ecdsa.PublicKey); ok {
		private, err := x509.ParsePKCS8PrivateKey(pkcs8)
		if err != nil {
			return fmt.Errorf("the private key does not parse: %w", err)
		}
		key, ok := private.(*ecdsa.PrivateKey)
		if !ok || !key.PublicKey.Equal(public) {
			return errors.New("the private key is not the certificate's")
		}
		return nil
	}
	public, err := mldsaKey(leaf)
	if err != nil {
		return err
	}
	var info privateKeyInfo
	if _, err := asn1.Unmarshal(pkcs8, &info); err != nil {
		return fmt.Errorf("the private key does not parse: %w", err)
	}
	seed, err := seedOf(info.Key)
	if err != nil {
		return fmt.Errorf("the private key does not parse: %w", err)
	}
	private, err := mldsa.NewPrivateKey(mldsa.MLDSA65(), seed)
	if err != nil {
		return fmt.Errorf("the private key does not parse: %w", err)
	}
	if string(private.PublicKey().Bytes()) != string(public.Bytes()) {
		return errors.New("the private key is not the certificate's")
	}
	return nil
}

// signedBy holds issuers of both kinds to the same: crypto/x509 knows nothing of ML-DSA's, and lets
// certificates of version 1 sign.
func signedBy(certificate, issuer *x509.Certificate) bool {
	if !issuer.BasicConstraintsValid || !issuer.IsCA || issuer.KeyUsage&x509.KeyUsageCertSign == 0 {
		return false
	}
	if issuer.PublicKey != nil {
		return certificate.CheckSignatureFrom(issuer) == nil
	}
	key, err := mldsaKey(issuer)
	return err == nil && mldsa.Verify(key, certificate.RawTBSCertificate, certificate.Signature, nil) == nil
}

func fetchOne(ctx context.Context, as workload, timeout time.Duration) fetched {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	from := nowMs()
	result := func(answered bool, problem string) fetched {
		ended := nowMs()
		return fetched{EndedAtMs: ended, TookMs: ended - from, Answered: answered, Problem: problem}
	}
	message, err := firstMessage(ctx, as.Endpoint)
	if err != nil {
		return result(false, err.Error())
	}
	all, err := readSvids(message)
	if err != nil {
		return result(true, "the message does not parse: "+err.Error())
	}
	for _, one := range all {
		if one.id != as.SpiffeID {
			continue
		}
		if err := usable(one, as.SpiffeID, time.Now()); err != nil {
			return result(true, err.Error())
		}
		if !isNew(one) {
			return result(true, "the SVID was handed out before: this call was issued none")
		}
		return result(true, "")
	}
	return result(true, "no SVID of "+as.SpiffeID)
}

// fetchSvids asks the Workload API for the identity of each workload, all at once, and answers in
// their order once the last is there or the time is over.
func (i *instance) fetchSvids(workloads []workload, timeoutMs float64) []fetched {
	ctx := i.vu.Context()
	results := make([]fetched, len(workloads))
	var running sync.WaitGroup
	for index, as := range workloads {
		running.Go(func() {
			results[index] = fetchOne(ctx, as, time.Duration(timeoutMs*float64(time.Millisecond)))
		})
	}
	running.Wait()
	return results
}
