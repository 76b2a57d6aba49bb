package clause

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestTable(t *testing.T) {
	count := map[Class]int{}
	for _, c := range All() {
		count[c.Class]++
	}
	want := map[Class]int{Enforce: 57, Support: 61, Human: 15}
	if diff := cmp.Diff(want, count); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestParseRefuses(t *testing.T) {
	for name, text := range map[string]string{
		"a hole":           "id,class\nC001,enforce\nC003,enforce\n",
		"an unknown class": "id,class\nC001,perhaps\n",
		"a missing column": "id,class\nC001\n",
	} {
		if list, err := parse(text); err == nil {
			t.Errorf("%s: parsed as %v", name, list)
		}
	}
}

type recorder struct{ attrs, fatal []string }

func (r *recorder) Helper()                   {}
func (r *recorder) Attr(key, value string)    { r.attrs = append(r.attrs, key+"="+value) }
func (r *recorder) Fatalf(f string, a ...any) { r.fatal = append(r.fatal, fmt.Sprintf(f, a...)) }

func TestCovers(t *testing.T) {
	var r recorder
	Covers(&r, "C002", "C076")
	if diff := cmp.Diff([]string{"clause=C002", "clause=C076"}, r.attrs); diff != "" || r.fatal != nil {
		t.Errorf("fatal %v (-want +got):\n%s", r.fatal, diff)
	}
	r = recorder{}
	Covers(&r, "C999")
	if diff := cmp.Diff([]string{"no such clause: C999"}, r.fatal); diff != "" || r.attrs != nil {
		t.Errorf("attrs %v (-want +got):\n%s", r.attrs, diff)
	}
}

const run = `{"Action":"start","Package":"watchroom/a"}
{"Action":"run","Package":"watchroom/a","Test":"TestGap"}
{"Action":"attr","Package":"watchroom/a","Test":"TestGap","Key":"clause","Value":"C076"}
{"Action":"attr","Package":"watchroom/a","Test":"TestGap","Key":"clause","Value":"C076"}
{"Action":"attr","Package":"watchroom/a","Test":"TestGap","Key":"colour","Value":"C001"}
{"Action":"pass","Package":"watchroom/a","Test":"TestGap"}
# watchroom/b: a line of go vet
{"Action":"attr","Package":"watchroom/b","Test":"TestStore/kill","Key":"clause","Value":"C076"}
{"Action":"attr","Package":"watchroom/b","Test":"TestStore/kill","Key":"clause","Value":"C088"}
`

func TestReport(t *testing.T) {
	cases := []struct {
		name, rest, want string
		ok               bool
	}{
		{"passed", `{"Action":"pass","Package":"watchroom/b","Test":"TestStore/kill"}`,
			`C076  enforce  pass  a.TestGap
               pass  b.TestStore/kill
C088  enforce  pass  b.TestStore/kill
clauses shown by passing tests: enforce 2 of 57, support 0 of 61, human 0 of 15
`, true},
		{"failed", `{"Action":"fail","Package":"watchroom/b","Test":"TestStore/kill"}
{"Action":"fail","Package":"watchroom/b"}`,
			`C076  enforce  pass  a.TestGap
               FAIL  b.TestStore/kill
C088  enforce  FAIL  b.TestStore/kill
failed: b.TestStore/kill
failed: b
clauses shown by passing tests: enforce 0 of 57, support 0 of 61, human 0 of 15
`, false},
		{"died", `{"Action":"fail","Package":"watchroom/b"}`,
			`C076  enforce  pass  a.TestGap
               FAIL  b.TestStore/kill
C088  enforce  FAIL  b.TestStore/kill
failed: b
clauses shown by passing tests: enforce 0 of 57, support 0 of 61, human 0 of 15
`, false},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			report, err := Read(strings.NewReader(run + c.rest + "\n"))
			if err != nil {
				t.Fatal(err)
			}
			var b strings.Builder
			if err := report.Write(&b, false); err != nil {
				t.Fatal(err)
			}
			text, missing := apart(b.String())
			if len(missing) != len(All())-2 || slices.Contains(missing, "C076") || !slices.Contains(missing, "C133") {
				t.Errorf("not shown: %v", missing)
			}
			if diff := cmp.Diff(c.want, text); diff != "" || report.OK() != c.ok {
				t.Errorf("OK = %v (-want +got):\n%s", report.OK(), diff)
			}
		})
	}
}

// apart takes the lines of what is not shown out of a report.
func apart(report string) (rest string, missing []string) {
	for line := range strings.Lines(report) {
		if head, ids, ok := strings.Cut(line, ": "); ok && strings.HasPrefix(head, "not shown") {
			missing = append(missing, strings.Fields(ids)...)
			continue
		}
		rest += line
	}
	return rest, missing
}

func TestReportOfNothing(t *testing.T) {
	report, err := Read(strings.NewReader(""))
	if err != nil || report.OK() {
		t.Errorf("a run without tests is accepted: %v", err)
	}
	var b strings.Builder
	if err := report.Write(&b, true); err != nil {
		t.Fatal(err)
	}
	if got := strings.Count(b.String(), "\n"); got != len(All())+1 {
		t.Errorf("%d lines, want every demand and the closing line", got)
	}
	if _, err := Read(strings.NewReader("{broken\n")); err == nil {
		t.Error("broken JSON is accepted")
	}
}
