package webhooks

import (
	"bytes"
	"crypto/hmac"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Received is a webhook as a receiver has it.
type Received struct {
	Header http.Header
	Body   []byte
}

// KnownSecret is a secret that an emulator signs with, or did.
type KnownSecret struct {
	Secret string
	// Owner names the endpoint: "ep_… (http://localhost:3000/hook)".
	Owner string
	// Expired tells that it was rotated and no longer signs.
	Expired bool
}

// VerdictCode names what Verify found.
type VerdictCode string

// What Verify finds.
const (
	VerdictAccepted      VerdictCode = "accepted"
	VerdictBadSecret     VerdictCode = "bad_secret"
	VerdictBadTimestamp  VerdictCode = "bad_timestamp"
	VerdictBodyChanged   VerdictCode = "body_changed"
	VerdictExpiredSecret VerdictCode = "expired_secret"
	VerdictMissingHeader VerdictCode = "missing_header"
	VerdictNoMatch       VerdictCode = "no_match"
	VerdictNoV1          VerdictCode = "no_v1_signature"
	VerdictOtherSecret   VerdictCode = "other_secret"
	VerdictReserialized  VerdictCode = "body_reserialized"
	VerdictTooNew        VerdictCode = "too_new"
	VerdictTooOld        VerdictCode = "too_old"
)

// Verdict is what a verifier would say of a webhook, and why.
type Verdict struct {
	Accepted bool        `json:"accepted"`
	Code     VerdictCode `json:"code"`
	// Message is one sentence, Fix what to do; empty when it was accepted.
	Message string `json:"message"`
	Fix     string `json:"fix,omitempty"`
}

// tolerance is what svix, standardwebhooks and Clerk allow clocks to differ, in
// both directions.
const tolerance = 5 * time.Minute

// Verify judges a webhook as Clerk's verifyWebhook and Svix's libraries do, at
// wall time now, and looks for the cause of a refusal. secret is the receiver's;
// empty means any of known. known and sent (the body that was sent under this
// svix-id, nil when unknown) come from an emulator, and may be missing.
func Verify(r Received, secret string, known []KnownSecret, sent []byte, now time.Time) Verdict {
	v := verifier{Received: r, known: known, sent: sent}
	if secret != "" {
		if fault := secretFault(secret); fault != nil {
			return *fault
		}
		v.own = secretPrefix + strings.TrimPrefix(secret, secretPrefix)
	} else if len(known) == 0 {
		return Verdict{Code: VerdictBadSecret, Message: "There is no secret to verify with.", Fix: "Give --secret whsec_…, or start the emulator that sent it."}
	}
	for _, check := range []func(time.Time) *Verdict{v.headers, v.timestamp, v.signature} {
		if verdict := check(now); verdict != nil {
			return *verdict
		}
	}
	return Verdict{Accepted: true, Code: VerdictAccepted, Message: "Accepted: signed with " + v.signer + "."}
}

// secretFault explains a secret that no verifier can use.
func secretFault(secret string) *Verdict {
	refuse := func(message, fix string) *Verdict {
		return &Verdict{Code: VerdictBadSecret, Message: message, Fix: fix}
	}
	bare := strings.TrimPrefix(secret, secretPrefix)
	switch _, err := base64.StdEncoding.DecodeString(bare); {
	case strings.TrimSpace(secret) != secret || strings.Trim(secret, `"'`) != secret:
		return refuse("The secret has spaces or quotes around it.", "Take them off: it begins with whsec_ and ends with a letter, a digit or =.")
	case strings.HasPrefix(secret, "sk_") || strings.HasPrefix(secret, "pk_"):
		return refuse("That is an API key, not a signing secret.", "Use the endpoint's secret, which begins with whsec_: nightclerk webhooks endpoints secret.")
	case strings.HasPrefix(secret, "whsk_") || strings.HasPrefix(secret, "whpk_"):
		return refuse("That is a key for asymmetric signatures (v1a), which Clerk does not send.", "Use the endpoint's secret, which begins with whsec_.")
	case bare == "":
		return refuse("The secret is empty.", "Copy it whole: whsec_ and at least 32 characters.")
	case strings.ContainsAny(bare, "-_"):
		return refuse("The secret is base64url (it has - or _); verifiers read standard base64.", "Write + for - and / for _, or rotate the secret to one that has neither.")
	case err == nil:
		return nil
	case validUnpadded(bare):
		return refuse("The secret misses its padding: verifiers fail with “Base64Coder: incorrect padding”.", "Add "+strings.Repeat("=", 4-len(bare)%4)+" at its end, or copy it whole.")
	}
	return refuse("The secret is not base64: a character is wrong, or it was cut.", "Copy it again, from whsec_ to its end.")
}

func validUnpadded(bare string) bool {
	_, err := base64.RawStdEncoding.DecodeString(bare)
	return err == nil && len(bare)%4 != 0
}

// verifier is one judgement in the making.
type verifier struct {
	Received
	own    string // the receiver's secret with its prefix, or ""
	known  []KnownSecret
	sent   []byte
	signer string
}

// signed are the headers of a signature.
var signed = []string{"id", "timestamp", "signature"}

func (v *verifier) get(name string) string { return strings.TrimSpace(v.Header.Get("svix-" + name)) }

func (v *verifier) headers(time.Time) *Verdict {
	var missing []string
	others := 0
	for _, name := range signed {
		if v.get(name) == "" {
			missing = append(missing, "svix-"+name)
		}
		if v.Header.Get("webhook-"+name) != "" {
			others++
		}
	}
	switch {
	case missing == nil:
		return nil
	case others == len(signed) && len(missing) == len(signed):
		return &Verdict{Code: VerdictMissingHeader, Message: "The request has webhook-* headers only: Clerk's verifyWebhook reads svix-* and refuses it.",
			Fix: "Let whatever is between sender and handler keep the svix-* headers."}
	}
	return &Verdict{Code: VerdictMissingHeader, Message: "The request has no " + strings.Join(missing, ", no ") + ".",
		Fix: "Pass the request's own headers on, all three; a proxy or a test that builds its own request may have dropped them."}
}

func (v *verifier) timestamp(now time.Time) *Verdict {
	text := v.get("timestamp")
	seconds, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return &Verdict{Code: VerdictBadTimestamp, Message: "svix-timestamp is " + strconv.Quote(text) + ", not whole Unix seconds.", Fix: "Pass the header on as it came."}
	}
	at := time.Unix(seconds, 0)
	if seconds > 1e11 {
		return &Verdict{Code: VerdictBadTimestamp, Message: "svix-timestamp is in milliseconds, it must be in seconds.", Fix: "Divide it by 1000 and sign again."}
	}
	switch age := now.Sub(at).Truncate(time.Second); {
	case age > tolerance:
		return &Verdict{Code: VerdictTooOld, Message: fmt.Sprintf("The request was signed %v ago; verifiers take five minutes.", age),
			Fix: "If it was captured, send it again: nightclerk webhooks resend " + v.get("id") + ". Otherwise set the clocks right."}
	case -age > tolerance:
		return &Verdict{Code: VerdictTooNew, Message: fmt.Sprintf("The request was signed %v in the future; verifiers take five minutes.", -age),
			Fix: "Set the clocks of both machines right."}
	}
	return nil
}

func (v *verifier) signature(time.Time) *Verdict {
	if len(v.signatures()) == 0 {
		return &Verdict{Code: VerdictNoV1, Message: "svix-signature has no v1 signature: verifiers skip every other version.", Fix: "Pass the header on as it came: v1, and base64, several of them divided by spaces."}
	}
	if v.own != "" && v.signedBy(v.own, v.Body) {
		v.signer = "this secret" + v.ownerOf(v.own)
		return nil
	}
	for _, k := range v.known {
		if v.signedBy(k.Secret, v.Body) {
			return v.otherSecret(k)
		}
	}
	return v.otherBody()
}

// signatures are the v1 signatures of the header.
func (v *verifier) signatures() (list []string) {
	for _, one := range strings.Fields(v.get("signature")) {
		if version, sum, ok := strings.Cut(one, ","); ok && version == "v1" {
			list = append(list, sum)
		}
	}
	return list
}

func (v *verifier) signedBy(secret string, body []byte) bool {
	seconds, _ := strconv.ParseInt(v.get("timestamp"), 10, 64)
	_, want, _ := strings.Cut(Sign([][]byte{secretKey(secret)}, v.get("id"), seconds, body), ",")
	return slices.ContainsFunc(v.signatures(), func(got string) bool { return hmac.Equal([]byte(got), []byte(want)) })
}

// ownerOf names whose the receiver's secret is, when that is known.
func (v *verifier) ownerOf(secret string) string {
	for _, k := range v.known {
		if k.Secret == secret && !k.Expired {
			return ", which is that of " + k.Owner
		}
	}
	return ""
}

// otherSecret says whose secret it was that signed, if it is not the receiver's.
func (v *verifier) otherSecret(k KnownSecret) *Verdict {
	const take = "Set CLERK_WEBHOOK_SIGNING_SECRET to the secret of "
	switch {
	case k.Expired:
		return &Verdict{Code: VerdictExpiredSecret, Message: "It was signed with an old secret of " + k.Owner + " that has expired since.",
			Fix: take + "that endpoint as it is now and send the message again."}
	case v.own == "":
		v.signer = "the secret of " + k.Owner
		return nil
	}
	return &Verdict{Code: VerdictOtherSecret, Message: "It was signed with the secret of " + k.Owner + ", not with this one.", Fix: take + "that endpoint."}
}

// spelling is another form that the body may have had.
type spelling struct {
	body    []byte
	code    VerdictCode
	message string
}

const (
	rawBody   = "Verify the raw body: request.text() in Next and Hono, express.raw({ type: 'application/json' }) in Express, bodyParser: false for Next's pages."
	rawAgain  = "The JSON was parsed and written again before it was verified: in another spelling of the same data it is signed correctly"
	asReceive = "Keep the body byte for byte; curl --data-binary does, curl -d does not."
)

// otherBody looks for a body that the signature fits.
func (v *verifier) otherBody() *Verdict {
	for _, s := range v.spellings() {
		for _, secret := range v.secrets() {
			if !v.signedBy(secret, s.body) {
				continue
			}
			fix := rawBody
			if s.code == VerdictBodyChanged {
				fix = asReceive
			}
			return &Verdict{Code: s.code, Message: s.message + ".", Fix: fix}
		}
	}
	if v.sent != nil && !bytes.Equal(v.sent, v.Body) {
		return &Verdict{Code: VerdictBodyChanged, Message: fmt.Sprintf("The body is not the one that was sent: they differ from byte %d on.", differ(v.sent, v.Body)), Fix: asReceive}
	}
	fix := "Compare the secret with the endpoint's (nightclerk webhooks endpoints secret), and the body with what was sent."
	if v.sent != nil {
		fix = "The body is the one that was sent, so it is the secret, svix-id or svix-timestamp that is another one."
	}
	return &Verdict{Code: VerdictNoMatch, Message: "No signature matches: the secret is another one, or body or headers were changed.", Fix: fix}
}

func (v *verifier) secrets() (list []string) {
	if v.own != "" {
		list = append(list, v.own)
	}
	for _, k := range v.known {
		list = append(list, k.Secret)
	}
	return list
}

// spellings are what tools make of a body, undone.
func (v *verifier) spellings() (list []spelling) {
	add := func(body []byte, code VerdictCode, message string) {
		if !bytes.Equal(body, v.Body) {
			list = append(list, spelling{body, code, message})
		}
	}
	add(bytes.TrimRight(v.Body, "\r\n"), VerdictBodyChanged, "A line break was added at the end of the body")
	add(append(slices.Clone(v.Body), '\n'), VerdictBodyChanged, "The line break at the end of the body was lost")
	add(bytes.ReplaceAll(v.Body, []byte("\r\n"), []byte("\n")), VerdictBodyChanged, "The body's line breaks were changed")
	add(bytes.TrimPrefix(v.Body, []byte("\uFEFF")), VerdictBodyChanged, "A byte order mark was put before the body")
	if v.sent != nil && sameJSON(v.sent, v.Body) {
		add(v.sent, VerdictReserialized, rawAgain)
	}
	if canonical, err := Canonical(json.RawMessage(v.Body)); err == nil {
		add(canonical, VerdictReserialized, rawAgain)
	}
	var compact bytes.Buffer
	if json.Compact(&compact, v.Body) == nil {
		add(compact.Bytes(), VerdictReserialized, rawAgain)
	}
	return list
}

// sameJSON tells whether two bodies are the same data.
func sameJSON(a, b []byte) bool {
	x, errX := Canonical(json.RawMessage(a))
	y, errY := Canonical(json.RawMessage(b))
	return errX == nil && errY == nil && bytes.Equal(x, y)
}

func differ(a, b []byte) int {
	n := min(len(a), len(b))
	for i := range n {
		if a[i] != b[i] {
			return i
		}
	}
	return n
}
