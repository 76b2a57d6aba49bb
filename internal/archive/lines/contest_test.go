package lines_test

import (
	"testing"

	"watchroom/internal/archive/lines"
	"watchroom/internal/recording/journal"
)

// TestContest: of several tellings of a segment the one counts that something bears out.
func TestContest(t *testing.T) {
	seg := func(kind string, bytes int64) *journal.Record {
		return &journal.Record{Kind: kind, Segment: &journal.Segment{End: bytes, Bytes: bytes, Parts: int(bytes), Root: "00"}}
	}
	seal := func(parts int) *journal.Record {
		return &journal.Record{Kind: journal.KindSeal, Sealed: &journal.Sealed{Parts: parts, Bytes: int64(parts)}}
	}
	first, second := seg(journal.KindSegment, 100), seg(journal.KindSegment, 300)
	for name, c := range map[string]struct {
		heard []*journal.Record
		sizes []int64
		want  int64
	}{
		"nothing decides":                {[]*journal.Record{first, second}, nil, 100},
		"the file":                       {[]*journal.Record{first, second}, []int64{7, 300}, 300},
		"the file, for the first":        {[]*journal.Record{first, second}, []int64{100}, 100},
		"its removal":                    {[]*journal.Record{first, second, seg(journal.KindTombstone, 300)}, nil, 300},
		"its move":                       {[]*journal.Record{first, second, seg(journal.KindMove, 300)}, nil, 300},
		"a removal of something else":    {[]*journal.Record{first, second, seg(journal.KindTombstone, 200)}, nil, 100},
		"a seal before":                  {[]*journal.Record{seal(200), first, second}, nil, 300},
		"a seal behind the first":        {[]*journal.Record{first, seal(50), second}, nil, 300},
		"a seal behind both says nought": {[]*journal.Record{first, second, seal(50)}, nil, 100},
		"one alone, whatever the file":   {[]*journal.Record{seal(200), first}, []int64{300}, 100},
	} {
		var contest lines.Contest
		for _, r := range c.heard {
			contest.Hear("", r)
		}
		if got := contest.Counts(func() []int64 { return c.sizes }); got == nil || got.Bytes != c.want {
			t.Errorf("%s: %+v", name, got)
		}
	}
	if got := (&lines.Contest{}).Counts(nil); got != nil {
		t.Errorf("of nothing: %+v", got)
	}
}
