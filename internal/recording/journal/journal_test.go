package journal

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"watchroom/internal/media"
	"watchroom/internal/recording/segment"
)

// TestDescription reads the lines in the description of the format.
func TestDescription(t *testing.T) {
	text, err := os.ReadFile("../../../docs/formats/journal.md")
	if err != nil {
		t.Fatal(err)
	}
	_, lines, ok := strings.Cut(string(text), "```journal\n")
	lines, _, closed := strings.Cut(lines, "```")
	if !ok || !closed {
		t.Fatal("no lines")
	}
	seen := map[string]bool{}
	for line := range strings.Lines(lines) {
		r, err := parseLine([]byte(line))
		if err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		if again, err := r.line(); err != nil || string(again) != line {
			t.Errorf("the line\n%s is written as\n%s", line, again)
		}
		if r.Segment != nil {
			if name, open, err := segment.ParseName(r.File); err != nil || open || name.Path() != r.File || name.Start != r.Start || name.Run != r.Run {
				t.Errorf("%s: %+v, %v", r.File, name, err)
			}
			if _, ok := r.RootHash(); !ok {
				t.Errorf("root %q", r.Root)
			}
		}
		seen[r.Kind] = true
	}
	for _, kind := range []string{KindStart, KindStop, KindRun, KindSegment, KindGap, KindClock, KindSeal, KindTime} {
		if !seen[kind] || !strings.Contains(string(text), "| `"+kind+"` |") {
			t.Errorf("%s is not described", kind)
		}
	}
	// Every field that is written has a row.
	whole := Record{Kind: "x", At: 1, Cause: "x", Detail: "x", Salt: "x", Run: "x", Offset: new(int64), Source: "x", State: "x", Stratum: 1, Step: new(int64),
		Sealed: &Sealed{}, Segment: &segment.Closed{
			Width: 1, Height: 1, Audio: "x", Recovered: true, Short: 1, Altered: true, Lost: new(int64), Dropped: new(int64)}}
	b, err := json.Marshal(&whole)
	if err != nil {
		t.Fatal(err)
	}
	fields := map[string]any{}
	if err := json.Unmarshal(b, &fields); err != nil {
		t.Fatal(err)
	}
	for f, v := range fields["seal"].(map[string]any) {
		fields[f] = v
	}
	for f := range fields {
		if !strings.Contains(string(text), "`"+f+"`") {
			t.Errorf("the field %s is not described", f)
		}
	}
}

// TestASealIsNoSegment: a reader takes a line with a Segment for the account of a
// closed file.
func TestASealIsNoSegment(t *testing.T) {
	r := Record{Kind: KindSeal, Sealed: &Sealed{File: "f", Parts: 1, Bytes: 2, Root: "00"}}
	line, err := r.line()
	if err != nil {
		t.Fatal(err)
	}
	back, err := parseLine(line)
	if err != nil || back.Segment != nil {
		t.Errorf("%s reads as the segment %+v, %v", line, back.Segment, err)
	}
	if diff := cmp.Diff(&r, back); diff != "" {
		t.Error(diff)
	}
}

func TestLinesKnowTheirPlace(t *testing.T) {
	root := t.TempDir()
	w := Writer{Root: root, Camera: "cam"}
	if err := w.Append(1, Record{Kind: KindStart, At: 1}, Record{Kind: KindStop, At: 2}, Record{Kind: KindGap, At: 3}); err != nil {
		t.Fatal(err)
	}
	w.Close()
	path := filepath.Join(root, "cam", segment.Day(1), FileName)
	lines, next, _, err := ReadLines(path, 0, 0)
	if err != nil || len(lines) != 3 || lines[0].Offset != 0 {
		t.Fatalf("%+v, %v", lines, err)
	}
	for i, l := range lines {
		one, to, _, err := ReadLines(path, l.Offset, 1)
		if err != nil || len(one) != 1 || one[0].At != int64(i+1) || to != l.Next || string(one[0].Raw) != string(l.Raw) || i == 2 && to != next {
			t.Errorf("at %d stands %+v, %v", l.Offset, one, err)
		}
	}
}

func TestWriterAndReader(t *testing.T) {
	root := t.TempDir()
	var steps []string
	w := Writer{Root: root, Camera: "cam", Try: func(step, path string) error {
		steps = append(steps, step)
		return nil
	}}
	const day = int64(86_400_000_000)
	zero := int64(0)
	records := []Record{
		{Kind: KindStart, At: 5 * day},
		{Kind: KindClock, At: 5*day + 1, Offset: &zero, Source: BySenderReport},
		{Kind: KindGap, At: 5*day + 2, Cause: media.CauseNetwork, Detail: "a\nb"},
	}
	if err := w.Append(5*day, records[:2]...); err != nil {
		t.Fatal(err)
	}
	w.Close()
	path := filepath.Join(root, "cam", segment.Day(5*day), FileName)
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteString("1234abcd {\"k\":\"g"); err != nil { // torn by a crash
		t.Fatal(err)
	}
	f.Close()
	got, next, torn, err := Read(path, 0, 0)
	if diff := cmp.Diff(records[:2], got); diff != "" || torn != 0 || err != nil {
		t.Fatalf("%s, %d torn, %v", diff, torn, err)
	}
	if err := w.Append(5*day+day/2, records[2]); err != nil {
		t.Fatal(err)
	}
	if err := w.Append(6*day, records[0]); err != nil { // the next day's
		t.Fatal(err)
	}
	w.Close()
	got, _, torn, err = Read(path, next, 1)
	for i := range got { // the log hides words under it
		if len(got[i].Salt) != 64 || records[2].Salt != "" {
			t.Errorf("salt %q, in what was given %q", got[i].Salt, records[2].Salt)
		}
		got[i].Salt = ""
	}
	if diff := cmp.Diff(records[2:], got); diff != "" || torn != 1 || err != nil {
		t.Fatalf("%s, %d torn, %v", diff, torn, err)
	}
	if len(steps) != 3 {
		t.Errorf("asked before %v", steps)
	}
	other, _, _, err := Read(filepath.Join(root, "cam", segment.Day(6*day), FileName), 0, 0)
	if err != nil || len(other) != 1 {
		t.Errorf("the next day holds %v, %v", other, err)
	}
}

// FuzzLine: whatever a file holds, a line is a record that can be written again, or
// it is torn; none ever spreads over two lines.
func FuzzLine(f *testing.F) {
	line, err := (&Record{Kind: KindGap, At: 7, Cause: media.CauseNetwork}).line()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(line)
	f.Add([]byte("00000000 \n"))
	f.Add([]byte("deadbeef {\"k\":\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := parseLine(b)
		if err != nil {
			return
		}
		again, err := r.line()
		if err != nil || bytes.Count(again, []byte("\n")) != 1 {
			t.Fatalf("%q, %v", again, err)
		}
		back, err := parseLine(again)
		if err != nil || !cmp.Equal(r, back) {
			t.Fatalf("%+v became %+v, %v", r, back, err)
		}
	})
}
