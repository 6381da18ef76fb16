package ui

import (
	"io"
	"net/http"
	"regexp"
	"strings"

	"github.com/nightclerk/nightclerk/inbox"
	"github.com/nightclerk/nightclerk/internal/store"
)

// mailData is what the page of one message shows.
type mailData struct {
	Row        mailRow
	From, Slug string
	// Refused is a link that is no web address, to be read and not followed.
	Refused string
	HTML    bool
	Plain   []stretch
}

// stretch is a part of a text; one with an address is a link.
type stretch struct{ Text, Href string }

// showMail implements GET /inbox/{id}.
func (c *console) showMail(call *call) (reply, error) {
	data := &mailData{}
	err := call.read(func(tx *store.Tx) error {
		m, err := inbox.Get(tx, call.PathValue("id"))
		if err != nil {
			return err
		}
		ids := map[string]bool{}
		if m.UserID != nil {
			ids[*m.UserID] = true
		}
		names, err := userNames(tx, call.live, ids)
		data.Row, data.From, data.Slug = call.mailRow(m, names), m.From, string(m.Slug)
		data.HTML, data.Plain = m.Body != "", stretches(m.BodyPlain)
		if data.Row.Link == "" {
			data.Refused = m.Link
		}
		return err
	})
	return show("mail", data.Row.Title, data), err
}

var addressInText = regexp.MustCompile(`https?://[^\s<>"]+`)

// stretches parts a text at its web addresses. What ends a sentence ends them too.
func stretches(text string) (out []stretch) {
	for {
		at := addressInText.FindStringIndex(text)
		if at == nil {
			break
		}
		address := strings.TrimRight(text[at[0]:at[1]], ".,;:!?)'")
		out = append(out, stretch{Text: text[:at[0]]}, stretch{address, webAddress(address)})
		text = text[at[0]+len(address):]
	}
	return append(out, stretch{Text: text})
}

// bodyPolicy is that of the HTML of an e-mail, which is shown in a frame of its
// own: it may be laid out, and it may open links in a new tab. It runs nothing,
// loads nothing, sends nothing and is nobody's origin.
const bodyPolicy = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'; img-src data:; style-src 'unsafe-inline'; " +
	"sandbox allow-popups allow-popups-to-escape-sandbox"

// mailBody is the reply with the HTML of an e-mail, as it is.
type mailBody string

func (b mailBody) write(_ *call, w http.ResponseWriter) error {
	h := w.Header()
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Security-Policy", bodyPolicy)
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Referrer-Policy", "no-referrer")
	h.Del("Cross-Origin-Opener-Policy") // a browser opens no sandboxed page that has one
	_, err := io.WriteString(w, `<!DOCTYPE html><base target="_blank"><style>html { padding: 0 1rem; overflow-wrap: anywhere }</style>`+string(b))
	return err
}

// showMailBody implements GET /inbox/{id}/body.
func (c *console) showMailBody(call *call) (reply, error) {
	var body mailBody
	err := call.read(func(tx *store.Tx) error {
		m, err := inbox.Get(tx, call.PathValue("id"))
		if err == nil {
			body = mailBody(m.Body)
		}
		return err
	})
	return body, err
}
