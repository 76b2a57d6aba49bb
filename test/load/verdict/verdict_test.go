package verdict

import (
	"io"
	"strings"
	"testing"
	"testing/iotest"
)

// TestAVerdictCountsWhatIsFound, however it comes in.
func TestAVerdictCountsWhatIsFound(t *testing.T) {
	const said = "segment_copied  entry 7  file \"a/b.wrs\"  it is the same as a\nentries 3  root 00ff\n\nsegment_copied  entry 8\nrow_missing  entry 9\nfindings 3\n"
	v := &Verdict{}
	if _, err := io.Copy(v, iotest.OneByteReader(strings.NewReader(said))); err != nil {
		t.Fatal(err)
	}
	if got, want := v.String(), "entries 3 root 00ff, findings 3, row_missing 1 times, segment_copied 2 times"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}
