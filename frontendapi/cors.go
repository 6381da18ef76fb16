package frontendapi

import "net/http"

const allowOriginHeader = "Access-Control-Allow-Origin"

// exposed are the headers that clerk-js reads.
const exposed = "Authorization, Clerk-Db-Jwt, Clerk-Cookies, Retry-After, X-Country, X-Clerk-Auth-Reason"

// allowOrigin lets the page that asks read the answer, whatever the answer is:
// without these headers on an error the page learns nothing of it. Every origin
// may ask, because what says who asks is in the query and in no cookie.
func allowOrigin(h http.Header, r *http.Request) {
	h.Add("Vary", "Origin")
	origin := r.Header.Get("Origin")
	if origin == "" {
		return
	}
	h.Set(allowOriginHeader, origin)
	h.Set("Access-Control-Allow-Credentials", "true")
	h.Set("Access-Control-Expose-Headers", exposed)
}

// preflight tells a browser's question whether it may send a request. clerk-js
// avoids it, except for API keys, which take JSON.
func preflight(r *http.Request) bool {
	return r.Method == http.MethodOptions
}

func answerPreflight(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Access-Control-Allow-Methods", "GET, POST, PUT, PATCH, DELETE")
	if wanted := r.Header.Get("Access-Control-Request-Headers"); wanted != "" {
		h.Set("Access-Control-Allow-Headers", wanted)
		h.Add("Vary", "Access-Control-Request-Headers")
	}
	h.Set("Access-Control-Max-Age", "600")
	w.WriteHeader(http.StatusNoContent)
}
