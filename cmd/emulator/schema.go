package main

import "github.com/nightclerk/nightclerk/scenario"

// schemaCmd prints what an editor checks nightclerk.yaml by.
type schemaCmd struct{}

// Run prints it.
func (schemaCmd) Run(a *app) error {
	_, err := a.out.Write(scenario.JSONSchema())
	return err
}
