// SPDX-License-Identifier: AGPL-3.0-only

package meshcert

import (
	"encoding/base64"
	"fmt"

	"filippo.io/mldsa"
)

// signer holds an ML-DSA-65 key pair. Scripts see `publicKey` (raw, 1,952 bytes, base64), `seed`
// (32 bytes, base64) and `sign`.
type signer struct {
	PublicKey string `js:"publicKey" json:"publicKey"`
	Seed      string `js:"seed" json:"seed"`
	key       *mldsa.PrivateKey
	throw     func(error)
}

// newSigner makes a fresh key pair.
func (i *instance) newSigner() *signer {
	key, err := mldsa.GenerateKey(mldsa.MLDSA65())
	if err != nil {
		i.throw(err)
	}
	return i.wrap(key)
}

// signerOf makes the key pair of a seed: setup() hands seeds to VUs, because k6 passes JSON only.
func (i *instance) signerOf(seed string) *signer {
	raw, err := base64.StdEncoding.DecodeString(seed)
	if err != nil {
		i.throw(fmt.Errorf("signerOf: the seed is not base64: %w", err))
	}
	key, err := mldsa.NewPrivateKey(mldsa.MLDSA65(), raw)
	if err != nil {
		i.throw(fmt.Errorf("signerOf: %w; a seed has 32 bytes", err))
	}
	return i.wrap(key)
}

func (i *instance) wrap(key *mldsa.PrivateKey) *signer {
	return &signer{
		PublicKey: base64.StdEncoding.EncodeToString(key.PublicKey().Bytes()),
		Seed:      base64.StdEncoding.EncodeToString(key.Bytes()),
		key:       key,
		throw:     i.throw,
	}
}

// Sign signs the UTF-8 bytes of message, hedged, under a context string; base64, 3,309 bytes raw.
func (s *signer) Sign(message, context string) string {
	signature, err := s.key.Sign(nil, []byte(message), &mldsa.Options{Context: context})
	if err != nil {
		s.throw(fmt.Errorf("sign: %w", err))
	}
	return base64.StdEncoding.EncodeToString(signature)
}

// verify tells whether signature is valid; a malformed key or signature is not an exception but false.
func (i *instance) verify(publicKey, message, signature, context string) bool {
	rawKey, err := base64.StdEncoding.DecodeString(publicKey)
	if err != nil {
		return false
	}
	rawSignature, err := base64.StdEncoding.DecodeString(signature)
	if err != nil {
		return false
	}
	key, err := mldsa.NewPublicKey(mldsa.MLDSA65(), rawKey)
	if err != nil {
		return false
	}
	return mldsa.Verify(key, []byte(message), rawSignature, &mldsa.Options{Context: context}) == nil
}
