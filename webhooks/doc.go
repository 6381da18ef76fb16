// Package webhooks turns committed changes into signed, retried, inspectable
// webhook deliveries, the way Clerk does through Svix.
//
// It knows the event catalogue, the canonical body, the signature, the retry
// schedule, and the four tables behind them: endpoint, message, delivery,
// attempt. A message is written in the very transaction that changed the state
// ([Outbox.Emit]); the [Dispatcher] of each process claims due deliveries by
// lease and records every attempt.
//
// It must not know what a user or a session is beyond the JSON handed to Emit,
// and it serves no HTTP: net/http is used as a client only.
package webhooks
