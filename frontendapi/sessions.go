package frontendapi

import "github.com/nightclerk/nightclerk/internal/httpapi"

func (a *API) sessionRoutes() []httpapi.Route {
	return []httpapi.Route{}
}
