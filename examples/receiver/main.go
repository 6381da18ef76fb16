// Command receiver is the smallest endpoint for Clerk's webhooks: it checks Svix's signature itself, prints one line per
// webhook it could verify and answers 400 to the rest. It stands for the app in docker-compose.yml and knows nothing of
// the emulator but the endpoint's secret; see https://docs.svix.com/receiving/verifying-payloads/how-manual.
package main

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"
)

func main() {
	key, err := decodeSecret(os.Getenv("CLERK_WEBHOOK_SECRET"))
	if err != nil {
		slog.Error("CLERK_WEBHOOK_SECRET is not usable: copy the endpoint's whsec_… into it", "error", err)
		os.Exit(2)
	}
	addr := os.Getenv("RECEIVER_LISTEN")
	if addr == "" {
		addr = ":8080"
	}
	fmt.Printf("waiting for webhooks on %s/webhooks\n", addr)
	server := &http.Server{Addr: addr, Handler: routes(key, time.Now, os.Stdout), ReadHeaderTimeout: 5 * time.Second}
	if err := server.ListenAndServe(); err != nil {
		slog.Error("cannot serve: free the address or set RECEIVER_LISTEN", "error", err)
		os.Exit(1)
	}
}

// routes answers POST /webhooks and GET /healthz. now is the receiver's clock, for the age of signatures.
func routes(key []byte, now func() time.Time, out io.Writer) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") })
	mux.HandleFunc("POST /webhooks", func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 1<<20))
		if err == nil {
			err = verify(key, r.Header, body, now())
		}
		if err != nil {
			fmt.Fprintf(out, "refused %s: %v\n", r.Header.Get("svix-id"), err)
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		fmt.Fprintf(out, "verified %s\n", describe(r.Header.Get("svix-id"), body))
	})
	return mux
}

// describe names the event in one line: its type, the id of what it is about, the message's id.
func describe(messageID string, body []byte) string {
	var event struct {
		Type string `json:"type"`
		Data struct {
			ID string `json:"id"`
		} `json:"data"`
	}
	if err := json.Unmarshal(body, &event); err != nil {
		return fmt.Sprintf("%s, which is not JSON: %v", messageID, err)
	}
	return fmt.Sprintf("%s %s (%s)", event.Type, event.Data.ID, messageID)
}

// tolerance is how far a signature's timestamp may be from the receiver's clock, both ways, as in Svix's own libraries.
const tolerance = 5 * time.Minute

// decodeSecret takes "whsec_" and standard base64, with or without the prefix.
func decodeSecret(secret string) ([]byte, error) {
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_"))
	if err == nil && len(key) == 0 {
		err = errors.New("it is empty")
	}
	return key, err
}

// verify checks that somebody who knows key signed exactly these bytes within the tolerance around now.
// Several signatures may stand in the header while a secret is being rotated; one that fits is enough.
func verify(key []byte, h http.Header, body []byte, now time.Time) error {
	id, stamp, signatures := h.Get("svix-id"), h.Get("svix-timestamp"), h.Get("svix-signature")
	if id == "" || stamp == "" || signatures == "" {
		return errors.New("svix-id, svix-timestamp or svix-signature is missing")
	}
	seconds, err := strconv.ParseInt(stamp, 10, 64)
	if err != nil {
		return errors.New("svix-timestamp is not a number of seconds")
	}
	if age := now.Sub(time.Unix(seconds, 0)); age > tolerance || age < -tolerance {
		return errors.New("svix-timestamp is more than five minutes away: compare the clocks")
	}
	mac := hmac.New(sha256.New, key)
	fmt.Fprintf(mac, "%s.%s.%s", id, stamp, body)
	want := []byte("v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil)))
	for _, got := range strings.Fields(signatures) {
		if hmac.Equal([]byte(got), want) {
			return nil
		}
	}
	return errors.New("no signature fits: compare the secret, and verify the raw body")
}
