package controlapi

import (
	"github.com/nightclerk/nightclerk/envblock"
	"github.com/nightclerk/nightclerk/instance"
)

// env is what a program needs to know of an instance.
func (a *API) env(l *instance.Live) envblock.Env {
	if a.Authority == nil {
		return envblock.Of(l, "")
	}
	return envblock.Of(l, a.Authority.CAFile())
}

func (a *API) getEnv(c *call, _ none) (envblock.Env, error) { return a.env(c.Live), nil }
