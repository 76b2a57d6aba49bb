package report

import (
	"math"
	"strings"
	"testing"
)

func TestTable(t *testing.T) {
	var r Report
	r.Machine = Machine{Processor: "P", Cores: 2, Kernel: "6.1", Go: "go1.26", Version: "0.1.0", Begun: "2026-11-22T10:00:00Z"}
	r.Aim("processor time", 2.3456, "ms", 3, "quiet")
	r.Aim("lost", 1, "frames", 0, "")
	r.Add("länge", 12345.6, "B", "")
	var b strings.Builder
	if err := r.Table(&b); err != nil {
		t.Fatal(err)
	}
	const want = `| figure         | measured | target     | met | note  |
|----------------|----------|------------|-----|-------|
| processor time | 2.35 ms  | ≤ 3 ms     | yes | quiet |
| lost           | 1 frames | ≤ 0 frames | no  |       |
| länge          | 12346 B  |            |     |       |

P, 2 cores, Linux 6.1, go1.26, watchroom 0.1.0, 2026-11-22T10:00:00Z
`
	if b.String() != want {
		t.Errorf("table:\n%swant:\n%s", b.String(), want)
	}
}

func TestJSON(t *testing.T) {
	var r Report
	r.Aim("lost", 0, "frames", 0, "")
	r.Add("other", 1, "s", "")
	var b strings.Builder
	if err := r.JSON(&b); err != nil {
		t.Fatal(err)
	}
	if s := b.String(); strings.Count(s, `"target"`) != 1 || !strings.Contains(s, `"target": 0`) {
		t.Errorf("a target of 0 must stay and none must not appear:\n%s", s)
	}
}

func TestNumber(t *testing.T) {
	for v, want := range map[float64]string{0: "0", 3: "3", 1000: "1000", 0.17: "0.17", 0.012345: "0.0123", 12.34: "12.3", 1.5: "1.5", 1234.5: "1234"} {
		if got := number(v); got != want {
			t.Errorf("number(%v) = %q, want %q", v, got, want)
		}
	}
}

func TestQuantiles(t *testing.T) {
	var hundred []float64
	for i := range 100 {
		hundred = append(hundred, float64(100-i))
	}
	for _, c := range []struct{ got, want float64 }{
		{Quantile(hundred, 0.95), 95}, {Quantile(hundred, 0), 1}, {Quantile(hundred, 1), 100}, {Median(hundred), 50.5},
		{Median([]float64{3, 1, 2}), 2}, {Quantile([]float64{7}, 0.95), 7},
	} {
		if c.got != c.want {
			t.Errorf("got %v, want %v", c.got, c.want)
		}
	}
	if hundred[0] != 100 {
		t.Error("the values were put in order in place")
	}
	if !math.IsNaN(Median(nil)) {
		t.Error("the median of nothing is a number")
	}
}
