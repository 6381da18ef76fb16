// Package ui is the door that people use: the console, rendered on the server
// as plain HTML that works without scripts, with a live stream and one small
// module on top. It knows pages, forms and how to say things; rules, SQL and
// Clerk's wire formats belong to the nouns and the other doors. It must not
// load anything from elsewhere, put a secret into an address (a ticket, which
// works once, excepted), or trust a name.
package ui

import (
	"errors"
	"log/slog"
	"net/http"
	"path"
	"sync"

	"github.com/nightclerk/nightclerk/instance"
	"github.com/nightclerk/nightclerk/internal/activity"
	"github.com/nightclerk/nightclerk/internal/clock"
	"github.com/nightclerk/nightclerk/internal/httpapi"
	"github.com/nightclerk/nightclerk/internal/livelog"
	"github.com/nightclerk/nightclerk/internal/store"
	"github.com/nightclerk/nightclerk/scenario"
	"github.com/nightclerk/nightclerk/webhooks"
)

// maxForm is the largest form in bytes; metadata is the largest thing in one.
const maxForm = 1 << 20

// Deps is what the console works on.
type Deps struct {
	DB        *store.Store
	Instances *instance.Registry
	Applier   *scenario.Applier
	Hub       *livelog.Hub
	Outbox    *webhooks.Outbox
	// Activity is what clients asked for lately; nil is nothing yet.
	Activity *activity.Log
	// Backend and Frontend say which of Clerk's operations are built.
	Backend, Frontend *httpapi.Table
	// CAFile is the certificate authority to trust, "" when it is not on disk.
	CAFile  string
	Version string
	// Done ends the live streams, which would otherwise outlast a shutdown; nil
	// is never.
	Done <-chan struct{}
	Log  *slog.Logger
}

// console is the door.
type console struct {
	Deps
	views  map[string]*view
	assets *assets
	// lastApp remembers by instance which app somebody was signed in to last.
	lastApp sync.Map
}

// New returns the console of all instances. Which one a request is about says
// its context (instance.WithSlug); links lead below /i/<slug> then.
func New(d Deps) (http.Handler, error) {
	switch {
	case d.DB == nil || d.Instances == nil || d.Applier == nil || d.Hub == nil || d.Outbox == nil:
		return nil, errors.New("ui: DB, Instances, Applier, Hub and Outbox are needed: set them in Deps")
	case d.Log == nil:
		d.Log = slog.New(slog.DiscardHandler)
	}
	if d.Activity == nil {
		d.Activity = activity.New(d.Hub, clock.Wall)
	}
	files, err := loadAssets()
	if err != nil {
		return nil, err
	}
	views, err := loadViews(files)
	if err != nil {
		return nil, err
	}
	c := &console{Deps: d, views: views, assets: files}
	return c.guard(c.routes()), nil
}

// routes lists what the console answers, page by page.
func (c *console) routes() http.Handler {
	mux := http.NewServeMux()
	for pattern, handle := range map[string]handler{
		"GET /{$}":          c.home,
		"POST /clock/reset": c.resetClock,

		"GET /inbox":              c.listMail,
		"POST /inbox/clear":       c.clearMail,
		"GET /inbox/{id}":         c.showMail,
		"GET /inbox/{id}/body":    c.showMailBody,
		"POST /inbox/{id}/delete": c.deleteMail,

		"GET /requests":         c.listRequests,
		"GET /requests/{trace}": c.showRequest,
		"GET /supported":        c.supported,

		"GET /clock":           c.showClock,
		"POST /clock/{action}": c.changeClock,

		"GET /instances":                c.listInstances,
		"POST /instances":               c.makeInstance,
		"POST /instances/{slug}/copy":   c.copyInstance,
		"POST /instances/{slug}/delete": c.deleteInstance,
		"POST /instances/{slug}/reset":  c.resetInstance,

		"GET /settings":         c.showSettings,
		"POST /settings":        c.saveSettings,
		"GET /settings/export":  c.export,
		"POST /settings/export": c.export,

		"GET /tokens":                  c.tokens,
		"POST /tokens":                 c.mint,
		"POST /tokens/preview":         c.preview,
		"POST /tokens/template":        c.saveTemplate,
		"POST /tokens/template/delete": c.deleteTemplate,
		"POST /tokens/keys/rotate":     c.rotateKey,
		"GET /tokens/explain":          c.explainForm,
		"POST /tokens/explain":         c.explain,

		"GET /users":              c.listUsers,
		"POST /users":             c.createUser,
		"GET /users/new":          c.newUser,
		"GET /users/{id}":         c.showUser,
		"POST /users/{id}":        c.updateUser,
		"GET /users/{id}/edit":    c.editUser,
		"GET /users/{id}/emails":  c.toUser,
		"POST /users/{id}/emails": c.addEmail,
		"GET /users/{id}/identities/{identity}/{action}":  c.toUser,
		"POST /users/{id}/identities/{identity}/{action}": c.actOnIdentity,
		"GET /users/{id}/metadata":                        c.editMetadata,
		"POST /users/{id}/metadata":                       c.updateMetadata,
		"GET /users/{id}/password":                        c.toUser,
		"POST /users/{id}/password":                       c.setPassword,
		"POST /users/{id}/password/remove":                c.removePassword,
		"GET /users/{id}/phones":                          c.toUser,
		"POST /users/{id}/phones":                         c.addPhone,
		"GET /users/{id}/sign-in":                         c.toUser,
		"POST /users/{id}/sign-in":                        c.signInAs,
		"POST /users/{id}/{action}":                       c.actOnUser,
		"POST /users/{id}/sessions/{session}/revoke":      c.revokeSession,

		"GET /webhooks":                          c.listMessages,
		"GET /webhooks/endpoints/new":            c.newEndpoint,
		"POST /webhooks/endpoints":               c.createEndpoint,
		"GET /webhooks/endpoints/{id}":           c.showEndpoint,
		"POST /webhooks/endpoints/{id}":          c.updateEndpoint,
		"POST /webhooks/endpoints/{id}/{action}": c.actOnEndpoint,
		"POST /webhooks/faults":                  c.createFault,
		"GET /webhooks/faults/new":               c.newFault,
		"POST /webhooks/faults/clear":            c.clearFaults,
		"POST /webhooks/faults/{id}/delete":      c.deleteFault,
		"POST /webhooks/mode/{action}":           c.changeMode,
		"GET /webhooks/messages/{id}":            c.showMessage,
		"POST /webhooks/messages/{id}/resend":    c.resend,

		"/": c.notFound,
	} {
		mux.Handle(pattern, c.page(handle))
	}
	mux.HandleFunc("GET /assets/{file}", c.asset)
	mux.HandleFunc("GET /live", c.stream)
	return mux
}

// policy lets a page use what this door serves and nothing else; styles and
// scripts are files, so that text in a page can never become either.
const policy = "default-src 'none'; base-uri 'none'; connect-src 'self'; form-action 'self'; " +
	"frame-ancestors 'none'; frame-src 'self'; img-src 'self'; script-src 'self'; style-src 'self'"

// guard sets what every answer carries. A path that is not clean is refused
// here, because the router would redirect it to one without the prefix.
func (c *console) guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Referrer-Policy", "same-origin")
		h.Set("X-Content-Type-Options", "nosniff")
		if path.Clean(r.URL.Path) != r.URL.Path {
			c.page(c.notFound).ServeHTTP(w, r)
			return
		}
		r.Body = http.MaxBytesReader(w, r.Body, maxForm)
		next.ServeHTTP(w, r)
	})
}
