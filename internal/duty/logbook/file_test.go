package logbook_test

import (
	"bytes"
	"errors"
	"image"
	"image/jpeg"
	"image/png"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"watchroom/internal/duty/logbook"
	"watchroom/internal/testkit/clause"
)

func picture(t testing.TB, as string) []byte {
	t.Helper()
	var b bytes.Buffer
	m, err := image.NewGray(image.Rect(0, 0, 8, 8)), error(nil)
	if as == "png" {
		err = png.Encode(&b, m)
	} else {
		err = jpeg.Encode(&b, m, nil)
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// endless is a file of 2 GB that counts what is read of it.
type endless struct {
	begin []byte
	left  int64
	read  int64
}

func (e *endless) Read(b []byte) (int, error) {
	if e.left == 0 {
		return 0, io.EOF
	}
	n := min(int64(len(b)), e.left)
	clear(b[:n])
	if e.read == 0 {
		copy(b, e.begin)
	}
	e.left, e.read = e.left-n, e.read+n
	return int(n), nil
}

// TestFiles: what is attached is kept as it was; what is no picture or PDF, or too large, is
// refused without being read through.
func TestFiles(t *testing.T) {
	clause.Covers(t, "C064")
	each(t, func(h *house) {
		if err := os.MkdirAll(h.Dir, 0o750); err != nil {
			h.t.Fatal(err)
		}
		e := h.writes(h.input("门锁损坏"))
		attach := func(name string, size int64, r io.Reader) (logbook.File, error) {
			return h.Attach(h.t.Context(), h.zhang, e.ID, name, size, r)
		}
		pdf := []byte("%PDF-1.4\n1 0 obj\nendobj\n%%EOF\n")
		for name, content := range map[string][]byte{"照片.jpg": picture(h.t, "jpeg"), "a.png": picture(h.t, "png"), "扫描 🔥.pdf": pdf} {
			f, err := attach(name, int64(len(content)), bytes.NewReader(content))
			if err != nil || f.Name != name {
				h.t.Fatalf("%s: %+v, %v", name, f, err)
			}
			got, kept, err := h.File(h.t.Context(), h.li, f.ID)
			if err != nil || !bytes.Equal(kept, content) || got.Type != f.Type {
				h.t.Errorf("%s: %+v, %v", name, got, err)
			}
		}
		for name, c := range map[string]struct {
			content []byte
			want    error
		}{
			"page.html": {[]byte("<script>alert(1)</script>"), logbook.ErrFileType}, "cut.jpg": {picture(h.t, "jpeg")[:60], logbook.ErrFileType}, "cut.png": {picture(h.t, "png")[:40], logbook.ErrFileType},
			"cut.pdf": {[]byte("%PDF-1.4 and then nothing"), logbook.ErrFileType}, "empty": {nil, logbook.ErrFileType}, "run.exe": {[]byte("MZ\x90\x00"), logbook.ErrFileType}, "svg": {[]byte("<svg onload=x>"), logbook.ErrFileType},
		} {
			if _, err := attach(name, int64(len(c.content)), bytes.NewReader(c.content)); !errors.Is(err, c.want) {
				h.t.Errorf("%s: %v", name, err)
			}
		}
		for _, c := range []struct {
			said int64
			file *endless
			want error
			most int64
		}{
			{2 << 30, &endless{left: 2 << 30, begin: []byte("%PDF-1.4")}, logbook.ErrFileSize, 0},
			{-1, &endless{left: 2 << 30, begin: []byte("%PDF-1.4")}, logbook.ErrFileSize, logbook.LargestFile + 1},
			{-1, &endless{left: 2 << 30, begin: []byte("MZ")}, logbook.ErrFileType, 8},
		} {
			if _, err := attach("big", c.said, c.file); !errors.Is(err, c.want) || c.file.read > c.most {
				h.t.Errorf("%v, read %d", err, c.file.read)
			}
		}
		for range 2 { // the same content may stand twice
			if _, err := attach("again.pdf", 0, bytes.NewReader(pdf)); err != nil {
				h.t.Error(err)
			}
		}
		if _, err := attach("sixth.pdf", 0, bytes.NewReader(pdf)); !errors.Is(err, logbook.ErrFileCount) {
			h.t.Error(err)
		}
		if e, err := h.Get(h.t.Context(), h.lead, e.ID); err != nil || len(e.Files) != 5 {
			h.t.Errorf("%+v, %v", e.Files, err)
		}
		all, err := filepath.Glob(h.Dir + "/*/*")
		if err != nil || len(all) != 3 {
			h.t.Errorf("%q, %v", all, err)
		}
		for _, path := range all { // somebody with the disk in hand
			if err := os.WriteFile(path, []byte("other"), 0o600); err != nil {
				h.t.Fatal(err)
			}
		}
		if e, err = h.Get(h.t.Context(), h.lead, e.ID); err != nil {
			h.t.Fatal(err)
		}
		if _, _, err := h.File(h.t.Context(), h.lead, e.Files[0].ID); !errors.Is(err, logbook.ErrFileLost) {
			h.t.Error(err)
		}
		if _, _, err := h.File(h.t.Context(), h.lead, "none"); !errors.Is(err, logbook.ErrFileUnknown) {
			h.t.Error(err)
		}
	})
}

// FuzzKind: no bytes from outside break what tells their kind, and what is no whole file is none.
func FuzzKind(f *testing.F) {
	for _, b := range [][]byte{picture(f, "png"), picture(f, "jpeg"), []byte("%PDF-1.4 %%EOF"), []byte("\x89PNG\r\n\x1a\n"), []byte("\xff\xd8\xff")} {
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		before := string(b)
		kind, err := logbook.Kind(b)
		if string(b) != before || (err == nil) != (kind != "") || err == nil && !strings.Contains("image/jpeg image/png application/pdf", kind) {
			t.Errorf("%q, %v", kind, err)
		}
	})
}
