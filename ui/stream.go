package ui

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/nightclerk/nightclerk/internal/livelog"
)

// heartbeat is how often a silent stream shows that it is alive, in wall time.
const heartbeat = 20 * time.Second

// stream tells a page what happens in its instance, as server-sent events. They
// only say what to look at again: nothing of them is ever shown. A reader that
// comes back says where it was and misses nothing of the last moments.
func (c *console) stream(w http.ResponseWriter, r *http.Request) {
	live, err := c.Instances.Addressed(r.Context())
	if err != nil {
		http.Error(w, "There is no such instance.", http.StatusNotFound)
		return
	}
	reader := c.Hub.Subscribe(live.ID, lastEventID(r))
	defer reader.Close()
	out := http.NewResponseController(w)
	out.SetWriteDeadline(time.Time{}) // a stream has no end to wait for
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Content-Type", "text/event-stream")
	fmt.Fprint(w, "retry: 1000\n\n")
	if out.Flush() != nil {
		return
	}
	c.relay(r, w, out, reader)
}

// relay copies events until either side ends.
func (c *console) relay(r *http.Request, w http.ResponseWriter, out *http.ResponseController, reader *livelog.Reader) {
	alive := time.NewTicker(heartbeat)
	defer alive.Stop()
	for {
		var err error
		select {
		case <-r.Context().Done():
			return
		case <-c.Done:
			return
		case <-alive.C:
			_, err = fmt.Fprint(w, ":\n\n")
		case e, ok := <-reader.C:
			if !ok { // fell behind: the page looks at everything again
				fmt.Fprint(w, "event: reload\ndata: {}\n\n")
				out.Flush()
				return
			}
			err = writeEvent(w, e)
		}
		if err != nil || out.Flush() != nil {
			return
		}
	}
}

// writeEvent writes one event; JSON has no line breaks to escape.
func writeEvent(w http.ResponseWriter, e livelog.Event) error {
	data, err := json.Marshal(e.Data)
	if err != nil {
		data = []byte("{}")
	}
	_, err = fmt.Fprintf(w, "id: %d\nevent: %s\ndata: %s\n\n", e.ID, e.Kind, data)
	return err
}

// lastEventID is where a reader was: the browser's header when it reconnects by
// itself, the parameter when the script reopens the stream of a tab that was
// hidden.
func lastEventID(r *http.Request) int64 {
	text := r.Header.Get("Last-Event-ID")
	if text == "" {
		text = r.URL.Query().Get("after")
	}
	id, err := strconv.ParseInt(text, 10, 64)
	if err != nil || id < 0 {
		return 0
	}
	return id
}
