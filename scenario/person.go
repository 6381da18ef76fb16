package scenario

import (
	"fmt"
	"strings"
)

// The names of made-up users. Their numbers have no common divisor, so that all
// pairs occur before one comes again.
var (
	firstNames = []string{"Ada", "Alan", "Barbara", "Claude", "Dorothy", "Edsger", "Frances", "Grace", "Hedy", "Ida", "John", "Katherine",
		"Leslie", "Margaret", "Niklaus", "Olga", "Peter", "Radia", "Shafi", "Tim", "Ursula", "Vint", "Whitfield"}
	lastNames = []string{"Allen", "Berners", "Conway", "Dijkstra", "Easley", "Fleming", "Goldwasser", "Hamilton", "Iverson", "Johnson",
		"Kahn", "Lamport", "Meeker", "Naur", "Oppen", "Perlman", "Rhodes", "Shannon", "Turing", "Ulam", "Vaughan", "Wirth"}
)

// Person is the n-th made-up user, the same at every call: a plausible name and
// an e-mail address that no other n has.
func Person(n int) User {
	first, last := firstNames[n%len(firstNames)], lastNames[n%len(lastNames)]
	address := fmt.Sprintf("%s.%s.%d@example.com", strings.ToLower(first), strings.ToLower(last), n)
	return User{
		FirstName:      NullString{Named: true, Value: &first},
		LastName:       NullString{Named: true, Value: &last},
		EmailAddresses: []EmailAddress{{EmailAddress: address, Primary: true}},
	}
}
