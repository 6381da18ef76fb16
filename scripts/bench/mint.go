package main

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"net/http"
	"os"
	"runtime"
	"strings"
	"sync"
	"time"

	"github.com/nightclerk/nightclerk/internal/clock"
	"github.com/nightclerk/nightclerk/issuer"
	"github.com/nightclerk/nightclerk/scenario"
)

// mint compares tokens minted over HTTP with RSA signatures made by nothing but
// crypto/rsa, with the same key and the same number of workers.
//
// The aim is about the CPU time of the emulator: signing has no client, so what a
// client costs must not count against it. The rows below count the client too,
// by CPU time and by the clock; the latter moves with whoever uses the machine.
func mint(b *bench) ([]row, error) {
	data, err := os.MkdirTemp(b.temp, "mint")
	if err != nil {
		return nil, err
	}
	p, err := b.startEmulator("--data", data)
	if err != nil {
		return nil, err
	}
	defer p.stop()
	session, err := signIn(p.url)
	if err != nil {
		return nil, err
	}
	key, err := developmentKey()
	if err != nil {
		return nil, err
	}
	l := &load{addr: p.addr, workers: b.workers(), check: func(body []byte) error { return verifyToken(body, &key.PublicKey) },
		request: request("POST", "/v1/sessions/"+session+"/tokens/"+scenario.ConvexTemplate, p.addr,
			"Authorization: Bearer "+scenario.DefaultSecretKey+"\r\nContent-Length: 0\r\n")}
	pairs, err := b.interleave(
		func() (sample, error) { return p.spent(func() (int, error) { return l.run(b.round) }) },
		func() (sample, error) { return here(func() (int, error) { return sign(key, b.workers(), b.round) }) })
	if err != nil {
		return nil, err
	}
	return []row{
		byServing("Token minted over HTTP / RSA signature by `crypto/rsa`", 0.85, pairs, sample.cpuEach),
		byCPU("the same, with the client", 0, pairs),
		byThroughput("the same, by the clock", 0, pairs),
	}, nil
}

// workers is how many requests are under way: more than cores, so that no core
// waits for a client's turn.
func (b *bench) workers() int { return 4 * runtime.GOMAXPROCS(0) }

// signIn makes a session of the default scenario's first user.
func signIn(base string) (id string, err error) {
	req, err := http.NewRequest(http.MethodPost, base+"/v1/sessions", strings.NewReader(`{"user_id":"`+scenario.AliceID+`"}`))
	if err != nil {
		return "", err
	}
	req.Header.Set("Authorization", "Bearer "+scenario.DefaultSecretKey)
	req.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return "", err
	}
	defer res.Body.Close()
	var session struct{ ID string }
	if err := json.NewDecoder(res.Body).Decode(&session); err != nil || session.ID == "" {
		return "", fmt.Errorf("no session: %s (%v)", res.Status, err)
	}
	return session.ID, nil
}

func developmentKey() (*rsa.PrivateKey, error) {
	data, err := issuer.DevelopmentKey().PrivatePEM()
	if err != nil {
		return nil, err
	}
	block, _ := pem.Decode(data)
	parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, err
	}
	return parsed.(*rsa.PrivateKey), nil
}

// sign makes signatures for a while and returns how many.
func sign(key *rsa.PrivateKey, workers int, d time.Duration) (int, error) {
	end := clock.Wall.Now().Add(d)
	digest := sha256.Sum256([]byte("header.payload"))
	counts, errs := make([]int, workers), make([]error, workers)
	var group sync.WaitGroup
	for i := range workers {
		group.Go(func() {
			for errs[i] == nil && clock.Wall.Now().Before(end) {
				_, errs[i] = rsa.SignPKCS1v15(nil, key, crypto.SHA256, digest[:])
				counts[i]++
			}
		})
	}
	group.Wait()
	total := 0
	for _, n := range counts {
		total += n
	}
	return total, errors.Join(errs...)
}

// verifyToken checks the signature of {"jwt":"…"}: what is fast and wrong does
// not count.
func verifyToken(body []byte, key *rsa.PublicKey) error {
	var token struct{ JWT string }
	if err := json.Unmarshal(body, &token); err != nil {
		return err
	}
	signed, signature, _ := cutLast(token.JWT, ".")
	raw, err := base64.RawURLEncoding.DecodeString(signature)
	if err != nil {
		return err
	}
	digest := sha256.Sum256([]byte(signed))
	return rsa.VerifyPKCS1v15(key, crypto.SHA256, digest[:], raw)
}

func cutLast(s, sep string) (before, after string, found bool) {
	i := strings.LastIndex(s, sep)
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+len(sep):], true
}
