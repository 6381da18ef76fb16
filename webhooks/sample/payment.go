package sample

import "fmt"

type paymentAttemptJSON struct {
	ID                string              `json:"id"`
	InstanceID        string              `json:"instance_id"`
	PaymentID         string              `json:"payment_id"`
	InvoiceID         string              `json:"invoice_id"`
	StatementID       string              `json:"statement_id"`
	GatewayExternalID string              `json:"gateway_external_id"`
	Status            string              `json:"status"`
	CreatedAt         int64               `json:"created_at"`
	UpdatedAt         int64               `json:"updated_at"`
	PaidAt            *int64              `json:"paid_at"`
	FailedAt          *int64              `json:"failed_at"`
	FailedReason      *failureJSON        `json:"failed_reason"`
	BillingDate       int64               `json:"billing_date"`
	ChargeType        string              `json:"charge_type"`
	Payee             *payeeJSON          `json:"payee"`
	Payer             *payerJSON          `json:"payer"`
	Totals            *totalsJSON         `json:"totals"`
	PaymentSource     *sourceJSON         `json:"payment_source"`
	SubscriptionItems []attemptedItemJSON `json:"subscription_items"`
}

type failureJSON struct {
	Code        string `json:"code"`
	DeclineCode string `json:"decline_code"`
}

type payeeJSON struct {
	ID                string `json:"id"`
	GatewayType       string `json:"gateway_type"`
	GatewayExternalID string `json:"gateway_external_id"`
	GatewayStatus     string `json:"gateway_status"`
}

type sourceJSON struct {
	ID                       string  `json:"id"`
	Gateway                  string  `json:"gateway"`
	GatewayExternalID        string  `json:"gateway_external_id"`
	GatewayExternalAccountID *string `json:"gateway_external_account_id"`
	PaymentMethod            string  `json:"payment_method"`
	Status                   string  `json:"status"`
	CardType                 *string `json:"card_type"`
	Last4                    *string `json:"last4"`
}

type totalsJSON struct {
	Subtotal      amountJSON      `json:"subtotal"`
	TaxTotal      amountJSON      `json:"tax_total"`
	GrandTotal    amountJSON      `json:"grand_total"`
	PerUnitTotals []unitTotalJSON `json:"per_unit_totals,omitempty"`
}

type unitTotalJSON struct {
	Name     string `json:"name"`
	Amount   int64  `json:"amount"`
	Quantity *int64 `json:"quantity"`
	Total    int64  `json:"total"`
	Currency string `json:"currency"`
}

type amountJSON struct {
	Amount          int64  `json:"amount"`
	AmountFormatted string `json:"amount_formatted"`
	Currency        string `json:"currency"`
	CurrencySymbol  string `json:"currency_symbol"`
}

// attemptedItemJSON is BillingSubscriptionItem, which is not what the events
// about items carry.
type attemptedItemJSON struct {
	ID             string     `json:"id"`
	Object         string     `json:"object"`
	Status         string     `json:"status"`
	CreatedAt      int64      `json:"created_at"`
	UpdatedAt      int64      `json:"updated_at"`
	PeriodStart    int64      `json:"period_start"`
	PeriodEnd      int64      `json:"period_end"`
	Interval       string     `json:"interval"`
	PlanID         *string    `json:"plan_id"`
	Plan           *planJSON  `json:"plan"`
	Payer          *payerJSON `json:"payer,omitempty"`
	SubscriptionID string     `json:"subscription_id"`
}

func dollars(cents int64) amountJSON {
	return amountJSON{Amount: cents, AmountFormatted: fmt.Sprintf("$%d.%02d", cents/100, cents%100), Currency: "USD", CurrencySymbol: "$"}
}

// paymentAttempt pays the first month of a plan by card. It has just been
// started, or was started a minute ago and has just been paid.
func (m *maker) paymentAttempt(paid bool) *paymentAttemptJSON {
	created, status := m.Now, "pending"
	if paid {
		created, status = m.ago(minute), "paid"
	}
	account, card, last4 := "acct_1SampleAccount", "visa", "4242"
	out := &paymentAttemptJSON{ID: m.NewID("pa"), InstanceID: m.Instance, PaymentID: m.NewID("cpa"), InvoiceID: m.NewID("cinv"), StatementID: m.NewID("stmt"),
		GatewayExternalID: "pi_1SamplePaymentIntent", Status: status, CreatedAt: created, UpdatedAt: m.Now, BillingDate: created, ChargeType: "checkout",
		Payee:  &payeeJSON{ID: m.NewID("cpayee"), GatewayType: "stripe", GatewayExternalID: account, GatewayStatus: "active"},
		Payer:  m.payer(created),
		Totals: &totalsJSON{Subtotal: dollars(price), TaxTotal: dollars(price / 10), GrandTotal: dollars(price + price/10)},
		PaymentSource: &sourceJSON{ID: m.NewID("cps"), Gateway: "stripe", GatewayExternalID: "pm_1SamplePaymentMethod", GatewayExternalAccountID: &account,
			PaymentMethod: "card", Status: "active", CardType: &card, Last4: &last4},
		SubscriptionItems: []attemptedItemJSON{m.attemptedItem(created, paid)}}
	if paid {
		out.PaidAt = &m.Now
	}
	return out
}

func (m *maker) attemptedItem(created int64, paid bool) attemptedItemJSON {
	plan, status := m.plan(), "incomplete"
	if paid {
		status = "active"
	}
	return attemptedItemJSON{ID: m.NewID("csub_item"), Object: "commerce_subscription_item", Status: status, CreatedAt: created, UpdatedAt: m.Now,
		PeriodStart: created, PeriodEnd: created + month, Interval: "month", PlanID: &plan.ID, Plan: plan, SubscriptionID: m.NewID("csub")}
}
