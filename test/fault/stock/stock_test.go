package stock

import (
	"strings"
	"testing"
)

func TestOrphansGoBothWays(t *testing.T) {
	is := func(files ...string) map[string]Told {
		m := map[string]Told{}
		for _, f := range files {
			m[f] = Told{File: f}
		}
		return m
	}
	h := &Stock{Journals: is("a", "b", "e"), Rows: is("a", "c", "e"), Files: map[string]string{"a": "", "b": "", "d": ""}}
	h.Rows["a"] = Told{File: "a", Frames: 1}
	got := strings.Join(h.Orphans(), "\n")
	for _, want := range []string{"b has no row", "d is in no journal", "d has no row", "the file of the row c is not there", "a: the row says", "e is in a journal and not there"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is not among\n%s", want, got)
		}
	}
	h = &Stock{Journals: is("a"), Rows: is("a"), Files: map[string]string{"a": ""}}
	if got := h.Orphans(); len(got) != 0 {
		t.Errorf("nothing is wrong: %q", got)
	}
}
