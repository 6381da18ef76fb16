package ids

import (
	"bytes"
	"regexp"
	"testing"
	"time"

	"github.com/nightclerk/nightclerk/internal/clock"
)

func TestKSUIDSortsByTimeAndHasTheKnownForm(t *testing.T) {
	at := time.UnixMilli(1_700_000_000_000)
	payload := bytes.Repeat([]byte{0xff}, 15)
	earlier, later := KSUID("msg", at, payload), KSUID("msg", at.Add(4*time.Millisecond), make([]byte, 15))
	if earlier >= later {
		t.Errorf("%s of an earlier instant sorts after %s", earlier, later)
	}
	form := regexp.MustCompile(`^msg_[0-9A-Za-z]{27}$`)
	if !form.MatchString(earlier) || !form.MatchString(KSUID("msg", time.Unix(ksuidEpoch, 0), make([]byte, 15))) {
		t.Errorf("%s has not the form of a KSUID", earlier)
	}
}

// The largest KSUID is a published constant of the format.
func TestBase62OfTheLargestKSUID(t *testing.T) {
	if got := Base62(bytes.Repeat([]byte{0xff}, 20), 27); got != "aWgEPTl1tmebfsQzFP4bxwgy80V" {
		t.Errorf("largest KSUID = %s", got)
	}
}

func TestDeriveIsStableAndDistinct(t *testing.T) {
	seen := map[string]bool{}
	for n := int64(0); n < 1000; n++ {
		id := Derive("seed", "ins_1", 0, "user", n)
		if seen[id] {
			t.Fatalf("%s was given out twice", id)
		}
		seen[id] = true
	}
	first := Derive("a", "i", 0, "user", 1)
	if again := Derive("a", "i", 0, "user", 1); again != first {
		t.Error("the same arguments gave two identifiers")
	}
	for _, other := range []string{Derive("b", "i", 0, "user", 1), Derive("a", "j", 0, "user", 1), Derive("a", "i", 1, "user", 1)} {
		if other == first {
			t.Error("another seed, scope or epoch gave the same identifier")
		}
	}
}

func TestTokenUsesLettersAndDigitsOnly(t *testing.T) {
	src := Source{Rand: Random, Clock: clock.Wall}
	if tok := src.Token(500); !regexp.MustCompile(`^[0-9A-Za-z]{500}$`).MatchString(tok) {
		t.Errorf("token %q", tok)
	}
	if code := src.Digits(6); !regexp.MustCompile(`^\d{6}$`).MatchString(code) {
		t.Errorf("code %q", code)
	}
}
