package users

import (
	"encoding/base32"
	"testing"
	"time"
)

// The vectors of RFC 6238, appendix B, cut to six digits.
func TestTOTPIsThatOfTheRFC(t *testing.T) {
	u := &User{doc: doc{TOTPSecret: base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString([]byte("12345678901234567890"))}}
	for at, want := range map[int64]string{59: "287082", 1111111109: "081804", 1111111111: "050471", 1234567890: "005924", 2000000000: "279037", 20000000000: "353130"} {
		if got := u.TOTP(time.Unix(at, 0)); got != want {
			t.Errorf("at %d it is %s, not %s", at, got, want)
		}
	}
}

func TestTOTPHoldsForOneStepToEitherSide(t *testing.T) {
	u := &User{doc: doc{TOTPSecret: "GEZDGNBVGY3TQOJQ"}}
	at := time.Unix(1_700_000_010, 0)
	code := u.TOTP(at)
	for seconds, want := range map[int]bool{-60: false, -30: true, 0: true, 30: true, 60: false} {
		if got := u.CheckTOTP(code, at.Add(time.Duration(seconds)*time.Second)); got != want {
			t.Errorf("%d seconds later it is right: %t", seconds, got)
		}
	}
	if u.CheckTOTP("", at) || (&User{}).CheckTOTP("", at) {
		t.Error("an empty code is right")
	}
}
