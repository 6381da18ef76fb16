package users

import (
	"slices"
	"strings"

	"github.com/nightclerk/nightclerk/internal/store"
)

// Bounds of a search by prefix; tests set lower ones.
var (
	// frequent is how many terms a word may begin to be looked up among them. One
	// that begins more is looked for in the users, the newest first: a page of
	// those who have it is met soon. Measured at a million users: a word that all
	// have took 5 s by its terms, and takes milliseconds by the users.
	frequent = 20_000
	// walkBatch is how many users are read at a time then, longestWalk after how
	// many the terms are used all the same.
	walkBatch, longestWalk = int64(250), int64(10_000)
)

// prefixSearch finds users by the beginnings of their terms.
type prefixSearch struct {
	c *conditions
	// words and id are beginnings that are looked for in the users themselves; id is
	// "" for none.
	words []string
	id    string
	few   bool // c finds no more than are frequent
}

// SearchPage returns the users, the newest first, of whom each word of a text
// begins a term: a word of the names or the username, a part of an e-mail address,
// the digits of a phone number; or whose id the text begins. It is the search for
// people who type: unlike the Backend API's query it never looks inside words,
// which takes a look at every user. Cursors are as in ListPage.
func SearchPage(tx *store.Tx, rules Rules, text string, limit int64, after Cursor) ([]*User, Cursor, error) {
	s := &prefixSearch{c: newConditions(tx)}
	if err := s.narrow(tx, strings.TrimSpace(text)); err != nil {
		return nil, "", err
	}
	return s.page(tx, rules, page{limit: limit, field: "created_at", descending: true, few: s.few}, after)
}

func (s *prefixSearch) narrow(tx *store.Tx, text string) error {
	if strings.HasPrefix(text, "user_") {
		if found, err := s.narrowByID(tx, text); found || err != nil {
			return err
		}
	}
	words := strings.Fields(fold(text))
	if digits := phoneNoise.Replace(text); digits != "" && onlyDigits(digits) {
		words = []string{digits}
	}
	if len(words) > maxWords {
		s.c.in("u.id", nil)
		return nil
	}
	for _, word := range words {
		if word = strings.TrimLeft(word, "+@"); word == "" { // no term begins so
			continue
		}
		n, err := countTo(tx, `search_term WHERE instance_id = $1 AND term >= $2 AND term < $3`, word)
		if err != nil {
			return err
		}
		if n > frequent {
			s.words = append(s.words, word)
			continue
		}
		s.c.begins(word)
		s.few = true
	}
	return nil
}

// narrowByID takes a text for the beginning of ids, if it is that of any.
func (s *prefixSearch) narrowByID(tx *store.Tx, text string) (found bool, err error) {
	n, err := countTo(tx, `users WHERE instance_id = $1 AND id >= $2 AND id < $3`, text)
	switch {
	case n > frequent:
		s.id = text
	case n > 0:
		s.c.idBegins(text)
		s.few = true
	}
	return n > 0, err
}

// countTo counts what a prefix finds, but not beyond what is frequent.
func countTo(tx *store.Tx, from, prefix string) (n int, err error) {
	err = tx.QueryRow(`SELECT count(*) FROM (SELECT 1 FROM `+from+` LIMIT $4) AS found`, tx.Instance(), prefix, prefix+endOfPrefix, frequent+1).Scan(&n)
	return n, err
}

func (c *conditions) begins(word string) {
	c.add(`u.id IN (SELECT user_id FROM search_term WHERE instance_id = $1
		AND term >= ` + c.arg(word) + ` AND term < ` + c.arg(word+endOfPrefix) + `)`)
}

func (c *conditions) idBegins(text string) {
	c.add("u.id >= " + c.arg(text) + " AND u.id < " + c.arg(text+endOfPrefix))
}

// matches tells whether a user has what is looked for in users.
func (s *prefixSearch) matches(u *User) bool {
	if !strings.HasPrefix(u.ID, s.id) {
		return false
	}
	if len(s.words) == 0 {
		return true
	}
	terms := u.terms()
	for _, word := range s.words {
		if !slices.ContainsFunc(terms, func(t string) bool { return strings.HasPrefix(t, word) }) {
			return false
		}
	}
	return true
}

// page reads on until the page is full and somebody follows, or nobody is left.
func (s *prefixSearch) page(tx *store.Tx, rules Rules, p page, after Cursor) (list []*User, next Cursor, err error) {
	wanted := int(p.limit)
	for walked := int64(0); ; walked += p.limit {
		if walked >= longestWalk {
			s.lookUp()
		}
		p.limit = int64(wanted) + 1
		if s.id != "" || len(s.words) > 0 {
			p.limit = max(walkBatch, p.limit)
		}
		c := &conditions{slices.Clone(s.c.parts), slices.Clone(s.c.args)}
		if err := p.seek(c, after); err != nil {
			return nil, "", err
		}
		batch, err := p.load(tx, rules, c)
		if err != nil {
			return nil, "", err
		}
		for _, u := range batch {
			if !s.matches(u) {
				continue
			}
			if len(list) == wanted {
				return list, cursorOf(list[wanted-1]), nil
			}
			list = append(list, u)
		}
		if int64(len(batch)) < p.limit {
			return list, "", nil
		}
		after = cursorOf(batch[len(batch)-1])
	}
}

// lookUp ends a walk that meets too few: the terms know where the others are.
func (s *prefixSearch) lookUp() {
	for _, word := range s.words {
		s.c.begins(word)
	}
	if s.id != "" {
		s.c.idBegins(s.id)
	}
	s.words, s.id = nil, ""
}
