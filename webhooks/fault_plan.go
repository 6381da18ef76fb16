package webhooks

import (
	"encoding/json"
	"strings"
	"time"

	"github.com/nightclerk/nightclerk/internal/store"
)

// What a delivery's plan column may hold beside nothing and the JSON of the rule
// that has delayed it.
const (
	releasedPlan = "released"
	groupPlan    = "group:" // and the id of the rule that waits for more
)

// planner decides what goes wrong with the attempts of one claim.
type planner struct {
	tx      *store.Tx
	target  *target
	rules   []*FaultRule
	counted map[*FaultRule]bool
	ready   []*job
}

// planAttempts takes the claimed jobs through the fault rules. What a rule puts
// aside is no longer among those returned; what it has waited for is.
func planAttempts(tx *store.Tx, r *roster, t *target, jobs []*job) ([]*job, error) {
	p := &planner{tx: tx, target: t, counted: map[*FaultRule]bool{}}
	if !r.faulty && !planned(jobs) {
		return jobs, nil
	}
	var err error
	if p.rules, err = ListFaults(tx); err != nil {
		return nil, err
	}
	waited := map[string][]*job{} // groups whose wait is over
	for _, j := range jobs {
		if id, ok := strings.CutPrefix(j.plan, groupPlan); ok {
			waited[id] = append(waited[id], j)
		} else if err := p.attempt(j); err != nil {
			return nil, err
		}
	}
	for id, members := range waited {
		if err := p.gather(p.rule(id), id, members); err != nil {
			return nil, err
		}
	}
	for rule := range p.counted {
		if err := countFault(tx, rule); err != nil {
			return nil, err
		}
	}
	return p.ready, nil
}

func planned(jobs []*job) bool {
	for _, j := range jobs {
		if j.plan != "" {
			return true
		}
	}
	return false
}

// attempt finds the rule for one job and does what is to be done before sending.
func (p *planner) attempt(j *job) error {
	if strings.HasPrefix(j.plan, "{") {
		j.fault = &FaultRule{}
		p.ready = append(p.ready, j)
		return json.Unmarshal([]byte(j.plan), j.fault)
	}
	rule := p.first(j)
	if rule == nil {
		p.ready = append(p.ready, j)
		return nil
	}
	switch rule.Action {
	case FaultDelay:
		text, err := json.Marshal(rule)
		if err != nil {
			return err
		}
		return p.putAside(j, string(text), rule.By)
	case FaultReorder, FaultBurst:
		return p.join(rule, j)
	}
	j.fault = rule
	p.ready = append(p.ready, j)
	return nil
}

// first is the first rule that applies to the attempt.
func (p *planner) first(j *job) *FaultRule {
	for _, rule := range p.rules {
		if !rule.concerns(j, p.target) {
			continue
		}
		p.counted[rule] = true
		if rule.hits() {
			return rule
		}
	}
	return nil
}

func (p *planner) rule(id string) *FaultRule {
	for _, rule := range p.rules {
		if rule.ID == id {
			return rule
		}
	}
	return nil
}

// putAside ends the lease and plans the delivery for later.
func (p *planner) putAside(j *job, plan string, wait time.Duration) error {
	_, err := p.tx.Exec(`UPDATE webhook_delivery SET plan = $4, next_at = $5, lease_until = 0
		WHERE instance_id = $1 AND message_id = $2 AND endpoint_id = $3`,
		p.tx.Instance(), j.messageID, j.endpointID, plan, p.tx.NowMS()+wait.Milliseconds())
	return err
}

// join puts the delivery to those that wait, or sends all when they are enough.
func (p *planner) join(rule *FaultRule, j *job) error {
	var waiting int
	err := p.tx.QueryRow(`SELECT count(*) FROM webhook_delivery
		WHERE instance_id = $1 AND endpoint_id = $2 AND next_at IS NOT NULL AND plan = $3`,
		p.tx.Instance(), j.endpointID, groupPlan+rule.ID).Scan(&waiting)
	if err != nil {
		return err
	}
	if waiting+1 < rule.Size {
		return p.putAside(j, groupPlan+rule.ID, rule.Wait)
	}
	return p.gather(rule, rule.ID, []*job{j})
}

// gather sends a group: those given, and the others that wait with them. A rule
// that was deleted meanwhile is nil, and nothing goes wrong any more.
func (p *planner) gather(rule *FaultRule, id string, members []*job) error {
	lease := members[0].lease
	rows, err := p.tx.Query(`UPDATE webhook_delivery SET lease_until = $1
		WHERE instance_id = $2 AND endpoint_id = $3 AND next_at IS NOT NULL AND plan = $4 AND lease_until <= $5
		RETURNING `+jobColumns, lease, p.tx.Instance(), p.target.id, groupPlan+id, p.tx.WallNowMS())
	others, err := scanJobs(rows, err, job{instance: p.tx.Instance(), lease: lease, target: p.target, keys: members[0].keys})
	if err != nil {
		return err
	}
	if len(others) > 0 {
		if err := readMessages(p.tx, others); err != nil {
			return err
		}
	}
	group := append(others, members...)
	if rule == nil {
		p.ready = append(p.ready, group...)
		return nil
	}
	for _, j := range group {
		j.fault = rule
	}
	if rule.Action == FaultReorder {
		group = chain(rule, group)
	}
	p.ready = append(p.ready, group...)
	return nil
}

// chain puts the group in another order, each to be sent after the one before;
// it returns the first.
func chain(rule *FaultRule, group []*job) []*job {
	order := rule.shuffled(len(group))
	for i, k := range order[:len(order)-1] {
		group[k].next = group[order[i+1]]
	}
	return []*job{group[order[0]]}
}
