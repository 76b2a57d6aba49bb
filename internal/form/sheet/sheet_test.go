package sheet_test

import (
	"encoding/csv"
	"strings"
	"testing"

	"watchroom/internal/form/sheet"
)

func TestNothingIsCalculated(t *testing.T) {
	cells := map[string]string{
		"=HYPERLINK(\"http://evil\")": "'=HYPERLINK(\"http://evil\")", "+1": "'+1", "-1": "'-1", "@SUM(A1)": "'@SUM(A1)", "\t=1": "'\t=1", " =1": "' =1",
		"\r\n=1": "'\r\n=1", "＝1": "'＝1", "|cmd": "'|cmd", "2026-11-24": "2026-11-24", "南门, \"2\"": "南门, \"2\"", "": "",
	}
	for in, want := range cells {
		table := &sheet.Table{Columns: []string{"=a", "b"}, Rows: [][]string{{in, "x"}}}
		b, err := table.CSV()
		if err != nil {
			t.Fatal(err)
		}
		text, ok := strings.CutPrefix(string(b), "\ufeff")
		rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
		if err != nil || !ok || len(rows) != 2 || rows[0][0] != "'=a" || rows[1][0] != strings.ReplaceAll(want, "\r\n", "\n") {
			t.Errorf("%q: %q, %v", in, rows, err)
		}
	}
}
