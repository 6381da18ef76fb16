package ui

// confirm is an action that cannot be taken back: it is done after a second
// click, which needs no script.
type confirm struct {
	// Label is the verb, What is what it is about, for those who do not see the
	// row that it stands in.
	Label, What string
	Text        string // what happens then
	Action      string // where to post
	Button      string
}

func newConfirm(label, what, text, action, button string) confirm {
	return confirm{label, what, text, action, button}
}
