package api

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/coder/websocket"

	"watchroom/internal/access"
	"watchroom/internal/api/storage"
	"watchroom/internal/api/system"
	"watchroom/internal/api/viewing"
	"watchroom/internal/archive"
	"watchroom/internal/archive/coverage"
	"watchroom/internal/camera"
	"watchroom/internal/capture"
	"watchroom/internal/ledger"
	"watchroom/internal/live"
	"watchroom/internal/live/mse"
	"watchroom/internal/live/whep"
	"watchroom/internal/media"
	"watchroom/internal/playback"
	"watchroom/internal/recording"
	"watchroom/internal/recording/space"
	"watchroom/internal/source"
)

// lockedWriter lets several goroutines write one log.
type lockedWriter struct {
	mu sync.Mutex
	w  io.Writer
}

func (l *lockedWriter) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.w.Write(p)
}

// diary passes acts on and remembers those that were put on record.
type diary struct {
	inner *ledger.Journal
	deaf  atomic.Bool // nothing can be written
	mu    sync.Mutex  // guards acts
	acts  []ledger.Act
}

func (d *diary) Record(a ledger.Act) error {
	if d.deaf.Load() {
		return ledger.ErrNotRecorded
	}
	if err := d.inner.Record(a); err != nil {
		return err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.acts = append(d.acts, a)
	return nil
}

// of gives the acts of a kind.
func (d *diary) of(kind string) []ledger.Act {
	d.mu.Lock()
	defer d.mu.Unlock()
	var out []ledger.Act
	for _, a := range d.acts {
		if a.Kind == kind {
			out = append(out, a)
		}
	}
	return out
}

// fakeLost has a copy of cameras.
type fakeLost struct {
	registry *camera.Registry
	copy     []camera.Remembered
}

func (f *fakeLost) List(ctx context.Context) ([]camera.Remembered, error) {
	return f.registry.Unknown(ctx, f.copy)
}

func (f *fakeLost) TakeBack(ctx context.Context, actor access.Actor) ([]camera.Camera, error) {
	return f.registry.Recover(ctx, actor, f.copy)
}

// fakeFleet has cameras that are all live.
type fakeFleet struct {
	mu     sync.Mutex // guards status
	status map[string]capture.Status
}

func newFakeFleet() *fakeFleet { return &fakeFleet{status: map[string]capture.Status{}} }

func (f *fakeFleet) add(id string) {
	f.set(id, capture.Status{
		Enabled: true, HasSub: true,
		Main: source.Status{
			State: source.Live, Since: time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC),
			Figures: source.Figures{Bitrate: 4e6, FPS: 25, Width: 1920, Height: 1080, Codec: media.H264, AudioCodec: media.AAC, Transport: "tcp"},
		},
		MainTracks: []media.Track{{ID: 1, Codec: media.H265, Width: 3840, Height: 2160}},
		SubTracks:  []media.Track{{ID: 1, Codec: media.H264, Width: 640, Height: 360, SPS: [][]byte{{0x67, 0x42, 0xc0, 0x1e}}}},
		State:      recording.State{Recording: true}, Viewers: 2,
	})
}

func (f *fakeFleet) set(id string, s capture.Status) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.status[id] = s
}

func (f *fakeFleet) drop(id string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.status, id)
}

func (f *fakeFleet) Status(id string) (capture.Status, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	s, ok := f.status[id]
	return s, ok
}

// newest is when the fake's pictures were taken, in µs.
const newest = int64(1_795_334_400_000_000) // 2026-11-22T08:00:00Z

type fakePictures struct {
	jpeg []byte // nil: a short stand-in
	none bool
	err  error
}

func (f *fakePictures) Newest(context.Context, string, media.Which) ([]byte, int64, error) {
	if f.none || f.err != nil {
		return nil, 0, f.err
	}
	if f.jpeg != nil {
		return f.jpeg, newest, nil
	}
	return []byte("\xff\xd8jpeg"), newest, nil
}

func (f *fakePictures) Present(ctx context.Context, camera string) ([]byte, int64, error) {
	return f.Newest(ctx, camera, media.Main)
}

func (f *fakePictures) JPEG(context.Context, media.Track, *media.Unit, int) ([]byte, error) {
	if f.jpeg != nil {
		return f.jpeg, f.err
	}
	return []byte("\xff\xd8jpeg"), f.err
}

type fakeProbe struct {
	asked source.Config
	found source.ProbeResult
	begun chan struct{} // told at every test, if it is not nil
	wait  chan struct{} // every test waits here then
}

func (f *fakeProbe) probe(_ context.Context, c source.Config) (source.ProbeResult, error) {
	if f.begun != nil {
		f.begun <- struct{}{}
		<-f.wait
		return f.found, nil
	}
	f.asked = c
	return f.found, nil
}

// fakeFootage has an hour of footage of every camera, with a gap in its middle.
type fakeFootage struct {
	gone  bool          // nothing was recorded
	block chan struct{} // Clip.WriteTo waits here after its first bytes, if it is not nil
	begun chan struct{} // told when it does
	late  int64         // how long before the instant asked for thumbnails were taken, µs
	jpeg  []byte        // every picture; nil: a stand-in that tells its width
	asked playback.Request
}

func newFakeFootage() *fakeFootage { return &fakeFootage{begun: make(chan struct{}, 1)} }

func (f *fakeFootage) Timeline(_ context.Context, cameras []string, from, to int64, _ time.Duration) ([]archive.Lane, error) {
	var lanes []archive.Lane
	middle := (from + to) / 2
	for _, c := range cameras {
		lanes = append(lanes, archive.Lane{Camera: c, Spans: []coverage.Span{
			{Start: from, End: middle, Kind: coverage.Recorded},
			{Start: middle, End: to, Kind: coverage.Gap, Cause: media.CauseUnreachable, Open: true},
		}})
	}
	return lanes, nil
}

func (f *fakeFootage) Playlist(_ context.Context, _ string, from, to int64) ([]playback.Piece, error) {
	if f.gone {
		return nil, nil
	}
	return []playback.Piece{{
		Start: from, End: (from + to) / 2, Run: "r1", MIME: "avc1.64001F,mp4a.40.2", Codec: "h264", Width: 1920, Height: 1080, FPS: 25, Audio: "aac",
	}}, nil
}

func (f *fakeFootage) Open(_ context.Context, r playback.Request) (*viewing.Clip, error) {
	f.asked = r
	if f.gone {
		return nil, nil
	}
	return &viewing.Clip{
		Start: r.From - 500_000, End: r.To, Base: r.Base, Next: r.To + 1_000_000, MIME: "avc1.64001F",
		WriterTo: film{f}, Closer: io.NopCloser(nil),
	}, nil
}

type film struct{ f *fakeFootage }

func (x film) WriteTo(w io.Writer) (int64, error) {
	n, err := io.WriteString(w, "ftypmoov")
	if x.f.block == nil || err != nil {
		return int64(n), err
	}
	// An endless camera, to a client that has stopped reading.
	if c, ok := w.(interface{ Flush() error }); ok {
		_ = c.Flush()
	}
	x.f.begun <- struct{}{}
	<-x.f.block
	for {
		if _, err := w.Write(make([]byte, 64<<10)); err != nil {
			return int64(n), err
		}
	}
}

func (f *fakeFootage) File(_ context.Context, _ string, from, to int64) (*viewing.File, error) {
	if f.gone {
		return nil, playback.ErrNothing
	}
	return &viewing.File{Start: from, End: to, ReadSeekCloser: file{bytes.NewReader([]byte("0123456789"))}}, nil
}

type file struct{ *bytes.Reader }

func (file) Close() error { return nil }

func (f *fakeFootage) Thumbnail(_ context.Context, _ string, at int64, width int) ([]byte, int64, error) {
	if f.gone {
		return nil, 0, playback.ErrNoPicture
	}
	if f.jpeg != nil {
		return f.jpeg, at - f.late, nil
	}
	return fmt.Appendf(nil, "\xff\xd8jpeg%d", width), at - f.late, nil
}

func (f *fakeFootage) Picture(ctx context.Context, camera string, at int64) ([]byte, int64, error) {
	return f.Thumbnail(ctx, camera, at, 0)
}

// fakeWHEP keeps sessions in a map.
type fakeWHEP struct {
	mu       sync.Mutex // guards sessions and ended
	sessions map[string]live.Viewer
	ended    chan string // ids, as they end; nobody has to listen
	created  func()      // called before a session is made, if it is not nil
	err      error
	n        int
}

func newFakeWHEP() *fakeWHEP {
	return &fakeWHEP{sessions: map[string]live.Viewer{}, ended: make(chan string, 1024)}
}

func (f *fakeWHEP) Create(_ context.Context, r whep.Request) (*whep.Answer, error) {
	if f.err != nil {
		return nil, f.err
	}
	if f.created != nil {
		f.created()
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.n++
	id := fmt.Sprintf("live%d", f.n)
	f.sessions[id] = live.Viewer{Person: r.Person, Session: r.Session, Camera: r.Camera, Which: r.Which, Transport: "whep"}
	return &whep.Answer{ID: id, SDP: "v=0 answer to " + r.Offer, Audio: "none: aac_needs_mse"}, nil
}

func (f *fakeWHEP) Patch(context.Context, string, string) error { return nil }

func (f *fakeWHEP) Delete(_ context.Context, id string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if _, ok := f.sessions[id]; !ok {
		return live.ErrNoSession
	}
	delete(f.sessions, id)
	f.ended <- id
	return nil
}

func (f *fakeWHEP) Viewer(id string) (live.Viewer, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	v, ok := f.sessions[id]
	if !ok {
		return v, live.ErrNoSession
	}
	return v, nil
}

// fakeMSE sends one message and stays until its seat is taken away.
type fakeMSE struct{ viewers *live.Viewers }

func (f *fakeMSE) Serve(w http.ResponseWriter, r *http.Request, p mse.Params) error {
	seat, err := f.viewers.Enter(context.WithoutCancel(r.Context()), live.Viewer{
		Person: p.Person, Session: p.Session, Camera: p.Camera, Which: p.Which, Transport: "mse",
	})
	if err != nil {
		return err
	}
	defer seat.Leave()
	conn, err := websocket.Accept(w, r, nil)
	if err != nil {
		return nil
	}
	defer func() { _ = conn.CloseNow() }()
	if conn.Write(r.Context(), websocket.MessageText, []byte(`{"type":"init"}`)) != nil {
		return nil
	}
	<-seat.Context().Done()
	_ = conn.Close(websocket.StatusPolicyViolation, seat.Reason().Code)
	return nil
}

type fakeSystem struct {
	state   string
	alarms  []system.Alarm
	path    string
	servers []system.Server
}

// Space implements shortage.Disks.
func (f *fakeSystem) Space() space.Space {
	return space.Space{State: space.State(f.state)}
}

// Roomy implements shortage.Disks.
func (f *fakeSystem) Roomy() bool { return f.state == "ok" }

func (f *fakeSystem) Volumes() []storage.RecordingDisk {
	one := 1
	return []storage.RecordingDisk{{Folder: "/data/recordings", State: f.state, TotalBytes: 7, FreeBytes: 3, UsedByRecordings: 2, Cameras: &one}}
}

func (*fakeSystem) Tiers(context.Context) ([]storage.ArchiveTier, error) {
	oldest := time.Unix(60, 0).UTC()
	return []storage.ArchiveTier{{Name: "cloud", Kind: "s3", State: "away", Reason: "no answer", ObjectLock: "none", Waiting: storage.Backlog{Segments: 4, Bytes: 5, Oldest: &oldest}}}, nil
}

func (f *fakeSystem) Storage() system.Storage {
	return system.Storage{Path: cmp.Or(f.path, "/data/recordings"), TotalBytes: 1 << 40, FreeBytes: 1 << 39, State: f.state}
}

func (f *fakeSystem) Cameras(func(string) bool) system.CameraCounts {
	return system.CameraCounts{Total: 2, Live: 2, Recording: 2}
}

func (f *fakeSystem) Time() system.Time {
	return system.Time{State: "unsynchronised", Reason: "kernel_unsynchronised", Level: "ok", Servers: append([]system.Server{}, f.servers...), Distrust: "time_unsynchronised"}
}

func (f *fakeSystem) Alarms() []system.Alarm {
	if f.state == "ok" {
		return slices.Clone(f.alarms)
	}
	return []system.Alarm{{ID: "storage", Code: "storage_" + f.state, Detail: "Look after the disk.", Since: time.Unix(0, 0).UTC()}}
}

func recordingState(c media.Cause) recording.State { return recording.State{Cause: c} }
