package spelling

import "testing"

func TestClosest(t *testing.T) {
	names := []string{"email_addresses", "first_name", "name", "slug"}
	for written, want := range map[string]string{
		"emailAddresses": "email_addresses", "Email-Addresses": "email_addresses", "frist_name": "first_name", "nmae": "name", "slugs": "slug",
		"slug": "slug", "utterly_other": "", "x": "", "": "",
	} {
		if got := Closest(written, names); got != want {
			t.Errorf("%q is closest to %q, not to %q", written, got, want)
		}
	}
}
