package users

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/md5"
	"crypto/sha512"
	"encoding/hex"
	"slices"
	"strings"

	"golang.org/x/crypto/scrypt"
)

const phpassAlphabet = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

// parsePhpass reads $P$, one character for the rounds, eight of salt and 22 of
// MD5 (the portable hashes of phpass).
func parsePhpass(digest string) (verifier, error) {
	if len(digest) != 34 || !strings.HasPrefix(digest, "$P$") && !strings.HasPrefix(digest, "$H$") {
		return nil, errDigest
	}
	log := strings.IndexByte(phpassAlphabet, digest[3])
	if log < 7 || log > 23 {
		return nil, errDigest
	}
	salt, want := []byte(digest[4:12]), []byte(digest[12:])
	return func(pw []byte) bool {
		h := md5.Sum(slices.Concat(salt, pw))
		for range 1 << log {
			h = md5.Sum(slices.Concat(h[:], pw))
		}
		return equal(phpassEncode(h[:]), want)
	}, nil
}

// parseMD5Phpass reads a phpass digest of the password's MD5 in hexadecimal.
func parseMD5Phpass(digest string) (verifier, error) {
	verify, err := parsePhpass(digest)
	return func(pw []byte) bool {
		h := md5.Sum(pw)
		return verify([]byte(hex.EncodeToString(h[:])))
	}, err
}

// phpassEncode is base64 with the bytes of each group in reverse.
func phpassEncode(raw []byte) []byte {
	var out []byte
	for i := 0; i < len(raw); i += 3 {
		group := raw[i:min(i+3, len(raw))]
		v := 0
		for n, b := range group {
			v |= int(b) << (8 * n)
		}
		for range len(group) + 1 {
			out = append(out, phpassAlphabet[v&63])
			v >>= 6
		}
	}
	return out
}

// parseScryptFirebase reads hash$salt$signer key$salt separator$rounds$memory
// cost. The hash is the signer key, encrypted with what scrypt makes of the
// password.
func parseScryptFirebase(digest string) (verifier, error) {
	parts, err := fields(digest, 6)
	if err != nil {
		return nil, err
	}
	var raw [4][]byte
	for n := range raw {
		if raw[n], err = decodeBase64(parts[n]); err != nil {
			return nil, errDigest
		}
	}
	want, signer := raw[0], raw[2]
	rounds, roundsErr := number(parts[4], 1<<10)
	cost, err := number(parts[5], 24)
	if roundsErr != nil || err != nil || rounds<<cost*128 > maxScryptMemory || len(signer) != len(want) || len(want) == 0 {
		return nil, errDigest
	}
	salt := slices.Concat(raw[1], raw[3])
	return func(pw []byte) bool {
		key, err := scrypt.Key(pw, salt, 1<<cost, rounds, 1, 32)
		if err != nil {
			return false
		}
		block, err := aes.NewCipher(key)
		if err != nil {
			return false
		}
		got := make([]byte, len(signer))
		cipher.NewCTR(block, make([]byte, aes.BlockSize)).XORKeyStream(got, signer)
		return equal(got, want)
	}, nil
}

// parseScryptWerkzeug reads scrypt:N:r:p$salt$hash, as Werkzeug writes it.
func parseScryptWerkzeug(digest string) (verifier, error) {
	parts, err := fields(strings.TrimPrefix(digest, "$"), 3)
	if err != nil {
		return nil, err
	}
	args := strings.Split(parts[0], ":")
	if len(args) != 4 || args[0] != "scrypt" {
		return nil, errDigest
	}
	var cost [3]int
	for n := range cost {
		if cost[n], err = number(args[n+1], 1<<24); err != nil {
			return nil, err
		}
	}
	want, err := hex.DecodeString(parts[2])
	if err != nil {
		want, err = decodeBase64(parts[2])
	}
	n, r, p := cost[0], cost[1], cost[2]
	if err != nil || len(want) == 0 || n&(n-1) != 0 || n < 2 || r > maxScryptMemory/128/n || p > 64 {
		return nil, errDigest
	}
	return func(pw []byte) bool {
		got, err := scrypt.Key(pw, []byte(parts[1]), n, r, p, len(want))
		return err == nil && equal(got, want)
	}, nil
}

// parseSymfony reads sha512_symfony$iterations$salt$hash (Symfony's legacy
// MessageDigestPasswordEncoder).
func parseSymfony(digest string) (verifier, error) {
	parts, err := fields(digest, 4)
	if err != nil || parts[0] != "sha512_symfony" {
		return nil, errDigest
	}
	iterations, numberErr := number(parts[1], maxIterations)
	want, err := decodeBase64(parts[3])
	if numberErr != nil || err != nil || len(want) != sha512.Size {
		return nil, errDigest
	}
	return func(pw []byte) bool {
		salted := slices.Concat(pw, []byte("{"+parts[2]+"}"))
		h := sha512.Sum512(salted)
		for range iterations - 1 {
			h = sha512.Sum512(slices.Concat(h[:], salted))
		}
		return equal(h[:], want)
	}, nil
}
