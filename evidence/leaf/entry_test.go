package leaf

import (
	"bytes"
	"encoding/hex"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

var update = flag.Bool("update", false, "write the golden files anew; only for a version that nobody has used")

func hashOf(s string) Hash { return Part([]byte(s)) }

func ptr(n int64) *int64 { return &n }

func words(salt Salt, text string) *Hash {
	h := WordsOf(salt, text)
	return &h
}

// samples are one entry of each kind, and more where a value may be missing.
func samples() map[string]Entry {
	at := int64(1795680300040000)
	place := Place{Day: "2026-11-26", Offset: 5678}
	far := Place{Volume: "v2", Day: "2026-11-27", Offset: 0}
	file := "c4m/2026-11-26/c4m_20261126T080003.120000Z_hk2v9x0000a7c1.mp4"
	return map[string]Entry{
		"segment": &Segment{Camera: "c4m", Start: 1795680003120000, End: at, Run: "hk2v9x0000a7c1", File: file, Bytes: 148466210, Parts: 424, Frames: 7423,
			Root: hashOf("segment"), Lost: ptr(3), Dropped: ptr(0), Place: place},
		"segment-recovered": &Segment{Camera: "c4m", Start: 0, End: at, Run: "r", File: file, Parts: 1, Root: hashOf("x"), Recovered: true, Short: 2, Altered: true, Place: far},
		"gap":               &Gap{Camera: "c4m", At: at, Line: "gap", Cause: "network", Place: place},
		"gap-words":         &Gap{Camera: "c4m", At: at, Line: "gap", Cause: "switched_off", Words: &GapWords{words(Salt{1, 2, 3}, "Wang: 检修")}, Place: place},
		"gap-no-words":      &Gap{Camera: "c4m", At: at, Line: "gap", Cause: "network", Words: &GapWords{}, Place: far},
		"gap-stop":          &Gap{Camera: "c4m", At: at, Line: "stop", Place: far},
		"seal":              &Seal{At: 1795680060000000, Members: 16, Root: hashOf("seal")},
		"tombstone": &Tombstone{Camera: "c4m", At: 1803542400000000, File: file, Start: 1795680003120000, End: at, Bytes: 148466210, Root: hashOf("segment"),
			Ground: "maximum", Rule: "hk9rm20000b1d4", Place: Place{Day: "2027-02-25", Offset: 90121}},
		"move":          &Move{Camera: "c4m", At: 1796544000000000, File: file, To: "v2", Place: Place{Day: "2026-12-06", Offset: 4411}},
		"time":          &Time{Camera: "c4m", At: at, Clock: "camera", Offset: ptr(-83500), Source: "rtcp", Place: place},
		"time-recorder": &Time{Camera: ".node", At: at, Clock: "recorder", State: "synchronised", Offset: ptr(-180), Step: ptr(-1200000), Source: "ntp", Place: place},
		"time-unknown":  &Time{Camera: "c4m", At: at, Clock: "recorder", State: "unsynchronised", Place: place},
		"line":          &Line{Camera: "c4m", Hash: hashOf("line"), Place: place},
		"act": &Act{ID: "0rz3k5m9c2v7q", At: at, Action: "hold.placed",
			Commitment: Commit(Salt{1, 2, 3}, (&ActContent{ID: "0rz3k5m9c2v7q", Person: "p", Action: "hold.placed", At: at, Detail: "{}"}).Encode())},
		"hold":    &Hold{ID: "0rz3k5kyt0w8a", At: at, Change: "placed", Camera: "c4m", From: 1795680000000000, To: 1795766400000000, Act: "0rz3k5m9c2v7q"},
		"key":     &Key{At: at, Change: "added", Role: "log", Name: "recorder.example/watchroom+4f6c1a2b", Algorithm: "ed25519", Key: hashOf("key")},
		"abreast": &Abreast{At: at},
		"clock":   &Clock{At: at, Ahead: 1587000000, Believed: 900000000},
		"summary": &Summary{Day: "2026-11-26", From: 91230, To: 123456, Counts: Counts{Segments: 18432, Gaps: 12, Seals: 1440, Times: 12300, Acts: 41, Others: 1, Bytes: 2748466210033, Recorded: 5529600000000}, Root: hashOf("summary")},
	}
}

func sampleMembers() []Member {
	var all []Member
	for i, camera := range []string{"d7q", "c4m", "b2x"} {
		all = append(all, Member{Camera: camera, At: 1795680048000000 + int64(i)*7500, File: camera + "/2026-11-26/" + camera + "_20261126T080003.120000Z_hk2v9x0000a7c1.mp4",
			Parts: 64, Bytes: 22418830, Root: hashOf(camera), Place: Place{Day: "2026-11-26", Offset: 208}})
	}
	return all
}

// TestGolden: the encoding of version 1 never changes, nor do the leaf hashes.
func TestGolden(t *testing.T) {
	texts := map[string][]byte{}
	for name, e := range samples() {
		b, err := Encode(e)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		texts[name+".txt"] = b
	}
	seal, block, err := NewSeal(1795680060000000, sampleMembers())
	if err != nil {
		t.Fatal(err)
	}
	texts["members.txt"] = block
	act := ActContent{ID: "0rz3k5m9c2v7q", At: 1, Person: "p1", Action: "camera.created", Subject: "门 1\n2", Camera: "c4m", Detail: `{"name":"Gate 门"}`}
	texts["act-content.txt"] = act.Encode()
	var sums strings.Builder
	names := make([]string, 0, len(texts))
	for name := range texts {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		h := Part(texts[name])
		fmt.Fprintf(&sums, "%x  %s\n", h[:], name)
	}
	commitment := Commit(Salt{0: 7, 31: 9}, act.Encode())
	fmt.Fprintf(&sums, "%x  commitment of act-content.txt, salt 07 00… 09\n%x  root of members.txt\n", commitment[:], seal.Root[:])
	texts["hashes"] = []byte(sums.String())
	for name, got := range texts {
		path := filepath.Join("testdata", name)
		if *update {
			if err := os.WriteFile(path, got, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), string(got)); diff != "" {
			t.Errorf("%s (-golden +got):\n%s", name, diff)
		}
	}
	kept, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(kept)+1 != len(texts) {
		t.Errorf("%d golden files, %d texts, %v", len(kept), len(texts), err)
	}
}

func TestEveryKindReadsBack(t *testing.T) {
	seen := map[string]bool{}
	for name, e := range samples() {
		b, err := Encode(e)
		if err != nil {
			t.Fatal(err)
		}
		back, err := Decode(b)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if diff := cmp.Diff(e, back); diff != "" {
			t.Errorf("%s: want (-), got (+):\n%s", name, diff)
		}
		seen[e.Kind()] = true
		for _, kind := range Kinds() {
			if Is(b, kind) != (kind == e.Kind()) || Is(b[:len(head(kind, first))], kind) {
				t.Errorf("%s: whether it is a %s", name, kind)
			}
		}
	}
	for _, kind := range Kinds() {
		if !seen[kind] || fresh(kind) == nil || fresh(kind).Kind() != kind {
			t.Errorf("there is no sample of %s", kind)
		}
	}
}

// TestDescription: the examples of the document are entries, one of every kind.
func TestDescription(t *testing.T) {
	text, err := os.ReadFile("../../docs/ledger-entries.md")
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, part := range strings.Split(string(text), "```entry\n")[1:] {
		body, _, _ := strings.Cut(part, "```")
		e, err := Decode([]byte(body))
		if err != nil {
			t.Errorf("%v:\n%s", err, body)
			continue
		}
		seen[e.Kind()] = true
		for line := range strings.Lines(body) {
			if key, _, _ := strings.Cut(line, " "); !strings.Contains(string(text), "`"+key+"`") {
				t.Errorf("%s: the key %s is not described", e.Kind(), key)
			}
		}
	}
	for _, kind := range Kinds() {
		if !seen[kind] {
			t.Errorf("there is no example of %s", kind)
		}
	}
	_, block, ok := strings.Cut(string(text), "```members\n")
	block, _, closed := strings.Cut(block, "```")
	head, lines, _ := strings.Cut(block, "\n")
	root, n, isHead := ParseBlockHead(head)
	var tree Tree
	for line := range strings.Lines(lines) {
		line = strings.TrimSuffix(line, "\n")
		if _, err := DecodeMember([]byte(line)); err != nil {
			t.Error(err)
		}
		tree.Add(Part([]byte(line)))
	}
	if !ok || !closed || !isHead || tree.Len() != uint64(n) || tree.Root() != root {
		t.Errorf("the block of members is not what its first line says: %v %d %x", isHead, tree.Len(), tree.Root())
	}
}

func TestWhatCannotBeWritten(t *testing.T) {
	long := strings.Repeat("x", maxWord+1)
	for name, e := range map[string]Entry{
		"space":      &Gap{Camera: "a b", Line: "gap", Place: Place{Day: "2026-01-01"}},
		"empty":      &Gap{Line: "gap", Place: Place{Day: "2026-01-01"}},
		"sign":       &Gap{Camera: "-", Line: "gap", Place: Place{Day: "2026-01-01"}},
		"line feed":  &Gap{Camera: "a\nb", Line: "gap", Place: Place{Day: "2026-01-01"}},
		"no UTF-8":   &Gap{Camera: "a\xff", Line: "gap", Place: Place{Day: "2026-01-01"}},
		"long":       &Gap{Camera: long, Line: "gap", Place: Place{Day: "2026-01-01"}},
		"wide space": &Gap{Camera: "a\u3000b", Line: "gap", Place: Place{Day: "2026-01-01"}},
		"no day":     &Gap{Camera: "a", Line: "gap", Place: Place{Day: "2026-02-30"}},
		"offset":     &Gap{Camera: "a", Line: "gap", Place: Place{Day: "2026-01-01", Offset: -1}},
		"line":       &Gap{Camera: "a", Line: "run", Place: Place{Day: "2026-01-01"}},
		"before":     &Gap{Camera: "a", At: -1, Line: "gap", Place: Place{Day: "2026-01-01"}},
		"after":      &Gap{Camera: "a", At: 1 << 62, Line: "gap", Place: Place{Day: "2026-01-01"}},
		"cause":      &Gap{Camera: "a", Cause: "x y", Line: "gap", Place: Place{Day: "2026-01-01"}},
		"bytes":      &Segment{Camera: "a", Run: "r", File: "f", Bytes: -1, Place: Place{Day: "2026-01-01"}},
		"lost":       &Segment{Camera: "a", Run: "r", File: "f", Lost: ptr(-1), Place: Place{Day: "2026-01-01"}},
	} {
		if b, err := Encode(e); !errors.Is(err, ErrEntry) {
			t.Errorf("%s: %q, %v", name, b, err)
		}
	}
}

func TestWord(t *testing.T) {
	for _, s := range []string{"c4m", "门", "a/b_c.mp4"} {
		if Word(s) != s {
			t.Errorf("%q became %q", s, Word(s))
		}
	}
	seen := map[string]bool{}
	for _, s := range []string{"", "-", "a b", "a\nb", "a\xff", strings.Repeat("x", maxWord+1)} {
		w := Word(s)
		if !isWord(w) || seen[w] || len(w) != len("sha256:")+64 {
			t.Errorf("%q became %q", s, w)
		}
		seen[w] = true
	}
}

// TestOneSpelling: whatever is changed in an entry's text, it is another entry or none.
func TestOneSpelling(t *testing.T) {
	good, err := Encode(samples()["segment"])
	if err != nil {
		t.Fatal(err)
	}
	for what, change := range map[string][2]string{
		"zeros":         {"bytes 148", "bytes 0148"},
		"plus":          {"parts 424", "parts +424"},
		"minus zero":    {"dropped 0", "dropped -0"},
		"capitals":      {"root " + hex.EncodeToString(samples()["segment"].(*Segment).Root[:]), "root " + strings.ToUpper(hex.EncodeToString(samples()["segment"].(*Segment).Root[:]))},
		"two spaces":    {"camera c4m", "camera  c4m"},
		"trailing":      {"camera c4m\n", "camera c4m \n"},
		"carriage":      {"camera c4m\n", "camera c4m\r\n"},
		"digits":        {"03.120000Z", "03.12Z"},
		"zone":          {"03.120000Z", "03.120000+00:00"},
		"order":         {"parts 424\nframes 7423\n", "frames 7423\nparts 424\n"},
		"missing":       {"frames 7423\n", ""},
		"twice":         {"frames 7423\n", "frames 7423\nframes 7423\n"},
		"flag":          {"altered no", "altered 0"},
		"no line feed":  {"offset 5678\n", "offset 5678"},
		"more":          {"offset 5678\n", "offset 5678\nx y\n"},
		"blank":         {"offset 5678\n", "offset 5678\n\n"},
		"first line":    {"watchroom segment v1\n", "watchroom segment v1 \n"},
		"word":          {"watchroom segment", "watchman segment"},
		"empty volume":  {"volume -", "volume "},
		"leap second":   {"08:00:03", "08:00:60"},
		"shift by zero": {"start 2026", "start 02026"},
	} {
		bad := bytes.Replace(good, []byte(change[0]), []byte(change[1]), 1)
		if bytes.Equal(bad, good) {
			t.Fatalf("%s changes nothing", what)
		}
		if e, err := Decode(bad); !errors.Is(err, ErrEntry) {
			t.Errorf("%s: %+v, %v", what, e, err)
		}
	}
	for _, unknown := range []string{"watchroom segment v2\nx y\n", "watchroom moon v1\n", "watchroom gap v3\nx y\n"} {
		if _, err := Decode([]byte(unknown)); !errors.Is(err, ErrUnknown) {
			t.Errorf("%q: %v", unknown, err)
		}
	}
	for _, bad := range []string{"", "\n", "watchroom", "watchroom segment v1", strings.Repeat("x", MaxEntry+1)} {
		if _, err := Decode([]byte(bad)); !errors.Is(err, ErrEntry) {
			t.Errorf("%.20q: %v", bad, err)
		}
	}
}

// TestAnyValues: what can be written reads back as it was.
func TestAnyValues(t *testing.T) {
	word := rapid.StringMatching(`[!-,.-~门监][!-~门监]{0,30}`)
	rapid.Check(t, func(t *rapid.T) {
		var fill func(v reflect.Value)
		fill = func(v reflect.Value) {
			switch v.Kind() {
			case reflect.String:
				v.SetString(word.Draw(t, "word"))
			case reflect.Int64:
				v.SetInt(rapid.Int64Range(0, 200_000_000_000_000_000).Draw(t, "number"))
			case reflect.Bool:
				v.SetBool(rapid.Bool().Draw(t, "flag"))
			case reflect.Pointer:
				if rapid.Bool().Draw(t, "known") {
					v.Set(reflect.New(v.Type().Elem()))
					fill(v.Elem())
				}
			case reflect.Struct:
				for i := range v.NumField() {
					fill(v.Field(i))
				}
			case reflect.Array:
				for i := range v.Len() {
					v.Index(i).SetUint(uint64(rapid.Byte().Draw(t, "byte")))
				}
			default:
				t.Fatalf("a field of kind %s", v.Kind())
			}
		}
		e := fresh(rapid.SampledFrom(Kinds()).Draw(t, "kind"))
		fill(reflect.ValueOf(e).Elem())
		day := rapid.StringMatching(`20[0-9]{2}-0[1-9]-[12][0-8]`).Draw(t, "day")
		switch e := e.(type) { // words out of a few
		case *Gap:
			e.Line = "stop"
		case *Time:
			e.Clock = "camera"
		case *Hold:
			e.Change = "released"
		case *Key:
			e.Change = "retired"
		case *Summary:
			e.Day = day
		}
		if f := reflect.ValueOf(e).Elem().FieldByName("Place"); f.IsValid() {
			f.FieldByName("Day").SetString(day)
		}
		b, err := Encode(e)
		if err != nil {
			t.Fatal(err)
		}
		back, err := Decode(b)
		if err != nil {
			t.Fatalf("%v:\n%s", err, b)
		}
		if diff := cmp.Diff(e, back); diff != "" {
			t.Fatal(diff)
		}
	})
}

func TestMembersOfASeal(t *testing.T) {
	members := sampleMembers()
	s, block, err := NewSeal(7, members)
	if err != nil || s.Members != 3 || s.At != 7 {
		t.Fatal(s, err)
	}
	head, lines, _ := strings.Cut(string(block), "\n")
	root, n, ok := ParseBlockHead(head)
	if !ok || n != 3 || root != s.Root {
		t.Fatalf("%x %d %v", root, n, ok)
	}
	var hashes []Hash
	var cameras []string
	for line := range strings.Lines(lines) {
		line = strings.TrimSuffix(line, "\n")
		m, err := DecodeMember([]byte(line))
		if err != nil {
			t.Fatal(err)
		}
		hashes, cameras = append(hashes, Part([]byte(line))), append(cameras, m.Camera)
	}
	if got := strings.Join(cameras, " "); got != "b2x c4m d7q" {
		t.Errorf("members in the order %s", got)
	}
	for i := range hashes { // one is shown without the others
		if !Verify(hashes[i], i, 3, Path(hashes, i), s.Root) || Verify(hashes[i], (i+1)%3, 3, Path(hashes, i), s.Root) {
			t.Errorf("member %d is not proven", i)
		}
	}
	if _, _, err := NewSeal(7, []Member{{Camera: "a b"}}); !errors.Is(err, ErrEntry) {
		t.Error(err)
	}
	line, err := members[0].Encode()
	if err != nil {
		t.Fatal(err)
	}
	for _, bad := range []string{"", string(line) + " ", string(line) + "\n", "x" + string(line), strings.Replace(string(line), " 64 ", " 064 ", 1)} {
		if _, err := DecodeMember([]byte(bad)); !errors.Is(err, ErrEntry) {
			t.Errorf("%q: %v", bad, err)
		}
	}
	for _, bad := range []string{"", "seal", "seal 00 1", head + " ", strings.ToUpper(head), "seal " + strings.Repeat("0", 64) + " -1"} {
		if _, _, ok := ParseBlockHead(bad); ok {
			t.Errorf("%q begins a block", bad)
		}
	}
}

// TestCommitment: another salt, another value or values cut elsewhere give another
// commitment.
func TestCommitment(t *testing.T) {
	a := ActContent{ID: "i", At: 5, Person: "ab", Action: "x", Subject: "c"}
	seen := map[Hash]string{}
	note := func(what string, h Hash) {
		if other, ok := seen[h]; ok {
			t.Errorf("%s and %s are one", what, other)
		}
		seen[h] = what
	}
	note("first", Commit(Salt{}, a.Encode()))
	note("salt", Commit(Salt{1}, a.Encode()))
	for what, b := range map[string]ActContent{
		"at": {ID: "i", At: 6, Person: "ab", Action: "x", Subject: "c"}, "moved": {ID: "i", At: 5, Person: "a", Action: "bx", Subject: "c"},
		"lines": {ID: "i", At: 5, Person: "ab\naction 1:x", Action: "", Subject: "c"}, "camera": {ID: "i", At: 5, Person: "ab", Action: "x", Camera: "c"},
		"detail": {ID: "i", At: 5, Person: "ab", Action: "x", Subject: "c", Detail: "{}"},
	} {
		note(what, Commit(Salt{}, b.Encode()))
	}
}

func TestCountsOfADay(t *testing.T) {
	var c Counts
	for _, e := range samples() {
		c.Add(e)
	}
	c.Add(nil)
	want := Counts{Segments: 2, Gaps: 4, Seals: 1, Tombstones: 1, Moves: 1, Times: 3, Acts: 1, Holds: 1, Others: 6,
		Bytes: 148466210, Recorded: 1795680300040000 - 1795680003120000 + 1795680300040000, Removed: 148466210}
	if diff := cmp.Diff(want, c); diff != "" {
		t.Error(diff)
	}
}

// FuzzDecode: what is taken for an entry is written with the same bytes.
func FuzzDecode(f *testing.F) {
	for _, e := range samples() {
		b, err := Encode(e)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Add([]byte("watchroom seal v1\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		before := bytes.Clone(b)
		e, err := Decode(b)
		if !bytes.Equal(before, b) {
			t.Fatal("the input was changed")
		}
		if err != nil {
			if !errors.Is(err, ErrEntry) && !errors.Is(err, ErrUnknown) {
				t.Fatal(err)
			}
			return
		}
		again, err := Encode(e)
		if err != nil || !bytes.Equal(again, b) {
			t.Fatalf("%q is written as %q, %v", b, again, err)
		}
	})
}

// FuzzDecodeMember is the same for members.
func FuzzDecodeMember(f *testing.F) {
	for _, m := range sampleMembers() {
		line, err := m.Encode()
		if err != nil {
			f.Fatal(err)
		}
		f.Add(line)
	}
	f.Add([]byte("watchroom member v1 - - - - - - - - -"))
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := DecodeMember(b)
		if err != nil {
			return
		}
		if again, err := m.Encode(); err != nil || !bytes.Equal(again, b) {
			t.Fatalf("%q is written as %q, %v", b, again, err)
		}
	})
}

// TestReasonOf is the example of docs/ledger-format.md.
func TestReasonOf(t *testing.T) {
	var salt Salt
	for i := range salt {
		salt[i] = byte(i)
	}
	const want = "0493b8db6c27553d995cada2042df5247bc9d14fd7ea1ce2c44d75f2553bfb33"
	if got := ReasonOf(salt, "restored from the copy of Sunday, by Li"); fmt.Sprintf("%x", got[:]) != want {
		t.Errorf("%x, want %s", got[:], want)
	}
	if ReasonOf(salt, "a") == ReasonOf(Salt{}, "a") || ReasonOf(salt, "a") == WordsOf(salt, "a") {
		t.Error("the salt, or what it is of, makes no difference")
	}
}
