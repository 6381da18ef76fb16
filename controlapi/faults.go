package controlapi

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/nightclerk/nightclerk/internal/apierr"
	"github.com/nightclerk/nightclerk/internal/store"
	"github.com/nightclerk/nightclerk/webhooks"
)

// faultsJSON is an instance's fault rules in the order in which they are tried.
type faultsJSON struct {
	Data []webhooks.FaultJSON `json:"data"`
}

// faultsAndActionsJSON adds what rules can do.
type faultsAndActionsJSON struct {
	faultsJSON
	Actions []faultActionJSON `json:"actions"`
}

// faultActionJSON is an entry of the catalogue of faults.
type faultActionJSON struct {
	Action webhooks.FaultAction `json:"action"`
	About  string               `json:"about"`
	Takes  []string             `json:"takes"`
}

func faultActions() []faultActionJSON {
	out := make([]faultActionJSON, len(webhooks.Faults))
	for i, f := range webhooks.Faults {
		out[i] = faultActionJSON{f.Action, f.About, append([]string{}, f.Takes...)}
	}
	return out
}

func newFaults(rules []*webhooks.FaultRule) faultsJSON {
	out := faultsJSON{Data: make([]webhooks.FaultJSON, len(rules))}
	for i, r := range rules {
		out.Data[i] = r.JSON()
	}
	return out
}

func (a *API) listFaults(c *call, _ none) (out faultsAndActionsJSON, err error) {
	err = a.read(c, func(tx *store.Tx) error {
		rules, err := webhooks.ListFaults(tx)
		out = faultsAndActionsJSON{newFaults(rules), faultActions()}
		return err
	})
	return out, err
}

// createFault adds one rule behind the others.
func (a *API) createFault(c *call, in webhooks.FaultParams) (out webhooks.FaultJSON, err error) {
	rule, err := faultRule(in)
	if err != nil {
		return out, faultRefused("", err)
	}
	err = a.write(c, func(tx *store.Tx) error {
		if err := nameUser(tx, c, &rule); err != nil {
			return err
		}
		made, err := webhooks.CreateFault(tx, rule)
		if err == nil {
			out = made.JSON()
		}
		return err
	})
	return out, faultRefused("", err)
}

func faultRule(in webhooks.FaultParams) (webhooks.FaultRule, error) {
	if in.Action == "" {
		return webhooks.FaultRule{}, apierr.FormMissingParameter("action")
	}
	return in.Rule()
}

// nameUser puts the id in the place of another name of a user. One who does not
// exist yet can be named by id.
func nameUser(tx *store.Tx, c *call, rule *webhooks.FaultRule) error {
	if rule.User == "" || strings.HasPrefix(rule.User, "user_") {
		return nil
	}
	u, err := find(tx, c.Live, rule.User)
	if err == nil {
		rule.User = u.ID
	}
	return err
}

type setFaultsParams struct {
	Faults []json.RawMessage `json:"faults"`
}

// setFaults replaces all rules; one that is wrong changes nothing.
func (a *API) setFaults(c *call, in setFaultsParams) (out faultsJSON, err error) {
	if in.Faults == nil {
		return out, apierr.FormMissingParameter("faults")
	}
	rules := make([]webhooks.FaultRule, len(in.Faults))
	for i, raw := range in.Faults {
		if rules[i], err = strictRule(raw); err != nil {
			return out, faultRefused(fmt.Sprintf("faults[%d].", i), err)
		}
	}
	err = a.write(c, func(tx *store.Tx) error {
		for i := range rules {
			if err := nameUser(tx, c, &rules[i]); err != nil {
				return err
			}
		}
		made, err := webhooks.SetFaults(tx, rules)
		out = newFaults(made)
		return err
	})
	return out, faultRefused("", err)
}

// strictRule reads a rule inside of a list as strictly as a body is read.
func strictRule(raw json.RawMessage) (webhooks.FaultRule, error) {
	var in webhooks.FaultParams
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.DisallowUnknownFields()
	err := dec.Decode(&in)
	var mismatch *json.UnmarshalTypeError
	if errors.As(err, &mismatch) {
		name := cmp.Or(mismatch.Field, "A fault rule")
		return webhooks.FaultRule{}, unprocessable(mismatch.Field, fmt.Sprintf("%s cannot be a JSON %s.", name, mismatch.Value))
	}
	if err != nil {
		name := strings.Trim(strings.TrimPrefix(err.Error(), "json: unknown field "), `"`)
		return webhooks.FaultRule{}, apierr.FormUnknownParameter(name)
	}
	return faultRule(in)
}

func (a *API) clearFaults(c *call, _ none) (faultsJSON, error) {
	err := a.write(c, func(tx *store.Tx) error {
		_, err := webhooks.ClearFaults(tx)
		return err
	})
	return newFaults(nil), err
}

type faultID struct {
	ID string `path:"id"`
}

// deletedFaultJSON is what is left of a rule.
type deletedFaultJSON struct {
	Object  string `json:"object"`
	ID      string `json:"id"`
	Deleted bool   `json:"deleted"`
}

func (a *API) deleteFault(c *call, in faultID) (deletedFaultJSON, error) {
	err := a.write(c, func(tx *store.Tx) error { return webhooks.DeleteFault(tx, in.ID) })
	var refusal *webhooks.Error
	if errors.As(err, &refusal) && refusal.Status == http.StatusNotFound {
		return deletedFaultJSON{}, refusal404("There is no fault rule " + in.ID + ". GET /_emulator/webhooks/faults lists them.")
	}
	return deletedFaultJSON{"webhook_fault", in.ID, true}, err
}

func refusal404(long string) *apierr.Error {
	return refusal(http.StatusNotFound, "resource_not_found", "not found", long)
}

// faultRefused words an error of the noun webhooks in Clerk's manner, and puts
// the place of the rule before the field.
func faultRefused(place string, err error) error {
	var refused *webhooks.Error
	if !errors.As(err, &refused) {
		list := apierr.All(err)
		if place == "" || len(list) == 0 {
			return err
		}
		moved := *list[0]
		moved.Meta = map[string]any{"param_name": strings.TrimSuffix(place+moved.Param(), ".")}
		return &moved
	}
	if len(refused.Fields) == 0 {
		return refusal(refused.Status, refused.Code, "cannot be done", refused.Detail)
	}
	list := make([]*apierr.Error, len(refused.Fields))
	for i, f := range refused.Fields {
		list[i] = unprocessable(place+f.Loc[len(f.Loc)-1], f.Msg)
	}
	return apierr.Join(list...)
}
