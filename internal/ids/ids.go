// Package ids makes identifiers and secrets: random ones from an injected
// source, and derived ones that are the same for the same seed. It knows
// alphabets and lengths; it must not know what an identifier names.
package ids

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"io"
	"math/big"
	"time"

	"github.com/google/uuid"

	"github.com/nightclerk/nightclerk/internal/clock"
)

// Random is the machine's cryptographic source of randomness.
var Random io.Reader = rand.Reader

const (
	alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	// ksuidLen is the length of 20 bytes in base62.
	ksuidLen = 27
	// ksuidEpoch is the zero of KSUID time, in Unix seconds.
	ksuidEpoch = 1_400_000_000
)

// Source makes random identifiers and secrets.
type Source struct {
	Rand  io.Reader
	Clock clock.Clock
}

// New returns prefix + "_" + 27 base62 characters: a KSUID with a resolution of
// 4 ms, the form that Clerk and Svix use (svix/rust-ksuid).
func (s Source) New(prefix string) string {
	return KSUID(prefix, s.Clock.Now(), s.Bytes(15))
}

// KSUID returns the identifier of an instant and 15 bytes of payload.
func KSUID(prefix string, at time.Time, payload []byte) string {
	var raw [20]byte
	binary.BigEndian.PutUint32(raw[:4], uint32(at.Unix()-ksuidEpoch))
	raw[4] = byte(at.Nanosecond() / int(4*time.Millisecond))
	copy(raw[5:], payload)
	return prefix + "_" + Base62(raw[:], ksuidLen)
}

// Bytes returns n random bytes. It panics when the source fails, as a machine
// without randomness can do nothing right.
func (s Source) Bytes(n int) []byte {
	b := make([]byte, n)
	if _, err := io.ReadFull(s.Rand, b); err != nil {
		panic(fmt.Sprintf("ids: no randomness: %v", err))
	}
	return b
}

// Hex returns n random bytes as 2n hexadecimal digits.
func (s Source) Hex(n int) string { return hex.EncodeToString(s.Bytes(n)) }

// Trace returns a request's id: a random UUID (version 4) as 32 hexadecimal
// digits, the form of clerk_trace_id.
func (s Source) Trace() string {
	id, err := uuid.NewRandomFromReader(s.Rand)
	if err != nil {
		panic(fmt.Sprintf("ids: no randomness: %v", err))
	}
	return hex.EncodeToString(id[:])
}

// Token returns n random letters and digits.
func (s Source) Token(n int) string {
	out := make([]byte, 0, n)
	for len(out) < n {
		for _, b := range s.Bytes(n) {
			if b < 248 && len(out) < n { // 248 = 4 × 62: keeps the draw even
				out = append(out, alphabet[b%62])
			}
		}
	}
	return string(out)
}

// Digits returns n random decimal digits.
func (s Source) Digits(n int) string {
	limit := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(n)), nil)
	v := new(big.Int).Mod(new(big.Int).SetBytes(s.Bytes(n+8)), limit)
	return fmt.Sprintf("%0*d", n, v)
}

// Derive returns the n-th identifier of a kind for a seed: the same arguments
// give the same identifier on every machine, and no two n collide.
func Derive(seed, scope string, epoch int64, kind string, n int64) string {
	mac := hmac.New(sha256.New, []byte(seed))
	fmt.Fprintf(mac, "%s\x00%d\x00%s\x00%d", scope, epoch, kind, n)
	return kind + "_" + Base62(mac.Sum(nil)[:20], ksuidLen)
}

// Base62 writes the big-endian number b in base62, padded with zeros to width.
// A number that needs more than width digits loses its leading ones.
func Base62(b []byte, width int) string {
	n, base, digit := new(big.Int).SetBytes(b), big.NewInt(62), new(big.Int)
	out := make([]byte, width)
	for i := width - 1; i >= 0; i-- {
		n.DivMod(n, base, digit)
		out[i] = alphabet[digit.Int64()]
	}
	return string(out)
}
