package users

import (
	"bytes"
	"crypto/md5"
	"crypto/pbkdf2"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"maps"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/crypto/argon2"
	"golang.org/x/crypto/bcrypt"

	"github.com/nightclerk/nightclerk/internal/apierr"
)

const bcryptHasher = "bcrypt"

// verifier tells whether a password is the one a digest was made of.
type verifier func(password []byte) bool

// hashers are the algorithms of imported digests, in the forms that Clerk
// documents for password_digest (docs: CreateUserParams). They are only ever
// verified. awscognito is not among them: it asks a server of Amazon's.
var hashers = map[string]func(digest string) (verifier, error){
	"argon2i":              parseArgon2("argon2i", argon2.Key),
	"argon2id":             parseArgon2("argon2id", argon2.IDKey),
	bcryptHasher:           parseBcrypt,
	"bcrypt_peppered":      parseBcryptPeppered,
	"bcrypt_sha256_django": parseBcryptSHA256Django,
	"ldap_ssha":            parseSSHA,
	"md5":                  parseHex(md5.New),
	"md5_phpass":           parseMD5Phpass,
	"md5_salted":           parseSalted(md5.New),
	"pbkdf2_sha1":          parsePBKDF2SHA1,
	"pbkdf2_sha256":        parsePBKDF2("pbkdf2_sha256", sha256.New, decodeBase64, decodeBase64),
	"pbkdf2_sha256_django": parsePBKDF2("pbkdf2_sha256", sha256.New, literal, decodeBase64),
	"pbkdf2_sha512":        parsePBKDF2("pbkdf2_sha512", sha512.New, literal, hex.DecodeString),
	"pbkdf2_sha512_hex":    parsePBKDF2("pbkdf2_sha512_hex", sha512.New, hex.DecodeString, hex.DecodeString),
	"phpass":               parsePhpass,
	"scrypt_firebase":      parseScryptFirebase,
	"scrypt_werkzeug":      parseScryptWerkzeug,
	"sha256":               parseHex(sha256.New),
	"sha256_salted":        parseSalted(sha256.New),
	"sha512_symfony":       parseSymfony,
}

var errDigest = errors.New("the digest has not the form of its hasher")

// What a digest may ask for at most: one from outside must not be able to
// occupy the machine.
const (
	maxBcryptCost   = 20
	maxIterations   = 10_000_000
	maxArgon2Time   = 100
	maxArgon2Memory = 1 << 20 // KiB
	maxScryptMemory = 1 << 30 // bytes
)

// CheckDigest tells whether a digest can be verified: an unknown hasher is
// answered with the known ones, a malformed digest as what it is.
func CheckDigest(hasher, digest string) error {
	return apierr.Join(checkDigest(hasher, digest))
}

func checkDigest(hasher, digest string) *apierr.Error {
	if hashers[hasher] == nil {
		return apierr.FormInvalidParameterValue("password_hasher", hasher, slices.Sorted(maps.Keys(hashers))...)
	}
	if encoding("password_digest", digest) != nil || len(digest) > maxMetadata {
		return apierr.FormPasswordDigestInvalid("password_digest", hasher)
	}
	if _, err := parseDigest(hasher, digest); err != nil {
		return apierr.FormPasswordDigestInvalid("password_digest", hasher)
	}
	return nil
}

func parseDigest(hasher, digest string) (verifier, error) {
	parse := hashers[hasher]
	if parse == nil {
		return nil, fmt.Errorf("unknown hasher %q", hasher)
	}
	return parse(digest)
}

func equal(a, b []byte) bool { return subtle.ConstantTimeCompare(a, b) == 1 }

func literal(s string) ([]byte, error) { return []byte(s), nil }

// decodeBase64 takes padding or leaves it.
func decodeBase64(s string) ([]byte, error) {
	return base64.RawStdEncoding.DecodeString(strings.TrimRight(s, "="))
}

// fields splits a digest at $ into exactly n parts, none of them empty.
func fields(digest string, n int) ([]string, error) {
	parts := strings.Split(digest, "$")
	if len(parts) != n || slices.Contains(parts, "") {
		return nil, errDigest
	}
	return parts, nil
}

// number reads a decimal between 1 and most.
func number(s string, most int) (int, error) {
	n, err := strconv.Atoi(s)
	if err != nil || n < 1 || n > most {
		return 0, errDigest
	}
	return n, nil
}

// parseArgon2 reads $argon2id$v=19$m=64,t=4,p=8$salt$hash.
func parseArgon2(name string, key func(password, salt []byte, time, memory uint32, threads uint8, keyLen uint32) []byte) func(string) (verifier, error) {
	return func(digest string) (verifier, error) {
		rest, ok := strings.CutPrefix(digest, "$"+name+"$v=19$")
		parts, err := fields(rest, 3)
		if !ok || err != nil {
			return nil, errDigest
		}
		var memory, time uint32
		var threads uint8
		if _, err := fmt.Sscanf(parts[0], "m=%d,t=%d,p=%d", &memory, &time, &threads); err != nil {
			return nil, errDigest
		}
		salt, saltErr := decodeBase64(parts[1])
		want, err := decodeBase64(parts[2])
		if saltErr != nil || err != nil || time < 1 || time > maxArgon2Time || threads < 1 || memory > maxArgon2Memory || len(want) < 4 {
			return nil, errDigest
		}
		return func(pw []byte) bool { return equal(key(pw, salt, time, memory, threads, uint32(len(want))), want) }, nil
	}
}

func parseBcrypt(digest string) (verifier, error) {
	cost, err := bcrypt.Cost([]byte(digest))
	if err != nil || cost > maxBcryptCost || len(digest) != 60 {
		return nil, errDigest
	}
	return func(pw []byte) bool { return bcrypt.CompareHashAndPassword([]byte(digest), pw) == nil }, nil
}

// parseBcryptPeppered reads a bcrypt digest with $ and the pepper behind it,
// which is appended to the password (Devise).
func parseBcryptPeppered(digest string) (verifier, error) {
	if len(digest) < 62 || digest[60] != '$' {
		return nil, errDigest
	}
	pepper := []byte(digest[61:])
	verify, err := parseBcrypt(digest[:60])
	return func(pw []byte) bool { return verify(slices.Concat(pw, pepper)) }, err
}

// parseBcryptSHA256Django reads bcrypt_sha256$ and a bcrypt digest, of the
// password's SHA-256 in hexadecimal.
func parseBcryptSHA256Django(digest string) (verifier, error) {
	rest, ok := strings.CutPrefix(digest, "bcrypt_sha256$")
	verify, err := parseBcrypt(rest)
	if !ok || err != nil {
		return nil, errDigest
	}
	return func(pw []byte) bool {
		sum := sha256.Sum256(pw)
		return verify([]byte(hex.EncodeToString(sum[:])))
	}, nil
}

// parseSSHA reads {SSHA} and the base64 of hash and salt (OpenLDAP).
func parseSSHA(digest string) (verifier, error) {
	rest, ok := strings.CutPrefix(digest, "{SSHA}")
	raw, err := decodeBase64(rest)
	if !ok || err != nil || len(raw) <= sha1.Size {
		return nil, errDigest
	}
	return func(pw []byte) bool {
		sum := sha1.Sum(slices.Concat(pw, raw[sha1.Size:]))
		return equal(sum[:], raw[:sha1.Size])
	}, nil
}

// parseHex reads the hash of the password alone.
func parseHex(algorithm func() hash.Hash) func(string) (verifier, error) {
	return func(digest string) (verifier, error) {
		want, err := hex.DecodeString(digest)
		if err != nil || len(want) != algorithm().Size() {
			return nil, errDigest
		}
		return func(pw []byte) bool { return equal(sum(algorithm, pw), want) }, nil
	}
}

// parseSalted reads salt$hash. The documentation leaves open on which side of
// the password the salt stands, so either is right.
func parseSalted(algorithm func() hash.Hash) func(string) (verifier, error) {
	return func(digest string) (verifier, error) {
		salt, encoded, ok := strings.Cut(digest, "$")
		want, err := hex.DecodeString(encoded)
		if !ok || err != nil || len(want) != algorithm().Size() {
			return nil, errDigest
		}
		return func(pw []byte) bool {
			return equal(sum(algorithm, []byte(salt), pw), want) || equal(sum(algorithm, pw, []byte(salt)), want)
		}, nil
	}
}

func sum(algorithm func() hash.Hash, parts ...[]byte) []byte {
	h := algorithm()
	h.Write(bytes.Join(parts, nil))
	return h.Sum(nil)
}

// parsePBKDF2 reads name$iterations$salt$hash.
func parsePBKDF2(name string, algorithm func() hash.Hash, salt, digest func(string) ([]byte, error)) func(string) (verifier, error) {
	return func(text string) (verifier, error) {
		parts, err := fields(text, 4)
		if err != nil || parts[0] != name {
			return nil, errDigest
		}
		iterations, err := number(parts[1], maxIterations)
		if err != nil {
			return nil, err
		}
		saltRaw, saltErr := salt(parts[2])
		want, err := digest(parts[3])
		if saltErr != nil || err != nil || len(want) == 0 {
			return nil, errDigest
		}
		return verifyPBKDF2(algorithm, iterations, saltRaw, want), nil
	}
}

func verifyPBKDF2(algorithm func() hash.Hash, iterations int, salt, want []byte) verifier {
	return func(pw []byte) bool {
		got, err := pbkdf2.Key(algorithm, string(pw), salt, iterations, len(want))
		return err == nil && equal(got, want)
	}
}

// parsePBKDF2SHA1 reads pbkdf2_sha1$iterations$salt$hash with an optional key
// length; hash is hexadecimal, salt too when it can be read so.
func parsePBKDF2SHA1(digest string) (verifier, error) {
	parts := strings.Split(digest, "$")
	keyLen := 0
	if len(parts) == 5 {
		n, err := number(parts[4], 1024)
		if err != nil {
			return nil, err
		}
		keyLen, parts = n, parts[:4]
	}
	salt := func(s string) ([]byte, error) {
		if raw, err := hex.DecodeString(s); err == nil {
			return raw, nil
		}
		return []byte(s), nil
	}
	want := func(s string) ([]byte, error) {
		raw, err := hex.DecodeString(s)
		if keyLen > 0 && len(raw) != keyLen {
			return nil, errDigest
		}
		return raw, err
	}
	return parsePBKDF2("pbkdf2_sha1", sha1.New, salt, want)(strings.Join(parts, "$"))
}
