package rows

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"watchroom/evidence/leaf"
	"watchroom/internal/archive"
)

// TestARowThatWasMadeAnew: a line that was made from the file does not know what its segment
// is short of. It hides nothing where nothing was lost, and else it is named as that.
func TestARowThatWasMadeAnew(t *testing.T) {
	n := func(n int64) *int64 { return &n }
	for _, c := range []struct {
		row, log        *int64
		anew            int
		differs, unread []string
	}{
		{nil, n(0), 1, nil, nil},
		{nil, n(7), 1, nil, []string{"lost unknown, by the log 7"}},
		{nil, nil, 1, nil, nil},
		{nil, n(0), 0, []string{"lost unknown, by the log 0"}, nil},
		{nil, n(7), 0, []string{"lost unknown, by the log 7"}, nil},
		{n(0), n(7), 1, []string{"lost 0, by the log 7"}, nil},
		{n(0), nil, 1, []string{"lost 0, by the log unknown"}, nil},
	} {
		row := archive.Segment{Lost: c.row, Recovered: c.anew}
		differs, unread := Beside(&row, Told(&leaf.Segment{Lost: c.log}, nil))
		if d := cmp.Diff(c.differs, differs) + cmp.Diff(c.unread, unread); d != "" {
			t.Errorf("%+v: %s", c, d)
		}
	}
}
