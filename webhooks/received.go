package webhooks

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"net/http"
	"net/http/httputil"
	"net/textproto"
	"strconv"
	"strings"

	"github.com/nightclerk/nightclerk/internal/store"
)

// ParseReceived reads a captured HTTP request: a request line, headers, an empty
// line and the body. The line may be missing, line ends may be \n. White space
// beyond the Content-Length is an editor's and not part of the body.
func ParseReceived(raw []byte) (Received, error) {
	in := bufio.NewReader(bytes.NewReader(raw))
	first, err := in.ReadString('\n')
	if err != nil || !strings.Contains(first, ":") && !strings.Contains(first, " HTTP/") {
		return Received{}, errors.New("this is no captured HTTP request: it begins with a line such as POST /hook HTTP/1.1, or with its headers")
	}
	if !strings.Contains(first, " HTTP/") {
		in = bufio.NewReader(bytes.NewReader(raw))
	}
	header, err := textproto.NewReader(in).ReadMIMEHeader()
	if err != nil {
		return Received{}, errors.New("the captured request's headers end in the middle: an empty line and the body must follow them")
	}
	r := Received{Header: http.Header(header)}
	if strings.EqualFold(r.Header.Get("Transfer-Encoding"), "chunked") {
		r.Body, err = io.ReadAll(httputil.NewChunkedReader(in))
		return r, err
	}
	r.Body, err = io.ReadAll(in)
	if n, bad := strconv.Atoi(r.Header.Get("Content-Length")); bad == nil && n >= 0 && n < len(r.Body) && len(bytes.TrimSpace(r.Body[n:])) == 0 {
		r.Body = r.Body[:n]
	}
	return r, err
}

// KnownSecrets are all secrets of the instance's endpoints, those that have
// expired and those of deleted endpoints included.
func KnownSecrets(tx *store.Tx) (list []KnownSecret, err error) {
	now := tx.Now() // before the rows: a connection reads one result at a time
	rows, err := tx.Query(`SELECT `+endpointColumns+` FROM webhook_endpoint e WHERE e.instance_id = $1 ORDER BY e.deleted, e.seq DESC`, tx.Instance())
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		e, err := scanEndpoint(rows)
		if err != nil {
			return nil, err
		}
		owner := e.ID + " (" + e.URL + ")"
		if e.Deleted {
			owner += ", which is deleted"
		}
		list = append(list, KnownSecret{e.Secret, owner, false})
		for _, old := range e.OldSecrets {
			list = append(list, KnownSecret{old.Secret, owner, !old.ExpiresAt.After(now)})
		}
	}
	return list, rows.Err()
}
