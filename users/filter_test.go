package users_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nightclerk/nightclerk/internal/store"
	"github.com/nightclerk/nightclerk/users"
)

// names lists the usernames that a filter leaves, in order.
func (e *env) names(f users.Filter) []string {
	e.t.Helper()
	list, err := in(e, func(tx *store.Tx) ([]*users.User, error) { return users.List(tx, e.rules, f) })
	if err != nil {
		e.t.Fatal(err)
	}
	out := []string{}
	for _, u := range list {
		out = append(out, *u.Username)
	}
	return out
}

// crowd makes users a minute apart: anna, Bert, carl and dora.
func (e *env) crowd() map[string]*users.User {
	e.t.Helper()
	made := map[string]*users.User{}
	for _, p := range []users.CreateParams{
		{Username: new("anna"), FirstName: new("Anna"), LastName: new("Öztürk"), EmailAddress: []string{"HELLO@example.com", "z@two.example"}, ExternalID: new("1")},
		{Username: new("Bert"), FirstName: new("bert"), EmailAddress: []string{"bert.b_n@example.com"}, PhoneNumber: []string{"+15555550100"}, ExternalID: new("2")},
		{Username: new("carl"), LastName: new("Annabel"), PhoneNumber: []string{"+4915123456789"}},
		{Username: new("dora"), FirstName: new("Dora")},
	} {
		p.SkipUserRequirement = new(true)
		u := e.create(p)
		made[strings.ToLower(*p.Username)] = u
		e.clock.Advance(time.Minute)
	}
	return made
}

func TestFiltersNarrow(t *testing.T) {
	each(t, func(e *env) {
		u := e.crowd()
		must(e, func(tx *store.Tx) (any, error) { return nil, users.RecordSignIn(tx, e.rules, u["bert"].ID) })
		signedIn := e.clock.Now().UnixMilli()
		e.clock.Advance(48 * time.Hour)
		must(e, func(tx *store.Tx) (any, error) { return nil, users.RecordActivity(tx, u["carl"].ID) })
		active := e.clock.Now().UnixMilli()
		day := time.UnixMilli(active).UTC().Truncate(24 * time.Hour).UnixMilli()
		for _, c := range []struct {
			name string
			f    users.Filter
			want string
		}{
			{"nothing", users.Filter{}, "dora carl Bert anna"},
			{"email_address", users.Filter{EmailAddress: []string{"hello@EXAMPLE.com", "z@two.example", "none@example.com"}}, "anna"},
			{"phone_number", users.Filter{PhoneNumber: []string{" 15555550100", "+4915123456789"}}, "carl Bert"},
			{"username", users.Filter{Username: []string{"ANNA", "bert"}}, "Bert anna"},
			{"external_id", users.Filter{ExternalID: []string{"1", "9"}}, "anna"},
			{"-external_id", users.Filter{ExternalID: []string{"-1"}}, "dora carl Bert"},
			{"user_id", users.Filter{UserID: []string{u["anna"].ID, "+" + u["dora"].ID, " " + u["carl"].ID}}, "dora carl anna"},
			{"-user_id", users.Filter{UserID: []string{"-" + u["anna"].ID, "-" + u["dora"].ID}}, "carl Bert"},
			{"both signs", users.Filter{UserID: []string{u["anna"].ID, u["dora"].ID, "-" + u["dora"].ID}}, "anna"},
			{"email_address_query", users.Filter{EmailAddressQuery: "ello"}, "anna"},
			{"a literal _", users.Filter{EmailAddressQuery: "b_n"}, "Bert"},
			{"no wildcard", users.Filter{EmailAddressQuery: "%"}, ""},
			{"phone_number_query", users.Filter{PhoneNumberQuery: "555-01"}, "Bert"},
			{"username_query", users.Filter{UsernameQuery: "ER"}, "Bert"},
			{"name_query", users.Filter{NameQuery: "A öZ"}, "anna"},
			{"name_query, both", users.Filter{NameQuery: "anna"}, "carl anna"},
			{"endless query", users.Filter{NameQuery: strings.Repeat("x", 60000)}, ""},
			{"last_sign_in_at_after", users.Filter{LastSignInAtAfter: new(signedIn - 1)}, "Bert"},
			{"last_sign_in_at_before", users.Filter{LastSignInAtBefore: new(signedIn)}, ""},
			{"last_active_at_after", users.Filter{LastActiveAtAfter: new(active - 1)}, "carl"},
			{"last_active_at_before", users.Filter{LastActiveAtBefore: new(active)}, "Bert"},
			{"last_active_at_since", users.Filter{LastActiveAtSince: new(day + 24*3600*1000 - 1)}, "carl"},
			{"created_at_after", users.Filter{CreatedAtAfter: new(u["bert"].CreatedAt)}, "dora carl"},
			{"created_at_before", users.Filter{CreatedAtBefore: new(u["bert"].CreatedAt)}, "anna"},
			{"two filters", users.Filter{NameQuery: "anna", PhoneNumberQuery: "49"}, "carl"},
			{"web3_wallet", users.Filter{Web3Wallet: []string{"0x0"}}, ""},
			{"organization_id", users.Filter{OrganizationID: []string{"org_1"}}, ""},
			{"-organization_id", users.Filter{OrganizationID: []string{"-org_1"}}, "dora carl Bert anna"},
			{"provider", users.Filter{Provider: "oauth_google", ProviderUserID: []string{"1"}}, ""},
		} {
			if got := strings.Join(e.names(c.f), " "); got != c.want {
				e.t.Errorf("%s leaves %q, want %q", c.name, got, c.want)
			}
			if n := e.count(c.f); n != int64(len(strings.Fields(c.want))) {
				e.t.Errorf("%s counts %d", c.name, n)
			}
		}
	})
}

func TestOrders(t *testing.T) {
	each(t, func(e *env) {
		u := e.crowd()
		must(e, func(tx *store.Tx) (any, error) { return nil, users.RecordSignIn(tx, e.rules, u["carl"].ID) })
		e.update(u["anna"].ID, users.UpdateParams{})
		for order, want := range map[string]string{
			"":                 "dora carl Bert anna",
			"created_at":       "anna Bert carl dora",
			"+created_at":      "anna Bert carl dora",
			" created_at":      "anna Bert carl dora", // a + that was not escaped
			"-updated_at":      "anna dora carl Bert",
			"username":         "anna Bert carl dora",
			"-username":        "dora carl Bert anna",
			"first_name":       "anna Bert dora carl",
			"-first_name":      "dora Bert anna carl",
			"email_address":    "Bert anna",
			"-email_address":   "anna Bert",
			"phone_number":     "Bert carl",
			"-phone_number":    "carl Bert",
			"-last_sign_in_at": "carl",
			"last_active_at":   "carl",
			"last_name":        "carl anna",
		} {
			got := strings.Join(e.names(users.Filter{OrderBy: order}), " ")
			if !strings.HasPrefix(got, want) || len(strings.Fields(got)) != 4 {
				e.t.Errorf("%q orders as %q, want %q first", order, got, want)
			}
		}
		if got := e.names(users.Filter{OrderBy: "web3wallet"}); len(got) != 4 {
			e.t.Errorf("an order by what nobody has lists %v", got)
		}
	})
}

func TestPages(t *testing.T) {
	each(t, func(e *env) {
		many := make([]users.CreateParams, 25)
		for n := range many { // all at the same instant
			many[n] = users.CreateParams{Username: new(fmt.Sprintf("u%03d", n)), EmailAddress: []string{fmt.Sprintf("u%d@example.com", n)}}
		}
		made := must(e, func(tx *store.Tx) ([]*users.User, error) { return users.CreateMany(tx, e.rules, many) })
		all := e.names(users.Filter{Limit: new(int64(500))})
		if len(all) != 25 || len(e.names(users.Filter{})) != 10 {
			e.t.Fatalf("listed %d", len(all))
		}
		for _, order := range []string{"", "+created_at"} {
			var byOffset, byID, byCursor []string
			last, cursor := "", users.Cursor("")
			for n := range 4 {
				byOffset = append(byOffset, e.names(users.Filter{OrderBy: order, Limit: new(int64(7)), Offset: new(int64(n * 7))})...)
				page := must(e, func(tx *store.Tx) ([]*users.User, error) {
					return users.List(tx, e.rules, users.Filter{OrderBy: order, Limit: new(int64(7)), StartingAfter: last})
				})
				last = page[len(page)-1].ID
				byID = appendNames(byID, page)
				must(e, func(tx *store.Tx) (_ any, err error) {
					page, cursor, err = users.ListPage(tx, e.rules, users.Filter{OrderBy: order, Limit: new(int64(7))}, cursor)
					return nil, err
				})
				byCursor = appendNames(byCursor, page)
			}
			want := slices.Clone(all)
			if order != "" {
				slices.Reverse(want)
			}
			if !slices.Equal(byOffset, want) || !slices.Equal(byID, want) || !slices.Equal(byCursor, want) || cursor != "" {
				e.t.Errorf("pages of %q: %v, %v, %v then %q", order, byOffset, byID, byCursor, cursor)
			}
		}
		last := made[3]
		_, next, err := listPage(e, users.Filter{UserID: []string{last.ID, made[4].ID}, Limit: new(int64(1))}, "")
		if err != nil || next == "" {
			e.t.Fatalf("%q, %v", next, err)
		}
		for _, u := range made[3:5] { // a cursor outlives its user
			must(e, func(tx *store.Tx) (users.DeletedJSON, error) { return users.Delete(tx, e.rules, u.ID) })
		}
		if list, _, err := listPage(e, users.Filter{Limit: new(int64(500))}, next); err != nil || len(list) == 0 || len(list) > 24 {
			e.t.Errorf("%d users behind the cursor of a deleted one, %v", len(list), err)
		}
	})
}

func listPage(e *env, f users.Filter, after users.Cursor) (list []*users.User, next users.Cursor, err error) {
	err = e.write(func(tx *store.Tx) (err error) {
		list, next, err = users.ListPage(tx, e.rules, f, after)
		return err
	})
	return list, next, err
}

func appendNames(dst []string, list []*users.User) []string {
	for _, u := range list {
		dst = append(dst, *u.Username)
	}
	return dst
}

func TestFiltersAreRefused(t *testing.T) {
	each(t, func(e *env) {
		u := e.user("a@example.com")
		for want, f := range map[string]users.Filter{
			"form_param_format_invalid limit":                 {Limit: new(int64(0))},
			"form_param_value_too_large limit":                {Limit: new(int64(501))},
			"form_param_format_invalid offset":                {Offset: new(int64(-1))},
			"form_param_value_invalid order_by":               {OrderBy: "-age"},
			"form_conditional_param_disallowed order_by":      {OrderBy: "username", StartingAfter: u.ID},
			"form_conditional_param_disallowed offset":        {Offset: new(int64(1)), StartingAfter: u.ID},
			"form_resource_not_found starting_after":          {StartingAfter: "user_none"},
			"form_param_array_size_exceeded user_id":          {UserID: make([]string, 101)},
			"form_conditional_param_missing provider":         {ProviderUserID: []string{"1"}},
			"form_conditional_param_missing provider_user_id": {Provider: "oauth_google"},
		} {
			_, err := in(e, func(tx *store.Tx) ([]*users.User, error) { return users.List(tx, e.rules, f) })
			wantError(e.t, err, want)
		}
		_, _, err := listPage(e, users.Filter{}, "nonsense")
		wantError(e.t, err, "form_param_format_invalid after")
	})
}

func TestQueryFindsWordsFirstAndThenAnyPart(t *testing.T) {
	each(t, func(e *env) {
		u := e.crowd()
		for query, want := range map[string]string{
			"anna":                               "carl anna", // two names
			"ANNA öz":                            "anna",
			"hello":                              "anna",
			"hello@example.com":                  "anna",
			"@two.example":                       "anna",
			"b_n":                                "Bert", // a part between a dot and the @
			"n@exam":                             "Bert", // inside, which only the scan finds
			"+1555":                              "Bert",
			"555-0100":                           "Bert",
			"+49 151 2345":                       "carl",
			"dor":                                "dora",
			"ora":                                "dora",
			u["carl"].ID:                         "carl",
			u["carl"].ID[:8]:                     "dora carl Bert anna",
			"anna nobody":                        "",
			"anna" + strings.Repeat(" anna", 20): "",
			"%":                                  "",
			"  ":                                 "dora carl Bert anna",
		} {
			f := users.Filter{Query: query}
			if got := strings.Join(e.names(f), " "); got != want {
				e.t.Errorf("%q finds %q, want %q", query, got, want)
			}
			if n := e.count(f); n != int64(len(strings.Fields(want))) {
				e.t.Errorf("%q counts %d", query, n)
			}
		}
	})
}

func TestSearchFollowsChanges(t *testing.T) {
	each(t, func(e *env) {
		u := e.create(users.CreateParams{FirstName: new("Oldname"), LastName: new("Smith"), EmailAddress: []string{"a@example.com"}})
		e.update(u.ID, users.UpdateParams{FirstName: users.Set("Newname")})
		extra := e.email(u.ID, "extra@second.example", true)
		for query, want := range map[string]int64{"oldname": 0, "newname smith": 1, "second": 1} {
			if n := e.count(users.Filter{Query: query}); n != want {
				e.t.Errorf("%q finds %d, want %d", query, n, want)
			}
		}
		if _, err := e.deleteEmail(extra.ID); err != nil {
			e.t.Fatal(err)
		}
		if n := e.count(users.Filter{Query: "second"}); n != 0 {
			e.t.Errorf("a deleted address still finds %d", n)
		}
	})
}

func TestCommonWordsAreFoundToo(t *testing.T) {
	each(t, func(e *env) {
		many := make([]users.CreateParams, 1100) // more than are worked on as a list
		for n := range many {
			many[n] = users.CreateParams{FirstName: new("Common"), LastName: new(fmt.Sprintf("Name%d", n%100)), EmailAddress: []string{fmt.Sprintf("u%d@example.com", n)}}
		}
		must(e, func(tx *store.Tx) ([]*users.User, error) { return users.CreateMany(tx, e.rules, many) })
		for query, want := range map[string]int64{"common": 1100, "common name7": 121, "example.com comm u1050": 1, "common absent": 0} {
			if n := e.count(users.Filter{Query: query}); n != want {
				e.t.Errorf("%q finds %d, want %d", query, n, want)
			}
		}
	})
}
