package svixapi

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"

	"github.com/nightclerk/nightclerk/internal/httpapi"
	"github.com/nightclerk/nightclerk/internal/store"
	"github.com/nightclerk/nightclerk/webhooks"
)

// once runs fn in a transaction and answers with status and what it returns. A
// POST that carries an idempotency key, as the SDKs' do by themselves, is
// answered as the first one with that key was; the answer is kept in the same
// transaction as what it tells of.
func (c *call) once(status int, fn func(*store.Tx) (any, error)) (any, error) {
	key := c.idempotencyKey()
	var out webhooks.Answer
	err := c.write(func(tx *store.Tx) error {
		if key == "" {
			return perform(tx, &out, status, fn)
		}
		known, err := webhooks.Answered(tx, key)
		if err != nil {
			return err
		}
		if known != nil {
			out = *known
			return nil
		}
		if err := perform(tx, &out, status, fn); err != nil {
			return err
		}
		return webhooks.KeepAnswer(tx, key, out)
	})
	if err != nil {
		return nil, err
	}
	return httpapi.Status{Code: out.Status, Body: httpapi.Raw(out.Body)}, nil
}

func perform(tx *store.Tx, out *webhooks.Answer, status int, fn func(*store.Tx) (any, error)) error {
	value, err := fn(tx)
	if err != nil {
		return err
	}
	*out = webhooks.Answer{Status: status}
	if status == http.StatusNoContent {
		return nil
	}
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	err = enc.Encode(value)
	out.Body = bytes.TrimSuffix(buf.Bytes(), []byte("\n"))
	return err
}

// idempotencyKey is what svix-server keys answers by: the caller, which is the
// instance here, the header and the address. Empty without the header.
func (c *call) idempotencyKey() string {
	key := c.R.Header.Get("Idempotency-Key")
	if key == "" || c.R.Method != http.MethodPost {
		return ""
	}
	sum := sha256.Sum256([]byte(key + "\n" + c.R.URL.RequestURI()))
	return hex.EncodeToString(sum[:])
}
