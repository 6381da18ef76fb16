// Package webhooks turns committed changes into signed, retried, inspectable
// webhook deliveries, the way Clerk does through Svix.
//
// It knows the event catalogue, the canonical body, the signature, the retry
// schedule, what may go wrong on purpose, and the tables behind them: endpoint,
// message, delivery, attempt, fault, mode, task. A message is written in the very
// transaction that changed the state ([Outbox.Emit]). The [Dispatcher] of each
// process sends what its own transactions emit, claims what else is due by lease,
// one endpoint at a time, and records every attempt; [Tasks] replays and trims.
//
// It must not know what a user or a session is beyond the JSON handed to Emit,
// and it serves no HTTP: net/http is used as a client only.
package webhooks
