package paper

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os/exec"
	"strings"
	"testing"
	"testing/fstest"
	"testing/synctest"
	"time"

	"codeberg.org/go-pdf/fpdf"

	"watchroom/internal/problem"
	"watchroom/web"
)

func press(t *testing.T) *Press {
	t.Helper()
	p := NewPress(web.Files())
	if _, err := p.face(); err != nil {
		t.Fatal("the face is made by the build of the browser application: make web")
	}
	return p
}

// read gives the pages as another program reads them.
func read(t *testing.T, pdf []byte) []string {
	t.Helper()
	c := exec.CommandContext(t.Context(), "pdftotext", "-layout", "-", "-")
	c.Stdin = bytes.NewReader(pdf)
	out, err := c.Output()
	if err != nil {
		t.Fatalf("pdftotext (scripts/setup test installs it): %v", err)
	}
	pages := strings.Split(string(out), "\f")
	return pages[:len(pages)-1]
}

func document() *Document {
	return &Document{
		Language: "zh-CN", Title: "操作日志导出", Running: "导出人：李审核", Page: "第 {page} 页，共 {pages} 页", Made: time.Date(2026, 11, 29, 4, 0, 0, 0, time.UTC),
		Facts:   []Fact{{"事由", "季度审计核对"}, {"时区", "Asia/Shanghai"}},
		Columns: []Column{{"时间", 20}, {"人员", 30}, {"事由", 60}},
		Notes:   []Note{{Head: "存证日志", Text: "watchroom/gate"}},
	}
}

// printed prints a document that is ready.
func printed(t *testing.T, p *Press, d *Document) ([]byte, error) {
	t.Helper()
	return p.PDF(t.Context(), func(context.Context) (*Document, error) { return d, nil })
}

func TestAPageIsReadByOthers(t *testing.T) {
	d := document()
	d.Rows = [][]string{
		{"2026-11-28\n22:00:00", "王小明\n监控员", "南门附近有人倒地，查看前后十分钟的录像，确认是否有人陪同。"},
		{"2026-11-28", "𠮷田 \u202eevil {nb} {pages}", strings.Repeat("f", 200)},
	}
	p := press(t)
	pdf, err := printed(t, p, d)
	if err != nil {
		t.Fatal(err)
	}
	pages := read(t, pdf)
	if len(pages) != 2 {
		t.Fatalf("%d pages", len(pages))
	}
	flat := strings.Join(strings.Fields(strings.Join(pages, "")), "")
	for _, want := range []string{"操作日志导出", "季度审计核对", "王小明", "监控员", "南门附近有人倒地", "第1页，共2页", "第2页，共2页", "watchroom/gate", "李审核", "[U+20BB7]田[U+202E]evil{nb}{pages}"} {
		if !strings.Contains(flat, want) {
			t.Errorf("no %s in %s", want, flat)
		}
	}
	if n := strings.Count(flat, "f"); n < 200 {
		t.Errorf("%d of a word of 200 letters", n)
	}
	if again, err := printed(t, p, d); err != nil || !bytes.Equal(pdf, again) {
		t.Error("the same document has other bytes", err)
	}
	if len(pdf) > 300_000 {
		t.Errorf("%d bytes: more of the face than was used", len(pdf))
	}
}

// TestNothingIsLost: rows of any height come to paper whole, each line once, on as many pages
// as it takes, with the heads on every page.
func TestNothingIsLost(t *testing.T) {
	d := document()
	for i := range 40 {
		long := make([]string, 1+i*i%23)
		if i == 17 {
			long = make([]string, 170) // higher than three pages
		}
		for k := range long {
			long[k] = fmt.Sprintf("r%dk%dz", i, k)
		}
		d.Rows = append(d.Rows, []string{fmt.Sprintf("a%dz", i), "", strings.Join(long, "\n")})
	}
	pdf, err := printed(t, press(t), d)
	if err != nil {
		t.Fatal(err)
	}
	pages := read(t, pdf)
	all := strings.Join(pages, "")
	for i, r := range d.Rows {
		for _, word := range append(strings.Split(r[2], "\n"), r[0]) {
			if n := strings.Count(all, word); n != 1 {
				t.Errorf("row %d: %s stands there %d times", i, word, n)
			}
		}
	}
	for n, page := range pages[:len(pages)-1] {
		if !strings.Contains(page, "人员") {
			t.Errorf("page %d has no heads", n+1)
		}
	}
	if want := fmt.Sprintf("共 %d 页", len(pages)); strings.Count(all, want) != len(pages) {
		t.Errorf("not every one of %d pages tells how many there are", len(pages))
	}
}

func TestLinesAreBroken(t *testing.T) {
	p := press(t)
	ttf, err := p.face()
	if err != nil {
		t.Fatal(err)
	}
	r := ruled(t, ttf)
	for name, c := range map[string]struct {
		in   string
		most float64 // in letters of Chinese
		out  []string
	}{
		"Chinese breaks anywhere":          {"一二三四五", 2.1, []string{"一二", "三四", "五"}},
		"but not before a closing sign":    {"一二，三四", 2.1, []string{"一", "二，", "三四"}},
		"nor after an opening one":         {"一（二）三", 2.1, []string{"一", "（二", "）三"}},
		"words break at spaces":            {"one two three", 4.2, []string{"one two", "three"}},
		"a long word breaks somewhere":     {"aaaaaaaa", 2.3, []string{"aaaa", "aaaa"}},
		"lines stay":                       {"一\n\n二", 5, []string{"一", "", "二"}},
		"what is empty has one empty line": {"", 5, []string{""}},
	} {
		t.Run(name, func(t *testing.T) {
			got := r.wrap(c.in, 10, c.most*r.letter('一')*10)
			if strings.Join(got, "|") != strings.Join(c.out, "|") {
				t.Errorf("%q", got)
			}
		})
	}
}

func TestWithoutAFaceNothingIsPrinted(t *testing.T) {
	for name, files := range map[string]fs.FS{"none": fstest.MapFS{}, "torn": fstest.MapFS{face: {Data: []byte("no gzip")}}, "no files": nil} {
		_, err := NewPress(files).PDF(t.Context(), func(context.Context) (*Document, error) {
			t.Errorf("%s: what cannot be printed was gathered", name)
			return document(), nil
		})
		if !errors.Is(err, ErrNoFace) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestAQueueThatEndsSomewhere: one document is made at a time; who goes away leaves the queue
// without having had anything gathered, and whoever comes to a long queue is told so.
func TestAQueueThatEndsSomewhere(t *testing.T) {
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	if err := errors.Join(ignore(z.Write([]byte("a face"))), z.Close()); err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		p := NewPress(fstest.MapFS{face: {Data: packed.Bytes()}})
		errNo := errors.New("no rows") // so that nothing is laid out
		gathered, goOn := make(chan int, 10), make(chan struct{})
		answers := map[int]chan error{}
		come := func(ctx context.Context, n int) {
			answers[n] = make(chan error, 1)
			go func() {
				_, err := p.PDF(ctx, func(context.Context) (*Document, error) {
					gathered <- n
					<-goOn
					return nil, errNo
				})
				answers[n] <- err
			}()
			synctest.Wait()
		}
		leaving, leave := context.WithCancel(t.Context())
		come(t.Context(), 0)
		come(leaving, 1)
		for n := 2; n <= mostWaiting; n++ {
			come(t.Context(), n)
		}
		come(t.Context(), 8)
		if err := <-answers[8]; !errors.Is(err, ErrBusy) || problem.Of(err).Params["retryAfterSeconds"] == nil {
			t.Errorf("beyond the queue: %v", err)
		}
		leave()
		if err := <-answers[1]; !errors.Is(err, context.Canceled) {
			t.Errorf("who went away: %v", err)
		}
		come(t.Context(), 9) // takes the place
		if n := len(gathered); n != 1 {
			t.Errorf("%d documents were begun at once", n)
		}
		close(goOn)
		for _, n := range []int{0, 2, 3, 4, 9} {
			if err := <-answers[n]; !errors.Is(err, errNo) {
				t.Errorf("%d: %v", n, err)
			}
			if got := <-gathered; got != n {
				t.Errorf("%d came before %d", got, n)
			}
		}
	})
}

func ignore(_ int, err error) error { return err }

func ruled(t *testing.T, ttf []byte) *rule {
	t.Helper()
	pdf := fpdf.New("L", "mm", "A4", "")
	pdf.AddUTF8FontFromBytes(family, "", ttf)
	pdf.SetFont(family, "", 10)
	r, err := newRule(pdf, ttf)
	if err != nil {
		t.Fatal(err)
	}
	return r
}
