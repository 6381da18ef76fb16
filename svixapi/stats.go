package svixapi

import (
	"net/http"
	"time"

	"github.com/nightclerk/nightclerk/internal/store"
	"github.com/nightclerk/nightclerk/webhooks"
)

// statsOut is Svix's EndpointStats.
type statsOut struct {
	Success  int64 `json:"success"`
	Pending  int64 `json:"pending"`
	Sending  int64 `json:"sending"`
	Fail     int64 `json:"fail"`
	Canceled int64 `json:"canceled"`
}

// statsRange is how far back statistics go by default.
const statsRange = 28 * 24 * time.Hour

// getStats implements v1.endpoint.get-stats.
func (c *call) getStats() (any, error) {
	q := query{c: c}
	span := q.span("since", "until")
	if q.err != nil {
		return nil, q.err
	}
	var counts map[webhooks.Status]int64
	err := c.read(func(tx *store.Tx) error {
		e, err := webhooks.GetEndpoint(tx, c.Vars["endpoint_id"])
		if err != nil {
			return err
		}
		since, until := span(tx)
		counts, err = webhooks.EndpointStats(tx, e.ID, since, until)
		return err
	})
	return statsOut{Success: counts[webhooks.StatusSuccess], Fail: counts[webhooks.StatusFail], Canceled: counts[webhooks.StatusCanceled]}, err
}

// span reads since and until; without them it is the last 28 days.
func (q *query) span(since, until string) func(tx *store.Tx) (time.Time, time.Time) {
	from, to := q.time(since), q.time(until)
	return func(tx *store.Tx) (time.Time, time.Time) {
		if to.IsZero() {
			to = tx.Now()
		}
		if from.IsZero() {
			from = to.Add(-statsRange)
		}
		return from, to
	}
}

// attemptStats is Svix's AppAttemptEventTypeStats.
type attemptStats struct {
	Success  int64 `json:"success"`
	Failure  int64 `json:"failure"`
	Canceled int64 `json:"canceled"`
}

// appStatsOut is Svix's AppAttemptStatsOut.
type appStatsOut struct {
	ByEventType   map[string]attemptStats `json:"by_event_type"`
	TotalSuccess  int64                   `json:"total_success"`
	TotalFailure  int64                   `json:"total_failure"`
	TotalCanceled int64                   `json:"total_canceled"`
	Since         time.Time               `json:"since"`
	Until         time.Time               `json:"until"`
}

// getAppStats implements v1.application.stats.attempts.
func (c *call) getAppStats() (any, error) {
	q := query{c: c}
	types, span := q.eventTypes(), q.span("since", "until")
	if q.err != nil {
		return nil, q.err
	}
	out := appStatsOut{ByEventType: map[string]attemptStats{}}
	err := c.read(func(tx *store.Tx) error {
		out.Since, out.Until = span(tx)
		counts, err := webhooks.AttemptStats(tx, types, out.Since, out.Until)
		for typ, n := range counts {
			one := attemptStats{n[webhooks.StatusSuccess], n[webhooks.StatusFail], n[webhooks.StatusCanceled]}
			out.ByEventType[typ] = one
			out.TotalSuccess += one.Success
			out.TotalFailure += one.Failure
			out.TotalCanceled += one.Canceled
		}
		return err
	})
	return out, err
}

// periods are Svix's StatisticsPeriod.
var periods = map[string]time.Duration{"OneDay": 24 * time.Hour, "OneHour": time.Hour, "FiveMinutes": 5 * time.Minute}

// maxBuckets bounds an answer: 28 days of five minutes.
const maxBuckets = 28 * 24 * 12

// attemptSeries is Svix's AttemptStatisticsResponse.
type attemptSeries struct {
	StartDate time.Time `json:"startDate"`
	EndDate   time.Time `json:"endDate"`
	Period    string    `json:"period"`
	Data      struct {
		Success  []int64 `json:"successCount"`
		Failure  []int64 `json:"failureCount"`
		Canceled []int64 `json:"canceledCount"`
	} `json:"data"`
}

// getAttemptSeries implements v1.stats.app-attempts.
func (c *call) getAttemptSeries() (any, error) {
	q := query{c: c}
	types, span := q.eventTypes(), q.span("startDate", "endDate")
	out := attemptSeries{Period: c.Query.Get("period")}
	if out.Period == "" {
		out.Period = "OneDay"
	}
	step := periods[out.Period]
	if step == 0 {
		q.fail("period", "must be OneDay, OneHour or FiveMinutes")
	}
	if q.err != nil {
		return nil, q.err
	}
	err := c.read(func(tx *store.Tx) error {
		out.StartDate, out.EndDate = span(tx)
		if out.EndDate.Before(out.StartDate) || out.EndDate.Sub(out.StartDate) > maxBuckets*step {
			return &webhooks.Error{Status: http.StatusBadRequest, Code: "generic_error", Detail: "endDate must be after startDate, with at most 8064 periods between them: choose a longer period."}
		}
		counts, err := webhooks.AttemptBuckets(tx, types, out.StartDate, out.EndDate, step)
		out.Data.Success, out.Data.Failure, out.Data.Canceled = counts[webhooks.StatusSuccess], counts[webhooks.StatusFail], counts[webhooks.StatusCanceled]
		return err
	})
	return out, err
}

// endpointCountOut is Svix's EndpointCountOut.
type endpointCountOut struct {
	Active   int64 `json:"active"`
	Disabled int64 `json:"disabled"`
}

// countEndpoints implements v1.statistics.endpoint-count.
func (c *call) countEndpoints() (any, error) {
	var out endpointCountOut
	err := c.read(func(tx *store.Tx) (err error) {
		out.Active, out.Disabled, err = webhooks.CountEndpoints(tx)
		return err
	})
	return out, err
}

// countOut is Svix's CountOut.
type countOut struct {
	Count        int64 `json:"count"`
	Approximated bool  `json:"approximated"`
}

// countAttempts implements v1.message-attempt.count-by-endpoint.
func (c *call) countAttempts() (any, error) {
	q := query{c: c}
	f := q.attemptFilter()
	if q.err != nil {
		return nil, q.err
	}
	var out countOut
	err := c.read(func(tx *store.Tx) error {
		e, err := webhooks.GetEndpoint(tx, c.Vars["endpoint_id"])
		if err != nil {
			return err
		}
		f.EndpointID = e.ID
		out.Count, err = webhooks.CountAttempts(tx, f)
		return err
	})
	return out, err
}
