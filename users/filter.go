package users

import (
	"strings"

	"github.com/nightclerk/nightclerk/internal/apierr"
	"github.com/nightclerk/nightclerk/internal/store"
)

// Filter narrows and orders a list of users, under the names of the Backend API
// (spec: GetUserList, GetUsersCount). Times are Unix milliseconds.
type Filter struct {
	EmailAddress       []string `query:"email_address"`
	PhoneNumber        []string `query:"phone_number"`
	ExternalID         []string `query:"external_id"` // each with + or - in front, or nothing
	Username           []string `query:"username"`
	Web3Wallet         []string `query:"web3_wallet"`
	UserID             []string `query:"user_id"`         // each with + or - in front, or nothing
	OrganizationID     []string `query:"organization_id"` // each with + or - in front, or nothing
	Query              string   `query:"query"`
	EmailAddressQuery  string   `query:"email_address_query"`
	PhoneNumberQuery   string   `query:"phone_number_query"`
	UsernameQuery      string   `query:"username_query"`
	NameQuery          string   `query:"name_query"`
	Banned             *bool    `query:"banned"`
	LastActiveAtBefore *int64   `query:"last_active_at_before"`
	LastActiveAtAfter  *int64   `query:"last_active_at_after"`
	LastActiveAtSince  *int64   `query:"last_active_at_since"`
	CreatedAtBefore    *int64   `query:"created_at_before"`
	CreatedAtAfter     *int64   `query:"created_at_after"`
	LastSignInAtBefore *int64   `query:"last_sign_in_at_before"`
	LastSignInAtAfter  *int64   `query:"last_sign_in_at_after"`
	Provider           string   `query:"provider"`
	ProviderUserID     []string `query:"provider_user_id"`
	// Limit is 1 to 500, 10 when nil.
	Limit  *int64 `query:"limit"`
	Offset *int64 `query:"offset"`
	// StartingAfter is the id of the last user of the page before.
	StartingAfter string `query:"starting_after"`
	// OrderBy is a field with + or - in front; -created_at when empty.
	OrderBy string `query:"order_by"`
}

// narrows tells whether the filter leaves anybody out.
func (f Filter) narrows() bool {
	lists := len(f.EmailAddress) + len(f.PhoneNumber) + len(f.ExternalID) + len(f.Username) + len(f.Web3Wallet) +
		len(f.UserID) + len(f.OrganizationID) + len(f.ProviderUserID)
	texts := f.Query + f.EmailAddressQuery + f.PhoneNumberQuery + f.UsernameQuery + f.NameQuery + f.Provider
	for _, at := range []*int64{f.LastActiveAtBefore, f.LastActiveAtAfter, f.LastActiveAtSince, f.CreatedAtBefore,
		f.CreatedAtAfter, f.LastSignInAtBefore, f.LastSignInAtAfter} {
		if at != nil {
			return true
		}
	}
	return lists > 0 || texts != "" || f.Banned != nil
}

// names tells whether the filter says who it is, one by one: who is found then is
// few among however many.
func (f Filter) names() bool {
	ids, _ := signs(f.UserID)
	external, _ := signs(f.ExternalID)
	return len(ids)+len(external)+len(f.EmailAddress)+len(f.PhoneNumber)+len(f.Username) > 0
}

// conditions turns the filter into SQL. Filters add up; the values of one are
// alternatives.
func (f Filter) conditions(tx *store.Tx) (*conditions, error) {
	if err := f.check(); err != nil {
		return nil, err
	}
	c := newConditions(tx)
	f.byValue(c)
	f.byText(c)
	f.byTime(c)
	f.byAbsentThings(c)
	if f.Banned != nil {
		c.add("u.banned = " + c.arg(*f.Banned))
	}
	return c, c.search(tx, f.Query)
}

func (f Filter) check() error {
	errs := problems{}
	for _, l := range []struct {
		param  string
		values []string
	}{
		{"email_address", f.EmailAddress}, {"phone_number", f.PhoneNumber}, {"external_id", f.ExternalID}, {"username", f.Username},
		{"web3_wallet", f.Web3Wallet}, {"user_id", f.UserID}, {"organization_id", f.OrganizationID}, {"provider_user_id", f.ProviderUserID},
	} {
		errs.add(checkValues(l.param, l.values))
	}
	if f.Provider != "" && len(f.ProviderUserID) == 0 {
		errs.add(apierr.FormConditionalParamMissing("provider_user_id", "provider"))
	}
	if f.Provider == "" && len(f.ProviderUserID) > 0 {
		errs.add(apierr.FormConditionalParamMissing("provider", "provider_user_id"))
	}
	return apierr.Join(errs...)
}

func (f Filter) byValue(c *conditions) {
	if len(f.EmailAddress) > 0 {
		c.identifiedBy(emailAddress, foldAll(f.EmailAddress))
	}
	if len(f.PhoneNumber) > 0 {
		c.identifiedBy(phoneNumber, phonesAsStored(f.PhoneNumber))
	}
	if len(f.Username) > 0 {
		c.in("u.username_folded", foldAll(f.Username))
	}
	c.signed("u.external_id", f.ExternalID)
	c.signed("u.id", f.UserID)
}

func (f Filter) byText(c *conditions) {
	if f.EmailAddressQuery != "" {
		c.identifierLike(emailAddress, f.EmailAddressQuery)
	}
	if f.PhoneNumberQuery != "" {
		c.identifierLike(phoneNumber, phoneNoise.Replace(f.PhoneNumberQuery))
	}
	if f.UsernameQuery != "" {
		c.add("u.username_folded LIKE " + c.like(f.UsernameQuery))
	}
	if f.NameQuery != "" {
		c.add("u.name_folded LIKE " + c.like(f.NameQuery))
	}
}

func (f Filter) byTime(c *conditions) {
	c.between("u.last_active_at", f.LastActiveAtAfter, f.LastActiveAtBefore)
	if f.LastActiveAtSince != nil { // from the beginning of that day on
		c.add("u.last_active_at >= " + c.arg(*dayOf(f.LastActiveAtSince)))
	}
	c.between("u.created_at", f.CreatedAtAfter, f.CreatedAtBefore)
	c.between("u.last_sign_in_at", f.LastSignInAtAfter, f.LastSignInAtBefore)
}

// byAbsentThings filters by what no user can have yet: wallets, external
// accounts and organizations. Asking for one finds nobody, which is true.
func (f Filter) byAbsentThings(c *conditions) {
	organizations, _ := signs(f.OrganizationID)
	if len(f.Web3Wallet) > 0 || f.Provider != "" || len(organizations) > 0 {
		c.add("1 = 0")
	}
}

func foldAll(values []string) []string {
	out := make([]string, len(values))
	for n, v := range values {
		out[n] = fold(strings.TrimSpace(v))
	}
	return out
}

// phonesAsStored also mends a + that was not escaped and arrived as a space.
func phonesAsStored(numbers []string) []string {
	out := make([]string, len(numbers))
	for n, number := range numbers {
		out[n] = "+" + strings.TrimPrefix(phoneNoise.Replace(number), "+")
	}
	return out
}

// Count returns how many users a filter leaves; pages do not matter.
func Count(tx *store.Tx, f Filter) (n int64, err error) {
	if !f.narrows() {
		return countAll(tx)
	}
	c, err := f.conditions(tx)
	if err != nil {
		return 0, err
	}
	err = tx.QueryRow(`SELECT count(*) FROM users u WHERE `+c.String(), c.args...).Scan(&n)
	return n, err
}

// List returns a page of the users that a filter leaves.
func List(tx *store.Tx, rules Rules, f Filter) ([]*User, error) {
	p, err := f.page()
	if err != nil {
		return nil, err
	}
	c, err := f.conditions(tx)
	if err != nil {
		return nil, err
	}
	if f.StartingAfter != "" {
		if err := p.startAfter(tx, c, f.StartingAfter); err != nil {
			return nil, err
		}
	}
	return p.load(tx, rules, c)
}

// ListPage returns the users after a cursor in order of their creation and the
// cursor of the next page, "" after the last one. Unlike StartingAfter a cursor
// outlives the user it was made of.
func ListPage(tx *store.Tx, rules Rules, f Filter, after Cursor) (list []*User, next Cursor, err error) {
	p, err := f.page()
	if err != nil {
		return nil, "", err
	}
	c, err := f.conditions(tx)
	if err != nil {
		return nil, "", err
	}
	if err := p.seek(c, after); err != nil {
		return nil, "", err
	}
	wanted := p.limit
	p.limit++
	list, err = p.load(tx, rules, c)
	if int64(len(list)) > wanted {
		list = list[:wanted]
		next = cursorOf(list[wanted-1])
	}
	return list, next, err
}
