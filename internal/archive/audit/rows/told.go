package rows

import (
	"encoding/json"
	"fmt"

	"watchroom/internal/archive"
	"watchroom/internal/recording/segment"
)

// told is what the line of a segment tells and its entry does not: what is in it, by which
// it is played, and what it is short of.
type told struct {
	Codec   string `json:"c"`
	MIME    string `json:"m"`
	Width   int    `json:"w"`
	Height  int    `json:"h"`
	Audio   string `json:"a,omitempty"`
	Lost    *int64 `json:"l,omitempty"`
	Dropped *int64 `json:"d,omitempty"`
}

func toldOf(c *segment.Closed) told {
	return told{c.Codec, c.MIME, c.Width, c.Height, c.Audio, c.Lost, c.Dropped}
}

// Told is what a line tells of a segment besides its entry, for Beside.
func Told(c *segment.Closed) string {
	b, err := json.Marshal(toldOf(c))
	if err != nil {
		return ""
	}
	return string(b)
}

// Beside names what a row tells otherwise than the line; nothing where there is none.
func Beside(r *archive.Segment, line string) (differs []string) {
	if line == "" {
		return nil
	}
	var l told
	if err := json.Unmarshal([]byte(line), &l); err != nil {
		return []string{"what the journal tells was damaged in the state of the run: " + err.Error()}
	}
	c := r.Closed()
	row := toldOf(&c)
	for _, c := range []struct {
		what      string
		row, line any
	}{
		{"codec", row.Codec, l.Codec}, {"mime", row.MIME, l.MIME}, {"width", row.Width, l.Width}, {"height", row.Height, l.Height},
		{"audio", row.Audio, l.Audio}, {"lost", count(row.Lost), count(l.Lost)}, {"dropped", count(row.Dropped), count(l.Dropped)},
	} {
		if c.row != c.line {
			differs = append(differs, fmt.Sprintf("%s %v, by the journal %v", c.what, c.row, c.line))
		}
	}
	return differs
}

func count(n *int64) any {
	if n == nil {
		return "unknown"
	}
	return *n
}
