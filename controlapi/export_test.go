package controlapi

import "strings"

// Routes lists the table as operation, method and path.
func Routes() (list [][3]string) {
	for _, r := range (&API{Deps: Deps{Metrics: NewMetrics()}}).routes() {
		list = append(list, [3]string{r.op, r.method, r.path})
	}
	return list
}

// Draw is the picture of a name.
func Draw(name string) string {
	id, initials := avatarOf(name)
	return drawAvatar(id, initials)
}

// Letters is what of a text can be drawn.
func Letters(text string) string { return strings.Clone(letters(text)) }
