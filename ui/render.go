package ui

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"html/template"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"slices"
	"strings"
)

//go:embed templates/*.html
var templateFiles embed.FS

//go:embed assets
var assetFiles embed.FS

// view is one parsed page: the layout around the page's own templates.
type view struct{ *template.Template }

// shared are the templates that every page may use.
var shared = []string{"templates/layout.html", "templates/parts.html", "templates/keys.html"}

// loadViews parses every page, so that a broken one is found at start.
func loadViews(files *assets) (map[string]*view, error) {
	base, err := template.New("layout.html").Funcs(template.FuncMap{"asset": files.versioned, "confirm": newConfirm}).ParseFS(templateFiles, shared...)
	if err != nil {
		return nil, err
	}
	names, err := fs.Glob(templateFiles, "templates/*.html")
	if err != nil {
		return nil, err
	}
	views := map[string]*view{}
	for _, name := range names {
		if slices.Contains(shared, name) {
			continue
		}
		t, err := template.Must(base.Clone()).ParseFS(templateFiles, name)
		if err != nil {
			return nil, err
		}
		views[strings.TrimSuffix(path.Base(name), ".html")] = &view{t}
	}
	return views, nil
}

// page is what templates are given: what every page needs, and its own Data.
type page struct {
	Title   string
	Section string
	Said    string
	Data    any
	call    *call
}

// rendering is the reply that shows a page.
type rendering struct {
	view, title string
	code        int
	data        any
}

// show answers with a page.
func show(view, title string, data any) rendering {
	return rendering{view: view, title: title, code: http.StatusOK, data: data}
}

// status makes the page be answered with another status than 200.
func (r rendering) status(code int) rendering {
	r.code = code
	return r
}

// partHeader asks for one part of a page, an element with that id, which the
// script puts in place of the one it has. The address stays the page's own.
const partHeader = "X-Part"

// write renders into memory first: a page is shown whole or not at all.
func (r rendering) write(c *call, w http.ResponseWriter) error {
	v := c.console.views[r.view]
	if v == nil {
		return fmt.Errorf("ui: there is no page %q", r.view)
	}
	p := &page{Title: r.title, Section: section(c.URL.Path), Said: said[c.URL.Query().Get("done")], Data: r.data, call: c}
	name := "layout.html"
	if part := c.Header.Get(partHeader); part != "" && v.Lookup("part-"+part) != nil {
		name = "part-" + part
	}
	var buf bytes.Buffer
	if err := v.ExecuteTemplate(&buf, name, p); err != nil {
		return err
	}
	h := w.Header()
	h.Set("Cache-Control", "no-store") // keys and people's data
	h.Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(r.code)
	_, err := buf.WriteTo(w)
	return err
}

// section is an entry of the navigation. Later pages get theirs here.
type navEntry struct{ Name, Path, Icon string }

var navigation = []navEntry{
	{"Home", "/", "home"},
	{"Users", "/users", "users"},
	{"Inbox", "/inbox", "inbox"},
	{"Tokens", "/tokens", "tokens"},
	{"Webhooks", "/webhooks", "webhooks"},
	{"Requests", "/requests", "requests"},
	{"Supported", "/supported", "supported"},
	{"Clock", "/clock", "clock"},
	{"Instances", "/instances", "instances"},
	{"Settings", "/settings", "settings"},
}

// section is the first segment of a path, which is the entry's path too.
func section(path string) string {
	first, _, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	return "/" + first
}

// Navigation lists the sections of the console.
func (p *page) Navigation() []navEntry { return navigation }

// To is the address of a page of this instance.
func (p *page) To(path string, parts ...string) string { return p.call.to(path, parts...) }

// Slug names the instance.
func (p *page) Slug() string { return p.call.live.Slug }

// Version is the program's.
func (p *page) Version() string { return p.call.console.Version }

// NowMS is instance time, for the script that keeps relative times right.
func (p *page) NowMS() int64 { return p.call.nowMS }

// said is what a page says after a form has led there; the address carries the
// key, so that nobody can put words into the console's mouth.
var said = map[string]string{}

// says registers the sentence for a key.
func says(key, sentence string) string {
	said[key] = sentence
	return key
}

// assets are the embedded files with a version that follows from their content.
type assets struct {
	content map[string][]byte
	version map[string]string
}

func loadAssets() (*assets, error) {
	a := &assets{content: map[string][]byte{}, version: map[string]string{}}
	entries, err := fs.ReadDir(assetFiles, "assets")
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		raw, err := assetFiles.ReadFile("assets/" + e.Name())
		if err != nil {
			return nil, err
		}
		sum := sha256.Sum256(raw)
		a.content[e.Name()], a.version[e.Name()] = raw, hex.EncodeToString(sum[:6])
	}
	return a, nil
}

// versioned is an asset's path; a page asks for the very content it was made
// with, so that it may be kept forever.
func (a *assets) versioned(name string) string { return "/assets/" + name + "?v=" + a.version[name] }

// asset serves a file.
func (c *console) asset(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("file")
	raw, ok := c.assets.content[name]
	if !ok {
		c.page(c.notFound).ServeHTTP(w, r)
		return
	}
	h := w.Header()
	h.Set("Content-Type", mime.TypeByExtension(path.Ext(name)))
	h.Set("Cache-Control", "no-cache")
	if r.URL.Query().Get("v") == c.assets.version[name] {
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	w.Write(raw)
}
