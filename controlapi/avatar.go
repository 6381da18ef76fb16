package controlapi

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"html"
	"net/http"
	"net/url"
	"strings"
	"unicode"

	"github.com/gorilla/mux"
)

// maxInitials is how many letters fit the circle.
const maxInitials = 2

// getAvatar draws a user's initials. The name of the picture says what is on it,
// as at img.clerk.com, so that nothing has to be read; a bare user id gives the
// colour alone. It is hostile text: anybody can ask for any name. The query
// (?width=80) is ignored, as a drawing has no width.
func getAvatar(w http.ResponseWriter, r *http.Request) {
	name, err := url.PathUnescape(mux.Vars(r)["name"])
	if err != nil {
		name = ""
	}
	id, initials := avatarOf(name)
	h := w.Header()
	h.Set("Content-Type", "image/svg+xml")
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	h.Set("Content-Security-Policy", "default-src 'none'; sandbox")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Access-Control-Allow-Origin", "*") // apps draw avatars on canvases
	fmt.Fprint(w, drawAvatar(id, initials))
}

// avatarOf reads the name of a picture: base64url of a JSON object, or an id.
func avatarOf(name string) (id, initials string) {
	var picture struct {
		Resource string `json:"rid"`
		Initials string `json:"initials"`
	}
	raw, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(name, "="))
	if err != nil || json.Unmarshal(raw, &picture) != nil || picture.Resource == "" {
		return name, ""
	}
	return picture.Resource, letters(picture.Initials)
}

// letters keeps what can be drawn as initials.
func letters(text string) string {
	kept := make([]rune, 0, maxInitials)
	for _, r := range text {
		if len(kept) < maxInitials && (unicode.IsLetter(r) || unicode.IsDigit(r)) {
			kept = append(kept, unicode.ToUpper(r))
		}
	}
	return string(kept)
}

// drawAvatar colours by the id. Saturation and lightness are fixed, so that white
// letters can be read on every hue.
func drawAvatar(id, initials string) string {
	h := fnv.New32a()
	h.Write([]byte(id))
	return fmt.Sprintf(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 96 96" role="img" aria-label="%[2]s">`+
		`<rect width="96" height="96" fill="hsl(%[1]d,45%%,38%%)"/>`+
		`<text x="48" y="48" dy=".35em" text-anchor="middle" font-family="system-ui,sans-serif" font-size="38" fill="#fff">%[2]s</text></svg>`,
		h.Sum32()%360, html.EscapeString(initials))
}
