package store

// noteKey names a note of an instance.
type noteKey struct{ instance, key string }

// shared is what the jobs of one transaction have in common.
type shared struct {
	// notes are what was read once and is known since; nil after a change.
	notes map[noteKey]any
	// seqs are the last numbers given out, by instance.
	seqs map[string]int64
}

func newShared() *shared { return &shared{notes: map[noteKey]any{}, seqs: map[string]int64{}} }

// Recall returns what load returned when the key was last asked for, by this
// transaction or an earlier one of this process that was committed, unless it was
// forgotten since. What it returns must not be changed. Where other processes
// write too, nothing is known from earlier transactions.
func (tx *Tx) Recall(key string, load func() (any, error)) (any, error) {
	k := noteKey{tx.instance, key}
	known, seen := tx.shared.notes[k]
	if known != nil {
		return known, nil
	}
	if committed, ok := tx.store.committed.Load(k); ok && !seen {
		tx.shared.notes[k] = committed
		return committed, nil
	}
	value, err := load()
	if err == nil {
		tx.shared.notes[k] = value
	}
	return value, err
}

// Forget says that this transaction changes what a note tells of.
func (tx *Tx) Forget(key string) { tx.shared.notes[noteKey{tx.instance, key}] = nil }

// distrust forgets what was noted of an instance: a job that failed may have
// changed it.
func (s *shared) distrust(instance string) {
	for k := range s.notes {
		if k.instance == instance {
			s.notes[k] = nil
		}
	}
}

// remember keeps what a committed transaction knew for those that follow. Where
// other processes write too, nothing is kept.
func (s *Store) remember(notes map[noteKey]any) {
	if s.Postgres() {
		return
	}
	for k, value := range notes {
		if value == nil {
			s.committed.Delete(k)
		} else {
			s.committed.Store(k, value)
		}
	}
}
