package webhooks

import "github.com/nightclerk/nightclerk/internal/store"

// Schema is the tables behind webhooks. A message's body is kept once; a
// delivery is one message on its way to one endpoint; an attempt is one request
// made for it.
//
// next_at is instance time, so that an instance's clock moves retries;
// lease_until is wall time, because a lease on a frozen clock would never end.
// Deliveries have no index by endpoint but that of those still planned: a planner
// without statistics takes one for as good as the primary key, and every record
// would read an endpoint's whole history. Lists go by message and look the
// delivery up.
//
// The second step makes both tables anew with fewer b-trees: every one costs a
// delivery a few microseconds, and a foreign key two look-ups.
//
// plan is what was decided for the next attempt: nothing, releasedPlan,
// groupPlan and the id of a fault rule, or a rule that has delayed it.
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
CREATE INDEX webhook_attempt_endpoint ON webhook_attempt (instance_id, endpoint_id, wall_at)`, `
ALTER TABLE webhook_delivery RENAME TO webhook_delivery_1;
DROP INDEX webhook_delivery_due;
DROP INDEX webhook_delivery_failed;
CREATE TABLE webhook_delivery (
	instance_id TEXT NOT NULL,
	message_id  TEXT NOT NULL,
	endpoint_id TEXT NOT NULL,
	seq         BIGINT NOT NULL,
	state       BIGINT NOT NULL,
	attempts    BIGINT NOT NULL,
	step        BIGINT NOT NULL,
	manual      BIGINT NOT NULL,
	plan        TEXT NOT NULL,
	next_at     BIGINT,
	lease_until BIGINT NOT NULL,
	CONSTRAINT webhook_delivery_key PRIMARY KEY (instance_id, message_id, endpoint_id)
) WITHOUT ROWID;
INSERT INTO webhook_delivery SELECT instance_id, message_id, endpoint_id, seq, state, attempts, step, manual, '', next_at, lease_until FROM webhook_delivery_1;
DROP TABLE webhook_delivery_1;
CREATE INDEX webhook_delivery_due ON webhook_delivery (instance_id, endpoint_id, next_at, seq) WHERE next_at IS NOT NULL;
CREATE INDEX webhook_delivery_failed ON webhook_delivery (instance_id, seq) WHERE state = 2;
CREATE INDEX webhook_delivery_retry ON webhook_delivery (instance_id, endpoint_id, seq) WHERE next_at IS NOT NULL AND attempts > 0;

ALTER TABLE webhook_attempt RENAME TO webhook_attempt_1;
DROP INDEX webhook_attempt_message;
DROP INDEX webhook_attempt_endpoint;
CREATE TABLE webhook_attempt (
	instance_id TEXT NOT NULL,
	message_id  TEXT NOT NULL,
	id          TEXT NOT NULL,
	endpoint_id TEXT NOT NULL,
	status      BIGINT NOT NULL,
	code        BIGINT NOT NULL,
	at          BIGINT NOT NULL,
	wall_at     BIGINT NOT NULL,
	doc         TEXT NOT NULL,
	CONSTRAINT webhook_attempt_key PRIMARY KEY (instance_id, message_id, id)
) WITHOUT ROWID;
INSERT INTO webhook_attempt SELECT instance_id, message_id, id, endpoint_id, status, code, at, wall_at, doc FROM webhook_attempt_1;
DROP TABLE webhook_attempt_1;
CREATE INDEX webhook_attempt_endpoint ON webhook_attempt (instance_id, endpoint_id, wall_at);

CREATE TABLE webhook_mode (
	instance_id  TEXT NOT NULL PRIMARY KEY,
	held         BOOLEAN NOT NULL,
	answer_after BIGINT NOT NULL
);

CREATE TABLE webhook_fault (
	instance_id TEXT NOT NULL,
	id          TEXT NOT NULL,
	position    BIGINT NOT NULL,
	seen        BIGINT NOT NULL,
	applied     BIGINT NOT NULL,
	doc         TEXT NOT NULL,
	PRIMARY KEY (instance_id, id)
)`, managementStep}}

// tables lists the tables: those that refer to others first, what is configured last.
var tables = []string{"webhook_answer", "webhook_task", "webhook_attempt", "webhook_delivery", "webhook_message", "webhook_endpoint", "webhook_fault", "webhook_mode"}

// DeleteMessages forgets the instance's messages, deliveries and attempts, and
// keeps its endpoints.
func DeleteMessages(tx *store.Tx) error { return deleteFrom(tx, tables[:len(tables)-3]) }

// DeleteAll forgets everything about the instance's webhooks. Attempts under
// way are let finish and not recorded.
func DeleteAll(tx *store.Tx) error { return deleteFrom(tx, tables) }

func deleteFrom(tx *store.Tx, names []string) error {
	tx.Forget(rosterNote)
	for _, name := range names {
		if _, err := tx.Exec(`DELETE FROM `+name+` WHERE instance_id = $1`, tx.Instance()); err != nil {
			return err
		}
	}
	return nil
}
