package users

// SetSearchBounds makes words frequent and walks long sooner, until the returned
// function is called.
func SetSearchBounds(often int, batch, walk int64) (reset func()) {
	a, b, c := frequent, walkBatch, longestWalk
	frequent, walkBatch, longestWalk = often, batch, walk
	return func() { frequent, walkBatch, longestWalk = a, b, c }
}
