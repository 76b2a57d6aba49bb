package seal

import (
	"path/filepath"
	"strings"
	"testing"

	"watchroom/evidence/leaf"
	"watchroom/internal/media"
	"watchroom/internal/recording/journal"
	"watchroom/internal/recording/segment"
)

// TestWordsBesideAGap: the log tells whether they are those that were written, and holds none of
// them; what earlier versions wrote stays as it is.
func TestWordsBesideAGap(t *testing.T) {
	root := t.TempDir()
	w := journal.Writer{Root: root, Camera: "cam"}
	const who = "Wang: 检修"
	err := w.Append(1, journal.Record{Kind: journal.KindGap, At: 1, Cause: media.CauseSwitchedOff, Detail: who},
		journal.Record{Kind: journal.KindGap, At: 2, Cause: media.CauseNetwork}, journal.Record{Kind: journal.KindGap, At: 3, Cause: media.CauseSwitchedOff, Detail: who, Again: true})
	w.Close()
	if err != nil {
		t.Fatal(err)
	}
	lines, _, _, err := journal.ReadLines(filepath.Join(root, "cam", segment.Day(1), journal.FileName), 0, 0)
	if err != nil || len(lines) != 3 {
		t.Fatal(lines, err)
	}
	place := leaf.Place{Day: "1970-01-01"}
	told, bare, old := entryOf("cam", place, &lines[0]), entryOf("cam", place, &lines[1]), entryOf("cam", place, &lines[2])
	for text, want := range map[string]string{string(told): "watchroom gap v2\n", string(bare): "watchroom gap v2\n", string(old): "watchroom gap v1\n"} {
		if !strings.HasPrefix(text, want) || strings.Contains(text, "Wang") || strings.Contains(text, "检修") {
			t.Errorf("entry %q, want %q", text, want)
		}
	}
	if !strings.Contains(string(bare), "words -\n") {
		t.Errorf("%s", bare)
	}
	with := func(change func(*journal.Record)) *journal.Line {
		l := lines[0]
		change(&l.Record)
		return &l
	}
	for name, c := range map[string]struct {
		entry []byte
		line  *journal.Line
		want  string
	}{
		"as written":               {told, &lines[0], ""},
		"another name":             {told, with(func(r *journal.Record) { r.Detail = "Li: 检修" }), "gap words changed"},
		"no words":                 {told, with(func(r *journal.Record) { r.Detail = "" }), "gap words changed"},
		"another salt":             {told, with(func(r *journal.Record) { r.Salt = strings.Repeat("0", 64) }), "gap words changed"},
		"no salt":                  {told, with(func(r *journal.Record) { r.Salt = "" }), "gap words changed"},
		"another cause":            {told, with(func(r *journal.Record) { r.Cause = media.CauseNetwork }), "something else"},
		"another time":             {told, with(func(r *journal.Record) { r.At = 9 }), "something else"},
		"words that came later":    {bare, with(func(r *journal.Record) { r.At, r.Cause = 2, media.CauseNetwork }), "gap words changed"},
		"later, without salt":      {bare, with(func(r *journal.Record) { r.At, r.Cause, r.Salt = 2, media.CauseNetwork, "" }), "gap words changed"},
		"none":                     {bare, &lines[1], ""},
		"of an earlier version":    {old, &lines[2], ""},
		"told of by one":           {silent(&leaf.Gap{Camera: "cam", At: 2, Line: "gap", Cause: "network", Place: place}), &lines[1], ""},
		"otherwise told of by one": {silent(&leaf.Gap{Camera: "cam", At: 2, Line: "gap", Cause: "disk_full", Place: place}), &lines[1], "something else"},
	} {
		if got := Otherwise(c.entry, "cam", place, c.line); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}
