package contract

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/nightclerk/nightclerk/internal/spec/spectest"
)

// WebhooksVersion is the version of the webhooks document.
const WebhooksVersion = "2025-04-15"

// WebhookChecker validates webhook bodies by event type. It is safe for
// concurrent use.
type WebhookChecker struct {
	events map[string]*openapi3.MediaType // by event type

	mu   sync.Mutex
	seen map[string]bool
}

var sharedWebhooks struct {
	once    sync.Once
	checker *WebhookChecker
	err     error
}

// Webhooks returns the process's checker of webhook bodies. Without the
// document the test is skipped; with CI=true it fails.
func Webhooks(t testing.TB) *WebhookChecker {
	t.Helper()
	data := spectest.Read(t, "webhooks", WebhooksVersion)
	sharedWebhooks.once.Do(func() { sharedWebhooks.checker, sharedWebhooks.err = newWebhookChecker(data) })
	if sharedWebhooks.err != nil {
		t.Fatalf("read Clerk's webhooks document: %v", sharedWebhooks.err)
	}
	return sharedWebhooks.checker
}

// CheckEvent reports every way in which the body differs from what the document
// says about events of its type, each as one error of the test.
func (w *WebhookChecker) CheckEvent(t testing.TB, body []byte) {
	t.Helper()
	var event struct {
		Type string `json:"type"`
	}
	if err := json.Unmarshal(body, &event); err != nil {
		t.Errorf("contract: webhook body is not JSON: %v", err)
		return
	}
	described := w.events[event.Type]
	if described == nil {
		t.Errorf("contract: Clerk has no webhook event %q", event.Type)
		return
	}
	w.mu.Lock()
	w.seen[event.Type] = true
	w.mu.Unlock()
	for _, v := range unique(checkJSON("event "+event.Type, body, described.Schema)) {
		t.Errorf("contract: %v", v)
	}
}

// Events returns the event types of the document in alphabetical order.
func (w *WebhookChecker) Events() []string { return slices.Sorted(maps.Keys(w.events)) }

// Uncovered returns the event types that were not checked in this process, in
// alphabetical order.
func (w *WebhookChecker) Uncovered() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.DeleteFunc(w.Events(), func(event string) bool { return w.seen[event] })
}

// DataFields returns the names of the fields that the data of events of this
// type can have, in alphabetical order.
func (w *WebhookChecker) DataFields(event string) []string {
	names := map[string]bool{}
	for _, data := range propertiesOf(w.events[event].Schema, nil)["data"] {
		for name := range propertiesOf(data, nil) {
			names[name] = true
		}
	}
	return slices.Sorted(maps.Keys(names))
}

// propertiesOf gathers the properties of a schema and of all that it is made of.
func propertiesOf(ref *openapi3.SchemaRef, into map[string]openapi3.SchemaRefs) map[string]openapi3.SchemaRefs {
	if into == nil {
		into = map[string]openapi3.SchemaRefs{}
	}
	for name, property := range ref.Value.Properties {
		into[name] = append(into[name], property)
	}
	for _, part := range slices.Concat(ref.Value.AllOf, ref.Value.OneOf, ref.Value.AnyOf) {
		propertiesOf(part, into)
	}
	return into
}

func newWebhookChecker(data []byte) (*WebhookChecker, error) {
	doc, err := loadWebhooks(data)
	if err != nil {
		return nil, err
	}
	if err := amend(doc, WebhooksDocument); err != nil {
		return nil, err
	}
	w := &WebhookChecker{events: map[string]*openapi3.MediaType{}, seen: map[string]bool{}}
	for path, item := range doc.Paths.Map() {
		w.events[path[1:]] = item.Post.RequestBody.Value.Content.Get(jsonType)
	}
	return w, nil
}

// loadWebhooks loads the document with its events as paths: it keeps them under
// x-webhooks, an extension, in which references are not followed.
func loadWebhooks(data []byte) (*openapi3.T, error) {
	doc, err := openapi3.NewLoader().LoadFromData(data)
	if err != nil {
		return nil, err
	}
	events, ok := doc.Extensions["x-webhooks"].(map[string]any)
	if !ok {
		return nil, errors.New("no x-webhooks in the document")
	}
	paths := map[string]any{}
	for event, item := range events {
		paths["/"+event] = item
	}
	renamed, err := json.Marshal(map[string]any{
		"openapi": doc.OpenAPI, "info": doc.Info, "components": doc.Components, "paths": paths,
	})
	if err != nil {
		return nil, fmt.Errorf("rename x-webhooks: %w", err)
	}
	return openapi3.NewLoader().LoadFromData(renamed)
}
