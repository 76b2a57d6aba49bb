package sheet

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/encoding/simplifiedchinese"
)

var columns = []Column{{"name", "Name", "名称", true}, {"unit", "Unit", "单位", false}, {"note", "Note", "备注", false}}

func read(t *testing.T, raw string) ([]Record, Faults, error) {
	t.Helper()
	return Read(strings.NewReader(raw), columns)
}

func TestWhatIsWrittenIsReadAgain(t *testing.T) {
	rows := [][]string{{"张伟", "保安公司", "a\nb"}, {"=1+1", "+86 10", "-2"}, {"@x", "'quoted", "'=y"}, {"plain", "", ""}, {"＝1+1", "＠x", "'＋1"}, {"'", "\"a\"", "a,b;c\td"}}
	var asCSV, asXLSX bytes.Buffer
	for _, chinese := range []bool{true, false} {
		asCSV.Reset()
		asXLSX.Reset()
		if err := errors.Join(WriteCSV(&asCSV, Heads(columns, chinese), rows), WriteXLSX(&asXLSX, "people", Heads(columns, chinese), rows)); err != nil {
			t.Fatal(err)
		}
		for name, raw := range map[string]string{"csv": asCSV.String(), "xlsx": asXLSX.String()} {
			records, faults, err := read(t, raw)
			if err != nil || len(faults) > 0 || len(records) != len(rows) {
				t.Fatalf("%s: %d records, %v, %v", name, len(records), faults, err)
			}
			for i, r := range records {
				if got := []string{r.Values["name"], r.Values["unit"], r.Values["note"]}; !cmp.Equal(got, rows[i]) {
					t.Errorf("%s line %d: %q, want %q", name, r.Line, got, rows[i])
				}
			}
		}
	}
	if !bytes.HasPrefix(asCSV.Bytes(), []byte("\xef\xbb\xbf")) || !strings.Contains(asCSV.String(), "'=1+1") || strings.Contains(asCSV.String(), "\n=1+1") {
		t.Errorf("%q", asCSV.String())
	}
}

func TestEncodings(t *testing.T) {
	gb, err := simplifiedchinese.GB18030.NewEncoder().String("名称,单位\r\n张伟,𠮷\r\n")
	if err != nil {
		t.Fatal(err)
	}
	for name, raw := range map[string]string{"gb18030": gb, "utf-8": "名称,单位\n张伟,𠮷\n", "bom and semicolons": "\xef\xbb\xbf名称;单位\n\n张伟;𠮷\n", "tabs, keys, case": "NAME\tｕｎｉｔ\n张伟\t𠮷"} {
		records, faults, err := read(t, raw)
		if err != nil || len(faults) > 0 || len(records) != 1 || records[0].Values["name"] != "张伟" || records[0].Values["unit"] != "𠮷" {
			t.Errorf("%s: %v, %v, %v", name, records, faults, err)
		}
	}
	if records, _, err := read(t, "name\n\n\nx\n"); err != nil || len(records) != 1 || records[0].Line != 4 {
		t.Errorf("a line after blank ones: %+v, %v", records, err)
	}
}

// TestAPathLeadsBackToItsName: whatever a name has of what paths are written with.
func TestAPathLeadsBackToItsName(t *testing.T) {
	names := []string{"A", "B", "A/B", `A\`, `A\/B`, "A/", "/B", `a\b`, "名 称"}
	var nodes []Node
	for i, out := range names {
		nodes = append(nodes, Node{ID: fmt.Sprint(i), Name: out})
		for k, in := range names {
			nodes = append(nodes, Node{ID: fmt.Sprint(i, " ", k), Parent: fmt.Sprint(i), Name: in})
		}
	}
	paths, ids := Paths(nodes, 3)
	for _, n := range nodes {
		if id := ids[PathKey(paths[n.ID])]; id != n.ID {
			t.Errorf("%s leads to %q, not %q", paths[n.ID], id, n.ID)
		}
	}
	if PathKey(" Site ／ House 1 ") != PathKey("site/house 1") || Depth("a／b/c") != 3 || Depth(`a\/b`) != 1 {
		t.Error("ways to write a path differ")
	}
}

func TestAnInstantIsReadAsItWasWritten(t *testing.T) {
	zone, err := time.LoadLocation("America/Sao_Paulo") // whose clock was put forward at midnight
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range []string{"2018-11-04T00:00:00-03:00", "2018-11-04T01:00:00-02:00", "2018-11-05T00:00:00-02:00", "2026-12-31T23:59:59.999999-03:00", "2026-12-31T00:00:00.000001-03:00"} {
		want, err := time.Parse(time.RFC3339Nano, s)
		if err != nil {
			t.Fatal(err)
		}
		us := want.UnixMicro()
		if at, ok := ParseStart(Start(us, zone), zone); !ok || at != us {
			t.Errorf("%s begins %s", s, Start(us, zone))
		}
		if at, ok := ParseEnd(End(us, zone), zone); !ok || at != us {
			t.Errorf("%s ends %s", s, End(us, zone))
		}
	}
	if got, _ := ParseEnd("2026-12-31", time.UTC); got != time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC).UnixMicro() || End(got, time.UTC) != "2026-12-31" {
		t.Error("the last day is not whole")
	}
	for _, s := range []string{"", "soon", "2026-02-30", "1200-01-01", "9999-01-01T00:00:00Z"} {
		if _, ok := ParseStart(s, time.UTC); ok {
			t.Errorf("%q is an instant", s)
		}
	}
}

func TestBadCellsAreNamed(t *testing.T) {
	for name, c := range map[string]struct {
		raw, want string
	}{
		"a column that is none": {"name,salary\nx,1\n", "1  sheet_column_unknown"},
		"a column twice":        {"name,名称\nx,1\n", "1  sheet_column_twice"},
		"a column missing":      {"unit\nx\n", "1 name sheet_column_missing"},
		"too long":              {"name\nok\n" + strings.Repeat("门", MaxCell+1), "3 name sheet_cell_too_long"},
		"too many cells":        {"name\nx,y\n", "2  sheet_line_too_long"},
		"an open quote":         {"name\nx\n\"y\n", "3  sheet_quotes"},
		"a quote inside":        {"name\nx\"y\n", "2  sheet_quotes"},
	} {
		_, faults, err := read(t, c.raw)
		if err != nil || len(faults) != 1 {
			t.Errorf("%s: %v, %v", name, faults, err)
			continue
		}
		if got := fmt.Sprintf("%d %s %s", faults[0].Line, faults[0].Column, faults[0].Err.Code); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}

// bomb is a workbook whose sheet unpacks to n bytes.
func bomb(t *testing.T, n int) string {
	t.Helper()
	var good bytes.Buffer
	if err := WriteXLSX(&good, "x", []string{"Name"}, [][]string{{"a"}}); err != nil {
		t.Fatal(err)
	}
	in, err := zip.NewReader(bytes.NewReader(good.Bytes()), int64(good.Len()))
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for _, f := range in.File {
		if err := w.Copy(f); err != nil {
			t.Fatal(err)
		}
	}
	big, err := w.Create("xl/media/a.bin")
	if err != nil {
		t.Fatal(err)
	}
	for range n >> 20 {
		if _, err := big.Write(make([]byte, 1<<20)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestFilesThatAreRefused(t *testing.T) {
	for name, c := range map[string]struct {
		raw  string
		want error
	}{
		"nothing":           {"", ErrEmpty},
		"a head alone":      {"name\n", ErrEmpty},
		"too many bytes":    {strings.Repeat("x", MaxBytes+1), ErrTooLarge},
		"too many lines":    {"name\n" + strings.Repeat("x\n", MaxRows+1), ErrTooLarge},
		"too many cells":    {strings.Repeat("x,", MaxColumns) + "x\n", ErrTooLarge},
		"no text":           {"name\n\xff\xff\xff", ErrFormat},
		"zeros":             {"name\na\x00b\n", ErrFormat},
		"a broken zip":      {"PK\x03\x04 and nothing more", ErrFormat},
		"a zip that bursts": {bomb(t, maxUnpacked+1<<20), ErrFormat},
	} {
		if _, _, err := read(t, c.raw); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}

func FuzzRead(f *testing.F) {
	var book bytes.Buffer
	if err := WriteXLSX(&book, "x", []string{"Name"}, [][]string{{"a"}}); err != nil {
		f.Fatal(err)
	}
	for _, seed := range []string{"name,unit\na,b\n", "\xef\xbb\xbf名称\n=x\n", "\xc3\xfb\xb3\xc6\n\xd5\xc5\n", book.String()} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		before := bytes.Clone(raw)
		records, faults, err := Read(bytes.NewReader(raw), columns)
		if !bytes.Equal(raw, before) {
			t.Fatal("the input was changed")
		}
		if err == nil && len(records) == 0 && len(faults) == 0 || len(records) > MaxRows {
			t.Fatalf("%d records, %d faults, no error", len(records), len(faults))
		}
	})
}
