package store

import (
	"database/sql"
	"errors"
	"fmt"

	"github.com/nightclerk/nightclerk/internal/clock"
)

// floor is the store's own schema: what a transaction itself needs of an
// instance.
var floor = Schema{Name: "store", Steps: []string{`
	CREATE TABLE instance_state (
		instance_id TEXT NOT NULL PRIMARY KEY,
		seq BIGINT NOT NULL,
		epoch BIGINT NOT NULL,
		seed TEXT NOT NULL,
		clock_offset_ms BIGINT NOT NULL,
		clock_frozen_at_ms BIGINT
	);
	CREATE TABLE id_counter (
		instance_id TEXT NOT NULL,
		kind TEXT NOT NULL,
		n BIGINT NOT NULL,
		PRIMARY KEY (instance_id, kind)
	)`}}

// state is an instance's row of the floor.
type state struct {
	Epoch int64
	Seed  string
	Clock clock.Virtual
}

// loadState reads the state once a transaction. An instance without a row, as
// while it is being made, follows wall time.
func (tx *Tx) loadState() *state {
	known, seen := tx.states[tx.instance]
	if known != nil {
		return known
	}
	if committed, ok := tx.store.committed.Load(tx.instance); ok && !seen {
		tx.states[tx.instance] = committed.(*state)
		return tx.states[tx.instance]
	}
	var st state
	err := tx.QueryRow(`SELECT epoch, seed, clock_offset_ms, clock_frozen_at_ms FROM instance_state WHERE instance_id = $1`, tx.instance).
		Scan(&st.Epoch, &st.Seed, &st.Clock.OffsetMS, &st.Clock.FrozenAtMS)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		tx.fail(err)
	}
	tx.states[tx.instance] = &st
	return &st
}

// remember keeps what a committed transaction knew of instances for those that
// follow; nil stands for a row that was changed and not read since. Where other
// processes write too, nothing is kept.
func (s *Store) remember(states map[string]*state) {
	if s.Postgres() {
		return
	}
	for instance, st := range states {
		if st == nil {
			s.committed.Delete(instance)
		} else {
			s.committed.Store(instance, st)
		}
	}
}

// InitState makes the instance's row, or gives an existing one another seed.
func (tx *Tx) InitState(seed string) error {
	tx.states[tx.instance] = nil
	_, err := tx.Exec(`INSERT INTO instance_state (instance_id, seq, epoch, seed, clock_offset_ms) VALUES ($1, 0, 0, $2, 0)
		ON CONFLICT (instance_id) DO UPDATE SET seed = excluded.seed`, tx.instance, seed)
	return err
}

// SetClock changes the instance's clock.
func (tx *Tx) SetClock(v clock.Virtual) error {
	tx.states[tx.instance] = nil
	res, err := tx.Exec(`UPDATE instance_state SET clock_offset_ms = $2, clock_frozen_at_ms = $3 WHERE instance_id = $1`,
		tx.instance, v.OffsetMS, v.FrozenAtMS)
	return oneRow(res, err)
}

// RaiseEpoch starts a new life of the instance: derived ids begin again without
// repeating one, and the clock follows wall time. seq goes on, so that marks
// taken before stay behind what comes after.
func (tx *Tx) RaiseEpoch() error {
	tx.states[tx.instance] = nil
	if _, err := tx.Exec(`DELETE FROM id_counter WHERE instance_id = $1`, tx.instance); err != nil {
		return err
	}
	res, err := tx.Exec(`UPDATE instance_state SET epoch = epoch + 1, clock_offset_ms = 0, clock_frozen_at_ms = NULL WHERE instance_id = $1`, tx.instance)
	return oneRow(res, err)
}

// DropState removes the instance's rows of the floor.
func (tx *Tx) DropState() error {
	tx.states[tx.instance] = nil
	if _, err := tx.Exec(`DELETE FROM id_counter WHERE instance_id = $1`, tx.instance); err != nil {
		return err
	}
	_, err := tx.Exec(`DELETE FROM instance_state WHERE instance_id = $1`, tx.instance)
	return err
}

// Seq is the last number the instance gave out: a mark in its history.
func (tx *Tx) Seq() (n int64, err error) {
	err = tx.QueryRow(`SELECT seq FROM instance_state WHERE instance_id = $1`, tx.instance).Scan(&n)
	return n, err
}

func oneRow(res sql.Result, err error) error {
	if err != nil {
		return err
	}
	if n, err := res.RowsAffected(); err != nil || n != 1 {
		return fmt.Errorf("%d rows of instance state changed, not 1 (%v)", n, err)
	}
	return nil
}
