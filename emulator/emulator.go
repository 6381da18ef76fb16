package emulator

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"time"

	"github.com/nightclerk/nightclerk/backendapi"
	"github.com/nightclerk/nightclerk/controlapi"
	"github.com/nightclerk/nightclerk/frontendapi"
	"github.com/nightclerk/nightclerk/inbox"
	"github.com/nightclerk/nightclerk/instance"
	"github.com/nightclerk/nightclerk/internal/activity"
	"github.com/nightclerk/nightclerk/internal/certs"
	"github.com/nightclerk/nightclerk/internal/listen"
	"github.com/nightclerk/nightclerk/internal/livelog"
	"github.com/nightclerk/nightclerk/internal/store"
	"github.com/nightclerk/nightclerk/invitations"
	"github.com/nightclerk/nightclerk/issuer"
	"github.com/nightclerk/nightclerk/portal"
	"github.com/nightclerk/nightclerk/scenario"
	"github.com/nightclerk/nightclerk/sessions"
	"github.com/nightclerk/nightclerk/signin"
	"github.com/nightclerk/nightclerk/svixapi"
	"github.com/nightclerk/nightclerk/ui"
	"github.com/nightclerk/nightclerk/users"
	"github.com/nightclerk/nightclerk/webhooks"
	"github.com/nightclerk/nightclerk/webhooks/sample"
)

// schemas are the tables of all nouns, in the order in which they are made.
var schemas = []store.Schema{instance.Schema, users.Schema, sessions.Schema, webhooks.Schema, inbox.Schema, signin.Schema, invitations.Schema}

// keyPool is how many signing keys are made ahead, so that a new instance takes
// milliseconds.
const keyPool = 2

// drain is how long requests may go on after a stop is asked for.
const drain = 5 * time.Second

// proxyPrefixes are paths below which dev servers of apps pass requests on
// without taking the path off, as the SDKs' documentation names it.
var proxyPrefixes = []string{"/__clerk"}

// Emulator is one running process. Make it with New, then Run it.
type Emulator struct {
	cfg       Config
	listener  *listen.Listener
	authority *certs.Authority
	hub       *livelog.Hub
	db        *store.Store
	pool      *issuer.Pool
	instances *instance.Registry
	applier   *scenario.Applier
	webhooks  *webhooks.Dispatcher
	tasks     *webhooks.Tasks
	metrics   *controlapi.Metrics
	activity  *activity.Log
	front     *front
	server    *http.Server
}

// New takes the port, opens the store, brings the scenario about and is then
// ready to Run. Its errors say what to do next. Close what it returns.
func New(ctx context.Context, cfg Config) (*Emulator, error) {
	cfg = cfg.withDefaults()
	e := &Emulator{cfg: cfg, hub: &livelog.Hub{}}
	e.activity = activity.New(e.hub, cfg.Clock)
	e.hub.Observe(note(e.activity))
	if err := e.open(ctx); err != nil {
		e.Close()
		return nil, err
	}
	return e, nil
}

func (e *Emulator) open(ctx context.Context) error {
	schedule, err := e.cfg.schedule()
	if err != nil {
		return err
	}
	timeout, err := e.cfg.timeout()
	if err != nil {
		return err
	}
	folder, err := e.cfg.dataFolder()
	if err != nil {
		return err
	}
	if e.authority, err = e.cfg.certs(folder); err != nil {
		return err
	}
	if e.listener, err = listen.Listen(ctx, e.cfg.Server.Listen, e.authority.TLSConfig(), e.cfg.Log); err != nil {
		return err
	}
	outbox := webhooks.NewOutbox(e.hub)
	if e.db, err = store.Open(ctx, e.cfg.store(folder, outbox.Emit)); err != nil {
		return err
	}
	if err := e.openInstances(ctx, outbox); err != nil {
		return err
	}
	e.webhooks = webhooks.NewDispatcher(e.db, outbox, webhooks.Options{Schedule: schedule, Timeout: timeout, Refuse: e.ownAddresses(),
		TakeOver: !e.db.Postgres(), PollEvery: e.pollEvery(), Log: e.cfg.Log})
	e.tasks = webhooks.NewTasks(e.db, outbox, e.cfg.Log)
	return e.openDoors(outbox)
}

// openInstances finds the instances and brings those of the scenario about.
func (e *Emulator) openInstances(ctx context.Context, outbox *webhooks.Outbox) (err error) {
	e.pool = issuer.NewPool(keyPool, e.cfg.Rand)
	host, backend := e.cfg.addresses(e.listener.Port())
	base := instance.Base{FrontendHost: host, Backend: backend, Issuer: e.cfg.Server.Issuer}
	if e.instances, err = instance.NewRegistry(ctx, e.db, e.pool, base); err != nil {
		return err
	}
	e.applier = scenario.NewApplier(e.db, e.instances, outbox, e.cfg.scenario(), e.cfg.Log)
	e.applier.OnForget(e.activity.Forget)
	return e.applier.Start(ctx, e.cfg.Progress)
}

// openDoors makes the doors and what stands before them.
func (e *Emulator) openDoors(outbox *webhooks.Outbox) error {
	log := e.cfg.Log
	backend := backendapi.New(e.db, e.instances, log)
	frontend := frontendapi.New(frontendapi.Deps{DB: e.db, Instances: e.instances, CacheControl: e.cfg.Server.CacheControl,
		SDK: e.cfg.Scripts(), Log: log})
	e.metrics = controlapi.NewMetrics()
	control, err := controlapi.New(controlapi.Deps{DB: e.db, Instances: e.instances, Applier: e.applier, Outbox: outbox, Tasks: e.tasks, Hub: e.hub,
		Backend: backend.Table(), Frontend: frontend.Table(), Authority: e.authority, Metrics: e.metrics, Version: e.cfg.Version, Log: log})
	if err != nil {
		return err
	}
	stopping := make(chan struct{})
	console, err := ui.New(ui.Deps{DB: e.db, Instances: e.instances, Applier: e.applier, Outbox: outbox, Hub: e.hub, Version: e.cfg.Version, Log: log,
		Activity: e.activity, Backend: backend.Table(), Frontend: frontend.Table(), CAFile: e.authority.CAFile(), Done: stopping})
	if err != nil {
		return err
	}
	guard := newGuard(e.cfg, e.instances)
	e.front = &front{dispatcher: newDispatcher(proxyPrefixes, e.cfg.names()), ids: e.db.IDs(), clock: e.cfg.Clock, metrics: e.metrics, instances: e.instances,
		activity: e.activity, log: log,
		doors: map[door]http.Handler{
			backendDoor:  backend,
			frontendDoor: frontend,
			svixDoor:     svixapi.New(svixapi.Deps{DB: e.db, Instances: e.instances, Outbox: outbox, Tasks: e.tasks, Example: example, Log: log}),
			controlDoor:  guard.protect(control),
			consoleDoor:  guard.protect(console),
			portalDoor:   portal.New(portal.Deps{Instances: e.instances, SDK: e.cfg.Scripts(), AllowHosts: e.cfg.Server.AllowHosts, Log: log}),
		}}
	e.server = &http.Server{Handler: e.front, ReadHeaderTimeout: 10 * time.Second, MaxHeaderBytes: 64 << 10,
		ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelDebug)}
	e.server.RegisterOnShutdown(sync.OnceFunc(func() { close(stopping) }))
	return nil
}

// example is the data of an event that did not happen, for trying an endpoint.
func example(tx *store.Tx, live *instance.Live, typ string) (any, error) {
	return sample.Data(typ, sample.For(tx, live))
}

// pollEvery is how often the dispatcher looks for what another process left.
func (e *Emulator) pollEvery() time.Duration {
	if e.db.Postgres() {
		return time.Second
	}
	return 0
}

// ownAddresses are where a webhook must not go: it would cause another.
func (e *Emulator) ownAddresses() []netip.AddrPort {
	var out []netip.AddrPort
	for _, addr := range e.listener.Addrs() {
		if tcp, ok := addr.(*net.TCPAddr); ok {
			out = append(out, tcp.AddrPort())
		}
	}
	return out
}

// Run serves until ctx is done, then finishes the requests and deliveries that
// are under way.
func (e *Emulator) Run(ctx context.Context) error {
	dispatching := make(chan error, 1)
	go func() { dispatching <- e.webhooks.Run(ctx) }()
	defer e.runTasks(ctx)()
	serving := make(chan error, 1)
	go func() { serving <- e.server.Serve(e.listener) }()
	var err error
	select {
	case <-ctx.Done():
		err = e.shutdown()
	case err = <-serving:
		e.webhooks.Close()
	case err = <-dispatching:
		return errors.Join(err, e.shutdown())
	}
	return errors.Join(err, <-dispatching)
}

// runTasks starts the background tasks and returns what ends them and waits.
func (e *Emulator) runTasks(ctx context.Context) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() { defer close(done); e.tasks.Run(ctx) }()
	return func() { cancel(); <-done }
}

// shutdown lets requests finish; streams that never would are cut.
func (e *Emulator) shutdown() error {
	ctx, cancel := context.WithTimeout(context.Background(), drain)
	defer cancel()
	if err := e.server.Shutdown(ctx); !errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return e.server.Close()
}

// Close gives everything back. It is safe after a failed New and after Run.
func (e *Emulator) Close() {
	if e.listener != nil {
		e.listener.Close()
	}
	if e.pool != nil {
		e.pool.Close()
	}
	if e.db != nil {
		e.db.Close()
	}
}

// Handler answers requests without the port, for tests.
func (e *Emulator) Handler() http.Handler { return e.front }

// Instances are the instances of the process.
func (e *Emulator) Instances() *instance.Registry { return e.instances }

// Applier brings scenarios about.
func (e *Emulator) Applier() *scenario.Applier { return e.applier }

// Store is the database.
func (e *Emulator) Store() *store.Store { return e.db }

// Authority is the local certificate authority.
func (e *Emulator) Authority() *certs.Authority { return e.authority }

// URL is the base address over plain HTTP.
func (e *Emulator) URL() string {
	_, backend := e.cfg.addresses(e.listener.Port())
	return backend
}

// LoopbackOnly tells whether only this machine can reach the port.
func (e *Emulator) LoopbackOnly() bool { return e.listener.LoopbackOnly() }
