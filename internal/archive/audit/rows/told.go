package rows

import (
	"encoding/json"
	"fmt"

	"watchroom/evidence/leaf"
	"watchroom/internal/archive"
	"watchroom/internal/recording/segment"
)

// told is what a row is held against besides what is its own in the state of the run: what is
// in the segment, by which it is played, as its line tells; and what it is short of, as its
// entry tells, whatever has become of the line since.
type told struct {
	Codec   string `json:"c"`
	MIME    string `json:"m"`
	Width   int    `json:"w"`
	Height  int    `json:"h"`
	Audio   string `json:"a,omitempty"`
	Lost    *int64 `json:"l,omitempty"`
	Dropped *int64 `json:"d,omitempty"`
	Bare    bool   `json:"b,omitempty"` // no line is here: only the entry tells
}

func toldOf(c *segment.Closed) told {
	return told{c.Codec, c.MIME, c.Width, c.Height, c.Audio, c.Lost, c.Dropped, false}
}

// Told is what entry and line tell of a segment, for Beside. line is nil where it is not here.
func Told(e *leaf.Segment, line *segment.Closed) string {
	is := told{Bare: true}
	if line != nil {
		is = toldOf(line)
	}
	is.Lost, is.Dropped = e.Lost, e.Dropped
	b, err := json.Marshal(is)
	if err != nil {
		return ""
	}
	return string(b)
}

// Beside names what a row tells otherwise than Told, and what it does not know any more: the
// line of a segment that was made anew from its file, as after its journal was lost, cannot
// tell what it is short of. That it does not know of nothing is no matter.
func Beside(r *archive.Segment, is string) (differs, unread []string) {
	var l told
	if err := json.Unmarshal([]byte(is), &l); err != nil {
		return []string{"what the journal tells was damaged in the state of the run: " + err.Error()}, nil
	}
	c := r.Closed()
	row := toldOf(&c)
	for _, c := range []struct {
		what, by  string
		row, line any
	}{
		{"codec", "journal", row.Codec, l.Codec}, {"mime", "journal", row.MIME, l.MIME}, {"width", "journal", row.Width, l.Width}, {"height", "journal", row.Height, l.Height},
		{"audio", "journal", row.Audio, l.Audio}, {"lost", "log", count(row.Lost), count(l.Lost)}, {"dropped", "log", count(row.Dropped), count(l.Dropped)},
	} {
		if c.row == c.line || c.by != "log" && l.Bare {
			continue
		}
		words := fmt.Sprintf("%s %v, by the %s %v", c.what, c.row, c.by, c.line)
		switch {
		case c.row != unknown || r.Recovered == 0:
			differs = append(differs, words)
		case c.line != int64(0):
			unread = append(unread, words)
		}
	}
	return differs, unread
}

const unknown = "unknown"

func count(n *int64) any {
	if n == nil {
		return unknown
	}
	return *n
}
