package upgrade

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"path/filepath"
	"testing"
	"testing/fstest"
	"time"

	"watchroom/internal/app"
	held "watchroom/internal/app/compared"
	"watchroom/internal/app/records"
	"watchroom/internal/archive/audit/rows"
	"watchroom/internal/config"
	"watchroom/internal/testkit/leak"
	"watchroom/test/load/account"
	"watchroom/test/load/station"
)

// unpack gives a copy of a kept data folder.
func unpack(t *testing.T, file string) string {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	zip, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	to := t.TempDir()
	for r := tar.NewReader(zip); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return to
		}
		if err != nil || !filepath.IsLocal(h.Name) {
			t.Fatal(h, err)
		}
		path := filepath.Join(to, h.Name)
		if h.Typeflag == tar.TypeDir {
			err = os.MkdirAll(path, 0o700)
		} else {
			var b []byte
			if b, err = io.ReadAll(r); err == nil {
				err = errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, b, 0o600))
			}
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

type kept struct {
	Version string
	Rows    map[string]int64
}

func TestEveryReleaseIsOpened(t *testing.T) {
	releases, err := filepath.Glob("testdata/v*/data.tar.gz")
	if err != nil || len(releases) == 0 {
		t.Fatal(releases, err)
	}
	for _, file := range releases {
		t.Run(filepath.Base(filepath.Dir(file)), func(t *testing.T) {
			leak.Check(t)
			if st, err := os.Stat(file); err != nil || st.Size() > 1<<20 {
				t.Errorf("%s takes more than 1 MB (%v)", file, err)
			}
			b, err := os.ReadFile(filepath.Join(filepath.Dir(file), "kept.json"))
			if err != nil {
				t.Fatal(err)
			}
			var k kept
			if err := json.Unmarshal(b, &k); err != nil || len(k.Rows) < 10 {
				t.Fatal(k, err)
			}
			c := config.Default()
			c.Data, c.Listen = unpack(t, file), "127.0.0.1:0"
			c.Live.UDPPort, c.Live.TCPPort = 0, 0
			c.Recording.StopSpace = 64 << 20
			compared(t, c, k)
			a := &app.App{Config: c, Web: fstest.MapFS{}}
			if err := a.Start(t.Context()); err != nil {
				t.Fatal(err)
			}
			defer a.Close()
			look(t, a.URL)
		})
	}
}

// compared checks every table with what the release left, and every segment with
// its row.
func compared(t *testing.T, c *config.Config, k kept) {
	t.Helper()
	d, err := records.Open(t.Context(), c) // brings the schema up to date
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	for table, want := range k.Rows {
		if table == "goose_db_version" { // the migrations themselves
			continue
		}
		if got, err := d.Read().NewSelect().Table(table).Count(t.Context()); err != nil || got != want {
			t.Errorf("%s: %d rows (%v), %s left %d", table, got, err, k.Version, want)
		}
	}
	var segments []struct {
		File, Root string
		Frames     int
	}
	if err := d.Read().NewSelect().Table("segments").Column("file", "root", "frames").Scan(t.Context(), &segments); err != nil {
		t.Fatal(err)
	}
	// Its acts tell of all of them.
	found, err := rows.Otherwise(t.Context(), d, held.Records...)
	if err != nil || len(found) > 0 {
		t.Errorf("rows that %s left are untrue: %+v, %v", k.Version, found, err)
	}
	for _, s := range segments {
		if err := account.Verify(filepath.Join(c.RecordingFolder(), s.File), s.Root, s.Frames); err != nil {
			t.Error(err)
		}
	}
}

// person is somebody with a session.
type person struct {
	t    *testing.T
	base string
	http *http.Client
}

func signIn(t *testing.T, base, username string) *person {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	p := &person{t, base + "/api/v1", &http.Client{Jar: jar, Transport: &http.Transport{}}}
	t.Cleanup(p.http.CloseIdleConnections)
	p.post("/session", map[string]string{"username": username, "password": station.Password}, nil)
	return p
}

func (p *person) post(path string, body, into any) {
	p.t.Helper()
	b, err := json.Marshal(body)
	if err != nil {
		p.t.Fatal(err)
	}
	answer, err := p.http.Post(p.base+path, "application/json", bytes.NewReader(b))
	p.read(path, answer, err, into)
}

func (p *person) get(path string, into any) {
	p.t.Helper()
	answer, err := p.http.Get(p.base + path)
	p.read(path, answer, err, into)
}

// read decodes JSON, or gives the bytes.
func (p *person) read(path string, answer *http.Response, err error, into any) {
	p.t.Helper()
	if err != nil {
		p.t.Fatal(err)
	}
	defer answer.Body.Close()
	b, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode >= 300 {
		p.t.Fatalf("%s: %s %.200s (%v)", path, answer.Status, b, err)
	}
	if raw, ok := into.(*[]byte); ok {
		*raw = b
		return
	}
	if into != nil {
		if err := json.Unmarshal(b, into); err != nil {
			p.t.Fatalf("%s: %v", path, err)
		}
	}
}

// look does what people do who come to work after the upgrade.
func look(t *testing.T, base string) {
	t.Helper()
	guard, admin := signIn(t, base, "guard"), signIn(t, base, "admin")
	var acts struct{ Items []struct{ Kind string } }
	admin.get("/acts?limit=500", &acts)
	var removal struct {
		Blocked  string
		LastPass *time.Time
		Frozen   []struct{ Reason, Detail string }
	}
	for tick := time.NewTicker(50 * time.Millisecond); removal.LastPass == nil || removal.Blocked == "removal_log_unread"; <-tick.C {
		admin.get("/retention", &removal) // until the acts were counted against the log
	}
	for _, f := range removal.Frozen {
		t.Errorf("removal is frozen: %s %s", f.Reason, f.Detail)
	}
	said := map[string]bool{}
	for _, a := range acts.Items {
		said[a.Kind] = true
	}
	for _, kind := range []string{"camera.created", "camera.switched_off", "camera.switched_on", "viewing.opened", "snapshot.taken", "bookmark.created", "bookmark.retracted", "session.opened"} {
		if !said[kind] {
			t.Errorf("the act %s is gone", kind)
		}
	}
	var marks, pictures struct {
		Items []struct{ ID, Camera, At string }
	}
	guard.get("/bookmarks", &marks)
	guard.get("/snapshots", &pictures)
	if len(marks.Items) != 1 || len(pictures.Items) != 1 {
		t.Fatalf("%d bookmarks, %d pictures", len(marks.Items), len(pictures.Items))
	}
	at, err := time.Parse(time.RFC3339Nano, pictures.Items[0].At)
	if err != nil {
		t.Fatal(err)
	}
	from, to := at.Add(-time.Minute), at.Add(2*time.Minute)
	var viewing struct{ ID string }
	camera := pictures.Items[0].Camera
	guard.post("/viewings", map[string]any{"cameras": []string{camera}, "from": from, "to": to, "purpose": "incident", "reason": "After the upgrade"}, &viewing)
	var jpeg []byte
	guard.get("/snapshots/"+pictures.Items[0].ID+"/picture.jpg?viewing="+viewing.ID, &jpeg)
	if !bytes.HasPrefix(jpeg, []byte("\xff\xd8")) {
		t.Errorf("the picture is %d bytes of something else", len(jpeg))
	}
	q := url.Values{"camera": {camera}, "from": {from.Format(time.RFC3339Nano)}, "to": {to.Format(time.RFC3339Nano)}}
	var timeline struct {
		Cameras []struct {
			Spans []struct{ Kind, Cause string }
		}
	}
	guard.get("/timeline?"+q.Encode(), &timeline)
	kinds := map[string]int{}
	for _, s := range timeline.Cameras[0].Spans {
		kinds[s.Kind+" "+s.Cause]++
	}
	if kinds["recorded "] < 2 || kinds["gap network"] != 1 || kinds["gap recorder_stopped"] != 1 {
		t.Errorf("the timeline tells of %v", kinds)
	}
	var footage []byte
	q.Del("camera")
	guard.get(fmt.Sprintf("/viewings/%s/cameras/%s/stream.mp4?%s", viewing.ID, camera, q.Encode()), &footage)
	if len(footage) < 50_000 || !bytes.Contains(footage[:100], []byte("ftyp")) {
		t.Errorf("the footage is %d bytes", len(footage))
	}
}
