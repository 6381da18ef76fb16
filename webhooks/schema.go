package webhooks

import "github.com/nightclerk/nightclerk/internal/store"

// Schema is the tables behind webhooks. A message's body is kept once; a
// delivery is one message on its way to one endpoint; an attempt is one request
// made for it.
//
// next_at is instance time, so that an instance's clock moves retries;
// lease_until is wall time, because a lease on a frozen clock would never end.
// Deliveries have no index by endpoint: a planner without statistics takes it
// for as good as the primary key, and every record would read an endpoint's
// whole history. Lists go by message and look the delivery up.
//
// Filters are spelled ",a,b," (empty: everything), which one statement can
// match in both dialects and case-sensitively.
var Schema = store.Schema{Name: "webhooks", Steps: []string{`
CREATE TABLE webhook_endpoint (
	instance_id      TEXT NOT NULL,
	id               TEXT NOT NULL,
	seq              BIGINT NOT NULL,
	uid              TEXT,
	disabled         BOOLEAN NOT NULL,
	deleted          BOOLEAN NOT NULL,
	event_filter     TEXT NOT NULL,
	channel_filter   TEXT NOT NULL,
	first_failure_at BIGINT,
	doc              TEXT NOT NULL,
	PRIMARY KEY (instance_id, id)
);
CREATE UNIQUE INDEX webhook_endpoint_uid ON webhook_endpoint (instance_id, uid);

CREATE TABLE webhook_message (
	instance_id TEXT NOT NULL,
	id          TEXT NOT NULL,
	seq         BIGINT NOT NULL,
	type        TEXT NOT NULL,
	subject_id  TEXT NOT NULL,
	event_id    TEXT,
	unsent      TEXT NOT NULL,
	created_at  BIGINT NOT NULL,
	body        BYTEA NOT NULL,
	PRIMARY KEY (instance_id, id)
);
CREATE UNIQUE INDEX webhook_message_seq ON webhook_message (instance_id, seq);
CREATE UNIQUE INDEX webhook_message_event ON webhook_message (instance_id, event_id) WHERE event_id IS NOT NULL;
CREATE INDEX webhook_message_subject ON webhook_message (instance_id, subject_id, seq);

CREATE TABLE webhook_delivery (
	instance_id TEXT NOT NULL,
	message_id  TEXT NOT NULL,
	endpoint_id TEXT NOT NULL,
	seq         BIGINT NOT NULL,
	state       BIGINT NOT NULL,
	attempts    BIGINT NOT NULL,
	step        BIGINT NOT NULL,
	manual      BIGINT NOT NULL,
	next_at     BIGINT,
	lease_until BIGINT NOT NULL,
	PRIMARY KEY (instance_id, message_id, endpoint_id),
	FOREIGN KEY (instance_id, message_id) REFERENCES webhook_message (instance_id, id),
	FOREIGN KEY (instance_id, endpoint_id) REFERENCES webhook_endpoint (instance_id, id)
);
CREATE INDEX webhook_delivery_due ON webhook_delivery (instance_id, next_at, seq) WHERE next_at IS NOT NULL;
CREATE INDEX webhook_delivery_failed ON webhook_delivery (instance_id, seq) WHERE state = 2;

CREATE TABLE webhook_attempt (
	instance_id TEXT NOT NULL,
	id          TEXT NOT NULL,
	message_id  TEXT NOT NULL,
	endpoint_id TEXT NOT NULL,
	status      BIGINT NOT NULL,
	code        BIGINT NOT NULL,
	at          BIGINT NOT NULL,
	wall_at     BIGINT NOT NULL,
	doc         TEXT NOT NULL,
	PRIMARY KEY (instance_id, id)
);
CREATE INDEX webhook_attempt_message ON webhook_attempt (instance_id, message_id, wall_at);
CREATE INDEX webhook_attempt_endpoint ON webhook_attempt (instance_id, endpoint_id, wall_at)`, managementStep}}

// tables lists the tables, those that refer to others first.
var tables = []string{"webhook_answer", "webhook_task", "webhook_attempt", "webhook_delivery", "webhook_message", "webhook_endpoint"}

// DeleteMessages forgets the instance's messages, deliveries and attempts, and
// keeps its endpoints.
func DeleteMessages(tx *store.Tx) error { return deleteFrom(tx, tables[:len(tables)-1]) }

// DeleteAll forgets everything about the instance's webhooks. Attempts under
// way are let finish and not recorded.
func DeleteAll(tx *store.Tx) error { return deleteFrom(tx, tables) }

func deleteFrom(tx *store.Tx, names []string) error {
	for _, name := range names {
		if _, err := tx.Exec(`DELETE FROM `+name+` WHERE instance_id = $1`, tx.Instance()); err != nil {
			return err
		}
	}
	return nil
}
