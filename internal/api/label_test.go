package api

import (
	"context"
	"encoding/csv"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/uptrace/bun"

	"watchroom/internal/ledger"
	"watchroom/internal/testkit/clause"
	"watchroom/web"
)

// TestWhatIsTakenOutBearsItsGrade: a paper has the highest security grade among the cameras that
// it names above and below each page, a table that of each row; cameras out of service as well.
func TestWhatIsTakenOutBearsItsGrade(t *testing.T) {
	clause.Covers(t, "C111", "C101")
	h := newHouse(t)
	h.deps.Web = web.Files()
	h.rebuilt()
	h.run([]scenario{
		{name: "raised", as: "technician", method: "PATCH", path: "/api/v1/cameras/" + h.gate, body: `{"grade":3}`, status: 200},
		{name: "out of service", as: "technician", method: "POST", path: "/api/v1/cameras/" + h.gate + "/retire", body: `{"reason":"broken"}`, status: 200},
	})
	err := h.deps.DB.Tx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
		for i, a := range []ledger.Act{
			{Kind: "test.yard", Camera: h.yard}, {Kind: "test.gate", Camera: h.gate}, {Kind: "test.none", Subject: "watchroom"},
			{Kind: "test.inside", Camera: h.yard, Detail: map[string]any{"cameras": []string{h.gate}}},
			{Kind: "test.subject", Subject: h.gate},
		} {
			a.At = h.now().UnixMicro() + int64(i)
			if err := ledger.Record(ctx, tx, a); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	table := func(as, method, path, body string) [][]string {
		t.Helper()
		w := h.send(as, method, path, body)
		rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(w.Body.String(), "\ufeff"))).ReadAll()
		if err != nil || w.Code != 200 || len(rows) < 2 {
			t.Fatalf("%d %q %v", w.Code, rows, err)
		}
		return rows
	}
	for language, heads := range map[string][2]string{"en": {"Security grade", "Act"}, "zh-CN": {"安全等级", "操作"}} {
		rows := table("auditor", "POST", "/api/v1/acts/export?kind=test.", `{"format":"csv","language":"`+language+`","reason":"quarterly audit"}`)
		grade, kind := slices.Index(rows[0], heads[0]), slices.Index(rows[0], heads[1])
		if grade < 0 || kind < 0 {
			t.Fatalf("%q", rows[0])
		}
		got := map[string]string{}
		for _, row := range rows[1:] {
			got[row[kind]] = row[grade]
		}
		for kind, want := range map[string]string{"test.yard": "1", "test.gate": "3", "test.none": "", "test.inside": "3", "test.subject": "3"} {
			if is, there := got[kind]; !there || is != want {
				t.Errorf("%s, %s: %q, want %q", language, kind, is, want)
			}
		}
	}
	if rows := table("administrator", "GET", "/api/v1/cameras/export?format=csv&language=en", ""); slices.Index(rows[0], "Security grade") != 2 || rows[1][2] != "1" {
		t.Errorf("cameras: %q", rows)
	}
	for _, c := range []struct{ query, language, want string }{
		{"kind=test.", "zh-CN", "安全等级：3 重要"},
		{"kind=test.", "en", "Security grade: 3 important"},
		{"kind=test.yard", "zh-CN", "安全等级：1 一般"},
		{"kind=test.subject", "zh-CN", "安全等级：3 重要"},
		{"kind=test.none", "zh-CN", "安全等级：未涉及摄像机"},
		{"kind=test.none", "en", "Security grade: names no camera"},
		{"kind=nothing.&camera=" + h.gate, "zh-CN", "安全等级：3 重要"}, // whose name stands among the conditions
	} {
		w := h.send("auditor", "POST", "/api/v1/acts/export?"+c.query, `{"format":"pdf","language":"`+c.language+`","reason":"第三季度核对"}`)
		read := exec.CommandContext(t.Context(), "pdftotext", "-layout", "-", "-")
		read.Stdin = w.Body
		text, err := read.Output()
		if err != nil || w.Code != 200 {
			t.Fatalf("%d, pdftotext (scripts/setup test installs it): %v", w.Code, err)
		}
		pages := strings.Split(strings.TrimSuffix(string(text), "\f"), "\f")
		for n, page := range pages {
			lines := strings.Split(strings.Trim(page, "\n"), "\n")
			head := strings.Join(strings.Fields(lines[0]), " ")
			if foot := strings.Join(lines[max(1, len(lines)-4):], "\n"); len(pages) < 2 || head != c.want || !strings.Contains(foot, c.want) {
				t.Errorf("%s: page %d of %d bears no %s in head and foot:\n%s", c.query, n+1, len(pages), c.want, page)
			}
		}
	}
}
