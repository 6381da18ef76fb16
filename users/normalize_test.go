package users

import "testing"

func FuzzIdentifiers(f *testing.F) {
	for _, s := range []string{"Ada@Example.com ", "+1 (555) 555-0100", "a@b", "ß@İ.example", "\xff@x.y", "+"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, typ := range []Type{emailAddress, phoneNumber} {
			once, err := typ.normalize("p", s)
			if err != nil {
				continue
			}
			if twice, err := typ.normalize("p", once); err != nil || twice != once {
				t.Errorf("%q became %q, then %q (%v)", s, once, twice, err)
			}
			if fold(fold(once)) != fold(once) {
				t.Errorf("%q folds to %q, and that to %q", once, fold(once), fold(fold(once)))
			}
		}
	})
}

func FuzzMetadata(f *testing.F) {
	f.Add(`{"a":{"b":1},"c":[null]}`, `{"a":{"b":null},"c":null}`)
	f.Add(`{"a":1e400}`, `{"a":{"\ud800":"\u2028"}}`)
	f.Fuzz(func(t *testing.T, first, second string) {
		u := &User{}
		for _, raw := range []string{first, second} {
			before := string(u.PublicMetadata())
			err := MetadataParams{PublicMetadata: []byte(raw)}.apply(u, func(old, patch map[string]any) map[string]any {
				merge(old, patch)
				return old
			})
			if err != nil && string(u.PublicMetadata()) != before {
				t.Errorf("a refused patch %q changed %s to %s", raw, before, u.PublicMetadata())
			}
			if _, err := parseObject("p", u.PublicMetadata()); err != nil || len(u.PublicMetadata()) > maxMetadata {
				t.Errorf("%q and %q made %s", first, second, u.PublicMetadata())
			}
		}
	})
}
