package svixapi_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync/atomic"
	"testing"
	"time"

	svix "github.com/svix/svix-webhooks/go"

	"github.com/nightclerk/nightclerk/emulator"
	"github.com/nightclerk/nightclerk/emulator/apitest"
	"github.com/nightclerk/nightclerk/scenario"
)

// Svix's Go SDK is the judge: it refuses answers that miss a field.
func TestGoSDK(t *testing.T) {
	s := apitest.Start(t, emulator.Config{Server: scenario.Server{WebhookSchedule: "manual"}})
	e := s.Default(t)
	base, err := url.Parse(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	sdk := svix.New(e.Live.SecretKey, &svix.SvixOptions{ServerUrl: base})
	j := &goJudge{t: t, ctx: context.Background(), sdk: sdk, app: e.Live.ID}
	j.status.Store(http.StatusInternalServerError)
	receiver := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(int(j.status.Load())) }))
	t.Cleanup(receiver.Close)
	j.url = receiver.URL

	j.endpoints()
	e.User("ada@example.com")
	j.attempts(1)
	j.messages()
	j.replays()
	j.catalogue()
}

type goJudge struct {
	t        *testing.T
	ctx      context.Context
	sdk      *svix.Svix
	app      string
	url      string
	endpoint string
	status   atomic.Int64
}

// ok fails for the SDK's errors.
func ok[T any](j *goJudge, what string) func(T, error) T {
	return func(out T, err error) T {
		j.t.Helper()
		if err != nil {
			j.t.Fatalf("%s: %v", what, err)
		}
		return out
	}
}

func (j *goJudge) done(what string, err error) {
	j.t.Helper()
	if err != nil {
		j.t.Fatalf("%s: %v", what, err)
	}
}

func (j *goJudge) endpoints() {
	made := ok[*svix.EndpointOut](j, "create")(j.sdk.Endpoint.Create(j.ctx, j.app, &svix.EndpointIn{Url: j.url}))
	j.endpoint = made.Id
	patch := svix.EndpointPatch{}
	patch.SetDescription("the app")
	if got := ok[*svix.EndpointOut](j, "patch")(j.sdk.Endpoint.Patch(j.ctx, j.app, made.Id, &patch)); got.Description != "the app" {
		j.t.Errorf("patched to %q", got.Description)
	}
	if list := ok[*svix.ListResponseEndpointOut](j, "list")(j.sdk.Endpoint.List(j.ctx, j.app, nil)); len(list.Data) != 1 || !list.Done {
		j.t.Errorf("listed %+v", list)
	}
	key := ok[*svix.EndpointSecretOut](j, "secret")(j.sdk.Endpoint.GetSecret(j.ctx, j.app, made.Id)).Key
	j.done("rotate", j.sdk.Endpoint.RotateSecret(j.ctx, j.app, made.Id, &svix.EndpointSecretRotateIn{}))
	if now := ok[*svix.EndpointSecretOut](j, "secret")(j.sdk.Endpoint.GetSecret(j.ctx, j.app, made.Id)).Key; now == key {
		j.t.Error("the secret was not rotated")
	}
	ok[*svix.EndpointHeadersOut](j, "headers")(j.sdk.Endpoint.GetHeaders(j.ctx, j.app, made.Id))
}

// attempts waits until the endpoint was tried n times.
func (j *goJudge) attempts(n int) (list []svix.MessageAttemptOut) {
	j.t.Helper()
	apitest.Eventually(j.t, "attempts", func() bool {
		list = ok[*svix.ListResponseMessageAttemptOut](j, "attempts")(j.sdk.MessageAttempt.ListByEndpoint(j.ctx, j.app, j.endpoint, nil)).Data
		return len(list) >= n
	})
	return list
}

func (j *goJudge) messages() {
	attempt := j.attempts(1)[0]
	list := ok[*svix.ListResponseMessageOut](j, "messages")(j.sdk.Message.List(j.ctx, j.app, nil))
	if list.Data[0].Id != attempt.MsgId || list.Data[0].EventType != "user.created" {
		j.t.Errorf("listed %+v", list.Data[0])
	}
	ok[*svix.MessageOut](j, "message")(j.sdk.Message.Get(j.ctx, j.app, attempt.MsgId))
	ok[*svix.MessageAttemptOut](j, "attempt")(j.sdk.MessageAttempt.Get(j.ctx, j.app, attempt.MsgId, attempt.Id))
	ok[*svix.ListResponseEndpointMessageOut](j, "attempted messages")(j.sdk.MessageAttempt.ListAttemptedMessages(j.ctx, j.app, j.endpoint, nil))
	ok[*svix.ListResponseMessageEndpointOut](j, "destinations")(j.sdk.MessageAttempt.ListAttemptedDestinations(j.ctx, j.app, attempt.MsgId, nil))
	made := ok[*svix.MessageOut](j, "create message")(j.sdk.Message.Create(j.ctx, j.app, &svix.MessageIn{EventType: "own.type", Payload: map[string]any{"a": 1}, Channels: []string{"c"}}))
	if len(made.Channels) != 1 {
		j.t.Errorf("made %+v", made)
	}
}

func (j *goJudge) replays() {
	since := time.Now().Add(-time.Hour)
	before := len(j.attempts(2))
	j.status.Store(http.StatusNoContent)
	j.done("resend", j.sdk.MessageAttempt.Resend(j.ctx, j.app, j.attempts(1)[0].MsgId, j.endpoint))
	j.attempts(before + 1)
	if out := ok[*svix.RecoverOut](j, "recover")(j.sdk.Endpoint.Recover(j.ctx, j.app, j.endpoint, &svix.RecoverIn{Since: since})); out.Task != "endpoint.recover" {
		j.t.Errorf("began %+v", out)
	}
	j.attempts(before + 2)
	// ReplayMissing and SendExample of this version cannot be called: they never
	// hand their parameter on.
	if stats := ok[*svix.EndpointStats](j, "stats")(j.sdk.Endpoint.GetStats(j.ctx, j.app, j.endpoint)); stats.Success < 2 || stats.Fail != int64(before) {
		j.t.Errorf("stats %+v after %d failures", stats, before)
	}
}

func (j *goJudge) catalogue() {
	list := ok[*svix.ListResponseEventTypeOut](j, "event types")(j.sdk.EventType.List(j.ctx, nil))
	if len(list.Data) != 45 {
		j.t.Errorf("%d event types", len(list.Data))
	}
	ok[*svix.EventTypeOut](j, "event type")(j.sdk.EventType.Get(j.ctx, "user.created"))
	ok[*svix.ApplicationOut](j, "application")(j.sdk.Application.Get(j.ctx, j.app))
	ok[*svix.AppPortalAccessOut](j, "portal")(j.sdk.Authentication.AppPortalAccess(j.ctx, j.app, &svix.AppPortalAccessIn{}))
	j.done("logout", j.sdk.Authentication.Logout(j.ctx))
}
