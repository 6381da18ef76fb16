package sample

// price is what the plan costs a month, in cents.
const price = 2000

type subscriptionJSON struct {
	Object          string     `json:"object"`
	ID              string     `json:"id"`
	Status          string     `json:"status"`
	ActiveAt        *int64     `json:"active_at"`
	CanceledAt      *int64     `json:"canceled_at"`
	CreatedAt       int64      `json:"created_at"`
	EndedAt         *int64     `json:"ended_at"`
	PastDueAt       *int64     `json:"past_due_at"`
	UpdatedAt       int64      `json:"updated_at"`
	LatestPaymentID *string    `json:"latest_payment_id"`
	PayerID         string     `json:"payer_id"`
	Payer           *payerJSON `json:"payer"`
	PaymentSourceID *string    `json:"payment_source_id"`
	Items           []itemJSON `json:"items"`
}

// itemJSON is BillingSubscriptionItemEventPayload. Its object is
// commerce_subscription_item, as the schema has it; the document's examples say
// subscription_item.
type itemJSON struct {
	Object         string     `json:"object"`
	ID             string     `json:"id"`
	Status         string     `json:"status"`
	IsFreeTrial    bool       `json:"is_free_trial"`
	CreatedAt      int64      `json:"created_at"`
	UpdatedAt      int64      `json:"updated_at"`
	PeriodStart    int64      `json:"period_start"`
	PeriodEnd      *int64     `json:"period_end"`
	Interval       string     `json:"interval"`
	PlanID         *string    `json:"plan_id"`
	Plan           *planJSON  `json:"plan"`
	Payer          *payerJSON `json:"payer,omitempty"`
	SubscriptionID *string    `json:"subscription_id"`
	Seats          *seatsJSON `json:"seats,omitempty"`
}

type planJSON struct {
	ID          string          `json:"id"`
	Slug        string          `json:"slug"`
	Name        string          `json:"name"`
	IsRecurring bool            `json:"is_recurring"`
	Amount      int64           `json:"amount"`
	Currency    string          `json:"currency"`
	UnitPrices  []unitPriceJSON `json:"unit_prices,omitempty"`
}

type unitPriceJSON struct {
	Name      string     `json:"name"`
	BlockSize int64      `json:"block_size"`
	Tiers     []tierJSON `json:"tiers"`
}

type tierJSON struct {
	StartsAtBlock  int64  `json:"starts_at_block"`
	EndsAfterBlock *int64 `json:"ends_after_block"`
	AmountPerBlock int64  `json:"amount_per_block"`
	Currency       string `json:"currency"`
}

type seatsJSON struct {
	Quantity *int64 `json:"quantity"`
}

// payerJSON is who pays: a user or an organization. The fields of the other are
// empty.
type payerJSON struct {
	Object           string `json:"object"`
	ID               string `json:"id"`
	UserID           string `json:"user_id"`
	FirstName        string `json:"first_name"`
	LastName         string `json:"last_name"`
	Email            string `json:"email"`
	OrganizationID   string `json:"organization_id"`
	OrganizationName string `json:"organization_name"`
	ImageURL         string `json:"image_url"`
	CreatedAt        int64  `json:"created_at"`
	UpdatedAt        int64  `json:"updated_at"`
}

// payer is the user, or an organization where one was named and no user was.
func (m *maker) payer(created int64) *payerJSON {
	p := &payerJSON{Object: "commerce_payer", ID: m.NewID("cpayer"), CreatedAt: created, UpdatedAt: created}
	if m.Organization != (Organization{}) && m.User == nil {
		o := m.org()
		p.Email, p.OrganizationID, p.OrganizationName, p.ImageURL = "billing@"+o.Slug+".example", o.ID, o.Name, m.logo(o)
		return p
	}
	u := m.person()
	p.UserID, p.FirstName, p.LastName, p.ImageURL = u.ID, text(u.FirstName), text(u.LastName), u.ImageURL
	if e := emailOf(u); e != nil {
		p.Email = e.EmailAddress
	}
	return p
}

func (m *maker) plan() *planJSON {
	return &planJSON{ID: m.NewID("cplan"), Slug: "pro", Name: "Pro", IsRecurring: true, Amount: price, Currency: "USD"}
}

// period is one item of a subscription, made age ago, whose month began start
// ago; a negative start is yet to come.
func (m *maker) period(status string, age, start int64) *itemJSON {
	plan, end := m.plan(), m.ago(start)+month
	return &itemJSON{Object: "commerce_subscription_item", ID: m.NewID("csub_item"), Status: status, CreatedAt: m.ago(age), UpdatedAt: m.Now,
		PeriodStart: m.ago(start), PeriodEnd: &end, Interval: "month", PlanID: &plan.ID, Plan: plan}
}

// item is an item as an event of its own: it names its subscription and its
// payer, which it does not inside of a subscription.
func item(status string, age, start int64) event {
	return event{user: true, org: true, make: func(m *maker) any {
		i := m.period(status, age, start)
		if status == "trial" { // Clerk's status for it is active
			i.Status, i.IsFreeTrial, *i.PeriodEnd = "active", true, i.PeriodStart+14*day
		}
		subscription := m.NewID("csub")
		i.Payer, i.SubscriptionID = m.payer(i.CreatedAt), &subscription
		return i
	}}
}

// subscription was made age ago and has one item.
func (m *maker) subscription(status string, age int64) *subscriptionJSON {
	created := m.ago(age)
	payer, payment, source := m.payer(created), m.NewID("cpa"), m.NewID("cps")
	s := &subscriptionJSON{Object: "commerce_subscription", ID: m.NewID("csub"), Status: status, ActiveAt: &created, CreatedAt: created, UpdatedAt: m.Now,
		LatestPaymentID: &payment, PayerID: payer.ID, Payer: payer, PaymentSourceID: &source, Items: []itemJSON{*m.period(status, age, age)}}
	if status == "past_due" {
		s.PastDueAt = &m.Now
	}
	return s
}
