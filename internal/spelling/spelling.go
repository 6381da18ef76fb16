// Package spelling finds the name that was probably meant. It knows letters; it
// must not know what is named.
package spelling

import "strings"

// Closest is the name nearest to what was written: the same in another spelling,
// such as emailAddresses, or at most every third letter off. "" is none.
func Closest(written string, names []string) string {
	best, least := "", len(written)/3+1
	for _, name := range names {
		if plain(name) == plain(written) {
			return name
		}
		if d := distance(written, name, least); d < least {
			best, least = name, d
		}
	}
	return best
}

var separators = strings.NewReplacer("_", "", "-", "", " ", "")

func plain(name string) string { return strings.ToLower(separators.Replace(name)) }

// distance is the number of letters to insert, drop, replace or swap with a neighbour (optimal
// string alignment). It is not worked out when the lengths alone differ by limit.
func distance(a, b string, limit int) int {
	if len(a)-len(b) >= limit || len(b)-len(a) >= limit {
		return limit
	}
	before, last, row := []int(nil), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		for j := 1; j <= len(b); j++ {
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+differ(a[i-1], b[j-1]))
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last, row = last, row, make([]int, len(b)+1)
	}
	return last[len(b)]
}

func differ(a, b byte) int {
	if a == b {
		return 0
	}
	return 1
}
