package logbook

import (
	"net/http"
	"net/url"
	"strconv"

	"watchroom/internal/api/route"
	"watchroom/internal/duty/logbook"
)

func (x *Routes) attach(w http.ResponseWriter, r *http.Request) error {
	q := route.FormOf(r)
	name := q.Text("name", true)
	if q.Err() != nil {
		return q.Err()
	}
	// What says of itself that it is too large is refused before any of it is read.
	_, err := x.Book.Attach(r.Context(), route.Actor(r.Context()), r.PathValue("id"), name, r.ContentLength, http.MaxBytesReader(w, r.Body, logbook.LargestFile+1))
	if err != nil {
		w.Header().Set("Connection", "close") // the rest of it is not read
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// file gives a file as one that is kept, never shown: nothing in it is carried out.
func (x *Routes) file(w http.ResponseWriter, r *http.Request) error {
	f, content, err := x.Book.File(r.Context(), route.Actor(r.Context()), r.PathValue("id"))
	if err != nil {
		return err
	}
	give(w, r, f.Type, f.Name, content)
	return nil
}

func give(w http.ResponseWriter, r *http.Request, kind, name string, content []byte) {
	h := w.Header()
	h.Set("Content-Type", kind)
	h.Set("Content-Disposition", "attachment; filename*=UTF-8''"+url.PathEscape(name))
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", "sandbox; default-src 'none'")
	h.Set("Content-Length", strconv.Itoa(len(content)))
	h.Set("Cache-Control", "no-store")
	if r.Method != http.MethodHead {
		_, _ = w.Write(content) // the client has gone; nobody to tell
	}
}
