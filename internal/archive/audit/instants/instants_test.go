package instants_test

import (
	"fmt"
	"strings"
	"testing"

	"watchroom/internal/archive/audit/instants"
	"watchroom/internal/testkit/clause"
)

// TestLate: what the log tells of acts that came after it had all that were on record, in
// minutes. b is that it had, w another word of its own clock, s a step back of the clock, a
// an act.
func TestLate(t *testing.T) {
	clause.Covers(t, "C091")
	for log, want := range map[string]string{
		"b0 a1 b10 a11 b20":          "",
		"a-600 b0 b10":               "",    // before the log ever said so
		"b100 a1 b101":               "a1",  // an hour and more late
		"b100 a95 b101":              "",    // on its way
		"b100 a94 w101":              "a94", //
		"b100 a1 a2 a99 w101":        "a1 a2",
		"b100 a1":                    "?a1", // nothing stands behind it yet
		"w50 a1 w51 a60 w200 a100":   "",    // acts waited all the time: the database was away
		"b50 w51 w200 a60 a100 b201": "",    // so it was, or the process was killed with it
		"b50 w51 w200 a40 b201":      "a40",
		"b100 w40 a41 w42 b50":       "", // the clock was set back by an hour
		"b100 a41 w42 b50":           "", // and the first word after it is behind the act
		"b100 w40 b41 a42 w43":       "",
		"b100 s40 a41 w101":          "", // and forth again
		"b100 a41 s40 w101":          "",
		"b100 s40 a1 w101":           "a1", // which does not explain what was long before
		"b100 a1 w101 a2 w102":       "a1 a2",
		"b-5 a-60 b10":               "a-60",
		"b10 w1000 a11 a12 b1001":    "", // the clock was set ahead
	} {
		o := instants.Order{Late: 5}
		o.Begin()
		var got []string
		for at, word := range strings.Fields(log) {
			var n int64
			if _, err := fmt.Sscan(word[1:], &n); err != nil {
				t.Fatal(err)
			}
			var late []instants.Act
			switch word[0] {
			case 'b':
				late = o.Abreast(n)
			case 'w':
				late = o.Word(n)
			case 's':
				o.Back(n)
			case 'a':
				o.Act(instants.Act{Leaf: int64(at), ID: word, At: n})
			}
			for _, a := range late {
				got = append(got, a.ID)
			}
		}
		for _, a := range o.Open() {
			got = append(got, "?"+a.ID)
		}
		if is := strings.Join(got, " "); is != want {
			t.Errorf("%s: late are %q, want %q", log, is, want)
		}
		o.Begin()
		o.Act(instants.Act{At: -1000})
		if len(o.Open()) > 0 {
			t.Error("another log goes on where the one before ended")
		}
	}
}
