package main

import (
	"runtime"
	"slices"
	"time"

	"github.com/nightclerk/nightclerk/internal/clock"
)

// sample is what one round of one side did and what it cost.
type sample struct {
	n    int
	wall time.Duration
	cpu  time.Duration // of everybody who takes part
	// serving is the part of cpu that a server in a process of its own took.
	serving time.Duration
}

func (s sample) perSecond() float64 { return float64(s.n) / s.wall.Seconds() }

// each is a time for one piece of work, in microseconds.
func (s sample) each(d time.Duration) float64 { return float64(d.Microseconds()) / float64(s.n) }

func (s sample) cpuEach() float64     { return s.each(s.cpu) }
func (s sample) servingEach() float64 { return s.each(s.serving) }

// pair is the two sides of one round, measured one right after the other.
type pair struct{ ours, bare sample }

// side runs one round.
type side func() (sample, error)

// interleave runs a round that warms up and is not counted, then the others.
func (b *bench) interleave(ours, bare side) ([]pair, error) {
	if _, err := interleave(1, ours, bare); err != nil {
		return nil, err
	}
	return interleave(b.rounds, ours, bare)
}

// interleave runs rounds of both sides in turn, so that what else goes on on the
// machine hits both: A B, B A, A B …
func interleave(rounds int, ours, bare side) ([]pair, error) {
	pairs := make([]pair, rounds)
	for round := range pairs {
		p := &pairs[round]
		order := []func() error{measure(ours, &p.ours), measure(bare, &p.bare)}
		if round%2 == 1 {
			slices.Reverse(order)
		}
		for _, run := range order {
			if err := run(); err != nil {
				return nil, err
			}
		}
	}
	return pairs, nil
}

func measure(s side, dst *sample) func() error {
	return func() (err error) {
		runtime.GC() // the other side's garbage is not this one's cost
		*dst, err = s()
		return err
	}
}

// here measures work of this process: its wall time and the CPU time of all its
// threads.
func here(work func() (n int, err error)) (sample, error) {
	cpu, err := cpuOfSelf()
	if err != nil {
		return sample{}, err
	}
	start := clock.Wall.Now()
	n, err := work()
	if err != nil {
		return sample{}, err
	}
	wall := clock.Wall.Now().Sub(start)
	after, err := cpuOfSelf()
	return sample{n: n, wall: wall, cpu: after - cpu}, err
}

// spread is the median and the extremes of the rounds.
type spread struct{ median, min, max float64 }

func spreadOf(pairs []pair, value func(pair) float64) spread {
	var list []float64
	for _, p := range pairs {
		list = append(list, value(p))
	}
	slices.Sort(list)
	middle := list[len(list)/2]
	if len(list)%2 == 0 {
		middle = (middle + list[len(list)/2-1]) / 2
	}
	return spread{middle, list[0], list[len(list)-1]}
}

// byThroughput is the row of a ratio of work done per second.
func byThroughput(what string, aim float64, pairs []pair) row {
	return row{what: what, unit: "per s", aim: aim,
		ours:  spreadOf(pairs, func(p pair) float64 { return p.ours.perSecond() }).median,
		bare:  spreadOf(pairs, func(p pair) float64 { return p.bare.perSecond() }).median,
		ratio: spreadOf(pairs, func(p pair) float64 { return p.ours.perSecond() / p.bare.perSecond() })}
}

// byCPU is the row of a ratio of CPU time for a piece of work.
func byCPU(what string, aim float64, pairs []pair) row {
	return compare(what, "µs CPU", aim, pairs, sample.cpuEach, sample.cpuEach)
}

// byServing is byCPU without the client's part.
func byServing(what string, aim float64, pairs []pair, bare func(sample) float64) row {
	return compare(what, "µs CPU", aim, pairs, sample.servingEach, bare)
}

// compare is a row of costs: the less the better.
func compare(what, unit string, aim float64, pairs []pair, ours, bare func(sample) float64) row {
	return row{what: what, unit: unit, aim: aim,
		ours:  spreadOf(pairs, func(p pair) float64 { return ours(p.ours) }).median,
		bare:  spreadOf(pairs, func(p pair) float64 { return bare(p.bare) }).median,
		ratio: spreadOf(pairs, func(p pair) float64 { return bare(p.bare) / ours(p.ours) })}
}

// byTime is the row of a ratio of elapsed time.
func byTime(what string, pairs []pair) row {
	ms := func(s sample) float64 { return float64(s.wall.Microseconds()) / 1000 }
	return compare(what, "ms", 0, pairs, ms, ms)
}
