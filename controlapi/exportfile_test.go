package controlapi_test

import (
	"slices"
	"testing"
)

func TestASigningKeyIsRotated(t *testing.T) {
	k := start(t, nil)
	first := k.do(`POST /signing_key/rotate {"grace":"1h"}`).want(k, 200)
	retired := first["retired"].([]any)
	if len(retired) != 1 || retired[0] == first["kid"] || first["published_until"] == nil {
		t.Errorf("after the first rotation: %v", first)
	}
	second := k.do(`POST /signing_key/rotate`).want(k, 200)
	if got := second["retired"].([]any); len(got) != 2 || !slices.Contains(got, first["kid"]) || second["published_until"] != first["published_until"] {
		t.Errorf("a longer grace lengthened the first one's: %v", second)
	}
	if last := k.do(`POST /signing_key/rotate {"grace":"0s"}`).want(k, 200); len(last["retired"].([]any)) != 0 || last["published_until"] != nil {
		t.Errorf("without grace: %v", last)
	}
	for _, line := range []string{`POST /signing_key/rotate {"grace":"soon"}`, `POST /signing_key/rotate {"grace":"-1h"}`, `POST /signing_key/rotate {"grace":"999999h"}`} {
		if out := k.do(line); out.status != 422 || !contains(out, "grace") {
			t.Errorf("%s answers %d %s", line, out.status, out.body)
		}
	}
}

func TestACopyAndAnExportAreRefusedByName(t *testing.T) {
	k := start(t, nil)
	if made := k.do(`POST /instances {"slug":"twin","copy_of":"default"}`).want(k, 201); made["secret_key"] == nil {
		t.Errorf("the copy is %v", made)
	}
	for line, text := range map[string]string{
		`POST /instances {"copy_of":"nobody"}`:                "copy_of",
		`POST /instances {"copy_of":"default","seed":"x"}`:    "copy_of",
		`POST /instances {"slug":"twin","copy_of":"default"}`: "slug",
		`GET /export?users=-1`:                                "users",
		`GET /export?users=many`:                              "users",
		`GET /export?secrets=true`:                            "POST",
		`GET /export?other=1`:                                 "other",
		`POST /export {"users":10001}`:                        "10000",
		`POST /export {"everything":true}`:                    "everything",
		`POST /export [`:                                      "secrets",
	} {
		if out := k.do(line); out.status != 422 && out.status != 400 || !contains(out, text) {
			t.Errorf("%s answers %d %s", line, out.status, out.body)
		}
	}
}
